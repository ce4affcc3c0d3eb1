"""What the site can do: its patterns, their styles and their parameters. Pure data, no Django.

``urls.py`` is generated from this, the conductor plans from it, and ``djbench list patterns`` prints it.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from djbench.pattern import LOGIN, MAX_DEPTH, MIDDLEWARE, Pattern, PatternSpec
from djbench.plugins import PATTERN_PLUGINS
from djbench.spec import Parameter, SpecError, split_spec, unknown

MAX_CALLS = 100  # of one fan_out request
MAX_EVENTS = 1_000_000  # of one answer
# Of the user whose session every run's database has.
SESSION_KEY = "a0djbenchdjbenchdjbenchdjbench0a"
# Where each process of the site counts its background work, in the data folder: how much was begun, how much ended.
WORK_FILE, WORK_COUNTS = "background-{pid}.work", "<QQ"


def _delay(default: float, what: str) -> Parameter:
    return Parameter(name="delay", default=default, unit="seconds", maximum=60, summary=what)


def _size(default: int, maximum: int, what: str) -> Parameter:
    return Parameter(name="size", default=default, unit="bytes", minimum=1, maximum=maximum, summary=what)


_PATTERNS = (
    Pattern(
        name="plain",
        summary="no I/O: the current date and time in a header, a fixed body",
        styles={"sync": "def view", "async": "async def view"},
    ),
    Pattern(
        name="sleep",
        summary="wait a fixed time: the purest I/O there is",
        styles={"sync": "time.sleep", "async": "asyncio.sleep"},
        parameters=(_delay(0.05, "how long each request waits"),),
        waits={"sync": ("delay",), "async": ("delay",)},
    ),
    Pattern(
        name="file_read",
        summary="open a file and read it",
        styles={"sync": "open", "async": "aiofiles", "sync_to_async": "open in a thread, awaited"},
        parameters=(_size(65_536, 16 * 1024 * 1024, "how much is read"),),
        uses=frozenset({"files"}),
    ),
    Pattern(
        name="orm_read",
        summary="three ORM queries: get by key, first of an ordering, a list of rows",
        styles={
            "sync": "get, first, list(queryset)",
            "async": "aget, afirst, async for",
            "sync_to_async": "the sync queries inside one sync_to_async",
            "persistent": "the sync queries over a connection that each thread keeps (CONN_MAX_AGE), without a pool",
            "reconnect": "the sync queries over a new connection for each request, without a pool: Django's default",
        },
        parameters=(Parameter(name="rows", default=20, minimum=1, maximum=1000, summary="rows in the list query"),),
        uses=frozenset({"database"}),
        needs={
            "persistent": ("wsgi", "under ASGI each request has a thread of its own, and its connection ends with it"),
        },
    ),
    Pattern(
        name="orm_write",
        summary="insert rows, one INSERT each, committed",
        styles={"sync": "create", "async": "acreate"},
        parameters=(Parameter(name="rows", default=1, minimum=1, maximum=100, summary="rows inserted per request"),),
        uses=frozenset({"database"}),
        writes=True,
    ),
    Pattern(
        name="http_call",
        summary="one call to a third-party API",
        styles={
            "sync": "pooled httpx.Client",
            "async": "pooled httpx.AsyncClient",
            "requests": "pooled requests.Session, in a def view",
            "aiohttp": "pooled aiohttp.ClientSession, in an async def view",
            "httpx_per_request": "a new httpx.AsyncClient for each request, as many examples have it",
        },
        parameters=(_delay(0.05, "how long the API takes to answer"),),
        waits=dict.fromkeys(("sync", "async", "requests", "aiohttp", "httpx_per_request"), ("delay",)),
        uses=frozenset({"upstream"}),
    ),
    Pattern(
        name="fan_out",
        summary="several calls to a third-party API, aggregated into one answer",
        styles={
            "sync": "one call after the other, pooled httpx.Client",
            "threads": "calls spread over a shared thread pool, pooled httpx.Client",
            "async": "asyncio.gather over a pooled httpx.AsyncClient",
            "requests": "one call after the other, pooled requests.Session",
            "aiohttp": "asyncio.gather over a pooled aiohttp.ClientSession",
        },
        parameters=(
            Parameter(name="calls", default=10, minimum=1, maximum=MAX_CALLS, summary="calls per request"),
            _delay(0.05, "how long the API takes to answer each call"),
        ),
        waits={
            **dict.fromkeys(("sync", "requests"), ("calls", "delay")),
            **dict.fromkeys(("threads", "async", "aiohttp"), ("delay",)),
        },
        uses=frozenset({"upstream"}),
    ),
    Pattern(
        name="cpu",
        summary="CPU-bound work: a chain of SHA-256 hashes",
        styles={"sync": "def view", "async": "the same function in an async def view"},
        parameters=(
            Parameter(
                name="rounds", default=5000, minimum=1, maximum=10_000_000, summary="hashes computed one on another"
            ),
        ),
    ),
    Pattern(
        name="template",
        summary="render a Django template with a table, markup escaped",
        styles={"sync": "def view", "async": "the same in an async def view"},
        parameters=(Parameter(name="rows", default=100, minimum=0, maximum=10_000, summary="rows of the table"),),
    ),
    Pattern(
        name="cbv_login",
        summary="a class-based view behind login_required, session and user in the database",
        styles={"sync": "get, request.user", "async": "async get, await request.auser()"},
        uses=frozenset({"database"}),
        stack=LOGIN,
        headers=(("Cookie", f"sessionid={SESSION_KEY}"),),
    ),
    Pattern(
        name="middleware",
        summary="a view that does nothing behind a stack of middleware of one kind",
        styles={"sync": "def view", "async": "async def view"},
        parameters=(
            Parameter(
                name="kind",
                default="none",
                choices=tuple(MIDDLEWARE),
                summary="what each can do: sync only, async only, both, or both with sync hooks (MiddlewareMixin)",
            ),
            Parameter(name="depth", default=0, maximum=MAX_DEPTH, summary="how many there are"),
        ),
        stack="{kind}:{depth}",
    ),
    Pattern(
        name="orm_transaction",
        summary="a read and several inserts in one transaction",
        styles={"sync": "transaction.atomic", "sync_to_async": "the same inside one sync_to_async"},
        parameters=(Parameter(name="rows", default=3, minimum=1, maximum=100, summary="rows inserted per request"),),
        uses=frozenset({"database"}),
        writes=True,
    ),
    Pattern(
        name="file_write",
        summary="write a new file, close it, remove it",
        styles={"sync": "open", "async": "aiofiles", "sync_to_async": "open in a thread, awaited"},
        parameters=(_size(65_536, 2**20, "how much is written"),),
        uses=frozenset({"files"}),
    ),
    Pattern(
        name="upload",
        summary="receive a file in a form and read it",
        styles={"sync": "def view", "async": "async def view"},
        parameters=(_size(65_536, 2**20, "how long the file is"),),
        upload="size",
    ),
    Pattern(
        name="cache",
        summary="read from and write to Django's cache",
        styles={"sync": "get, set", "async": "aget, aset"},
        parameters=(_size(1024, 2**20, "of the value read"),),
    ),
    Pattern(
        name="stream",
        summary="an answer in parts, with a wait before each",
        styles={"sync": "a generator, time.sleep", "async": "an async generator, asyncio.sleep"},
        parameters=(
            Parameter(name="parts", default=10, minimum=1, maximum=MAX_EVENTS, summary="how many parts"),
            _delay(0.005, "the wait before each part"),
        ),
        waits={"sync": ("parts", "delay"), "async": ("parts", "delay")},
        events="parts",
        event_end=b"\n",
    ),
    Pattern(
        name="sse",
        summary="server-sent events on a fixed schedule; can be held open",
        styles={"sync": "a generator, time.sleep", "async": "an async generator, asyncio.sleep"},
        parameters=(
            Parameter(name="events", default=10, minimum=1, maximum=MAX_EVENTS, summary="how many events"),
            _delay(0.005, "from one event to the next"),
        ),
        waits={"sync": ("events", "delay"), "async": ("events", "delay")},
        events="events",
        event_end=b"\n\n",
    ),
    Pattern(
        name="websocket",
        summary="messages over a WebSocket, each answered after a wait; can be held open, with events pushed",
        styles={"async": "an ASGI application beside Django"},
        parameters=(
            Parameter(name="size", default=64, unit="bytes", minimum=16, maximum=65_536, summary="of each message"),
            _delay(0.005, "the wait before each answer, or from one event to the next"),
            Parameter(name="events", default=0, maximum=MAX_EVENTS, summary="so many are pushed; held open only"),
        ),
        waits={"async": ("delay",)},
        needs={"async": ("asgi", "there are no WebSockets under WSGI")},
        websocket=True,
        events="events",
    ),
    Pattern(
        name="background",
        summary="an answer at once, and work that goes on after it, in the same process and without a task queue",
        styles={
            "threads": "a thread that the def view starts",
            "async": "an asyncio task that the async def view starts",
        },
        parameters=(_delay(0.05, "how long the work takes"),),
        outlasts=True,
        needs={"async": ("asgi", "under WSGI the event loop ends with the view, and the task with it")},
    ),
    Pattern(
        name="self_aggregate",
        summary="calls to other views of the same server, aggregated into one answer",
        styles={"sync": "one call after the other", "async": "asyncio.gather"},
        parameters=(
            Parameter(name="calls", default=2, minimum=1, maximum=MAX_CALLS, summary="calls per request"),
            _delay(0.01, "how long the called view waits"),
        ),
        waits={"sync": ("calls", "delay"), "async": ("delay",)},
    ),
    Pattern(
        name="large_body",
        summary="answer with a large body",
        styles={"sync": "def view", "async": "async def view"},
        parameters=(_size(2**20, 2**24, "how long the body is"),),
    ),
    Pattern(
        name="blocking_in_async",
        summary="the classic mistake: a blocking wait in an async view, beside two right ways",
        styles={
            "async": "asyncio.sleep",
            "blocking": "time.sleep in the event loop",
            "sync_to_async": "time.sleep in a thread, awaited",
        },
        parameters=(_delay(0.05, "how long each request waits"),),
        waits={"async": ("delay",), "blocking": ("delay",), "sync_to_async": ("delay",)},
    ),
)

PATTERNS: Mapping[str, Pattern] = MappingProxyType({pattern.name: pattern for pattern in _PATTERNS})


def _require_views(pattern: Pattern) -> None:
    if not pattern.views:
        raise SpecError('it does not name the module of its views: views="…"')


def outside() -> Mapping[str, Pattern | SpecError]:
    """The patterns of installed packages, by name, or the reason why one cannot be used."""
    return PATTERN_PLUGINS.load_all(PATTERNS, _require_views)


@cache  # the site asks at every request
def pattern_named(name: str) -> Pattern:
    """A pattern of the site's own, or of a package that offers one. Raises SpecError with one line."""
    if name in PATTERNS:
        return PATTERNS[name]
    if name in (plugins := PATTERN_PLUGINS.plugins()):
        return PATTERN_PLUGINS.load(name, PATTERNS, _require_views)
    raise unknown("pattern", name, [*PATTERNS, *plugins])


def parse_pattern(text: str) -> PatternSpec:
    """``"sleep:delay=0.1"`` to the pattern and its values. Raises SpecError with one line that says what is wrong."""
    name, given = split_spec(text)
    pattern = pattern_named(name)
    return PatternSpec(pattern, pattern.values(given))
