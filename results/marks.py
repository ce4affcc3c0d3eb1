"""What charts have in common: each style's colour and marker, log axes, the legend."""

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

# Okabe & Ito's colour-blind-safe palette, and a marker each, so that colour is never the only sign.
_STYLES = {
    "sync": ("#0072B2", "o"),
    "async": ("#D55E00", "s"),
    "threads": ("#009E73", "^"),
    "sync_to_async": ("#CC79A7", "D"),
    "blocking": ("#E69F00", "P"),
}
_OTHER = ("#555555", "v")


def mark_of(style: str) -> tuple[str, str]:
    """The style's colour and marker."""
    return _STYLES.get(style, _OTHER)


def plain_log(axis: Axis) -> None:
    """Label a log axis with plain numbers at 1, 2, 5, 10 and so on."""
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def log_x(panel: Axes) -> None:
    """Make the x axis a log axis."""
    panel.set_xscale("log")
    plain_log(panel.xaxis)


def legend(figure: Figure, styles: list[str]) -> None:
    """Above the panels, what stands for each style."""
    marks = [
        Line2D([], [], color=mark_of(style)[0], marker=mark_of(style)[1], linestyle="none", label=style)
        for style in styles
    ]
    found = figure.legend(handles=marks, loc="outside upper right", ncols=len(marks), fontsize=9, frameon=False)
    for text in found.get_texts():
        text.set_parse_math(False)
