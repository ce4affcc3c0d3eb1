"""Tables in groups: one set of columns, a heading across all of them above each group; folds to any width.

Where even that has no room for every number, a row is written as a sentence instead of in columns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

# Below so many columns one of them is all there is between two of the table's.
_ROOMY = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalColumn:
    """A column of text."""

    #: Its heading, which no other column of the table has.
    heading: str
    #: Where its text stands.
    justify: Literal["left", "right"] = "right"
    #: The width of terminal, in letters, from which on it is shown.
    least: int = 0
    #: How narrow it may become, in letters; None: no narrower than its content.
    folds_to: int | None = None


def table_console(plain_width: int) -> Console:
    """The console for a table: as wide as the terminal, or ``plain_width`` without one."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=plain_width)


def grouped_table(
    columns: Sequence[TerminalColumn], groups: Mapping[str, Sequence[Mapping[str, str]]], width: int, *, title: str
) -> Group:
    """The rows of each group, which have a value (markup) for each column's heading; group names and title are text.

    Columns that fold share what the others leave of ``width``, the first of them first. Where the others leave too
    little, there are no columns: a terminal would cut off digits.
    """
    shown = [column for column in columns if width >= column.least]
    gap = 2 if width >= _ROOMY else 1
    rows = [row for group in groups.values() for row in group]
    room = width - gap * (len(shown) - 1)
    widths = _widths(shown, rows, room)
    columnar = sum(widths) <= room
    parts: list[RenderableType] = [Text(title, style="italic"), Text()]
    if columnar:
        parts.append(_part(shown, widths, gap, []))
    for name, group in groups.items():
        written = [_part(shown, widths, gap, group)] if columnar else [_sentence(shown, row) for row in group]
        parts += [Text(name, style="bold"), *written, Text()]
    return Group(*parts)


def _sentence(columns: Sequence[TerminalColumn], row: Mapping[str, str]) -> Padding:
    """A row, with each value after its column's heading; a column without one has no words to give."""
    values = [f"[dim]{column.heading}[/dim] {row[column.heading]}" for column in columns if column.heading]
    return Padding(Text.from_markup(", ".join(values), overflow="fold"), (0, 0, 0, 2))


def _widths(columns: Sequence[TerminalColumn], rows: Sequence[Mapping[str, str]], width: int) -> list[int]:
    """How wide each is, of so many columns in all without the gaps."""
    natural = [
        max([len(column.heading), *(Text.from_markup(row[column.heading]).cell_len for row in rows)])
        for column in columns
    ]
    widths = [
        wanted if column.folds_to is None else min(wanted, column.folds_to)
        for column, wanted in zip(columns, natural, strict=True)
    ]
    left = width - sum(widths)
    for place, wanted in enumerate(natural):
        more = max(0, min(wanted - widths[place], left))
        widths[place] += more
        left -= more
    return widths


def _part(
    columns: Sequence[TerminalColumn], widths: Sequence[int], gap: int, rows: Sequence[Mapping[str, str]]
) -> Table:
    """A group's rows; without any, the headings."""
    table = Table(box=None, padding=(0, gap, 0, 0), pad_edge=False, show_header=not rows, header_style="bold")
    for column, width in zip(columns, widths, strict=True):
        table.add_column(
            column.heading,
            justify=column.justify,
            width=width,
            no_wrap=column.folds_to is None,
            overflow="fold",
        )
    for row in rows:
        table.add_row(*(row[column.heading] for column in columns))
    return table
