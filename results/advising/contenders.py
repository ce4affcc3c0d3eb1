"""A configuration that can be advised, and what it costs. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from djbench.cell import Cell
from djbench.pattern import VIEW
from results.analysis.cell_summary import CellSummary
from results.analysis.figures import usage
from results.analysis.stats import Estimate
from results.wording.names import style_on
from results.wording.text import count, number


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a configuration takes of the machine; None for what is not known."""

    #: CPU time of the server's processes per request.
    cpu_ms_per_request: float | None
    #: Memory with each shared page once, the most at a time.
    pss_mib: float | None
    #: Resident memory, the most at a time.
    rss_mib: float | None
    #: Threads, the most at a time.
    threads: int | None
    #: Server processes that answer.
    processes: int
    #: Requests it works on at once; None if unbounded.
    slots: int | None
    #: Connections to the database, the most at a time.
    database_connections: int | None

    def __str__(self) -> str:
        """In words: ``0.52 ms of CPU time per request, 61 MiB, 18 threads, 1 process, 16 slots``."""
        memory = (self.pss_mib, "each shared page once") if self.pss_mib is not None else (self.rss_mib, "resident")
        parts = [
            f"{self.cpu_ms_per_request:.3g} ms of CPU time per request" if self.cpu_ms_per_request is not None else "",
            f"{memory[0]:.0f} MiB ({memory[1]})" if memory[0] is not None else "",
            _counted(self.threads, "thread"),
            _counted(self.processes, "process", "processes"),
            "unbounded slots" if self.slots is None else _counted(self.slots, "slot"),
            _counted(self.database_connections, "database connection"),
        ]
        return ", ".join(part for part in parts if part)


def _counted(number_of: int | None, one: str, many: str | None = None) -> str:
    return "" if number_of is None else count(number_of, one, many)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A server, with the style for each pattern."""

    #: The server's canonical spec.
    server: str
    #: Each pattern with the style of its view.
    styles: tuple[tuple[str, str], ...]
    #: ``wsgi`` or ``asgi``.
    interface: str
    #: Requests per second; None without a number.
    throughput_rps: Estimate | None
    #: The same in each block, with the block's number.
    by_block: tuple[tuple[int, float], ...]
    #: What it costs.
    price: Price
    #: Of one pattern alone, the percentiles that there are samples enough for.
    latency_ms: Mapping[str, float] = field(default_factory=dict, compare=False)
    #: What makes its numbers doubtful.
    flags: tuple[str, ...] = ()

    @property
    def style(self) -> str:
        """``async``, or for each pattern of a mix that has another: ``sync for plain, async for sleep:delay=0.05``."""
        if len({style for _, style in self.styles}) == 1:
            return self.styles[0][1]
        return ", ".join(f"{style} for {pattern}" for pattern, style in self.styles if style != VIEW)

    @property
    def name(self) -> str:
        """Such as ``async on uvicorn:workers=1,loop=uvloop,http=httptools``."""
        return style_on(self.style, self.server)

    @property
    def figures(self) -> str:
        """What was measured of it, in words."""
        parts = []
        if (rate := self.throughput_rps) is not None:
            interval = (
                f" (95 % interval {number(rate.low)} to {number(rate.high)})"
                if rate.low is not None and rate.high is not None
                else ""
            )
            parts.append(f"{number(rate.mean)} requests/s{interval}")
        parts += [f"{name} {number(self.latency_ms[name])} ms" for name in ("p50", "p99") if name in self.latency_ms]
        return ", ".join(parts)

    def has(self, cell: Cell) -> bool:
        """Is the cell a part of it?"""
        return cell.server == self.server and (cell.pattern, cell.style) in self.styles

    def to_json(self) -> dict[str, Any]:
        """As it stands in summary.json."""
        return {
            "server": self.server,
            "styles": dict(self.styles),
            "interface": self.interface,
            "throughput_rps": asdict(self.throughput_rps) if self.throughput_rps else None,
            "latency_ms": dict(self.latency_ms),
            "price": asdict(self.price),
            "flags": list(self.flags),
        }


def contender_of(cell: CellSummary) -> Contender:
    """A measured cell as a contender."""
    return Contender(
        server=cell.cell.server,
        styles=((cell.cell.pattern, cell.cell.style),),
        interface=cell.cell.interface,
        throughput_rps=cell.throughput_rps,
        by_block=tuple(cell.by_block.items()),
        price=Price(
            cpu_ms_per_request=usage.server_cpu_ms(cell),
            pss_mib=usage.server_pss_mib(cell),
            rss_mib=usage.server_rss_mib(cell),
            threads=usage.server_threads(cell),
            processes=cell.cell.processes,
            slots=cell.cell.slots,
            database_connections=usage.database_connections(cell, "peak"),
        ),
        latency_ms=cell.shown_latency_ms,
        flags=cell.flags,
    )
