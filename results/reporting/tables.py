"""The tables of the page: which columns there are, what each says, and the exact value behind what is shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from djbench.cell import Cell
from results.analysis.cell_summary import CellSummary
from results.analysis.summary import Ratio, Summary
from results.records.schema import Held
from results.wording.names import cell_name
from results.wording.text import number, times


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """key: in addresses and CSV files. facet: can rows be chosen by it? hint: what it means, with its unit.

    unit: of the exact values that show where one points; empty for counts and for what has none.
    """

    key: str
    title: str
    hint: str
    unit: str = ""
    numeric: bool = True
    facet: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """shown: as text. exact: the value to sort by and to export, where that is a number.

    word: what a column of numbers exports where there is none; empty for a number that is not known.
    """

    shown: str
    exact: float | int | None = None
    word: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Columns, and a row of fields for each thing."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Field, ...], ...]


_IDENTITY = (
    Column(key="pattern", title="pattern", hint="kind of I/O", numeric=False, facet=True),
    Column(
        key="load", title="load", hint="closed load: users; open load: requests per second", numeric=False, facet=True
    ),
    Column(key="server", title="server", hint="server configuration", numeric=False, facet=True),
    Column(key="style", title="style", hint="how the view is written", numeric=False, facet=True),
)
_PERCENTILES = {"p50": "p50 ms", "p90": "p90 ms", "p95": "p95 ms", "p99": "p99 ms", "p999": "p99.9 ms", "max": "max ms"}

_HELD_TIMES = {"gap": "time from one event of a stream to the next", "probe": "latency of a plain request meanwhile"}

_Get = Callable[[CellSummary], Field]
_NOTHING = Field("–")


def _exact(value: float | None, digits: int = 4) -> Field:
    return Field(number(value, digits), value)


def _latency(name: str) -> _Get:
    return lambda cell: _exact(cell.shown_latency_ms.get(name))


def _of_requests(get: _Get) -> _Get:
    """Nothing for streams that are held open: what is counted of them is events."""
    return lambda cell: _NOTHING if cell.held else get(cell)


def _of_held(get: Callable[[CellSummary, Held], float | None]) -> _Get:
    return lambda cell: _exact(get(cell, cell.held)) if cell.held else _NOTHING


def _rate(cell: CellSummary) -> Field:
    return _exact(cell.throughput_rps.mean) if cell.throughput_rps else Field(cell.status)


def _interval_end(end: str) -> _Get:
    return lambda cell: _exact(getattr(cell.throughput_rps, end) if cell.throughput_rps else None)


def _trials(cell: CellSummary) -> Field:
    invalid = f" (+{cell.invalid_trials} invalid)" if cell.invalid_trials else ""
    return Field(f"{cell.trials}{invalid}", cell.trials)


def _sent(cell: CellSummary) -> Field:
    share = cell.sent_share
    return _NOTHING if share is None else Field(f"{100 * share:.2f}", 100 * share)


def _slots(cell: CellSummary) -> Field:
    slots = cell.cell.slots
    return Field("∞", word="unbounded") if slots is None else Field(str(slots), slots)


def _columns(*, opened: bool, held: bool) -> list[tuple[Column, _Get]]:
    """What stands behind a cell's identity."""
    latency = "latency over the right answers of all valid trials, ms; shown where ten samples lie beyond"
    rate = "requests/s"
    found: list[tuple[Column, _Get]] = [
        (Column(key="processes", title="processes", hint="server processes"), lambda c: _exact(c.cell.processes)),
        (Column(key="slots", title="slots", hint="requests worked on at once"), _slots),
        (
            Column(key="rps", title=rate, hint="right answers per second, mean of the trials", unit=rate),
            _of_requests(_rate),
        ),
        (
            Column(key="rps_low", title="95 % from", hint=f"lower end of the 95 % interval, {rate}", unit=rate),
            _of_requests(_interval_end("low")),
        ),
        (
            Column(key="rps_high", title="to", hint=f"upper end of the 95 % interval, {rate}", unit=rate),
            _of_requests(_interval_end("high")),
        ),
        *(
            (Column(key=key, title=title, hint=latency, unit="ms"), _latency(key))
            for key, title in _PERCENTILES.items()
        ),
    ]
    if opened:
        found += [
            (
                Column(key="service_p99", title="service p99 ms", hint="from when a request was sent, ms", unit="ms"),
                lambda c: _exact(c.shown_service_ms.get("p99")),
            ),
            (Column(key="sent", title="sent %", hint="requests sent of those due, %", unit="%"), _sent),
        ]
    cpu = "CPU time of the server's processes"
    found += [
        (
            Column(key="cpu_ms", title="CPU ms/request", hint=f"{cpu} per answer, ms", unit="ms/request"),
            _of_requests(lambda c: _exact(c.server_cpu_ms_per_request)),
        ),
        *(_held_columns(cpu) if held else ()),
        (
            Column(
                key="rss_mib",
                title="RSS MiB",
                hint="resident memory of the server's processes at the peak, MiB",
                unit="MiB",
            ),
            lambda c: _exact(c.server_rss_mib_peak),
        ),
        (Column(key="threads", title="threads", hint="threads at the peak"), lambda c: _exact(c.server_threads_peak)),
        (Column(key="trials", title="trials", hint="valid trials"), _trials),
        (
            Column(key="requests", title="requests", hint="requests that were answered or failed, in all trials"),
            _of_requests(lambda c: _exact(c.requests, 9)),
        ),
        (
            Column(key="errors", title="errors", hint="wrong or missing answers, in all trials"),
            lambda c: _exact(sum(c.errors.values()), 9),
        ),
        (
            Column(key="notes", title="notes", hint="why there is no number, or what is doubtful", numeric=False),
            lambda c: Field(c.reason or ", ".join(c.flags)),
        ),
    ]
    return found


