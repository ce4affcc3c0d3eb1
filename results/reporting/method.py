"""How a run was measured, and what is to be known of it besides its numbers, in sentences. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from djbench.cell import Cell
from results.analysis.floor import Floor
from results.analysis.resolution import Resolution, resolutions
from results.analysis.summary import Summary
from results.records.schema import Run
from results.reporting.conclusions import Conclusions
from results.reporting.projects.described import project_sentences
from results.wording.budgets import budget_text
from results.wording.names import cell_name, in_sentence
from results.wording.text import count

_ISOLATION = {
    "trial": "Every trial had a freshly started server.",
    "block": (
        "Within a block, the cells of one server share one start of it; each block starts it again. "
        "Memory and threads are those of a process that earlier cells have used."
    ),
}
_ENDED = {
    "settled": "every interval is narrow enough",
    "blocks": "some intervals are wider than wanted",
    "budget": "the time was up",
    "nothing to narrow": "there was no interval to narrow",
}


def unfinished(run: Run, name: str = "This run") -> str:
    """That the run is not complete; empty if it is. name: what to call it."""
    if run.status == "finished":
        return ""
    reason = f" ({run.failure})" if run.failure else ""
    return f"{name} is {run.status}{reason}. Only what was measured is shown."


def repeat_command(run: Run) -> str:
    """The command that repeats the whole run, in the same order."""
    return run.command if "--seed" in run.command else f"{run.command} --seed {run.seed}"


def warnings(run: Run) -> list[str]:
    """Work that was lost, and servers that could not be measured."""
    return [
        *(
            f"{in_sentence(key)}: {lost} of {begun} pieces of background work were lost when the server ended."
            for key, (lost, begun) in run.lost_work.items()
        ),
        *(f"{in_sentence(server)} was left out: {reason}" for server, reason in run.left_out.items()),
    ]


def method(conclusions: Conclusions, labels: Mapping[str, str]) -> list[str]:
    """How it was measured. labels: a short name for each server."""
    summary = conclusions.summary
    return [
        *project_sentences(summary),
        *_loads(summary),
        *_course(summary.run, summary),
        *_statistics(summary),
        *([_floor(conclusions.floor, labels)] if conclusions.floor else []),
        *_servers(summary, labels),
    ]


def _loads(summary: Summary) -> Iterator[str]:
    loads = [cell.cell.load for cell in summary.cells]
    if any(load.throughput_tells for load in loads):
        thinks = any(window.think_ms for cell in summary.cells for window in cell.measurements)
        pause = ", but for the think times of journeys" if thinks else ", without think time"
        yield f"Closed load: each user sends the next request as soon as the last one is answered{pause}."
    if any(load.scheduled for load in loads):
        connections = ", ".join(str(most) for most in sorted({load.at_once for load in loads if load.scheduled}))
        generators = summary.run.settings.generators
        processes = f", from {generators} generator processes" if generators > 1 else ""
        yield "Open load: requests are due on a schedule, whether or not earlier ones were answered."
        yield "Latency counts from when a request was due, service time from when it was sent."
        yield f"Open load had at most {connections} connections{processes}; a request that finds all busy is sent late."
    if any(load.endless for load in loads):
        yield "Held streams: events per second are the arithmetic mean of the trials, for a window may have no event."


def _course(run: Run, summary: Summary) -> Iterator[str]:
    settings = run.settings
    needed = " whose pattern needs it" if settings.min_blocks != settings.max_blocks else ""
    yield f"{count(len(run.blocks), 'block')}{_ended(run)}."
    yield f"Each block has every cell{needed} once, in a new random order (seed {run.seed})."
    if settings.isolation in _ISOLATION:
        yield _ISOLATION[settings.isolation]
    own = " (a varying rate sets its own length)" if any(cell.cell.load.varies for cell in summary.cells) else ""
    yield f"Windows last {settings.duration_s} s{own}, after {_warmup(run)} of warm-up."
    if settings.accept:
        yield f"Trials with {', '.join(settings.accept)} count here, because --accept asked for it."
    if run.target is None:
        yield "Status and body of every answer were checked; sync and async bodies are byte-equal."


def _ended(run: Run) -> str:
    """How it came to that many blocks, as a clause."""
    settings = run.settings
    clauses = []
    if settings.min_blocks != settings.max_blocks and run.ended_by is not None:
        clauses = [
            f"{settings.min_blocks} to {settings.max_blocks} were planned",
            _ENDED.get(run.ended_by, run.ended_by),
        ]
    if run.resumed:
        clauses.append(f"interrupted, and resumed at {' and '.join(run.resumed)}")
    return f" ({'; '.join(clauses)})" if clauses else ""


def _warmup(run: Run) -> str:
    shortest_s, longest_s = run.settings.warmup_s, run.settings.warmup_limit_s
    if longest_s in (None, shortest_s):
        return f"{shortest_s:g} s"
    return f"{shortest_s:g} to {longest_s:g} s, until steady,"


def _statistics(summary: Summary) -> Iterator[str]:
    yield "Intervals are Student t at 95 % over the log rates of the trials; ratios are paired by block."
    yield "A cell is called faster if its adjusted p is under 0.05 and the whole interval lies outside of ±3 %."
    yield "Percentiles are exact samples of all valid trials (nearest rank); wrong answers are left out."
    yield "Percentiles above the median are shown if at least ten samples lie beyond them."
    yield "CPU time is that of the server's processes, without the database and other services."
    if summary.telemetry_share_max is not None:
        yield f"Telemetry took at most {100 * summary.telemetry_share_max:.2f} % of a core, beside the generator."
        yield "seconds.csv has every trial second by second."


def _origins(run: Run, of_server: Iterable[str], labels: Mapping[str, str]) -> Iterator[str]:
    """Which versions the servers of a project had, and which of them are not the project's own."""
    overlays: Mapping[str, Mapping[str, str]] = run.machine.get("overlays") or {}
    for server in of_server:
        laid = overlays.get(server.partition(":")[0], {})
        packages = run.servers[server].packages if server in run.servers else {}
        versions = ", ".join(
            f"{name} {laid[name]} (overlay)" if name in laid else f"{name} {packages[name]}" for name in packages
        )
        if overlays and versions:
            yield f"{labels[server]} had {versions}."
    if any(overlays.values()):
        yield "What an overlay has, the project lacks. djbench installed it for the project's interpreter, elsewhere."


