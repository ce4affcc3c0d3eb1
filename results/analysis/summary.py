"""From a run's trials to its summary: the content of ``summary.json``, and what charts and report draw."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from djbench.cell import Cell
from djbench.load import Load
from results.analysis.cell_summary import CellSummary, summarise_cell
from results.analysis.figures.cell_figures import cell_json
from results.analysis.figures.quantity import Quantity, main_quantity, percentile
from results.analysis.figures.usage_figures import CPU
from results.analysis.machine_course import movement, readings
from results.analysis.ranking import cheapest_first, ranked
from results.analysis.stats import Estimate, interval_of
from results.analysis.verdicts import Comparison, compare
from results.records.schema import Run, Trial
from results.records.store import TELEMETRY, RunDirectory

_BASE_STYLE = "sync"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """One cell over another of the same pattern and load, paired by block."""

    #: The numerator.
    cell: Cell
    #: The denominator.
    other: Cell
    #: What it is of: throughput under closed load, median latency under open load, or CPU time per request. Of
    #: interference the highest of p99, p95, p90 and p50 that both cells have samples enough for in each trial.
    quantity: Quantity
    #: The ratio with its verdict.
    comparison: Comparison

    @property
    def estimate(self) -> Estimate:
        """The ratio, with its interval."""
        return self.comparison.estimate

    @property
    def verdict(self) -> str:
        """The verdict in the quantity's words: ``faster``, ``less CPU``."""
        return self.quantity.verdict_text(self.comparison.verdict)

    @property
    def inverse(self) -> "Ratio":
        """The other cell over this one."""
        return Ratio(cell=self.other, other=self.cell, quantity=self.quantity, comparison=self.comparison.inverse)

    def to_json(self) -> dict[str, Any]:
        """As it stands in summary.json."""
        return {
            **self.cell.identity(),
            "other": {"server": self.other.server, "style": self.other.style},
            "quantity": self.quantity.title,
            "blocks": self.estimate.n,
            "ratio": interval_of(self.estimate),
            "p": self.comparison.p,
            "adjusted_p": self.comparison.adjusted_p,
            "verdict": self.verdict,
        }


