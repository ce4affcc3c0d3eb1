"""Every figure of a cell, in the order of ``summary.json`` and ``summary.csv``. A new figure is one entry here."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from djbench.load import Load
from results.analysis.cell_summary import CellSummary
from results.analysis.figures.figure import (
    Column,
    Figure,
    Group,
    PageColumn,
    Read,
    has_answers,
    part_of,
    scalar,
    scheduled,
    streams,
)
from results.analysis.figures.quantity import P50, THROUGHPUT, percentile
from results.analysis.figures.stream_figures import held
from results.analysis.figures.usage_figures import costs, load_applied
from results.analysis.stats import interval_of
from results.wording.compared import share_percent
from results.wording.text import number

_RATE, _EVENTS = "requests/s", "events/s"
_PERCENTILES = {"p50": "p50 ms", "p90": "p90 ms", "p95": "p95 ms", "p99": "p99 ms", "p999": "p99.9 ms", "max": "max ms"}
_BRIEF_PERCENTILES = ("p50", "p99", "p999")
_LATENCY_HINT = "latency over the right answers of all valid trials, ms; shown if ten samples lie beyond"


def _setup() -> tuple[Figure, ...]:
    """What the server was given."""
    slots = PageColumn(
        key="slots",
        title="slots",
        hint="requests worked on at once",
        group=Group.SETUP,
        read=lambda cell: cell.cell.slots,
        text=lambda cell: "∞" if cell.cell.slots is None else str(cell.cell.slots),
        word="unbounded",
        brief=True,
    )
    processes = PageColumn(key="processes", title="processes", hint="server processes", group=Group.SETUP, brief=True)
    return (
        scalar("interface", lambda cell: cell.cell.interface),
        Figure(
            key="slots",
            value=lambda cell: cell.cell.slots,
            columns=(Column(csv="slots", read=_slots_word, page=(slots,)),),
        ),
        scalar("slots_by", lambda cell: cell.cell.slots_by),
        scalar("processes", lambda cell: cell.cell.processes, processes),
    )


def _slots_word(cell: CellSummary) -> str:
    return "unbounded" if cell.cell.slots is None else str(cell.cell.slots)


def _evidence() -> tuple[Figure, ...]:
    """How much the numbers rest on."""
    trials = PageColumn(
        key="trials", title="trials", hint="valid trials", group=Group.EVIDENCE, text=_trials_text, brief=True
    )
    requests = PageColumn(
        key="requests",
        title="requests",
        hint="requests that were answered or failed, in all trials",
        group=Group.EVIDENCE,
        digits=9,
        loads=has_answers,
    )
    return (
        scalar("trials", lambda cell: cell.trials, trials),
        scalar("invalid_trials", lambda cell: cell.invalid_trials),
        scalar("requests", lambda cell: cell.requests, requests),
    )


def _trials_text(cell: CellSummary) -> str:
    return f"{cell.trials} (+{cell.invalid_trials} invalid)" if cell.invalid_trials else str(cell.trials)


def _throughput() -> Figure:
    mean = (
        _rate_column("rps", _RATE, "right answers per second, mean of the trials", has_answers, text=_rate_text),
        _rate_column("events", _EVENTS, "events per second, mean of the trials", streams, text=_rate_text),
    )
    low = _rate_column("rps_low", "95 % from", f"lower end of the 95 % interval, {_RATE}", has_answers)
    high = _rate_column("rps_high", "to", f"upper end of the 95 % interval, {_RATE}", has_answers)
    return Figure(
        key="throughput_rps",
        value=lambda cell: interval_of(cell.throughput_rps),
        columns=(
            Column(csv="throughput_rps_mean", read=_end_of_rate("mean"), page=mean),
            Column(csv="throughput_rps_low", read=_end_of_rate("low"), page=(low,)),
            Column(csv="throughput_rps_high", read=_end_of_rate("high"), page=(high,)),
        ),
        quantities=(THROUGHPUT,),
    )


def _rate_column(
    key: str,
    title: str,
    hint: str,
    loads: Callable[[Load], bool],
    *,
    text: Callable[[CellSummary], str] | None = None,
) -> PageColumn:
    unit = _EVENTS if loads is streams else _RATE
    return PageColumn(key=key, title=title, hint=hint, unit=unit, group=Group.RATE, text=text, loads=loads, brief=True)


def _end_of_rate(end: str) -> Read:
    return lambda cell: getattr(cell.throughput_rps, end) if cell.throughput_rps else None


def _rate_text(cell: CellSummary) -> str:
    """The rate, or why there is none."""
    return number(cell.throughput_rps.mean) if cell.throughput_rps else cell.status


def _latency() -> tuple[Figure, ...]:
    return (
        scalar("latency_samples", lambda cell: cell.latency_samples),
        Figure(
            key="latency_ms",
            value=lambda cell: cell.latency_ms,
            columns=tuple(
                Column(
                    csv=f"latency_ms_{name}",
                    read=part_of(lambda cell: cell.shown_latency_ms, name),
                    page=(
                        PageColumn(
                            key=name,
                            title=title,
                            hint=_LATENCY_HINT,
                            unit="ms",
                            group=Group.LATENCY,
                            loads=has_answers,
                            brief=name in _BRIEF_PERCENTILES,
                        ),
                    ),
                )
                for name, title in _PERCENTILES.items()
            ),
            quantities=(
                P50,
                percentile("p95", "p95 latency", lambda cell: cell.p95_ms_by_block),
                percentile("p99", "p99 latency", lambda cell: cell.p99_ms_by_block),
            ),
        ),
        _service(),
        Figure(
            key="timeline",
            value=lambda cell: None if cell.timeline is None else [asdict(step) for step in cell.timeline],
        ),
    )


def _service() -> Figure:
    p99 = PageColumn(
        key="service_p99",
        title="service p99 ms",
        hint="from when a request was sent, ms",
        unit="ms",
        group=Group.LATENCY,
        loads=scheduled,
    )
    return Figure(
        key="service_ms",
        value=lambda cell: cell.service_ms,
        columns=tuple(
            Column(
                csv=f"service_ms_{name}",
                read=part_of(lambda cell: cell.shown_service_ms, name),
                page=(p99,) if name == "p99" else (),
            )
            for name in _PERCENTILES
        ),
    )


def _errors() -> Figure:
    shown = PageColumn(
        key="errors",
        title="errors",
        hint="wrong or missing answers, in all trials",
        group=Group.EVIDENCE,
        digits=9,
        brief=True,
    )
    return Figure(
        key="errors",
        value=lambda cell: {"count": sum(cell.errors.values()), "by_kind": cell.errors},
        columns=(Column(csv="errors", read=lambda cell: sum(cell.errors.values()), page=(shown,)),),
    )


def _of_requests() -> tuple[Figure, ...]:
    """What a project's requests are one by one, and how much of their answers was compared."""
    compared = PageColumn(
        key="compared",
        title="compared %",
        hint="share of a right answer's body that was compared, of several requests the smallest; 0: status alone",
        unit="%",
        group=Group.EVIDENCE,
        read=lambda cell: None if cell.compared is None else 100 * cell.compared,
        text=lambda cell: "–" if cell.compared is None else share_percent(cell.compared),
        only_if_known=True,
    )
    return (
        Figure(key="by_request", value=lambda cell: [request.to_json() for request in cell.by_request]),
        scalar("compared", lambda cell: cell.compared, compared),
    )


