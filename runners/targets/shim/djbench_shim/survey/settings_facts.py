"""What a project's own settings say, as far as it matters to a run. No password and no key is repeated."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

import django
from django.conf import Settings

from djbench_shim.dialogue import answer_with
from djbench_shim.loading import turn_log_files


def settings_facts(module: str) -> dict[str, Any]:
    """The settings of a module, with Django's defaults. They are read and not put to use."""
    turn_log_files(Path(os.environ["DJBENCH_DATA_DIR"]))  # some settings open theirs as they are imported
    settings = Settings(module)
    return {
        "settings": module,
        "python": platform.python_version(),
        "django": django.get_version(),
        "debug": bool(settings.DEBUG),
        "apps": [str(app) for app in settings.INSTALLED_APPS],
        "databases": {alias: _database(database) for alias, database in settings.DATABASES.items() if database},
        "async_unsafe": bool(os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")),
        "caches": {alias: {"backend": str(cache.get("BACKEND", ""))} for alias, cache in settings.CACHES.items()},
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


def _database(database: dict[str, Any]) -> dict[str, Any]:
    engine = str(database.get("ENGINE", ""))
    age = database.get("CONN_MAX_AGE", 0)
    return {
        "engine": engine,
        "file": str(database.get("NAME", "")) if "sqlite" in engine or "spatialite" in engine else "",
        "conn_max_age": None if age is None else float(age),
        "atomic_requests": bool(database.get("ATOMIC_REQUESTS")),
        "pool": bool((database.get("OPTIONS") or {}).get("pool")),
    }


def _storages(settings: Settings) -> dict[str, str]:
    """The storage of uploads and of static files: in STORAGES, or in the settings that came before it."""
    storages = {alias: str(storage.get("BACKEND", "")) for alias, storage in getattr(settings, "STORAGES", {}).items()}
    older = {"default": "DEFAULT_FILE_STORAGE", "staticfiles": "STATICFILES_STORAGE"}
    # Django 4.2 has defaults for both; the older setting counts where a project set it.
    own = {alias: str(getattr(settings, name)) for alias, name in older.items() if settings.is_overridden(name)}
    return {**storages, **own}


if __name__ == "__main__":
    answer_with(settings_facts, setup=False)
