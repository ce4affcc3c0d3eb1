"""The tables of the page: which columns there are, what each says, and the exact value behind what is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from djbench.cell import Cell
from results.analysis.cell_summary import CellSummary
from results.analysis.figures.cell_figures import FIGURES
from results.analysis.figures.figure import Heading, PageColumn, Read
from results.analysis.summary import Ratio, Summary
from results.wording.names import cell_name, style_text
from results.wording.text import number, times


@dataclass(frozen=True, slots=True)
class Field:
    """What stands in a row, under one heading."""

    #: The text.
    shown: str
    #: The value to sort by and to export; None if there is no number.
    exact: float | int | None = None
    #: What a column of numbers exports if there is none; empty for a number that is not known.
    word: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Headings, and a row of fields for each thing."""

    #: One for each field of a row.
    columns: tuple[Heading, ...]
    #: In the order of the plan.
    rows: tuple[tuple[Field, ...], ...]

    @property
    def labelled_rows(self) -> list[list[tuple[Heading, Field]]]:
        """Each field with its heading."""
        return [list(zip(self.columns, row, strict=True)) for row in self.rows]


_LOAD_HINT = "closed load: users; open load: requests per second"
_IDENTITY = (
    Heading(
        key="pattern",
        title="pattern",
        hint="kind of I/O; of a project a request, a journey or the mix",
        numeric=False,
        facet=True,
    ),
    Heading(key="load", title="load", hint=_LOAD_HINT, numeric=False, facet=True),
    Heading(key="server", title="server", hint="server configuration", numeric=False, facet=True),
    Heading(key="style", title="style", hint="how the view is written", numeric=False, facet=True),
)
NOTHING = Field("–")
"""No number."""


def cell_table(summary: Summary, labels: Mapping[str, str], *, brief: bool = False) -> Table:
    """Every cell, in the order of the plan. brief: only the columns that Markdown has room for."""
    columns = [column for column in _page_columns() if column.page.brief or not brief]
    shown = [column for column in columns if _is_shown(column, summary.cells)]
    return Table(
        columns=(*_IDENTITY, *(column.page for column in shown)),
        rows=tuple(
            (*_identity(cell.cell, labels), *(_field(column, cell) for column in shown)) for cell in summary.cells
        ),
    )


class _Shown(NamedTuple):
    """A column of the page, and what it has of a cell."""

    #: The column.
    page: PageColumn
    #: Reads its field from a cell.
    read: Read


def _page_columns() -> list[_Shown]:
    """All that there can be, from left to right."""
    columns = (column for figure in FIGURES for column in figure.columns)
    shown = (_Shown(page, page.read or column.read) for column in columns for page in column.page)
    return sorted(shown, key=lambda column: column.page.group)


def _is_shown(column: _Shown, cells: Sequence[CellSummary]) -> bool:
    fitting = [cell for cell in cells if column.page.loads(cell.cell.load)]
    if column.page.only_above_zero:
        return any(column.read(cell) for cell in fitting)
    if column.page.only_if_known:
        return any(column.read(cell) is not None for cell in fitting)
    return bool(fitting)


def _field(column: _Shown, cell: CellSummary) -> Field:
    page = column.page
    if not page.loads(cell.cell.load):
        return NOTHING
    value = column.read(cell)
    exact = value if isinstance(value, int | float) and page.numeric else None
    text = page.text(cell) if page.text else number(exact, page.digits)
    return Field(text, exact, "" if exact is not None else page.word)


def _identity(cell: Cell, labels: Mapping[str, str]) -> tuple[Field, ...]:
    return Field(cell.pattern), Field(str(cell.load)), Field(labels[cell.server]), Field(style_text(cell.style))


def comparison_table(summary: Summary, labels: Mapping[str, str]) -> Table | None:
    """Every comparison that the run makes; None without any."""
    families = {
        "style against style": summary.ratios,
        "best against the others": summary.leads,
        "CPU: style against style": summary.cpu_ratios,
        "CPU: cheapest against the others": summary.cpu_leads,
        "beside others against alone": summary.interference,
    }
    rows = [_compared(kind, ratio, labels) for kind, ratios in families.items() for ratio in ratios]
    columns = (
        Heading(key="comparison", title="comparison", hint="the family it is one of", numeric=False, facet=True),
        *_IDENTITY,
        Heading(key="other", title="compared with", hint="the other cell, of the same pattern", numeric=False),
        Heading(key="quantity", title="of", hint="what the ratio is of", numeric=False),
        Heading(key="ratio", title="ratio", hint="the cell's over the other's, paired by block", unit="times"),
        Heading(key="low", title="95 % from", hint="lower end of the ratio's 95 % interval", unit="times"),
        Heading(key="high", title="to", hint="upper end of the ratio's 95 % interval", unit="times"),
        Heading(key="blocks", title="blocks", hint="blocks that have both"),
        Heading(key="p", title="adjusted p", hint="of no difference, adjusted for the number of comparisons"),
        Heading(key="verdict", title="verdict", hint="docs/methodology.md has the rule", numeric=False, facet=True),
    )
    return Table(columns=columns, rows=tuple(rows)) if rows else None


def _compared(kind: str, ratio: Ratio, labels: Mapping[str, str]) -> tuple[Field, ...]:
    estimate = ratio.estimate

    def ends(value: float | None) -> Field:
        return NOTHING if value is None else Field(times(value), value)

    same_load = ratio.other.load == ratio.cell.load
    return (
        Field(kind),
        *_identity(ratio.cell, labels),
        Field(cell_name(ratio.other, labels, written=str) if same_load else "itself alone"),
        Field(ratio.quantity.title),
        ends(estimate.mean),
        ends(estimate.low),
        ends(estimate.high),
        Field(str(estimate.n), estimate.n),
        Field(f"{ratio.comparison.adjusted_p:.2g}", ratio.comparison.adjusted_p),
        Field(ratio.verdict),
    )
