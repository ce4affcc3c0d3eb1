"""What matters of a project before it is measured, in words: what there is, why it matters, and the fix. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from djbench.errors import UsageError
from results.wording.text import count
from runners.survey.database_kinds import database_kind
from runners.survey.drafting.request_drafts import askable
from runners.survey.inspection import DatabaseFacts, MiddlewareFacts, SettingsFacts, UrlFacts

# What the shim needs for itself says nothing of the project.
_OURS = ("WSGI_APPLICATION", "ASGI_APPLICATION", "INSTALLED_APPS", "SECRET_KEY", "DATABASES")
_MOST_NAMES = 6
_SESSIONS = "django.contrib.sessions.backends."
_LOCAL_MEMORY = "django.core.cache.backends.locmem"


class Level(StrEnum):
    """How much a remark matters."""

    #: There is nothing to do.
    FINE = "ok"
    #: It changes what a measurement means.
    NOTE = "note"
    #: The project cannot be measured like that.
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One thing that matters."""

    #: What it is about, in a word or two.
    topic: str
    #: What there is.
    what: str
    level: Level = Level.FINE
    #: Why it matters; empty if that is plain.
    why: str = ""
    #: What to do; empty if there is nothing to do.
    fix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sights:
    """What remarks are made on."""

    #: The project's own settings.
    settings: SettingsFacts
    #: What Django knows once it is set up.
    urls: UrlFacts
    #: The settings that the run replaces because the description says so.
    overrides: Mapping[str, Any]

    @property
    def views(self) -> dict[str, bool]:
        """The views that a run can be about, by name: is each async?"""
        return {route.view: route.is_async for route in askable(self.urls, self.settings).values()}

    @property
    def async_views(self) -> list[str]:
        """The names of async views."""
        return [view for view, is_async in self.views.items() if is_async]


def remarks_on(sights: Sights) -> list[Remark]:
    """All remarks, in the order of a reader's questions."""
    return [remark for topic in TOPICS for remark in topic(sights)]


def _python(sights: Sights) -> Iterator[Remark]:
    settings = sights.settings
    yield Remark(
        topic="project", what=f"Django {settings.django} on Python {settings.python}, settings {settings.settings}"
    )


def _views(sights: Sights) -> Iterator[Remark]:
    views, coroutines = sights.views, sights.async_views
    if not coroutines:
        yield Remark(
            topic="views",
            what=f"none of {count(len(views), 'view')} is async",
            why="under ASGI each request to one of them runs in a thread",
            fix='describe an async way to write one as [pairs.NAME], with styles "sync" and "async", to compare them',
        )
        return
    yield Remark(
        topic="views",
        what=f"{len(views) - len(coroutines)} sync and {len(coroutines)} async ({_names(coroutines)})",
        why="under ASGI a sync view runs in a thread; under WSGI an async view runs in an event loop of its own",
        fix="describe two ways to write the same as [pairs.NAME] to compare them",
    )


def _middleware(sights: Sights) -> Iterator[Remark]:
    """Middleware that Django adapts to the interface. What it costs is for a measurement to say."""
    middleware = sights.urls.middleware
    sync_only = [one for one in middleware if not one.async_capable]
    async_only = [one for one in middleware if not one.sync_capable]
    hooked = [one for one in middleware if one.async_capable and one.thread_hooks]
    if sync_only:
        yield Remark(
            topic="middleware",
            what=f"{_classes(sync_only)} can only be sync",
            level=Level.NOTE,
            why="under ASGI Django adapts each of them: a thread hop per request, and a second one to an async view",
            fix=f"make them async capable (sync_and_async_middleware); {_measure('sync', len(sync_only))}",
        )
    if async_only:
        yield Remark(
            topic="middleware",
            what=f"{_classes(async_only)} can only be async",
            level=Level.NOTE,
            why="under WSGI Django adapts each of them: an event loop for each request",
            fix=f"make them sync capable (sync_and_async_middleware); {_measure('async', len(async_only))}",
        )
    if hooked:
        hooks = sum(len(one.thread_hooks) for one in hooked)
        yield Remark(
            topic="middleware",
            what=f"{count(hooks, 'sync hook')} in {_classes(hooked)}",
            why=f"under ASGI Django runs each hook in a thread: {count(hooks, 'thread hop')} per request",
            fix=f"take out what you do not need; {_measure('mixin', len(hooked))}",
        )


def _measure(kind: str, depth: int) -> str:
    """How to see what such middleware costs on this machine."""
    pattern = f"--pattern middleware --pattern middleware:kind={kind},depth={depth}"
    return f"measure what it costs with: djbench run --project built-in {pattern} --server uvicorn"


def _debug(sights: Sights) -> Iterator[Remark]:
    if not sights.settings.debug:
        return
    replaced = sights.overrides.get("DEBUG") is False
    yield Remark(
        topic="DEBUG",
        what="true in the settings" + ("; a run sets it to false" if replaced else ""),
        level=Level.NOTE,
        why="Django keeps queries in memory"
        if not replaced
        else "what the settings add if DEBUG is true, such as apps and middleware, stays",
        fix="name the settings that you deploy" if replaced else "set DEBUG = false under [overrides]",
    )


