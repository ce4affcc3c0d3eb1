"""How sharp are comparisons by turns? ``make bench-turns`` measures that beside windows of a second, in one run.

Each block starts its servers once: of every place a base, two equals, and one with a known handicap. Then the same
trials are made in three ways, in random order: by turns; in windows of a second, rivals back to back; and as the
profile ``quick`` did when it had no turns, one server after the other with all of its places.

Printed are, of throughput and of CPU time per request: the standard deviation of the paired log ratio of equals per
block; its ratio between the ways, with a 95 % interval (bootstrap over blocks); and what five blocks at a time say:
false alarms, handicaps found, and intervals that hold the truth.
"""

import argparse
import json
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from rich.console import Console

from djbench.options import DISTURBANCES
from results.analysis.verdicts import MIN_BLOCKS, Pair, Verdict, compare
from results.records.schema import Purpose, Session, Settings, Start, Trial
from results.records.store import RunDirectory
from runners.cli.preparing import Prepared, prepare
from runners.cli.shown.display import Display
from runners.cli.typer_options import Overrides
from runners.conducting.ledger import Ledger
from runners.conducting.stand import Stand
from runners.conducting.trial import Rig
from runners.conducting.turns import Entrant, Turns
from runners.conducting.verifying.right_answers import RightAnswers
from runners.hosts.cpus import pinned
from runners.hosts.workspace import Workspace
from runners.planning.plan import Plan
from runners.procedures.progress import Progress
from runners.services.running import running_services
from runners.targets.built_in import built_in
from runners.watching.observers import OBSERVERS

TURNS, WINDOWS, ONE_BY_ONE = "by turns", "windows of 1 s, back to back", "windows of 1 s, server by server"
_SLICED = "by turns, slices of "  # and a number of seconds
BASE, EQUALS, HANDICAPPED = "a", ("b", "c"), "h"
SHARE = 0.10  # of the throughput that the handicap takes
_RESAMPLES = 2000


class Row(NamedTuple):
    """One trial."""

    way: str
    block: int
    place: str
    label: str
    rps: float
    cpu_us: float
    valid: bool


FIGURES: Mapping[str, Callable[[Row], float]] = {
    "throughput": lambda row: row.rps,
    "CPU time per request": lambda row: row.cpu_us,
}


def place_of(trial: Trial) -> str:
    """Which of the places it was made at."""
    return f"{trial.cell.pattern} {trial.cell.style} on {trial.cell.server.partition(':')[0]}"


class Bench:
    """Makes the trials of one block after the other on servers that stand."""

    def __init__(self, stand: Stand, keep: Callable[[dict[str, Any]], None]) -> None:
        self._stand = stand
        self._keep = keep
        self._number = 0

    def block(self, plan: Plan, block: int, ways: Sequence[str]) -> list[Row]:
        """Every way once, in random order, on one start of the servers."""
        starts = tuple(Start(server=cell.server, cells=(index,)) for index, cell in enumerate(plan.cells))
        chance = random.Random(f"{plan.seed} {block}")
        rows: list[Row] = []
        with replace(self._stand, plan=plan).standing(block, Session(starts=starts, by_turns=True), _refuse) as rigs:
            of_cell = {start.cells[0]: rig for start, rig in rigs.items()}
            for way in chance.sample(list(ways), len(ways)):
                for group in _groups(plan, way, chance):
                    rows += self._measured(plan, way, block, {index: of_cell[index] for index in group}, of_cell)
        return rows

    def _measured(
        self, plan: Plan, way: str, block: int, group: Mapping[int, Rig], standing: Mapping[int, Rig]
    ) -> Iterator[Row]:
        settings = settings_for(way, plan.settings)
        entrants = []
        for index, rig in group.items():
            cell, self._number = plan.cells[index], self._number + 1
            slicing = plan.slicing(cell)
            assert slicing is not None
            trial = Trial(number=self._number, block=block, cell=cell, started="", purpose=Purpose.MEASURE)
            mine = replace(rig, settings=settings)
            entrants.append(Entrant(rig=mine, trial=trial, demand=plan.demand(cell), slicing=slicing))
        rigs = [
            next((each.rig for each in entrants if each.rig.number == rig.number), rig) for rig in standing.values()
        ]
        for trial in Turns(entrants, rigs, seed=plan.seed + self._number, says=print).measure():
            if trial.measurement is None:
                sys.exit(f"{place_of(trial)}: {trial.failure}")
            self._keep({"way": way, **asdict(trial)})
            cpu_us = 1e6 * trial.measurement.server.cpu_s / trial.measurement.answered
            label, rps = trial.cell.label or BASE, trial.measurement.throughput_rps
            yield Row(way, block, place_of(trial), label, rps, cpu_us, trial.valid)


