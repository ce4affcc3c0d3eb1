"""What charts have in common: each server's colour, each style's marker and line, log axes, legends, hints.

One colour per server in every chart of a run: the one that the run's record has, else the next that is free.
"""

import math
import re
import textwrap
from collections.abc import Iterable, Sequence
from typing import Literal

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter

from djbench.pattern import VIEW
from results.records.schema import Run
from results.wording.text import count, for_chart, server_name

PALETTE = (
    *("#0072b2", "#d55e00", "#009e73", "#b9179e", "#8717fd", "#2f9fa0", "#9437cf", "#9c4a73", "#22a73a"),
    *("#ad7ee2", "#bd341d", "#0d7ffa", "#5d7f3b", "#6b6749", "#f4476f", "#8d8fc6", "#de1efb"),
)
"""Colours that can be told apart, for servers whose entry names none.

Three of Okabe & Ito's palette, and others that were searched for from there: the two nearest are 13.6 apart in CIE
1976 L*a*b* as seen without red or without green cones (Machado, Oliveira & Fernandes 2009), 23 with all of them; each
has 3:1 on white and on the page's dark paper (WCAG 2.2, 1.4.11). The unit tests compute that. So many cannot be much
further apart, and shapes and lines are the styles': a colour is never the only sign, but rows are labelled, lines end
in a name and marks have hints.
"""

_COLOUR = re.compile("#[0-9a-f]{6}")

# A marker and a line each.
_STYLES = {
    "sync": ("o", (0, ())),
    VIEW: ("o", (0, ())),
    "async": ("s", (0, (5, 1.5))),
    "threads": ("^", (0, (1, 1.2))),
    "sync_to_async": ("D", (0, (6, 1.5, 1, 1.5))),
    "blocking": ("P", (0, (3, 1, 1, 1, 1, 1))),
}
_OTHER_STYLE = ("v", (0, (8, 3)))

# What fits over a panel, and beside it.
_SUBJECT_LETTERS, _FINDING_LETTERS, END_LETTERS = 80, 70, 34
END_LABEL_INCHES = 0.13
_BOLD = 1.15  # how many times as broad

INK, QUIET, GRID = "#000000", "#767676", "#b0b0b0"
"""Of what is no data. INK is black on paper, and the page's own ink in the page."""


def colours(servers: Iterable[str], *runs: Run) -> dict[str, str]:
    """The colour of each server, by its name without parameters: the first that one of the runs has for it.

    A server without one takes the next of the palette that no other server has.
    """
    recorded: dict[str, str] = {}
    for run in runs:
        for spec, facts in run.servers.items():
            if _COLOUR.fullmatch(facts.colour):  # the record may come from anywhere
                recorded.setdefault(server_name(spec), facts.colour)
    names = list(dict.fromkeys(map(server_name, servers)))
    taken = {recorded[name] for name in names if name in recorded}
    free = [colour for colour in PALETTE if colour not in taken] or list(PALETTE)
    strangers = [name for name in names if name not in recorded]
    by_place = {name: free[place % len(free)] for place, name in enumerate(strangers)}
    return {name: recorded.get(name) or by_place[name] for name in names}


def marker_of(style: str) -> str:
    """The style's marker."""
    return _STYLES.get(style, _OTHER_STYLE)[0]


def line_of(style: str) -> tuple[int, tuple[float, ...]]:
    """The style's line: matplotlib's offset and lengths of dashes and gaps."""
    return _STYLES.get(style, _OTHER_STYLE)[1]


class Hints:
    """What a chart's marks say when they are pointed at: exact values with units. One for each chart."""

    def __init__(self) -> None:
        self.texts: dict[str, str | list[str]] = {}

    def on(self, artist: Artist, text: str) -> None:
        """Let this mark say that."""
        self._add(artist, text)

    def on_each(self, line: Line2D, texts: Iterable[str]) -> None:
        """Let each of a line's markers, all of which are in sight, say its own: in far less than a line each takes."""
        self._add(line, list(texts))

    def _add(self, artist: Artist, text: str | list[str]) -> None:
        identity = f"hint-{len(self.texts)}"
        artist.set_gid(identity)
        self.texts[identity] = text


def plain_log(axis: Axis) -> None:
    """Label a log axis with plain numbers at 1, 2, 5, 10 and so on."""
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axis.set_minor_formatter(NullFormatter())


def log_x(panel: Axes) -> None:
    """Make the x axis a log axis."""
    panel.set_xscale("log")
    plain_log(panel.xaxis)


# Up to which span of ratios these are not too many labels; beyond the last there are decades enough.
_NARROW_SPAN, _WIDEST_SPAN = 1.8, 60
_RATIO_TICKS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1, 1.05, 1.1, 1.2, 1.3, 1.5, 1.7, 2)
_FAR_RATIO_TICKS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10, 20)


