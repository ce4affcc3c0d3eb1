"""The charts, drawn from ``frames``: each a PNG to paste and an SVG to embed."""

from collections.abc import Callable, Hashable
from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from results.frames import PERCENTILE_COLUMNS
from results.marks import legend, log_x, mark_of, plain_log
from results.slot_charts import slot_chart
from results.stats import SAME_BAND
from results.store import replacing

_ROW_INCHES = 0.24
_PERCENTILES = "ms, log scale: percentiles 50, 90, 95, 99, 99.9 as far as there are samples enough; maximum (bar)"
# Appended to the names of charts that there are for both kinds of load.
_SUFFIX = {"closed": "", "open": "-open"}

_Draw = Callable[[Axes, pd.Series, float, str, str], None]


def draw_all(
    cells: pd.DataFrame,
    ratios: pd.DataFrame,
    timelines: pd.DataFrame,
    slots: pd.DataFrame,
    folder: Path,
    *,
    shared_processes: bool,
) -> dict[str, str]:
    """Draw every chart into ``folder`` as NAME.png and NAME.svg, in place of all that was there.

    Closed and open load never share a chart (Schroeder et al., NSDI 2006): their latencies mean different things.
    shared_processes: cells of one server shared a process. Returns each chart's name and title, in order.
    """
    folder.mkdir(exist_ok=True)
    charts: dict[str, tuple[str, Figure | None]] = {}
    for kind in dict.fromkeys(cells["load_kind"]):
        chosen = cells[cells["load_kind"] == kind], ratios[ratios["load_kind"] == kind]
        charts.update(_closed_charts(*chosen, slots) if kind == "closed" else _open_charts(*chosen, timelines))
        suffix = _SUFFIX[kind]
        charts.update(_cost_charts(chosen[0], suffix, shared_processes=shared_processes))
    drawn = {}
    for name, (title, figure) in charts.items():
        if figure is None:
            continue
        figure.suptitle(title, fontsize=12, x=0.01, ha="left")
        # A fixed salt and no date: the same run gives the same file.
        with mpl.rc_context({"svg.hashsalt": name, "svg.fonttype": "none"}):
            with replacing(folder / f"{name}.png") as partial:
                figure.savefig(partial, format="png", dpi=120)
            with replacing(folder / f"{name}.svg") as partial:
                figure.savefig(partial, format="svg", metadata={"Date": None})
        drawn[name] = title
    for file in folder.iterdir():
        if file.stem not in drawn:
            file.unlink()
    return drawn


def _closed_charts(
    cells: pd.DataFrame, ratios: pd.DataFrame, slots: pd.DataFrame
) -> dict[str, tuple[str, Figure | None]]:
    return {
        "throughput": (
            "Throughput by server and style, with 95 % intervals",
            _panels(cells, _rate, "requests per second (mean and 95 % interval; further right is better)"),
        ),
        "slots": ("Throughput by slots, and the most that so many can answer", slot_chart(slots)),
        "ratio": (
            "Throughput of each style over sync on the same server, with 95 % intervals",
            _forest(ratios, "right of 1: faster"),
        ),
        "latency": (
            "Latency over all samples",
            _panels(cells, _latencies, _PERCENTILES, log=True),
        ),
    }


def _open_charts(
    cells: pd.DataFrame, ratios: pd.DataFrame, timelines: pd.DataFrame
) -> dict[str, tuple[str, Figure | None]]:
    return {
        "latency-open": (
            "Latency under open load, from when a request was due",
            _panels(cells, _latencies, _PERCENTILES, log=True),
        ),
        "ratio-open": (
            "Median latency under open load, each style over sync, with 95 % intervals",
            _forest(ratios, "left of 1: faster"),
        ),
        "timeline": (
            "Latency in the course of a varying rate",
            _timelines(timelines),
        ),
    }


def _cost_charts(cells: pd.DataFrame, suffix: str, *, shared_processes: bool) -> dict[str, tuple[str, Figure | None]]:
    shared = "; each process served several cells, whose memory adds up" if shared_processes else ""
    under = " under open load" if suffix else ""
    return {
        f"cpu{suffix}": (
            f"Server CPU time per request{under}",
            _panels(
                cells,
                _column("server_cpu_ms_per_request"),
                "server CPU ms per request, without database and third-party API (further left is better)",
            ),
        ),
        f"memory{suffix}": (
            f"Peak resident memory of the server's processes{under}",
            _panels(cells, _column("server_rss_mib_peak"), f"MiB, shared pages counted once per process{shared}"),
        ),
    }


