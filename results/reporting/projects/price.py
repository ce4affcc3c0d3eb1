"""What a request of a project's mix takes of the CPU under each server, in a sentence. Pure."""

from collections.abc import Sequence

from djbench.pattern import MIX
from results.analysis.figures.usage import server_cpu_ms
from results.reporting.front.phrases import as_list
from results.reporting.front.standings import Standing
from results.reporting.questions import Question
from results.wording.names import cell_name
from results.wording.text import number


def price_of_mix(of_run: Sequence[Standing]) -> str:
    """Under each load the mix was measured under, the cheapest server first; empty without a mix."""
    mixes = [standing.question for standing in of_run if standing.question.is_mix]
    return " ".join(filter(None, (_sentence(mix, several=len(mixes) > 1) for mix in mixes)))


def _sentence(mix: Question, *, several: bool) -> str:
    cpu_ms = {
        cell_name(cell.cell, mix.labels): cost for cell in mix.measured if (cost := server_cpu_ms(cell)) is not None
    }
    costs = [f"{number(cpu_ms[name], 3)} ms on {name}" for name in sorted(cpu_ms, key=cpu_ms.__getitem__)]
    load = f" ({mix.load})" if several else ""
    return f"CPU time for a request of the {MIX}{load}: {as_list(costs)}." if costs else ""