def settings_for(way: str, settings: Settings) -> Settings:
    """How trials are made in that way."""
    if way.startswith(_SLICED):
        return replace(settings, slice_s=float(way.removeprefix(_SLICED).removesuffix(" s")))
    return settings if way == TURNS else replace(settings, duration_s=1.0, slice_s=1.0)


def _groups(plan: Plan, way: str, chance: random.Random) -> list[list[int]]:
    """The cells that are measured together, in the order of the groups."""
    places: defaultdict[object, list[int]] = defaultdict(list)
    for index, cell in enumerate(plan.cells):
        places[cell.label if way == ONE_BY_ONE else cell.place].append(index)
    groups = chance.sample(list(places.values()), len(places))
    if way == ONE_BY_ONE:  # each by itself
        return [[index] for group in groups for index in chance.sample(group, len(group))]
    return groups


def _refuse(start: Start, error: Exception) -> None:
    sys.exit(f"{start.server}: {error}")


def labelled(plan: Plan, costs_us: Mapping[str, float]) -> Plan:
    """Every cell as the base, as equals, and with the handicap."""
    cells = [
        replace(cell, label=label, handicap_us=cost_us * SHARE / (1 - SHARE) if label == HANDICAPPED else 0.0)
        for cell in plan.cells
        for cost_us in [costs_us[f"{cell.pattern} {cell.style} on {cell.server.partition(':')[0]}"]]
        for label in (BASE, *EQUALS, HANDICAPPED)
    ]
    return replace(plan, cells=tuple(cells))


def log_ratios(rows: Sequence[Row], figure: Callable[[Row], float], place: str, label: str) -> dict[int, float]:
    """By block: the base over that label."""
    by_label: defaultdict[str, dict[int, float]] = defaultdict(dict)
    for row in rows:
        if row.place == place:
            by_label[row.label][row.block] = float(np.log(figure(row)))
    return {block: of - by_label[label][block] for block, of in by_label[BASE].items() if block in by_label[label]}


def pooled_sd(ratios: Sequence[Mapping[int, float]], blocks: Sequence[int]) -> float:
    """The standard deviation over these blocks, pooled over pairs."""
    return float(np.sqrt(np.mean([np.var([of[block] for block in blocks if block in of], ddof=1) for of in ratios])))


def report(rows: Sequence[Row], handicaps_us: Mapping[str, float], console: Console) -> None:
    """Print what the rows of valid trials say."""
    console.print(f"{sum(not row.valid for row in rows)} of {len(rows)} trials do not count")
    rows = [row for row in rows if row.valid]
    places = sorted({row.place for row in rows})
    ways = sorted({row.way for row in rows}, key=lambda way: (way != TURNS, way))
    blocks = sorted({row.block for row in rows})
    chance = np.random.default_rng(1)
    for name, figure in FIGURES.items():
        of_way = {way: [row for row in rows if row.way == way] for way in ways}
        equal = {
            way: {place: [log_ratios(of_way[way], figure, place, label) for label in EQUALS] for place in places}
            for way in ways
        }
        for place in (*places, "all places"):
            ratios = {
                way: [one for at, of in equal[way].items() if place in (at, "all places") for one in of] for way in ways
            }
            sds = {way: pooled_sd(ratios[way], blocks) for way in ways}
            console.print(f"{name}, {place}: " + "; ".join(f"{way} {sd:.3f}" for way, sd in sds.items()))
            for way in ways[1:]:
                draws = [chance.choice(blocks, len(blocks)).tolist() for _ in range(_RESAMPLES)]
                draws = [draw for draw in draws if len(set(draw)) > 1]  # one block has no spread
                drawn = [pooled_sd(ratios[ways[0]], draw) / pooled_sd(ratios[way], draw) for draw in draws]
                low, high = np.quantile(drawn, [0.025, 0.975])
                console.print(f"  {ways[0]} over {way}: {sds[ways[0]] / sds[way]:.2f} ({low:.2f} to {high:.2f})")
        for way in ways:
            console.print(f"  {way}, {MIN_BLOCKS} blocks at a time: {said(of_way[way], figure, handicaps_us)}")


def said(rows: Sequence[Row], figure: Callable[[Row], float], handicaps_us: Mapping[str, float]) -> str:
    """What so few blocks say of equals and handicaps. Each such run is a family of comparisons."""
    blocks = sorted({row.block for row in rows})
    counts: defaultdict[str, int] = defaultdict(int)
    for first in range(0, len(blocks) - MIN_BLOCKS + 1, MIN_BLOCKS):
        chosen = [row for row in rows if row.block in blocks[first : first + MIN_BLOCKS]]
        for name, amount in _said_of_a_run(chosen, figure, handicaps_us).items():
            counts[name] += amount
    return (
        f"{counts['alarms']} of {counts['equals']} equals called different, "
        f"{counts['held']} of their intervals hold 1; {counts['found']} of {counts['handicaps']} handicaps found, "
        f"{counts['true']} of their intervals hold the truth"
    )


