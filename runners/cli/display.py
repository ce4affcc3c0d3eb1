"""What a run shows while it goes on, and the table at its end."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from results.records import Trial
from results.summary import CellSummary, Summary
from runners.plan import Plan


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
    if done == 0:
        return max(0.0, expected_s - elapsed_s)
    weight = done / total
    by_plan = max(0.0, expected_s * (1 - weight))
    by_pace = elapsed_s / done * (total - done)
    return (1 - weight) * by_plan + weight * by_pace


class Display:
    """The run's observer: a progress bar with the time left on a terminal, a line per block elsewhere."""

    def __init__(self, plan: Plan, console: Console, *, quiet: bool) -> None:
        self._plan = plan
        self._console = console
        self._quiet = quiet
        self._started_s = time.monotonic()
        self._done = 0
        self._block = -1
        self._bar = Progress(
            SpinnerColumn(),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TextColumn("{task.fields[left]} left"),
            TextColumn("{task.description}"),
            console=console,
            transient=True,
            disable=quiet or not console.is_terminal,
        )
        self._task = self._bar.add_task("starting services", total=plan.trials, left=duration_text(plan.expected_s()))

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
                    f"block {trial.block + 1} of {len(self._plan.blocks)}; about {self._left()} left", soft_wrap=True
                )

    def _left(self) -> str:
        return duration_text(
            left_s(
                done=self._done,
                total=self._plan.trials,
                elapsed_s=time.monotonic() - self._started_s,
                expected_s=self._plan.expected_s(),
            )
        )


def results_table(summary: Summary) -> Table:
    """One row per cell, grouped by pattern and load, the highest throughput first."""
    table = Table(title="Throughput with 95 % intervals; latency over exact samples", title_justify="left")
    for heading in ("pattern", "users", "server", "style", "slots"):
        table.add_column(heading, overflow="fold")
    for heading in ("requests/s", "95 % interval", "p50 ms", "p99 ms", "CPU ms/req", "RSS MiB"):
        table.add_column(heading, justify="right")
    table.add_column("notes", overflow="fold")
    before: tuple[str, int] | None = None
    for cell in in_reading_order(summary):
        group = (cell.cell.pattern, cell.cell.load.users)
        if before is not None and group != before:
            table.add_section()
        before = group
        table.add_row(*_row(cell))
    return table


def in_reading_order(summary: Summary) -> list[CellSummary]:
    """Cells by pattern and load as planned, in each the highest throughput first and failing ones last."""
    patterns = list(dict.fromkeys(cell.cell.pattern for cell in summary.cells))

    def place(cell: CellSummary) -> tuple[int, int, float]:
        rate = cell.throughput_rps.mean if cell.throughput_rps else 0.0
        return patterns.index(cell.cell.pattern), cell.cell.load.users, -rate

    return sorted(summary.cells, key=place)


def _row(cell: CellSummary) -> list[str]:
    rate, latency = cell.throughput_rps, cell.latency_ms
    interval = f"{rate.low:.1f} - {rate.high:.1f}" if rate and rate.low is not None and rate.high is not None else "-"
    notes = [cell.reason] if cell.reason else [*cell.flags]
    if cell.invalid_trials and not cell.reason:
        notes.append(f"{cell.invalid_trials} invalid")
    return [
        escape(cell.cell.pattern),
        str(cell.cell.load.users),
        escape(cell.cell.server),
        escape(cell.cell.style),
        "∞" if cell.cell.slots is None else str(cell.cell.slots),
        "failing" if cell.failing else f"{rate.mean:.1f}" if rate else "-",
        interval,
        f"{latency['p50']:.2f}" if latency and not cell.failing else "-",
        f"{latency['p99']:.2f}" if latency and not cell.failing else "-",
        f"{cell.server_cpu_ms_per_request:.3f}" if cell.server_cpu_ms_per_request is not None else "-",
        f"{cell.server_rss_mib_peak:.0f}" if cell.server_rss_mib_peak is not None else "-",
        escape("; ".join(notes)),
    ]
