"""Caches, sessions and channel layers: in a process's memory instead of somebody's server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from djbench_shim.replaced.addresses import reached_addresses
from djbench_shim.replaced.replacement import Replacement, RunFacts

_LOCMEM = "django.core.cache.backends.locmem.LocMemCache"
_REDIS = "django.core.cache.backends.redis.RedisCache"
# These stay in the process, or in the database.
_INSIDE = (_LOCMEM, "django.core.cache.backends.dummy.DummyCache", "django.core.cache.backends.db.DatabaseCache")
# Parts of the names of backends whose LOCATION is a folder.
_IN_FILES = ("filebased", "diskcache")
# What every backend of Django's understands.
_COMMON = ("TIMEOUT", "KEY_PREFIX", "VERSION", "KEY_FUNCTION")
_SESSIONS = "django.contrib.sessions"
_MEMORY_LAYER = "channels.layers.InMemoryChannelLayer"


def caches(settings: Mapping[str, Any], run: RunFacts) -> Iterator[Replacement]:
    """The run's Redis if the user named one, else a process's memory, for each cache that is kept on a server."""
    configured = settings.get("CACHES") or {}
    kept, was, becomes = {}, [], []
    for alias, cache in configured.items():
        kept[alias], words = _harmless(alias, cache, run)
        if kept[alias] is not cache:
            was.append(f"{alias}: {cache.get('BACKEND')}")
            becomes.append(f"{alias}: {words}")
    if becomes:
        yield Replacement("CACHES", kept, ", ".join(was), ", ".join(becomes))


def _harmless(alias: str, cache: Mapping[str, Any], run: RunFacts) -> tuple[Mapping[str, Any], str]:
    """The cache as a run has it, and what that is; the cache itself if it may stay."""
    backend, location = str(cache.get("BACKEND", "")), cache.get("LOCATION", "")
    if backend in _INSIDE:
        return cache, ""
    if any(name in backend for name in _IN_FILES):
        if not run.data_folder:
            return cache, ""
        return {**cache, "LOCATION": str(run.data_folder / f"cache-{alias}")}, "a folder of the run"
    if run.cache_url:
        own = cache if _speaks_redis(backend) else {**_common(cache), "BACKEND": _REDIS}
        prefix = f"djbench {run.run} {alias} {cache.get('KEY_PREFIX', '')}"  # the Redis may have keys of others
        return {**own, "LOCATION": run.cache_url, "KEY_PREFIX": prefix}, "the Redis of --cache"
    if location and not reached_addresses(location, run.service_ports):
        return cache, ""
    return {**_common(cache), "BACKEND": _LOCMEM, "LOCATION": f"djbench-{alias}"}, "memory of each process"


def _speaks_redis(backend: str) -> bool:
    return any(name in backend.lower() for name in ("redis", "valkey"))


def _common(cache: Mapping[str, Any]) -> dict[str, Any]:
    return {name: cache[name] for name in _COMMON if name in cache}


def sessions(settings: Mapping[str, Any], run: RunFacts) -> Iterator[Replacement]:
    """Sessions in the database instead of a cache that no other process sees, and session files in the run's folder."""
    engine = settings.get("SESSION_ENGINE", "")
    cache = (settings.get("CACHES") or {}).get(settings.get("SESSION_CACHE_ALIAS", "default"), {})
    alone = cache.get("BACKEND", _LOCMEM) in (_LOCMEM, "django.core.cache.backends.dummy.DummyCache")
    if engine == f"{_SESSIONS}.backends.cache" and alone:
        with_table = _SESSIONS in settings.get("INSTALLED_APPS", ()) and settings.get("DATABASES")
        value = f"{_SESSIONS}.backends.{'db' if with_table else 'signed_cookies'}"
        yield Replacement("SESSION_ENGINE", value, engine, value)
    if engine == f"{_SESSIONS}.backends.file" and run.data_folder:
        folder = str(run.data_folder / "sessions")
        yield Replacement("SESSION_FILE_PATH", folder, str(settings.get("SESSION_FILE_PATH")), folder)


def channel_layers(settings: Mapping[str, Any], run: RunFacts) -> Iterator[Replacement]:
    """Channel layers in the process's memory, unless they use a service of the run."""
    configured = settings.get("CHANNEL_LAYERS") or {}
    reaching = {
        alias: layer.get("BACKEND")
        for alias, layer in configured.items()
        if layer.get("BACKEND") != _MEMORY_LAYER
        and reached_addresses(layer.get("CONFIG", {}).get("hosts", "localhost"), run.service_ports)
    }
    if reaching:
        value = {**configured, **{alias: {"BACKEND": _MEMORY_LAYER} for alias in reaching}}
        was = ", ".join(f"{alias}: {backend}" for alias, backend in reaching.items())
        yield Replacement("CHANNEL_LAYERS", value, was, "memory of each process")