def between(ratios: Iterable[Ratio], cell: Cell, other: Cell) -> Ratio | None:
    """The one of these ratios that is of these two cells, with the first as numerator; None without one."""
    compared = {(ratio.cell, ratio.other): ratio for ratio in ratios}
    inverse = compared.get((other, cell))
    return compared.get((cell, other)) or (inverse.inverse if inverse else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A whole run, summarised.

    ``ratios``, ``leads``, ``cpu_ratios``, ``cpu_leads`` and ``interference`` are a family of comparisons each, whose p
    values are adjusted together.
    """

    #: Its record.
    run: Run
    #: Of the time the run lasted, how much was warm-up and measured windows; None before its end.
    load_share: float | None
    #: By how much the machine's speed moved, see ``machine_course``; None if the run has too few trials to tell.
    machine_moved: float | None
    #: Every cell, in the order of the plan.
    cells: tuple[CellSummary, ...]
    #: Each style over the sync style of the same server; see ``_bases`` for a project's pair without one.
    ratios: tuple[Ratio, ...]
    #: The best cell of each pattern and load, as ``ranking`` has it, over each of the others.
    leads: tuple[Ratio, ...]
    #: The same of CPU time per request.
    cpu_ratios: tuple[Ratio, ...]
    #: The CPU time per request of the cheapest cell of each pattern and load, over that of each of the others.
    cpu_leads: tuple[Ratio, ...]
    #: Each cell with background users over the same cell alone.
    interference: tuple[Ratio, ...]
    #: The largest share of a core that telemetry took in any trial; None without any.
    telemetry_share_max: float | None

    def to_json(self) -> dict[str, Any]:
        """The content of summary.json; its schema is that of the records."""
        run = self.run
        return {
            "schema": run.schema,
            "run": {
                "id": run.id,
                "profile": run.profile,
                "seed": run.seed,
                "started": run.started,
                "finished": run.finished,
                "status": run.status,
                "failure": run.failure,
                "command": run.command,
                "blocks": len(run.blocks),
                **asdict(run.settings),
                "ended_by": run.ended_by,
                "resumed": list(run.resumed),
                "spent_s": run.spent_s,
                "load_share": self.load_share,
                "machine_moved": self.machine_moved,
                "left_out": run.left_out,
                "lost_work": {key: {"lost": lost, "begun": begun} for key, (lost, begun) in run.lost_work.items()},
                "telemetry_share_max": self.telemetry_share_max,
                "target": asdict(run.target) if run.target else None,
            },
            "machine": run.machine,
            "cells": [cell_json(cell) for cell in self.cells],
            "ratios_to_sync": [ratio.to_json() for ratio in self.ratios],
            "leads_of_the_best": [ratio.to_json() for ratio in self.leads],
            "cpu_ratios_to_sync": [ratio.to_json() for ratio in self.cpu_ratios],
            "cpu_leads_of_the_cheapest": [ratio.to_json() for ratio in self.cpu_leads],
            "interference": [ratio.to_json() for ratio in self.interference],
        }


def summarise(directory: RunDirectory) -> Summary:
    """Read a run's directory and summarise every cell of its plan. Raises StoreError."""
    run = directory.read_run()
    by_cell: dict[Cell, list[Trial]] = {cell: [] for cell in run.cells}
    trials = directory.read_trials_of(run)
    for trial in trials:
        by_cell[trial.cell].append(trial)
    cells = tuple(summarise_cell(cell, of_cell, directory) for cell, of_cell in by_cell.items())
    bases = _bases(run)
    shares = (
        trial.measurement.telemetry_share for trial in trials if trial.measurement and TELEMETRY in trial.artefacts
    )
    return Summary(
        run=run,
        load_share=_load_share(run, trials),
        machine_moved=movement(readings(trials)),
        telemetry_share_max=max(shares, default=None),
        cells=cells,
        ratios=_compared(_to_base(cells, bases), _of_load),
        leads=_compared(_of_the_first(cells, ranked), _of_load),
        cpu_ratios=_compared(_to_base(cells, bases), _cpu),
        cpu_leads=_compared(_of_the_first(cells, cheapest_first), _cpu),
        interference=_compared(_beside(cells), _tail),
    )


def _load_share(run: Run, trials: list[Trial]) -> float | None:
    load_s = sum(trial.measurement.warmup_s + trial.measurement.actual_s for trial in trials if trial.measurement)
    return load_s / run.spent_s if run.finished and run.spent_s else None


_Cells = tuple[CellSummary, CellSummary]
_TAILS = (
    percentile("p99", "p99", lambda cell: cell.p99_ms_by_block),
    percentile("p95", "p95", lambda cell: cell.p95_ms_by_block),
    percentile("p90", "p90", lambda cell: cell.p90_ms_by_block),
    percentile("p50", "p50", lambda cell: cell.median_ms_by_block),
)


def _of_load(cells: _Cells) -> Quantity:
    """What cells under that load are compared by."""
    return main_quantity(cells[0].cell.load)


def _cpu(cells: _Cells) -> Quantity:  # noqa: ARG001  one signature for all
    return CPU


def _tail(cells: _Cells) -> Quantity:
    """The highest percentile that both can show in each block that they have in common.

    Those who wait for others are answered seldom, and few samples have no p99.
    """
    blocks = set.intersection(*(set(cell.median_ms_by_block) for cell in cells))
    shown = (tail for tail in _TAILS if all(blocks <= set(tail.by_block(cell)) for cell in cells))
    return next(shown, _TAILS[-1])


def _compared(pairs: list[_Cells], quantity_of: Callable[[_Cells], Quantity]) -> tuple[Ratio, ...]:
    """The comparisons of these cells with those, as one family, each by the quantity that is asked for."""
    quantities = [quantity_of(cells) for cells in pairs]
    comparisons = compare([quantity.pair(*cells) for cells, quantity in zip(pairs, quantities, strict=True)])
    return tuple(
        Ratio(cell=cell.cell, other=other.cell, quantity=quantity, comparison=comparison)
        for (cell, other), quantity, comparison in zip(pairs, quantities, comparisons, strict=True)
        if comparison is not None
    )


def _comparable(cells: tuple[CellSummary, ...]) -> list[CellSummary]:
    """Those with numbers to compare; of a rate that varies the median mixes easy and hard moments."""
    return [cell for cell in cells if cell.throughput_rps and cell.cell.load.one_figure]


def _bases(run: Run) -> dict[str, str]:
    """By pattern the style that others are compared with: sync. In a project's pair without it, the one that is first.

    Of the built-in site's patterns one without sync has none: which style is first says nothing there.
    """
    styles: dict[str, dict[str, None]] = {}
    for cell in run.cells:
        styles.setdefault(cell.pattern, {})[cell.style] = None
    return {
        pattern: _BASE_STYLE if _BASE_STYLE in of_pattern or run.target is None else next(iter(of_pattern))
        for pattern, of_pattern in styles.items()
    }


def _to_base(cells: tuple[CellSummary, ...], bases: Mapping[str, str]) -> list[_Cells]:
    measured = _comparable(cells)
    base = {(c.cell.server, c.cell.pattern, c.cell.load): c for c in measured if c.cell.style == bases[c.cell.pattern]}
    return [
        (cell, base[place])
        for cell in measured
        if (place := (cell.cell.server, cell.cell.pattern, cell.cell.load)) in base and cell is not base[place]
    ]


def _beside(cells: tuple[CellSummary, ...]) -> list[_Cells]:
    """Cells beside others, each with the same cell alone."""
    alone = {cell.cell: cell for cell in cells}
    pairs = []
    for cell in cells:
        if cell.cell.load.beside:
            pairs.append((cell, alone[cell.cell.alone]))
    return pairs


def _of_the_first(
    cells: tuple[CellSummary, ...], order: Callable[[Sequence[CellSummary]], list[CellSummary]]
) -> list[_Cells]:
    """Of each pattern and load the first cell in that order, with each of the others."""
    groups: dict[tuple[str, Load], list[CellSummary]] = {}
    for cell in _comparable(cells):
        groups.setdefault(cell.cell.question, []).append(cell)
    return [
        (first, other)
        for group in groups.values()
        for first in order(group)[:1]
        for other in group
        if other is not first
    ]
