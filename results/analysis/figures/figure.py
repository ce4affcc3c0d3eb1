"""What the definition of a figure says: its value, and where each output shows it. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum, auto
from typing import Any, TypeAlias

from djbench.load import Load
from results.analysis.cell_summary import CellSummary
from results.analysis.figures.quantity import Quantity

Scalar: TypeAlias = float | int | str | None
Read: TypeAlias = Callable[[CellSummary], Scalar]


class Group(IntEnum):
    """In which part of the page's table a column stands, from left to right."""

    SETUP = auto()
    RATE = auto()
    LATENCY = auto()
    STREAMS = auto()
    COST = auto()
    EVIDENCE = auto()
    NOTES = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What a column of a table says of itself."""

    #: Its name in addresses and in exported files.
    key: str
    #: Its title.
    title: str
    #: What it means, with its unit.
    hint: str
    #: The unit of its exact values; empty for counts and for text.
    unit: str = ""
    #: Are its values numbers?
    numeric: bool = True
    #: Can rows be chosen by it?
    facet: bool = False


def any_load(load: Load) -> bool:  # noqa: ARG001  one signature for all
    """For figures that cells have under every load."""
    return True


def has_answers(load: Load) -> bool:
    """For figures of answers, which streams that are held open do not have."""
    return not load.endless


def scheduled(load: Load) -> bool:
    """For figures of requests that are due on a schedule."""
    return load.scheduled


def streams(load: Load) -> bool:
    """For figures of streams that are held open."""
    return load.endless


@dataclass(frozen=True, slots=True, kw_only=True)
class PageColumn(Heading):
    """How the page's table of cells shows a figure."""

    #: In which part of the table it stands.
    group: Group
    #: The value, to sort by and to export; None for that of ``summary.csv``.
    read: Read | None = None
    #: The value as text; None for a number with ``digits`` significant digits.
    text: Callable[[CellSummary], str] | None = None
    #: Significant digits.
    digits: int = 4
    #: What an exported file says if there is no number; empty for a number that is not known.
    word: str = ""
    #: Under which loads a cell has it. The column is left out if no cell of the run has one of these.
    loads: Callable[[Load], bool] = any_load
    #: Leave the column out if no cell has more than 0?
    only_above_zero: bool = False
    #: Leave the column out if it is not known of any cell?
    only_if_known: bool = False
    #: Does the table in Markdown have it, too?
    brief: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One number or text of a figure, for tables."""

    #: Its value.
    read: Read
    #: The column in ``summary.csv``; None if it has none.
    csv: str | None = None
    #: The columns on the page: a request and an event have one each.
    page: tuple[PageColumn, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure of a cell."""

    #: Its key in ``summary.json``.
    key: str
    #: Its value in ``summary.json``.
    value: Callable[[CellSummary], Any]
    #: What tables show of it.
    columns: tuple[Column, ...] = ()
    #: What of it runs are compared by, and gates can name.
    quantities: tuple[Quantity, ...] = ()


def scalar(key: str, value: Read, *page: PageColumn, quantities: tuple[Quantity, ...] = ()) -> Figure:
    """A figure that is one number, under one key everywhere."""
    return Figure(key=key, value=value, columns=(Column(csv=key, read=value, page=page),), quantities=quantities)


def part_of(parts: Callable[[CellSummary], Mapping[str, float] | None], name: str) -> Read:
    """One of several numbers of a figure, by its name; None if the cell has none of them."""
    return lambda cell: (parts(cell) or {}).get(name)