def _held_columns(cpu: str) -> list[tuple[Column, _Get]]:
    """What is told of streams that are held open, of each the worst of the trials but for rate and CPU time."""
    counts = {
        "alive": "streams that lived when the window closed",
        "waiting": "streams that were open without an event",
        "lost": "streams that ended before the window did",
    }
    return [
        (
            Column(key="events", title="events/s", hint="events per second, mean of the trials", unit="events/s"),
            _of_held(lambda cell, _: cell.throughput_rps.mean if cell.throughput_rps else None),
        ),
        *((Column(key=key, title=key, hint=hint), _of_held(_attribute(key))) for key, hint in counts.items()),
        *(
            (
                Column(key=f"{key}_p99", title=f"{key} p99 ms", hint=f"{hint}, ms", unit="ms"),
                _of_held(_p99(f"{key}_ms")),
            )
            for key, hint in _HELD_TIMES.items()
        ),
        (
            Column(key="cpu_ms_event", title="CPU ms/event", hint=f"{cpu} per event, ms", unit="ms/event"),
            _of_held(lambda cell, _: cell.server_cpu_ms_per_request),
        ),
    ]


def _attribute(name: str) -> Callable[[CellSummary, Held], float | None]:
    return lambda _, held: getattr(held, name)


def _p99(name: str) -> Callable[[CellSummary, Held], float | None]:
    return lambda _, held: (getattr(held, name) or {}).get("p99")


def cell_table(summary: Summary, labels: Mapping[str, str]) -> Table:
    """Every cell, in the order of the plan."""
    loads = [cell.cell.load for cell in summary.cells]
    columns = _columns(opened=any(load.scheduled for load in loads), held=any(load.endless for load in loads))
    return Table(
        columns=(*_IDENTITY, *(column for column, _ in columns)),
        rows=tuple((*_identity(cell.cell, labels), *(get(cell) for _, get in columns)) for cell in summary.cells),
    )


def _identity(cell: Cell, labels: Mapping[str, str]) -> tuple[Field, ...]:
    return Field(cell.pattern), Field(str(cell.load)), Field(labels[cell.server]), Field(cell.style)


def comparison_table(summary: Summary, labels: Mapping[str, str]) -> Table | None:
    """Every comparison that the run makes; None without any."""
    families = {
        "style against sync": summary.ratios,
        "best against the others": summary.leads,
        "beside others against alone": summary.interference,
    }
    rows = [_compared(kind, ratio, labels) for kind, ratios in families.items() for ratio in ratios]
    columns = (
        Column(key="comparison", title="comparison", hint="the family it is one of", numeric=False, facet=True),
        *_IDENTITY,
        Column(key="other", title="compared with", hint="the other cell, of the same pattern", numeric=False),
        Column(key="quantity", title="of", hint="what the ratio is of", numeric=False),
        Column(key="ratio", title="ratio", hint="the cell's over the other's, paired by block", unit="times"),
        Column(key="low", title="95 % from", hint="lower end of the ratio's 95 % interval", unit="times"),
        Column(key="high", title="to", hint="upper end of the ratio's 95 % interval", unit="times"),
        Column(key="blocks", title="blocks", hint="blocks that have both"),
        Column(key="p", title="adjusted p", hint="of no difference, adjusted for the number of comparisons"),
        Column(key="verdict", title="verdict", hint="docs/methodology.md has the rule", numeric=False, facet=True),
    )
    return Table(columns=columns, rows=tuple(rows)) if rows else None


def _compared(kind: str, ratio: Ratio, labels: Mapping[str, str]) -> tuple[Field, ...]:
    estimate = ratio.estimate

    def ends(value: float | None) -> Field:
        return _NOTHING if value is None else Field(times(value), value)

    same_load = ratio.other.load == ratio.cell.load
    return (
        Field(kind),
        *_identity(ratio.cell, labels),
        Field(cell_name(ratio.other, labels, written=str) if same_load else "itself alone"),
        Field(ratio.quantity),
        ends(estimate.mean),
        ends(estimate.low),
        ends(estimate.high),
        Field(str(estimate.n), estimate.n),
        Field(f"{ratio.comparison.adjusted_p:.2g}", ratio.comparison.adjusted_p),
        Field(str(ratio.comparison.verdict)),
    )
