"""The plan of a live validation: cells under several labels, some of them with a known handicap. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from djbench.cell import Cell
from djbench.options import DISTURBANCES
from results.records.schema import Measurement, Trial
from results.validating.validation import BASE, label_of
from runners.planning.plan import Plan

# A server that uses less of the cores it can use waits for something; what it burns would not show in its throughput.
MIN_CPU_SHARE = 0.9


def calibration(plan: Plan) -> Plan:
    """One block of the plan's cells as they are, to learn what a request costs each."""
    isolated = _isolated(plan)
    return replace(isolated, settings=replace(isolated.settings, min_blocks=1, max_blocks=1, budget_s=None))


def _isolated(plan: Plan) -> Plan:
    """The plan with a start of the server for each trial, and no more servers side by side than a place has cells.

    Each handicap needs a start of its own. With starts that last for a block, those of all places would stand at once.
    """
    return replace(plan, settings=replace(plan.settings, isolation="trial"))


def tells_cost(trial: Trial) -> bool:
    """Can a request's cost be read from it? It can when it counts, and when only somebody else has spoilt it.

    Others cost the server time, and hardly any CPU time per request.
    """
    return trial.measurement is not None and set(DISTURBANCES).issuperset(trial.invalidated_by)


def cpu_us_per_request(trials: Iterable[Trial], cpus: int) -> dict[Cell, float]:
    """What a request costs the server, by cell, where its CPU time is all that limits its throughput.

    ``cpus``: how many CPUs the server may use; 0 if it is not pinned. Then it cannot be told of several processes, and
    they are left out.
    """
    costs_us = {}
    for trial in sorted(trials, key=lambda trial: trial.valid):  # what a trial that counts says comes last, and stays
        cores = min(trial.cell.processes, cpus) if cpus else 1
        tells = tells_cost(trial) and (cpus or trial.cell.processes == 1)
        if tells and trial.measurement is not None and _uses_all(trial.measurement, cores, cpus):
            costs_us[trial.cell] = 1e6 * trial.measurement.server.cpu_s / trial.measurement.answered
    return costs_us


def _uses_all(measurement: Measurement, cores: int, cpus: int) -> bool:
    """Did the server use all the time that it had of so many cores?

    What others used of its CPUs it did not have, unless it could move to a CPU that was free.
    """
    others_share = measurement.others_share if cores == cpus else 0.0
    had_s = measurement.actual_s * (1 - measurement.steal_share - others_share)
    return measurement.server.cpu_s >= MIN_CPU_SHARE * cores * had_s


def validation(plan: Plan, costs_us: dict[Cell, float], handicaps: Sequence[float], pairs: int) -> Plan:
    """The plan's cells, each as the base, as ``pairs`` equals, and once per handicap where its cost is known.

    A throughput that is to be lower by the share h takes requests that cost 1 / (1 - h) times as much.
    """
    cells = [
        labelled
        for cell in plan.cells
        for labelled in (
            replace(cell, label=BASE),
            *(replace(cell, label=label_of(0.0, number + 1)) for number in range(pairs)),
            *(
                replace(
                    cell,
                    label=label_of(share, 1),
                    handicap_us=round(costs_us[cell] * share / (1 - share), 3),
                )
                for share in handicaps
                if cell in costs_us
            ),
        )
    ]
    return replace(_isolated(plan), cells=tuple(cells))
