"""The temporary database in the place of the configured one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from djbench_shim import Refusal
from djbench_shim.replaced.replacement import Replacement, RunFacts

_ENGINES = {"sqlite": "django.db.backends.sqlite3", "postgres": "django.db.backends.postgresql"}
# What the name of an engine says of its kind. GIS and third-party engines follow the same custom.
_NAMES = {"sqlite": "sqlite", "spatialite": "sqlite", "postg": "postgres", "mysql": "mysql", "oracle": "oracle"}
# Options of the PostgreSQL engine that say where the configured server is, or who may use it.
_OF_THE_SERVER = frozenset(
    ("assume_role", "dbname", "host", "hostaddr", "passfile", "password", "port", "service", "servicefile", "user")
)


def databases(settings: Mapping[str, Any], run: RunFacts) -> Iterator[Replacement]:
    """The temporary database as ``default``, with the engine and options of the configured one, and no other alias.

    Raises Refusal if the configured one is of another kind.
    """
    if not run.database_url:
        return
    configured = settings.get("DATABASES") or {}
    default = {**configured.get("default", {})}
    kind = "sqlite" if run.database_url.startswith("sqlite:///") else "postgres"
    engine = _engine(str(default.get("ENGINE", "")), kind)
    place = _sqlite(run.database_url) if kind == "sqlite" else _postgres(run.database_url)
    default.update({**place, "ENGINE": engine, "OPTIONS": _options(default.get("OPTIONS") or {}, place["OPTIONS"])})
    was = ", ".join(f"{alias}: {_words(database)}" for alias, database in configured.items()) or "none"
    yield Replacement("DATABASES", {"default": default}, was, f"default: {engine}, a temporary database")
    if settings.get("DATABASE_ROUTERS") and len(configured) > 1:
        yield Replacement("DATABASE_ROUTERS", [], "routers between several databases", "none")


def _engine(configured: str, kind: str) -> str:
    """The engine to use. Raises Refusal if the configured one cannot use a database of that kind."""
    last = configured.lower()
    kinds = {of for name, of in _NAMES.items() if name in last}
    if kinds and kind not in kinds:
        raise Refusal(f'the settings use {configured}, and the run made a database for {kind}; set database = "…"')
    return configured if configured and not configured.endswith(".dummy") else _ENGINES[kind]


def _options(configured: Mapping[str, Any], of_place: Mapping[str, Any]) -> dict[str, Any]:
    """The configured options, those of the place, and what both send to PostgreSQL at its start."""
    kept = {name: value for name, value in configured.items() if name not in _OF_THE_SERVER}
    at_start = " ".join(options["options"] for options in (kept, of_place) if "options" in options)
    return {**kept, **of_place, **({"options": at_start} if at_start else {})}


def _sqlite(url: str) -> dict[str, Any]:
    nowhere = dict.fromkeys(("HOST", "PORT", "USER", "PASSWORD"), "")
    return {**nowhere, "NAME": url[len("sqlite:///") :], "OPTIONS": {}}


def _postgres(parameters: str) -> dict[str, Any]:
    parts = _libpq(parameters)
    return {
        "NAME": parts.pop("dbname", "postgres"),
        **{name.upper(): parts.pop(name, "") for name in ("host", "port", "user", "password")},
        "OPTIONS": parts,
    }


def _libpq(parameters: str) -> dict[str, str]:
    """The parameters, read by the driver that the project has: psycopg, or psycopg2."""
    try:
        reader = import_module("psycopg.conninfo").conninfo_to_dict
    except ImportError:
        reader = import_module("psycopg2.extensions").parse_dsn
    return {name: str(value) for name, value in reader(parameters).items()}


def _words(database: Mapping[str, Any]) -> str:
    """The engine and the place of a configured database, without user and password."""
    place = f" at {database['HOST']}" if database.get("HOST") else ""
    return f"{database.get('ENGINE') or 'no engine'}, {database.get('NAME') or 'no name'}{place}"
