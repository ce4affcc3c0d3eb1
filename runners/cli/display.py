"""What a run shows while it goes on, and the table at its end."""

import time
from types import TracebackType
from typing import Self

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from results.frames import labels
from results.records import Load, Trial
from results.summary import CellSummary, Summary
from runners.plan import Plan


def table_console(plain_width: int) -> Console:
    """Where a table is printed: as wide as the terminal, and so wide where there is none."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=plain_width)


def duration_text(seconds: float) -> str:
    """``95`` to ``1 min 35 s``; hours for long ones."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def left_s(*, done: int, total: int, elapsed_s: float, expected_s: float) -> float:
    """The time left: what the plan expects at first, what the trials so far really took later."""
    if done == 0 or total == 0:
        return max(0.0, expected_s - elapsed_s)
    weight = done / total
    by_plan = max(0.0, expected_s * (1 - weight))
    by_pace = elapsed_s / done * (total - done)
    return (1 - weight) * by_plan + weight * by_pace


class Display:
    """The run's observer: a progress bar with the time left on a terminal, a line per block elsewhere.

    made, outstanding: how many trials there are, of a run that was resumed, and how many are certain to come.
    """

    def __init__(self, plan: Plan, made: int, outstanding: int, console: Console, *, quiet: bool) -> None:
        self._plan = plan
        self._console = console
        self._quiet = quiet
        self._started_s = time.monotonic()
        self._made_before = self._done = made
        self._trials = made + outstanding
        self._block = -1
        self._bar = Progress(
            SpinnerColumn(),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TextColumn("{task.fields[left]} left"),
            TextColumn("{task.description}"),
            console=console,
            transient=True,
            refresh_per_second=2,  # drawing costs milliseconds of the CPU that the generator needs
            disable=quiet or not console.is_terminal,
        )
        self._task = self._bar.add_task("starting services", completed=made, total=self._trials, left=self._left())

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def says(self, message: str) -> None:
        """Something worth a line, even when quiet."""
        self._console.print(escape(message), style="yellow", soft_wrap=True)

    def measuring(self, trial: int, server: str) -> None:
        """The next trial's server."""
        self._bar.update(self._task, description=f"trial {trial + 1} on {escape(server)}", left=self._left())

    def measured(self, trial: Trial) -> None:
        """One more trial is stored."""
        self._done += 1
        self._bar.update(self._task, completed=self._done, left=self._left())
        if trial.block != self._block:
            self._block = trial.block
            if not self._quiet and not self._console.is_terminal:
                self._console.print(
                    f"block {trial.block + 1} of {self._blocks()}; about {self._left()} left", soft_wrap=True
                )

    def more(self, trials: int) -> None:
        """The bar grows by these."""
        self._trials += trials
        self._bar.update(self._task, total=self._trials)

    def _blocks(self) -> str:
        settings = self._plan.settings
        return str(settings.max_blocks) if self._plan.fixed else f"{settings.min_blocks} to {settings.max_blocks}"

    def _left(self) -> str:
        """Of what is known to come: more blocks may follow, if intervals stay wide."""
        here = self._trials - self._made_before
        return duration_text(
            left_s(
                done=self._done - self._made_before,
                total=here,
                elapsed_s=time.monotonic() - self._started_s,
                expected_s=self._plan.expected_s(here / len(self._plan.cells)),
            )
        )


# Columns in order, each with the width of terminal from which on it is shown; server and style always are.
_COLUMNS = {
    "slots": 0,
    "requests/s": 0,
    "95 % interval": 0,
    "p50 ms": 95,
    "p99 ms": 76,
    "CPU ms/req": 110,
    "RSS MiB": 110,
}


def results_table(summary: Summary, width: int) -> Table:
    """One row per cell under a heading per pattern and load, the best first; fits ``width`` columns."""
    title = "Throughput with 95 % intervals; latency over exact samples"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, collapse_padding=True)
    widths = _COLUMNS
    if any(cell.cell.load.kind == "open" for cell in summary.cells):  # where latency is the question
        widths = {**_COLUMNS, "p50 ms": 0, "95 % interval": 95}
    shown = [name for name, least in widths.items() if width >= least]
    table.add_column("server", overflow="fold", min_width=16)
    table.add_column("style", no_wrap=True)
    for heading in shown:
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("notes", overflow="fold")
    short = labels(summary)
    before: tuple[str, Load] | None = None
    for cell in in_reading_order(summary):
        group = (cell.cell.pattern, cell.cell.load)
        if group != before:
            table.add_section()
            table.add_row(f"[bold]{escape(cell.cell.pattern)}, {escape(str(cell.cell.load))}[/bold]")
        before = group
        values = _values(cell)
        notes = cell.reason or "; ".join((*cell.flags, *_invalid(cell)))
        table.add_row(
            escape(short[cell.cell.server]), escape(cell.cell.style), *(values[name] for name in shown), escape(notes)
        )
    return table


def in_reading_order(summary: Summary) -> list[CellSummary]:
    """Cells by pattern and load as planned, in each the best first and failing ones last."""
    patterns = list(dict.fromkeys(cell.cell.pattern for cell in summary.cells))
    loads = list(dict.fromkeys(cell.cell.load for cell in summary.cells))

    def place(cell: CellSummary) -> tuple[int, int, float]:
        return patterns.index(cell.cell.pattern), loads.index(cell.cell.load), cell.rank()

    return sorted(summary.cells, key=place)


def _invalid(cell: CellSummary) -> list[str]:
    return [f"{cell.invalid_trials} invalid"] if cell.invalid_trials else []


def _rate(value: float) -> str:
    """A tenth of a request per second, or three digits where that would be too coarse."""
    return f"{value:.1f}" if value >= 10 else f"{value:.3g}"


def _values(cell: CellSummary) -> dict[str, str]:
    rate, latency = cell.throughput_rps, cell.shown_latency_ms
    cpu, rss = cell.server_cpu_ms_per_request, cell.server_rss_mib_peak
    return {
        "slots": "∞" if cell.cell.slots is None else str(cell.cell.slots),
        "requests/s": _rate(rate.mean) if rate else cell.status,
        "95 % interval": f"{_rate(rate.low)} - {_rate(rate.high)}"
        if rate and rate.low is not None and rate.high is not None
        else "-",
        "p50 ms": f"{latency['p50']:.2f}" if "p50" in latency else "-",
        "p99 ms": f"{latency['p99']:.2f}" if "p99" in latency else "-",
        "CPU ms/req": f"{cpu:.3f}" if cpu is not None else "-",
        "RSS MiB": f"{rss:.0f}" if rss is not None else "-",
    }
