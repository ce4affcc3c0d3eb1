"""Django settings, read from the environment once.

No middleware, no debug, no access log: the default site measures Django and the server, not a stack of extras.
"""

import os
from pathlib import Path

from djbench.pattern import LOGIN

DEBUG = False
# The site only ever listens on a loopback address and holds no secret; the key exists because Django demands one.
SECRET_KEY = "djbench-target-site-listens-on-loopback-only"  # noqa: S105
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "target_site.urls"
WSGI_APPLICATION = "target_site.wsgi.application"  # runserver's
ASGI_APPLICATION = "target_site.asgi.application"  # runserver's as daphne replaces it
# Apps that a server asks for: daphne takes runserver over when it is the first of all.
INSTALLED_APPS = [*os.environ.get("DJBENCH_APPS", "").split(), "target_site.apps.TargetSiteConfig"]
MIDDLEWARE: list[str] = []
# What is in front of the views: nothing; "KIND:DEPTH", so many of one kind of middleware (target_site.middleware); or
# "login", sessions and users. Set when the site starts, for Django puts its chain together only once.
STACK = os.environ.get("DJBENCH_STACK", "")
# For each kind (djbench.pattern.MIDDLEWARE_KINDS) what one of it is.
_MIDDLEWARE = {"none": (), "sync": ("sync",), "async": ("asynchronous",), "both": ("both",), "mixin": ("Mixin",)}
if STACK == LOGIN:
    INSTALLED_APPS += ["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions"]
    MIDDLEWARE += [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ]
elif STACK:
    _kind, _, _depth = STACK.partition(":")
    MIDDLEWARE += [f"target_site.middleware.{name}" for name in _MIDDLEWARE[_kind]] * int(_depth)
LOGIN_URL = "/login"
# Redis where a URL is given; else each process has a cache of its own.
_CACHE_URL = os.environ.get("DJBENCH_CACHE_URL", "")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": _CACHE_URL,
        "KEY_PREFIX": f"djbench {os.environ.get('DJBENCH_RUN', '')}",  # it may be somebody's; keys end in five minutes
    }
    if _CACHE_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"

# What the run tells the site about itself; each has a value that works for trying the site by hand.
SERVER = os.environ.get("DJBENCH_SERVER", "")
RUN = os.environ.get("DJBENCH_RUN", "")
UPSTREAM_URL = os.environ.get("DJBENCH_UPSTREAM_URL", "http://127.0.0.1:8800")
# The patterns that will be asked for, which are imported at the start; any other one is at its first use.
PATTERNS = os.environ.get("DJBENCH_PATTERNS", "").split()
DATA_DIR = Path(os.environ.get("DJBENCH_DATA_DIR", "."))
# CPU time, in µs, that each request burns: how a harness that looks for differences is tested on a known one.
HANDICAP_US = float(os.environ.get("DJBENCH_HANDICAP_US", "0"))
DATABASE_URL = os.environ.get("DJBENCH_DATABASE_URL", "sqlite:///djbench.sqlite3")
# Connections that the pool of one process may hold; a run sets one size for all of its servers. The pool's own default
# (4, fixed) would make the database the limit of every server with more than four.
DATABASE_POOL_SIZE = int(os.environ.get("DJBENCH_DATABASE_POOL_SIZE", "16"))


def _database(url: str) -> dict[str, object]:
    """Django's settings for ``sqlite:///path`` or a libpq ``postgresql://`` URL."""
    if url.startswith("sqlite:///"):
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": url.removeprefix("sqlite:///"),
            # Writers queue instead of failing at once; WAL lets readers go on meanwhile (Django docs, databases).
            "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL;"},
        }
    from psycopg.conninfo import conninfo_to_dict  # a site on SQLite does not need the package

    parts = {key: str(value) for key, value in conninfo_to_dict(url).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", "postgres"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "OPTIONS": {
            # Says in the database's list of connections whose they are; the URL may give another name.
            "application_name": "djbench site",
            **parts,
            # Django's async page: pool, for there are no persistent connections under ASGI. Both styles use it.
            "pool": {"min_size": 1, "max_size": DATABASE_POOL_SIZE, "timeout": 30},
        },
    }


def _without_pool(url: str, max_age_s: int | None) -> dict[str, object]:
    """The same database, without a pool; max_age_s: how long a thread keeps its connection, None for ever."""
    database = _database(url)
    options = dict(database["OPTIONS"]) if isinstance(database["OPTIONS"], dict) else {}
    options.pop("pool", None)
    return {**database, "OPTIONS": options, "CONN_MAX_AGE": max_age_s}


DATABASES = {
    "default": _database(DATABASE_URL),
    "persistent": _without_pool(DATABASE_URL, None),
    "reconnect": _without_pool(DATABASE_URL, 0),
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        # runserver's access log: off, as it is off for every other server.
        "django.server": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
    },
}
