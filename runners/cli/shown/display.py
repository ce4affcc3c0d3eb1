"""What a run shows while it goes on: on a terminal what is measured now, the last results and the time left."""

import time
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Self

from rich.console import Console, RenderableType
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table
from rich.text import Text

from djbench.cell import Cell
from results.records.schema import Trial
from results.wording.doubts import doubt
from results.wording.names import cell_name, question_name, short_names
from runners.cli.shown.time_left import left_s, per_trial_s
from runners.loading.waits import Wait
from runners.planning.plan import RUN_OVERHEAD_S, Plan

# The number of last trials shown, and of redraws per second: drawing costs milliseconds of the CPU that the generator
# needs.
_LAST = 4
_REDRAWS_PER_SECOND = 2
# A wait that is over sooner than this is not worth a word.
_WORTH_A_WORD_S = 2.0
# Trials differ: one that takes so many times as long as an average one is late.
_LATE = 2
# Columns between two columns of the results, and how narrow a cell's name may become.
_GAP, _LEAST_NAME = 2, 8


def duration_text(seconds: float) -> str:
    """``95`` to ``1 min 35 s``; hours for long ones."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def wait_text(wait: Wait, waited_s: float, *, late: bool) -> str:
    """What is waited for, and at most for how long if the plan expected it to be over; empty if that is soon."""
    if late:
        at_most = duration_text(wait.longest_s - waited_s)
        return f"longer than planned: {wait.late if waited_s > wait.usual_s else wait.what}, {at_most} at most"
    return wait.what if waited_s >= _WORTH_A_WORD_S else ""


class _View(Progress):
    """The last results above, what is measured now, and the bar; drawn together."""

    now = ""
    last: tuple[tuple[str, str, str], ...] = ()  # replaced and never changed, for another thread draws

    def get_renderables(self) -> Iterable[RenderableType]:
        """All of it, each part in lines that are cut at the terminal's edge."""
        if last := self.last:
            yield _results(last, self.console.width)
        yield Text(self.now, no_wrap=True, overflow="ellipsis")
        yield self.make_tasks_table(self.tasks)


def _results(last: Sequence[tuple[str, str, str]], width: int) -> Table:
    """A line per trial: its cell, its result, its validity. The cell is cut if the terminal is narrow."""
    names, *beside = (max(len(row[place]) for row in last) for place in range(3))
    table = Table(box=None, show_header=False, padding=(0, _GAP, 0, 0), pad_edge=False, style="dim")
    table.add_column(width=max(_LEAST_NAME, min(names, width - sum(beside) - 2 * _GAP)), overflow="ellipsis")
    table.add_column(justify="right")
    table.add_column(overflow="ellipsis")
    for row in last:
        table.add_row(*(Text(text, no_wrap=True) for text in row))
    return table


def result_text(trial: Trial) -> str:
    """What it measured: the rate under closed load, the mean latency under open load; a dash for nothing."""
    measurement = trial.measurement
    if measurement is None:
        return "-"
    if trial.cell.load.compares_latency:
        mean_ms = measurement.latency_mean_ms
        return "-" if mean_ms is None else f"{mean_ms:.4g} ms"
    return f"{measurement.throughput_rps:.4g}/s"


def validity_text(trial: Trial) -> str:
    """Does it count, and what is doubtful about it; in words, for colour alone would not be seen by all."""
    if trial.failure:
        return "failed"
    if trial.invalidated_by:
        return f"invalid: {_doubts(trial, trial.invalidated_by)}"
    return f"valid, {_doubts(trial, trial.flags)}" if trial.flags else "valid"


def _doubts(trial: Trial, flags: Sequence[str]) -> str:
    measurements = [trial.measurement] if trial.measurement else []
    return ", ".join(doubt(flag, trial.cell.load, measurements) for flag in flags)


class Display:
    """The run's listener: a view of a few lines on a terminal, a line per block elsewhere.

    made, outstanding: how many trials there are, of a run that was resumed, and how many are certain to come.
    """

    def __init__(self, plan: Plan, made: int, outstanding: int, console: Console, *, quiet: bool) -> None:
        self._plan = plan
        # Once: it takes as long as the plan is large, and the time left is asked for while windows are open.
        self._block_s = plan.block_s(range(len(plan.cells)))
        self._short = short_names(plan.cells)
        self._console = console
        self._quiet = quiet
        self._started_s = self._last_s = time.monotonic()
        self._current = 0
        self._late = False
        self._what = ""
        self._made_before = self._done = made
        self._trials = made + outstanding
        self._block = -1
        self._bar = _View(
            SpinnerColumn(),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("trials, {task.fields[left]} left"),
            console=console,
            transient=True,
            refresh_per_second=_REDRAWS_PER_SECOND,
            disable=quiet or not console.is_terminal,
        )
        self._bar.now = "starting services"
        self._task = self._bar.add_task("", completed=made, total=self._trials, left=self._left())

    @property
    def view(self) -> list[RenderableType]:
        """What is drawn on a terminal."""
        return list(self._bar.get_renderables())

    @property
    def redraws_per_second(self) -> float:
        """How often."""
        return self._bar.live.refresh_per_second

    @property
    def counted(self) -> tuple[int, int]:
        """How many trials are made, and how many of them and those to come are known."""
        return self._done, self._trials

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

    def measuring(self, trial: int, cells: Sequence[Cell]) -> None:  # noqa: ARG002  the listener's signature
        """The next trial's cell, or how many take turns."""
        if len(cells) == 1:
            self._what = cell_name(cells[0], self._short, question=True)
        else:
            self._what = f"{question_name(*cells[0].question)}, {len(cells)} cells by turns"
        self._current, self._late = len(cells), False
        self._bar.now = f"now: {self._what}"
        self._bar.update(self._task, left=self._left())

    def waiting(self, wait: Wait, waited_s: float) -> None:
        """What the trial at hand waits for, if that takes a while; and once, that it takes longer than planned."""
        late = time.monotonic() - self._last_s > _LATE * self._current * self._per_trial_s()
        words = wait_text(wait, waited_s, late=late)
        self._bar.now = f"now: {self._what}{words and '; '}{words}"
        self._bar.update(self._task, left=self._left(wait.left_s(waited_s)))
        if late and not self._late and not self._quiet and not self._console.is_terminal:
            self._console.print(escape(f"{self._what}: {words}"), soft_wrap=True)
        self._late = late

    def measured(self, trial: Trial) -> None:
        """One more trial is stored."""
        self._done += 1
        self._current = max(0, self._current - 1)
        self._last_s = time.monotonic()
        row = (cell_name(trial.cell, self._short, question=True), result_text(trial), validity_text(trial))
        self._bar.last = (*self._bar.last, row)[-_LAST:]
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

    def _left(self, wait_left_s: float = 0.0) -> str:
        """Of what is known to come: more blocks may follow, if intervals stay wide."""
        return duration_text(
            left_s(
                done=self._done - self._made_before,
                current=self._current,
                total=self._trials - self._made_before,
                since_s=time.monotonic() - self._last_s,
                each_s=self._per_trial_s(),
                wait_left_s=wait_left_s,
            )
        )

    def _per_trial_s(self) -> float:
        here = self._trials - self._made_before
        return per_trial_s(
            done=self._done - self._made_before,
            total=here,
            elapsed_s=self._last_s - self._started_s,
            expected_s=RUN_OVERHEAD_S + here / len(self._plan.cells) * self._block_s,
        )