def _standing() -> tuple[Figure, ...]:
    """Whether the numbers count."""
    notes = PageColumn(
        key="notes",
        title="notes",
        hint="why there is no number, or what is doubtful",
        numeric=False,
        group=Group.NOTES,
        text=lambda cell: cell.reason or ", ".join(cell.doubts),
        brief=True,
    )
    return (
        Figure(
            key="flags",
            value=lambda cell: list(cell.flags),
            columns=(Column(csv="flags", read=lambda cell: " ".join(cell.flags)),),
        ),
        scalar("status", lambda cell: cell.status),
        Figure(
            key="reason",
            value=lambda cell: cell.reason,
            columns=(Column(csv="reason", read=lambda cell: cell.reason or "", page=(notes,)),),
        ),
    )


FIGURES: tuple[Figure, ...] = (
    *_setup(),
    *_evidence(),
    _throughput(),
    *_latency(),
    *load_applied(),
    _errors(),
    *_of_requests(),
    *costs(),
    held(),
    *_standing(),
)
QUANTITIES = tuple(quantity for figure in FIGURES for quantity in figure.quantities)


def cell_json(cell: CellSummary) -> dict[str, Any]:
    """A cell as it stands in summary.json."""
    return cell.cell.identity() | {figure.key: figure.value(cell) for figure in FIGURES}
