"""Which request of a mix and which step of a journey is the slowest, in sentences for the first screen. Pure."""

from collections.abc import Sequence

from results.analysis.figures.request_summary import RequestSummary
from results.reporting.front.phrases import as_list, questions_by_name
from results.reporting.front.standings import Standing
from results.wording.names import in_sentence
from results.wording.text import number

# The first of them that there are samples enough for in each request.
_PERCENTILES = ("p95", "p90", "p50")


def slowest_text(of_run: Sequence[Standing]) -> str:
    """For each mix and journey its requests under what is advised, the slowest first; empty without any."""
    return " ".join(filter(None, (_of_question(standing, of_run) for standing in of_run)))


def _of_question(standing: Standing, of_run: Sequence[Standing]) -> str:
    requests = standing.advised.by_request if standing.advised else ()
    shown = next((name for name in _PERCENTILES if all(name in request.shown_latency_ms for request in requests)), None)
    if not requests or shown is None:
        return ""
    (question,) = questions_by_name([standing], of_run)
    ordered = sorted(requests, key=lambda request: -request.shown_latency_ms[shown])
    return f"{question} under {standing.run}, {shown}: {as_list([_figure(request, shown) for request in ordered])}."


def _figure(request: RequestSummary, shown: str) -> str:
    return f"{in_sentence(request.name)} {number(request.shown_latency_ms[shown], 3)} ms"