def ratio_x(panel: Axes) -> None:
    """Make the x axis a log axis for ratios, with plain numbers around 1."""
    log_x(panel)
    low, high = panel.get_xlim()
    if high / low > _WIDEST_SPAN:
        return
    ticks: tuple[float, ...] = _RATIO_TICKS if high / low < _NARROW_SPAN else _FAR_RATIO_TICKS
    ticks = tuple(tick for tick in ticks if low <= tick <= high)
    panel.xaxis.set_major_locator(FixedLocator(ticks))


def plain_panel(panel: Axes, *, grid: str = "both") -> None:
    """Take away what says nothing: the frame's upper and right side, long ticks, a dark grid."""
    panel.spines[["top", "right"]].set_visible(False)
    panel.grid(axis=grid, color=GRID, alpha=0.35, linewidth=0.6)  # type: ignore[arg-type]
    panel.set_axisbelow(True)
    panel.tick_params(labelsize=8, length=2.5)


def panel_title(panel: Axes, finding: str, subject: str) -> None:
    """Over a panel what it is of, and under that in bold what it shows, as far as the paper reaches."""
    room = (1 - panel.get_position().x0) * panel.figure.bbox.width / panel.figure.dpi
    subject_letters, finding_letters = (
        min(most, int(room / points / _LETTER_INCHES))
        for most, points in ((_SUBJECT_LETTERS, 8), (_FINDING_LETTERS, 9 * _BOLD))
    )
    panel.set_title(f"{for_chart(subject, subject_letters)}\n", fontsize=8, loc="left", color=QUIET, parse_math=False)
    text = panel.annotate(
        for_chart(finding, finding_letters),
        (0, 1),
        (0, 4),
        xycoords="axes fraction",
        textcoords="offset points",
        annotation_clip=False,
    )
    text.set(fontsize=9, fontweight="bold", parse_math=False)
    # A long one may reach over the panel's side; it must not make the panel small.
    text.set_in_layout(False)


def end_labels(panel: Axes, ends: Iterable[tuple[float, float, str, str]], *, height_inches: float) -> None:
    """Right of a panel the names of what ends there, apart from each other, each with a line of its colour to its end.

    The names are in ink: thin letters need more contrast than the colours have. ends: x, y, name and colour of each. To
    be called when the y axis has its scale and limits. height_inches: about how high the panel is; names that do not
    fit into that stand closer together.
    """
    listed = sorted(ends, key=lambda end: end[1])
    if not listed:
        return
    to_axes = panel.transScale + panel.transLimits
    wanted = [float(to_axes.transform((x, y))[1]) for x, y, _, _ in listed]
    places = spread(wanted, least=min(END_LABEL_INCHES / height_inches, 1 / max(1, len(listed) - 1)))
    for (x, y, name, colour), place in zip(listed, places, strict=True):
        text = panel.text(
            1.05, place, for_chart(name, END_LETTERS), transform=panel.transAxes, fontsize=7, va="center", color=INK
        )
        text.set_parse_math(False)
        end_x, end_y = to_axes.transform((x, y))
        # Thin to where the name begins, then a broad piece before it.
        for xs, ys, width in (([end_x + 0.008, 1.02], [end_y, place], 0.6), ([1.02, 1.042], [place, place], 2.5)):
            panel.plot(xs, ys, transform=panel.transAxes, color=colour, linewidth=width, clip_on=False)


def spread(wanted: Iterable[float], *, least: float) -> list[float]:
    """Ascending places near the wanted ones (ascending, 0 to 1), each at least so far from the next, within 0 and 1.

    Clusters that overlap are merged and centred on what they want, as in isotonic regression by pooling neighbours.
    """
    clusters: list[list[float]] = []  # sum of what is wanted, less each one's offset in the cluster; how many
    for place in wanted:
        clusters.append([place, 1])
        while len(clusters) > 1 and _start(clusters[-2]) + clusters[-2][1] * least > _start(clusters[-1]):
            total, number = clusters.pop()
            before = clusters[-1]
            before[0] += total - number * before[1] * least
            before[1] += number
    places = [_start(cluster) + place * least for cluster in clusters for place in range(round(cluster[1]))]
    for index, place in enumerate(places):
        places[index] = max(place, index * least)
    for back, index in enumerate(reversed(range(len(places)))):
        places[index] = min(places[index], 1 - back * least)
    return places


def _start(cluster: list[float]) -> float:
    """Where a cluster begins: the mean of what its members want."""
    return cluster[0] / cluster[1]


# Of a sheet, in inches: over each panel its title, under it the ticks' labels; at the bottom the axis and the legend.
_TITLE_INCHES, _TICKS_INCHES, _FOOT_INCHES, _SIDE_INCHES = 0.42, 0.27, 0.52, 0.3
_LEGEND_MARK_INCHES, _LEGEND_ROW_INCHES = 0.55, 0.2
_LETTER_INCHES = 0.0084  # a letter's width for each point of its size, on the average