def _tools(sights: Sights) -> Iterator[Remark]:
    tools = [app for app in sights.settings.apps if app in ("debug_toolbar", "silk", "django_extensions.runprofile")]
    tools = [tool for tool in tools if any(one.name.startswith(tool) for one in sights.urls.middleware)]
    if tools:
        yield Remark(
            topic="middleware",
            what=f"{_names(tools)} is among it",
            level=Level.NOTE,
            why="it works on every request",
            fix="measure settings without it",
        )


def _databases(sights: Sights) -> Iterator[Remark]:
    databases = sights.settings.own_databases
    try:
        kind = database_kind(databases)
    except UsageError as error:
        what, _, fix = str(error).partition(": ")
        yield Remark(topic="database", what=what, level=Level.REFUSED, fix=fix)
        return
    for database in databases.values():
        yield Remark(
            topic="database",
            what=f"{database.engine}; a temporary {'SQLite' if kind == 'sqlite' else 'PostgreSQL'} database takes its "
            "place",
            **_of_kind(kind),
        )
        yield from _connections(database, kind, sights)


def _of_kind(kind: str) -> dict[str, Any]:
    if kind != "sqlite":
        return {}
    return {
        "why": "in SQLite writes wait for each other",
        "fix": "if you deploy another database, measure with settings that name it",
    }


def _connections(database: DatabaseFacts, kind: str, sights: Sights) -> Iterator[Remark]:
    pooled = 'OPTIONS = {"pool": True}, which needs Django 5.1 and psycopg 3'
    if kind == "postgres" and database.conn_max_age != 0:
        age = "without end" if database.conn_max_age is None else f"for {database.conn_max_age:g} s"
        yield Remark(
            topic="CONN_MAX_AGE",
            what=f"a connection is kept {age}",
            level=Level.NOTE,
            why="under ASGI each request has a thread of its own: its connection stays open and nobody uses it again, "
            "until the database has no more to give",
            fix=f"under ASGI set CONN_MAX_AGE = 0, and {pooled}",
        )
    if kind == "postgres" and database.conn_max_age == 0 and not database.pool:
        yield Remark(
            topic="CONN_MAX_AGE",
            what="0, and no pool",
            level=Level.NOTE,
            why="every request that asks the database opens a connection",
            fix=f"set {pooled}; or CONN_MAX_AGE = 60 under WSGI",
        )
    if database.pool:
        yield Remark(topic="pool", what="connections come from a pool in each process")
    if database.atomic_requests and sights.async_views:
        yield Remark(
            topic="ATOMIC_REQUESTS",
            what=f"true, and {count(len(sights.async_views), 'view')} are async: {_names(sights.async_views)}",
            level=Level.NOTE,
            why="Django refuses to run an async view in a transaction: it answers 500",
            fix="put transaction.non_atomic_requests on async views, or use atomic() where it is needed",
        )


def _async_unsafe(sights: Sights) -> Iterator[Remark]:
    if sights.settings.async_unsafe:
        yield Remark(
            topic="DJANGO_ALLOW_ASYNC_UNSAFE",
            what="set by the settings",
            level=Level.NOTE,
            why="blocking queries in async views go unnoticed, and stop the event loop",
            fix="take it out, and use the async methods of the ORM",
        )


def _sessions(sights: Sights) -> Iterator[Remark]:
    settings = sights.settings
    if "django.contrib.sessions" not in settings.apps:
        return
    engine = settings.session_engine.removeprefix(_SESSIONS)
    in_memory = engine == "cache" and all(cache.backend.startswith(_LOCAL_MEMORY) for cache in settings.caches.values())
    if in_memory:
        yield Remark(
            topic="sessions",
            what="in the memory of each process",
            level=Level.NOTE,
            why="another process does not know them: who logged in is a stranger there",
            fix='set SESSION_ENGINE to "django.contrib.sessions.backends.db" or to signed cookies',
        )
    else:
        why = "each request with a session reads a row" if engine in ("db", "cached_db") else ""
        yield Remark(topic="sessions", what=engine, why=why)


def _https(sights: Sights) -> Iterator[Remark]:
    if sights.settings.ssl_redirect and sights.overrides.get("SECURE_SSL_REDIRECT") is not False:
        yield Remark(
            topic="SECURE_SSL_REDIRECT",
            what="true",
            level=Level.REFUSED,
            why="load comes over HTTP, and every answer would be a redirect",
            fix="set SECURE_SSL_REDIRECT = false under [overrides]",
        )


def _replaced(sights: Sights) -> Iterator[Remark]:
    """What would reach a real service, or write into the project, and what a run puts in its place."""
    for replaced in sights.urls.replaced:
        if replaced.setting not in (*_OURS, *sights.overrides) and replaced.was != "not set":
            becomes = "a folder of the run" if replaced.becomes.startswith("/") else replaced.becomes
            yield Remark(topic=replaced.setting, what=replaced.was, why=f"a run puts in its place: {becomes}")


#: Each makes the remarks of one topic.
TOPICS: tuple[Callable[[Sights], Iterator[Remark]], ...] = (
    _python,
    _views,
    _middleware,
    _tools,
    _debug,
    _databases,
    _async_unsafe,
    _sessions,
    _https,
    _replaced,
)


def _classes(middleware: Sequence[MiddlewareFacts]) -> str:
    return _names([one.name.rpartition(".")[2] for one in middleware])


def _names(names: Sequence[str]) -> str:
    """The first of the names, and how many there are more."""
    shown, more = names[:_MOST_NAMES], len(names) - _MOST_NAMES
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")