def _said_of_a_run(
    rows: Sequence[Row], figure: Callable[[Row], float], handicaps_us: Mapping[str, float]
) -> dict[str, int]:
    values: defaultdict[tuple[str, str], dict[int, float]] = defaultdict(dict)
    costs: defaultdict[str, list[float]] = defaultdict(list)
    for row in rows:
        values[row.place, row.label][row.block] = figure(row)
        if row.label in EQUALS:  # the base's noise is in what is judged, and the truth must not share it
            costs[row.place].append(row.cpu_us)
    keys = [key for key in sorted(values) if key[1] != BASE]
    more_is_better = figure is FIGURES["throughput"]
    pairs = [Pair(values[place, BASE], values[place, label], more_is_better=more_is_better) for place, label in keys]
    counts: defaultdict[str, int] = defaultdict(int)
    for (place, label), comparison in zip(keys, compare(pairs), strict=True):
        if comparison is None or comparison.estimate.low is None or comparison.estimate.high is None:
            continue
        cost_us = float(np.exp(np.mean(np.log(costs[place]))))
        ratio = 1 + handicaps_us[place] / cost_us
        truth = 1.0 if label != HANDICAPPED else ratio if more_is_better else 1 / ratio
        held = comparison.estimate.low <= truth <= comparison.estimate.high
        if label == HANDICAPPED:
            counts["handicaps"] += 1
            counts["found"] += comparison.verdict is Verdict.FASTER
            counts["true"] += held
        else:
            counts["equals"] += 1
            counts["alarms"] += comparison.verdict in (Verdict.FASTER, Verdict.SLOWER)
            counts["held"] += held
    return counts


@contextmanager
def a_stand(prepared: Prepared, path: Path, console: Console) -> Iterator[Stand]:
    """What starts servers, with services around."""
    directory, plan, target = RunDirectory.create(path), prepared.plan, prepared.target
    run = prepared.run(prepared.identity(), plan, sys.argv[1:], [])
    listener = Display(plan, 0, 0, console, quiet=True)
    ledger = Ledger(run=run, directory=directory, progress=Progress(plan, directory), listener=listener)
    with (
        pinned(plan.cpus.support),
        Workspace(run.id, path / "logs") as workspace,
        running_services(target, prepared.database, workspace, plan.cpus, plan.uses) as around,
    ):
        yield Stand(
            plan=plan,
            target=target,
            ledger=ledger,
            workspace=workspace,
            services=around,
            answers=RightAnswers(),
            observers=OBSERVERS,
            available_mib=None,
        )


def main() -> None:
    """Measure and report; or report what was measured before."""
    parser = argparse.ArgumentParser(prog="make bench-turns", description=__doc__)
    parser.add_argument("run_dir", type=Path, help="a new folder for the trials")
    parser.add_argument("--blocks", type=int, default=40)
    parser.add_argument("--duration", type=float, default=1.0, help="by turns, seconds of slices of a trial")
    parser.add_argument("--slice", action="append", type=float, help="also by turns in slices of so many seconds")
    parser.add_argument("--server", action="append")
    parser.add_argument("--pattern", action="append")
    parser.add_argument("--way", action="append", choices=(TURNS, WINDOWS, ONE_BY_ONE))
    options = parser.parse_args()
    console = Console(highlight=False, soft_wrap=True)
    changes = {
        "servers": tuple(options.server or ["gunicorn-gthread:threads=16"]),
        "patterns": tuple(options.pattern or ["plain", "orm_read"]),
        "styles": ("sync",),
        "users": (16,),
        "duration_s": options.duration,
        "accept": DISTURBANCES,
    }
    prepared = prepare(built_in(), "quick", Overrides(changes), seed=1, console=console)
    ways = [*(options.way or (TURNS, WINDOWS, ONE_BY_ONE)), *(f"{_SLICED}{one:g} s" for one in options.slice or ())]
    rows: list[Row] = []
    with a_stand(prepared, options.run_dir, console) as stand, (options.run_dir / "trials.jsonl").open("w") as file:
        bench = Bench(stand, lambda trial: file.write(json.dumps(trial, default=str) + "\n") and None)
        costs_us = {row.place: row.cpu_us for row in bench.block(prepared.plan, 0, [TURNS])}
        plan = labelled(prepared.plan, costs_us)
        handicaps_us = {place: cost_us * SHARE / (1 - SHARE) for place, cost_us in costs_us.items()}
        for block in range(1, options.blocks + 1):
            rows += bench.block(plan, block, ways)
            console.print(f"block {block} of {options.blocks}")
            file.flush()
            if block % MIN_BLOCKS == 0:
                report(rows, handicaps_us, console)


if __name__ == "__main__":
    main()
