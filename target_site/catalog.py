"""What the site can do: its patterns, their styles and their parameters. Pure data, no Django.

``urls.py`` is generated from this, the conductor plans from it, and ``djbench list patterns`` prints it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from types import MappingProxyType
from urllib.parse import urlencode

from target_site.parameters import Parameter, Value, canonical, resolve, split_spec, text_of, unknown

MAX_CALLS = 100  # of one fan_out request


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """One kind of I/O. ``styles`` maps each style to how its view does that I/O.

    uses: the services the pattern cannot answer without, of ``database``, ``upstream``, ``files``.
    waits: for each style the parameters whose product is the time an answer waits, in seconds; of none: no wait.
    writes: answering leaves state behind, which the site's reset endpoint clears.
    """

    name: str
    summary: str
    styles: Mapping[str, str]
    parameters: tuple[Parameter, ...] = ()
    uses: frozenset[str] = frozenset()
    waits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    writes: bool = False


@dataclass(frozen=True, slots=True)
class PatternSpec:
    """A pattern with every parameter set."""

    pattern: Pattern
    values: Mapping[str, Value]

    def __str__(self) -> str:
        return canonical(self.pattern.name, self.values)

    def wait_s(self, style: str) -> float:
        """How long an answer waits for its I/O when nothing else is slow; 0 where that is not known."""
        names = self.pattern.waits.get(style)
        return prod(float(self.values[name]) for name in names) if names else 0.0

    def path(self, style: str) -> str:
        """The URL path and query that runs this pattern in that style."""
        query = urlencode({key: text_of(value) for key, value in self.values.items()})
        return f"/{self.pattern.name}/{style}" + (f"?{query}" if query else "")


def _delay(default: float, what: str) -> Parameter:
    return Parameter(name="delay", default=default, unit="seconds", maximum=60, summary=what)


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
        parameters=(
            Parameter(
                name="size",
                default=65_536,
                unit="bytes",
                minimum=1,
                maximum=16 * 1024 * 1024,
                summary="how much is read",
            ),
        ),
        uses=frozenset({"files"}),
    ),
    Pattern(
        name="orm_read",
        summary="three ORM queries: get by key, first of an ordering, a list of rows",
        styles={
            "sync": "get, first, list(queryset)",
            "async": "aget, afirst, async for",
            "sync_to_async": "the sync queries inside one sync_to_async",
        },
        parameters=(Parameter(name="rows", default=20, minimum=1, maximum=1000, summary="rows in the list query"),),
        uses=frozenset({"database"}),
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
        styles={"sync": "pooled httpx.Client", "async": "pooled httpx.AsyncClient"},
        parameters=(_delay(0.05, "how long the API takes to answer"),),
        waits={"sync": ("delay",), "async": ("delay",)},
        uses=frozenset({"upstream"}),
    ),
    Pattern(
        name="fan_out",
        summary="several calls to a third-party API, aggregated into one answer",
        styles={
            "sync": "one call after the other, pooled httpx.Client",
            "threads": "calls spread over a shared thread pool, pooled httpx.Client",
            "async": "asyncio.gather over a pooled httpx.AsyncClient",
        },
        parameters=(
            Parameter(name="calls", default=10, minimum=1, maximum=MAX_CALLS, summary="calls per request"),
            _delay(0.05, "how long the API takes to answer each call"),
        ),
        waits={"sync": ("calls", "delay"), "threads": ("delay",), "async": ("delay",)},
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
)

PATTERNS: Mapping[str, Pattern] = MappingProxyType({pattern.name: pattern for pattern in _PATTERNS})


def parse_pattern(text: str) -> PatternSpec:
    """``"sleep:delay=0.1"`` to the pattern and its values. Raises SpecError with one line that says what is wrong."""
    name, given = split_spec(text)
    if name not in PATTERNS:
        raise unknown("pattern", name, PATTERNS)
    pattern = PATTERNS[name]
    return PatternSpec(pattern, resolve(name, pattern.parameters, given))
