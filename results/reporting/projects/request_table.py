"""The table of requests: each request of a mix, and each step of a journey, under each server. Pure."""

from collections.abc import Mapping

from results.analysis.cell_summary import CellSummary
from results.analysis.figures.figure import Heading
from results.analysis.figures.request_summary import RequestSummary
from results.analysis.summary import Summary
from results.reporting.tables import NOTHING, Field, Table
from results.wording.compared import share_percent
from results.wording.names import style_text
from results.wording.text import number

_PERCENTILES = ("p50", "p95", "p99")
_COLUMNS = (
    Heading(key="pattern", title="pattern", hint="mix or journey", numeric=False, facet=True),
    Heading(key="load", title="load", hint="closed load: users", numeric=False, facet=True),
    Heading(key="request", title="request", hint="request or step", numeric=False, facet=True),
    Heading(key="asks", title="asks", hint="method and path", numeric=False),
    Heading(key="server", title="server", hint="server configuration", numeric=False, facet=True),
    Heading(key="style", title="style", hint="how the views are written", numeric=False, facet=True),
    Heading(key="rps", title="requests/s", hint="right answers per second, over the valid trials", unit="requests/s"),
    Heading(key="errors", title="errors", hint="wrong or missing answers, in all trials"),
    *(
        Heading(key=name, title=f"{name} ms", hint="latency over the right answers of all valid trials, ms", unit="ms")
        for name in _PERCENTILES
    ),
    Heading(key="samples", title="samples", hint="right answers that the percentiles are of"),
    Heading(key="compared", title="compared %", hint="share of a right answer's body that was compared", unit="%"),
)


def request_table(summary: Summary, labels: Mapping[str, str]) -> Table | None:
    """A row for each request and cell, those of one request together; None if no cell has several requests."""
    asks = summary.run.target.requests if summary.run.target else {}
    places: dict[tuple[object, ...], list[tuple[CellSummary, RequestSummary]]] = {}
    for cell in summary.cells:
        for request in cell.by_request:
            places.setdefault((*cell.cell.question, request.name), []).append((cell, request))
    rows = tuple(
        _row(cell, request, labels, asks.get(request.sampled, ""))
        for of_request in places.values()
        for cell, request in of_request
    )
    return Table(columns=_COLUMNS, rows=rows) if rows else None


def _row(cell: CellSummary, request: RequestSummary, labels: Mapping[str, str], asks: str) -> tuple[Field, ...]:
    key, shown_ms = cell.cell, request.shown_latency_ms
    errors = sum(request.errors.values())
    return (
        Field(key.pattern),
        Field(str(key.load)),
        Field(request.name),
        Field(asks or "–"),
        Field(labels[key.server]),
        Field(style_text(key.style)),
        NOTHING if request.rate_rps is None else Field(number(request.rate_rps), request.rate_rps),
        Field(number(errors, 9), errors),
        *(Field(number(shown_ms[name]), shown_ms[name]) if name in shown_ms else NOTHING for name in _PERCENTILES),
        Field(number(request.latency_samples, 9), request.latency_samples),
        NOTHING if request.compared is None else Field(share_percent(request.compared), 100 * request.compared),
    )