def label_inches(names: Iterable[str], points: float) -> float:
    """How much room the longest of these takes beside a panel."""
    return 0.15 + points * _LETTER_INCHES * max((len(line) for name in names for line in name.split("\n")), default=0)


# About as high as a reader scrolls, and a drawing in seconds and megabytes; a run can have thousands of cells.
_MOST_INCHES = 40.0


def fitting(heights: Sequence[float], *, columns: int = 2, over: float = _TITLE_INCHES) -> int:
    """How many panels of these heights a sheet has room for, one row at the least."""
    inches = 0.0
    for start in range(0, len(heights), columns):
        inches += over + max(heights[start : start + columns]) + _TICKS_INCHES
        if start and inches > _MOST_INCHES:
            return start
    return len(heights)


def sheet(
    heights: Sequence[float],
    *,
    left: float,
    right: float = 0.15,
    width: float = 6.2,
    columns: int = 2,
    over: float = _TITLE_INCHES,
) -> tuple[Figure, list[Axes]]:
    """A figure with a panel for each of the heights, in rows of so many.

    All in inches: left and right is room beside each panel, and width is with that; over is room for its title. Fixed
    and not fitted, for a layout that measures every text takes most of the time, and gives up where names are long.
    """
    columns = min(columns, len(heights))
    rows = [heights[start : start + columns] for start in range(0, len(heights), columns)]
    row_inches = [over + max(row) + _TICKS_INCHES for row in rows]
    whole = (_SIDE_INCHES + columns * width, sum(row_inches) + _FOOT_INCHES)
    figure = Figure(figsize=whole)
    panels = []
    for number, row in enumerate(rows):
        top = sum(row_inches[:number]) + over
        for column, height in enumerate(row):
            x, y = _SIDE_INCHES + column * width + left, whole[1] - top - height
            box = (x / whole[0], y / whole[1], (width - left - right) / whole[0], height / whole[1])
            panels.append(figure.add_axes(box))
    return figure, panels


def axis_names(figure: Figure, below: str, beside: str = "", *, left_out: int = 0) -> None:
    """What the x axes of a sheet, and its y axes, have, with units. left_out: panels that there was no room for."""
    width, height = figure.get_size_inches()
    more = f"; and {count(left_out, 'more panel')}, whose numbers the tables have" if left_out else ""
    figure.text(0.5, 0.32 / height, below + more, fontsize=9, ha="center")
    if beside:
        middle = (_FOOT_INCHES + height) / 2 / height
        # A sheet of one row is not as high as some of these are long.
        wrapped = textwrap.fill(beside, max(1, int((height - _FOOT_INCHES) / (9 * _LETTER_INCHES))))
        figure.text(0.06 / width, middle, wrapped, fontsize=9, rotation=90, va="center", ha="left")


def legend(figure: Figure, styles: Iterable[str], servers: dict[str, str] | None = None) -> None:
    """Above the panels, what stands for each style, if there is a choice; and for each server without a name beside it.

    servers: the colour of each name.
    """
    marks = [
        Line2D([], [], color=QUIET, marker=marker_of(style), linestyle=line_of(style), markersize=5, label=style)
        for style in styles
        if style != VIEW
    ]
    marks += [
        Line2D([], [], color=colour, marker="o", linestyle="none", markersize=7, label=name)
        for name, colour in (servers or {}).items()
    ]
    if not marks:
        return
    for mark in marks:
        mark.set_label(for_chart(str(mark.get_label()), 24))
    inches = [_LEGEND_MARK_INCHES + 8 * _LETTER_INCHES * len(str(mark.get_label())) for mark in marks]
    width = figure.get_figwidth()
    columns = len(marks) if sum(inches) <= width else max(1, int(width / max(inches)))
    # Where matplotlib lays out the figure, it makes room for it.
    place: Literal["lower left", "outside lower left"] = "outside lower left"
    if figure.get_layout_engine() is None:
        place = "lower left"
        _lengthen(figure, _LEGEND_ROW_INCHES * (math.ceil(len(marks) / columns) - 1))
    drawn = figure.legend(
        handles=marks, loc=place, ncols=columns, fontsize=8, frameon=False, handlelength=2.6, columnspacing=1.4
    )
    for text in drawn.get_texts():
        text.set_parse_math(False)


def _lengthen(figure: Figure, inches: float) -> None:
    """Put more paper under all that is on the sheet."""
    height = figure.get_figheight()
    share = height / (height + inches)
    boxes = [panel.get_position().bounds for panel in figure.axes]
    figure.set_figheight(height + inches)
    for panel, (x, y, width, tall) in zip(figure.axes, boxes, strict=True):
        panel.set_position((x, 1 - (1 - y) * share, width, tall * share))
    for text in figure.texts:
        text.set_y(1 - (1 - text.get_position()[1]) * share)
