"""Which charts a run has, and in which order: each a PNG to paste, an SVG, and an element for the page."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from djbench.load import Load
from results.analysis.summary import Summary
from results.records.schema import Trial
from results.reporting import frames
from results.reporting.answers import Answer
from results.reporting.charts.contests import contests
from results.reporting.charts.cost import cost_chart
from results.reporting.charts.drawing import OF_KIND, Chart, chart_name, remove_stale, save
from results.reporting.charts.heat_map import heat_map
from results.reporting.charts.marks import Hints, colours
from results.reporting.charts.noise import noise_chart
from results.reporting.charts.request_rows import request_chart
from results.reporting.charts.rows import forest_chart, throughput_chart
from results.reporting.charts.spectrum import spectrum_chart
from results.reporting.charts.sweeps import slot_chart, user_chart
from results.reporting.charts.timeline import timeline_chart
from results.reporting.method import machine_sentence

_FOR_EACH_KIND = ("overview", "ratio", "throughput", "spectrum", "requests", "cost")
_OF_RUN = ("slots", "users", "timeline", "noise")
_NAME = re.compile(rf"(?:{'|'.join(_FOR_EACH_KIND)}){OF_KIND}|{'|'.join(_OF_RUN)}")

_Draw = Callable[[Hints], tuple[str, Figure] | None]


def draw_all(summary: Summary, trials: Sequence[Trial], answers: Sequence[Answer], folder: Path) -> list[Chart]:
    """Draw every chart into ``folder`` as NAME.png and NAME.svg, in place of those of an earlier report.

    Closed and open load never share a chart (Schroeder et al., NSDI 2006): their latencies mean different things.
    Raises OSError.
    """
    folder.mkdir(exist_ok=True)
    cells = frames.for_charts(summary)
    of_server = colours(cells["server"], summary.run)
    ratios, spectra = frames.ratios(summary), frames.spectra(summary)
    requests = frames.requests_for_charts(summary)
    planned: dict[str, _Draw] = {}
    for load in {cell.cell.load.kind: cell.cell.load for cell in summary.cells}.values():
        drawn = _of_kind(
            load,
            *(_of_load(frame, load) for frame in (cells, ratios, spectra, requests)),
            of_server=of_server,
            answers=answers,
            shared=summary.run.settings.isolation == "block",
        )
        planned.update({chart_name(name, load): draw for name, draw in drawn.items()})
    sweeps, timelines, made = frames.sweeps(summary), frames.timelines(summary), frames.trials(summary, trials)
    planned["slots"] = lambda hints: slot_chart(sweeps, of_server, hints)
    planned["users"] = lambda hints: user_chart(sweeps, of_server, hints)
    planned["timeline"] = lambda hints: timeline_chart(timelines, of_server, hints)
    # Trials of both kinds: how steady each kind's are is the same question.
    course, allowed = frames.machine_course(trials), machine_sentence(summary)
    planned["noise"] = lambda hints: noise_chart(made, course, of_server, hints, allowed=allowed)
    charts = []
    for name, draw in planned.items():
        hints = Hints()
        drawing = draw(hints)
        if drawing is not None:
            title, figure = drawing
            charts.append(save(figure, name, title, hints, folder))
    remove_stale(folder, is_chart_name, {chart.name for chart in charts})
    return charts


def _of_load(frame: pd.DataFrame, load: Load) -> pd.DataFrame:
    """The rows of that kind of load."""
    return frame if frame.empty else frame[frame["load_kind"] == load.kind]


def is_chart_name(name: str) -> bool:
    """Can a report have a chart of that name?"""
    return _NAME.fullmatch(name) is not None


def _of_kind(
    load: Load,
    cells: pd.DataFrame,
    ratios: pd.DataFrame,
    spectra: pd.DataFrame,
    requests: pd.DataFrame,
    *,
    of_server: Mapping[str, str],
    answers: Sequence[Answer],
    shared: bool,
) -> dict[str, _Draw]:
    """The charts of one kind of load, of which ``load`` is one."""
    opened, contested = load.compares_latency, contests(cells, answers)
    briefs = {(answer.pattern, str(answer.load)): answer.brief for answer in answers}
    drawn: dict[str, _Draw] = {
        "overview": lambda hints: heat_map(cells[cells["steady"]], contested, hints),
        "ratio": lambda hints: forest_chart(ratios, of_server, hints, opened=opened),
    }
    if load.throughput_tells:  # else it is what was asked for, or there is nothing to rank
        drawn["throughput"] = lambda hints: throughput_chart(cells, of_server, briefs, contested, hints)
    unit = load.unit.removesuffix("s")
    return drawn | {
        "spectrum": lambda hints: spectrum_chart(spectra, of_server, hints, opened=opened),
        "requests": lambda hints: request_chart(requests, of_server, hints),
        "cost": lambda hints: cost_chart(cells, of_server, hints, unit=unit, shared_processes=shared),
    }
