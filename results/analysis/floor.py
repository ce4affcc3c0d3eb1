"""The A/A floor of a run: how far apart two equals may seem in it, as far as its own trials tell. Pure."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from djbench.cell import Cell
from results.analysis.cell_summary import CellSummary
from results.analysis.figures.quantity import main_quantity
from results.analysis.stats import half_width_of_equals


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """Half-widths of the 95 % intervals that cells have against themselves, as shares of 1."""

    #: The median of all the cells.
    middle: float
    #: The largest of them.
    largest: float
    #: The cell that has the largest.
    cell: Cell
    #: How many cells have trials enough for one.
    cells: int

    def to_json(self) -> dict[str, float | int]:
        """As it stands in summary.json."""
        return {"median": self.middle, "largest": self.largest, "cells": self.cells}


def floor_of(cells: Iterable[CellSummary]) -> Floor | None:
    """The floor of a run's cells, each by what it is compared by; None if no cell has trials enough.

    A cell's trials in the order of their blocks, each beside the next one: see ``stats.half_width_of_equals``. Two
    trials of one block are closer in time than those of neighbouring blocks, so that comparisons within a block are
    rather better than that. Of cells that were measured by turns they are far better: those have no part in it.
    """
    half_widths: list[tuple[float, Cell]] = []
    for cell in cells:
        by_block = main_quantity(cell.cell.load).by_block(cell)
        if cell.cell.load.one_figure and not any(measurement.slices for measurement in cell.measurements):
            half_width = half_width_of_equals([by_block[block] for block in sorted(by_block)])
            if half_width is not None:
                half_widths.append((math.expm1(half_width), cell.cell))
    if not half_widths:
        return None
    largest, cell_of_it = max(half_widths, key=lambda of_cell: of_cell[0])
    return Floor(
        middle=median(share for share, _ in half_widths), largest=largest, cell=cell_of_it, cells=len(half_widths)
    )