def _panels(cells: pd.DataFrame, draw: _Draw, xlabel: str, *, log: bool = False) -> Figure | None:
    """One panel per pattern and load, one row per server, a mark per style, offset so that none hides another."""
    if not (cells["status"] == "measured").any():
        return None
    groups = list(cells.groupby(["pattern", "load"], sort=False))
    styles = list(dict.fromkeys(cells["style"]))
    columns = 2 if len(groups) > 1 else 1
    lines = -(-len(groups) // columns)
    servers = max(group["server"].nunique() for _, group in groups)
    row_inches = _ROW_INCHES * max(1.6, *(group["style"].nunique() for _, group in groups))
    panel_inches = 0.85 + row_inches * servers
    figure = Figure(figsize=(6.2 * columns, 0.9 + panel_inches * lines), layout="constrained")
    axes = figure.subplots(lines, columns, squeeze=False)
    for panel, (key, group) in zip(axes.flat, groups, strict=False):
        _panel(panel, key, group, draw, log=log)
    for panel in axes.flat[len(groups) :]:
        panel.set_visible(False)
    figure.supxlabel(xlabel, fontsize=10)
    legend(figure, styles)
    return figure


def _panel(panel: Axes, key: Hashable, group: pd.DataFrame, draw: _Draw, *, log: bool) -> None:
    pattern, load = key if isinstance(key, tuple) else (key, "")
    servers = list(dict.fromkeys(group["server"]))
    styles = list(dict.fromkeys(group["style"]))
    for _, row in group.iterrows():
        offset = (styles.index(row["style"]) - (len(styles) - 1) / 2) * 0.7 / max(1, len(styles))
        colour, marker = mark_of(row["style"])
        y = servers.index(row["server"]) + offset
        if row["status"] == "measured":
            draw(panel, row, y, colour, marker)
        else:
            place = panel.get_yaxis_transform()
            text = panel.text(0.02, y, f"{row['style']}: {row['status']}", transform=place, fontsize=7, va="center")
            text.set(color=colour, parse_math=False)
    named = group.drop_duplicates("server")
    ticks = [
        f"{label}\n{slots} {'slot' if slots == '1' else 'slots'}"
        for label, slots in zip(named["server_label"], named["slots"], strict=True)
    ]
    panel.set_yticks(range(len(servers)), ticks, fontsize=8)
    panel.set_ylim(len(servers) - 0.5, -0.5)
    panel.set_title(f"{pattern}, {load}", fontsize=9, loc="left", parse_math=False)
    panel.grid(axis="x", alpha=0.3)
    for y in range(1, len(servers)):
        panel.axhline(y - 0.5, color="#cccccc", linewidth=0.8)
    panel.tick_params(axis="x", labelsize=8)
    if log:
        log_x(panel)
    else:
        panel.margins(x=0.06)
        panel.set_xlim(0, panel.get_xlim()[1])
    for label in panel.get_yticklabels():
        label.set_parse_math(False)


def _rate(panel: Axes, row: pd.Series, y: float, colour: str, marker: str) -> None:
    if pd.notna(row["throughput_rps_low"]):
        panel.plot(
            [row["throughput_rps_low"], row["throughput_rps_high"]], [y, y], color=colour, linewidth=2, alpha=0.6
        )
    panel.plot(row["throughput_rps_mean"], y, marker, color=colour, markersize=5)


def _latencies(panel: Axes, row: pd.Series, y: float, colour: str, marker: str) -> None:
    named = [row[f"latency_ms_{name}"] for name in PERCENTILE_COLUMNS]
    values = [value for value in named if pd.notna(value)]
    panel.plot([values[0], values[-1]], [y, y], color=colour, linewidth=1, alpha=0.5)
    panel.plot(values[:-1], [y] * (len(values) - 1), marker, color=colour, markersize=4, linestyle="none")
    panel.plot(values[-1], y, "|", color=colour, markersize=8)


def _column(name: str) -> _Draw:
    def draw(panel: Axes, row: pd.Series, y: float, colour: str, marker: str) -> None:
        panel.plot([0, row[name]], [y, y], color=colour, linewidth=2, alpha=0.4)
        panel.plot(row[name], y, marker, color=colour, markersize=5)

    return draw


def _forest(ratios: pd.DataFrame, direction: str) -> Figure | None:
    """A row per comparison: the ratio with its interval, on a log axis, with the band of no practical interest."""
    if ratios.empty:
        return None
    styles = list(dict.fromkeys(ratios["style"]))
    figure = Figure(figsize=(9, 1.3 + 0.27 * len(ratios)), layout="constrained")
    panel = figure.subplots()
    panel.axvspan(1 - SAME_BAND, 1 + SAME_BAND, color="#999999", alpha=0.25, linewidth=0)
    panel.axvline(1, color="#555555", linewidth=1)
    ticks = []
    before = None
    groups = [group.sort_values("ratio") for _, group in ratios.groupby(["pattern", "load"], sort=False)]
    for y, (_, row) in enumerate(pd.concat(groups).iterrows()):
        colour, marker = mark_of(row["style"])
        if pd.notna(row["low"]):
            panel.plot([row["low"], row["high"]], [y, y], color=colour, linewidth=2, alpha=0.6)
        panel.plot(row["ratio"], y, marker, color=colour, markersize=5)
        if before is not None and before != (row["pattern"], row["load"]):
            panel.axhline(y - 0.5, color="#cccccc", linewidth=0.8)
        before = (row["pattern"], row["load"])
        ticks.append(f"{row['pattern']}, {row['load']}: {row['style']} / sync on {row['server_label']}")
    panel.set_yticks(range(len(ticks)), ticks, fontsize=8)
    panel.set_ylim(len(ticks) - 0.5, -0.5)
    log_x(panel)
    panel.grid(axis="x", alpha=0.3)
    panel.set_xlabel(f"ratio to sync, log scale ({direction}; grey: ±3 %)", fontsize=9)
    for label in panel.get_yticklabels():
        label.set_parse_math(False)
    legend(figure, styles)
    return figure


def _timelines(timelines: pd.DataFrame) -> Figure | None:
    """A panel per pattern, load and server: p50 and p95 of each style over the window's time; rates behind them."""
    if timelines.empty:
        return None
    groups = list(timelines.groupby(["pattern", "load", "server_label"], sort=False))
    columns = 2 if len(groups) > 1 else 1
    lines = -(-len(groups) // columns)
    figure = Figure(figsize=(6.2 * columns, 0.9 + 2.6 * lines), layout="constrained")
    axes = figure.subplots(lines, columns, squeeze=False)
    for panel, ((pattern, load, server), group) in zip(axes.flat, groups, strict=False):
        rates = panel.twinx()
        rates.set_ylabel("per second", fontsize=8, color="#777777")
        first = group[group["style"] == group["style"].iloc[0]]
        rates.plot(first["at_s"], first["due_rps"], color="#999999", linewidth=1, linestyle=":")
        rates.tick_params(labelsize=8, colors="#777777")
        for style, steps in group.groupby("style", sort=False):
            colour, marker = mark_of(str(style))
            panel.plot(steps["at_s"], steps["p50_ms"], marker, linestyle="-", color=colour, markersize=3)
            panel.plot(steps["at_s"], steps["p95_ms"], linestyle="--", color=colour, linewidth=1)
            rates.plot(steps["at_s"], steps["right_rps"], color=colour, linewidth=4, alpha=0.2)
        rates.set_ylim(bottom=0)
        panel.set_yscale("log")
        plain_log(panel.yaxis)
        panel.set_ylabel("latency in ms, log scale", fontsize=8)
        panel.set_xlabel("seconds into the window", fontsize=8)
        panel.tick_params(labelsize=8)
        panel.grid(alpha=0.3)
        panel.set_title(f"{pattern}, {load}\n{server}", fontsize=9, loc="left", parse_math=False)
    for panel in axes.flat[len(groups) :]:
        panel.set_visible(False)
    figure.supxlabel(
        "p50 (line), p95 (dashed) of the requests due then; right answers per second (broad), requests due (dotted)",
        fontsize=9,
    )
    legend(figure, list(dict.fromkeys(timelines["style"])))
    return figure