def _floor(floor: Floor, labels: Mapping[str, str]) -> str:
    """How far apart equals may seem in this run."""
    name = cell_name(floor.cell, labels, question=True)
    middle, largest = (f"± {_percent(share)}" for share in (floor.middle, floor.largest))
    return (
        f"A/A floor: against itself, trial by trial, a cell has a 95 % interval of {middle} (median of "
        f"{count(floor.cells, 'cell')}), at most {largest} ({name}). A smaller difference is rarely told from noise. "
        "djbench validate measures the floor with equal cells in one block."
    )


def _servers(summary: Summary, labels: Mapping[str, str]) -> Iterator[str]:
    run = summary.run
    of_server: dict[str, Cell] = {cell.cell.server: cell.cell for cell in summary.cells}
    slots = "; ".join(
        f"{labels[cell.server]} {'unbounded,' if cell.slots is None else f'{cell.slots} by'} {cell.slots_by}"
        for cell in of_server.values()
        if cell.slots_by
    )
    yield f"Slots are the requests that a configuration works on at once{f': {slots}' if slots else ''}."
    yield from _origins(run, of_server, labels)
    budget = budget_text(run.settings.budget_cores, {labels[name]: cell.processes for name, cell in of_server.items()})
    if budget:
        yield budget
    if run.target is None:
        yield f"Database: {run.settings.database}."


def machine_sentence(summary: Summary) -> str:
    """What the machine allowed: how much its speed moved, and what the run tells apart; empty if neither is known."""
    told = resolutions((*summary.ratios, *summary.leads, *summary.cpu_ratios, *summary.cpu_leads))
    moved = summary.machine_moved
    clauses = [
        f"this machine's speed moved by ±{_percent(moved)}" if moved is not None else "",
        f"{_blocks(told)} tell {_listed(told)}" if told else "",
    ]
    sentence = "; ".join(filter(None, clauses))
    return f"{sentence[:1].upper()}{sentence[1:]}." if sentence else ""


def _blocks(told: Sequence[Resolution]) -> str:
    fewest, most = min(each.fewest_blocks for each in told), max(each.most_blocks for each in told)
    return count(most, "block") if fewest == most else f"{fewest} to {most} blocks"


def _listed(told: Sequence[Resolution]) -> str:
    first, *others = (f"{_percent(each.half_width)}{{}} in {each.quantity.title}" for each in told)
    return " and ".join([first.format(" apart"), *(other.format("") for other in others)])


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %"


def machine_line(run: Run) -> str:
    """The machine in a few words, as far as it is known."""
    machine = run.machine
    cpus, model, memory_mib = (machine.get(key) for key in ("cpu_count", "cpu_model", "memory_mib"))
    parts = [
        count(cpus, "CPU") if isinstance(cpus, int) else "",
        str(model) if model else "",
        f"{memory_mib / 1024:.3g} GiB" if isinstance(memory_mib, int | float) else "",
        f"Python {machine['python']}" if isinstance(machine.get("python"), str) else "",
    ]
    return ", ".join(part for part in parts if part) or "machine unknown"


def machine_facts(run: Run) -> dict[str, str]:
    """Everything that the record has of the machine, as text."""
    return {key: _fact(value) for key, value in run.machine.items() if key != "conditions"}


def conditions(run: Run) -> list[str]:
    """What could disturb the numbers when the run began or went on."""
    return [f"{condition['topic']}: {condition['found']}" for condition in run.machine.get("conditions", [])]


def _fact(value: Any) -> str:
    if value is None or value in ({}, []):
        return "–"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_fact(part)}" for key, part in value.items())
    if isinstance(value, list):
        return ", ".join(_fact(part) for part in value)
    return str(value)
