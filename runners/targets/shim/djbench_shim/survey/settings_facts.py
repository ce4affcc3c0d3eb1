"""What a project's own settings say, as far as it matters to a run. No password and no key is repeated."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django
from django.conf import Settings

from djbench_shim.dialogue import answer_with
from djbench_shim.loading import turn_log_files

# Distributions whose presence or version changes what a run can do.
_PACKAGES = (
    *("asgiref", "channels", "django-environ", "djangorestframework", "django-ninja", "wagtail", "whitenoise"),
    *("psycopg", "psycopg2", "psycopg2-binary", "psycopg-pool", "redis", "celery", "sentry-sdk"),
    *("gunicorn", "uvicorn", "daphne", "hypercorn", "granian", "waitress", "cheroot", "uwsgi", "pyuwsgi"),
)


def settings_facts(module: str) -> dict[str, Any]:
    """The settings of a module, with Django's defaults. They are read and not put to use."""
    turn_log_files(Path(os.environ["DJBENCH_DATA_DIR"]))  # some settings open theirs as they are imported
    settings = Settings(module)
    return {
        "settings": module,
        "python": platform.python_version(),
        "django": django.get_version(),
        "packages": _packages(),
        "debug": bool(settings.DEBUG),
        "apps": [str(app) for app in settings.INSTALLED_APPS],
        "databases": {alias: _database(database) for alias, database in settings.DATABASES.items() if database},
        "async_unsafe": bool(os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")),
        "caches": {alias: _cache(cache) for alias, cache in settings.CACHES.items()},
        "session_engine": settings.SESSION_ENGINE,
        "storages": _storages(settings),
        "wsgi_application": getattr(settings, "WSGI_APPLICATION", None) or "",
        "asgi_application": getattr(settings, "ASGI_APPLICATION", None) or "",
        "prepend_www": bool(settings.PREPEND_WWW),
        "ssl_redirect": bool(settings.SECURE_SSL_REDIRECT),
        "session_cookie_secure": bool(settings.SESSION_COOKIE_SECURE),
        "csrf_cookie_secure": bool(settings.CSRF_COOKIE_SECURE),
        "static_url": str(settings.STATIC_URL or ""),
        "media_url": str(settings.MEDIA_URL or ""),
    }


def _packages() -> dict[str, str]:
    versions = ((name, _version(name)) for name in _PACKAGES)
    return {name: installed for name, installed in versions if installed}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _database(database: dict[str, Any]) -> dict[str, Any]:
    engine = str(database.get("ENGINE", ""))
    age = database.get("CONN_MAX_AGE", 0)
    return {
        "engine": engine,
        "file": str(database.get("NAME", "")) if "sqlite" in engine or "spatialite" in engine else "",
        "host": str(database.get("HOST") or ""),
        "conn_max_age": None if age is None else float(age),
        "atomic_requests": bool(database.get("ATOMIC_REQUESTS")),
        "pool": bool((database.get("OPTIONS") or {}).get("pool")),
    }


def _cache(cache: dict[str, Any]) -> dict[str, Any]:
    location = cache.get("LOCATION") or []
    places = [location] if isinstance(location, str) else list(location)
    hosts = [host for host in (_host(str(place)) for place in places) if host]
    return {"backend": str(cache.get("BACKEND", "")), "hosts": hosts}


def _host(place: str) -> str | None:
    """The host of a URL or of ``host:port``; None for a path or a mere name."""
    try:
        if "://" in place:
            return urlsplit(place).hostname
        host, _, port = place.rpartition(":")
        return host if port.isdecimal() else None
    except ValueError:
        return None


def _storages(settings: Settings) -> dict[str, str]:
    """The storage of uploads and of static files: in STORAGES, or in the settings that came before it."""
    storages = {alias: str(storage.get("BACKEND", "")) for alias, storage in getattr(settings, "STORAGES", {}).items()}
    older = {"default": "DEFAULT_FILE_STORAGE", "staticfiles": "STATICFILES_STORAGE"}
    # Django 4.2 has defaults for both; the older setting counts where a project set it.
    own = {alias: str(getattr(settings, name)) for alias, name in older.items() if settings.is_overridden(name)}
    return {**storages, **own}


if __name__ == "__main__":
    answer_with(settings_facts, setup=False)
