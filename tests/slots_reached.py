"""Measures how much of slots / wait each server with slots reaches, and an event loop of users / wait.

No test, for a machine that is shared would fail it: ``make slots``, on one that has nothing else to do; about half an
hour for all servers. Each request waits 50 ms, so that N slots can answer 20 N requests a second at most, and so can N
users who are all served at once. Where a server gets less, its slots stood empty between two requests, or were held by
what a request costs beside its wait: the CPU time that stands there. Where it gets more, the measurement is wrong.

Of several rounds, each with every server once in an order of its own, the median is judged. Trials that do not count
are left out, and said. The exit code is 1 when a configuration misses, or has too few rounds to say.
"""

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from djbench.cell import Cell
from djbench.server import EVENT_LOOP
from results.records.schema import Trial
from results.records.store import RunDirectory, StoreError
from runners.servers.packages.supplies import Lack, prospects
from runners.servers.registry import SERVERS
from runners.targets.built_in import built_in

WAIT_S = 0.05
SLOTS = (1, 4, 16)
LOOP_USERS = 16
# Slots answer slots / wait, give or take so much of it; an event loop at least this share of users / wait.
TOLERANCE, LEAST_OF_LOOP = 0.03, 0.95
LEAST_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Reached:
    """One configuration, with its trials of all rounds."""

    cell: Cell
    trials: tuple[Trial, ...]

    @property
    def at_once(self) -> int:
        """Requests that can wait at the same time."""
        users = self.cell.load.at_once
        return min(self.cell.slots or users, users)

    @property
    def most_rps(self) -> float:
        """What that many can answer at most."""
        return self.at_once / self.cell.wait_s

    @property
    def shares(self) -> list[float]:
        """Of each trial that counts, how much of that it reached, in ascending order."""
        measured = (trial.measurement for trial in self.trials if trial.valid and trial.measurement)
        return sorted(measurement.throughput_rps / self.most_rps for measurement in measured)

    @property
    def left_out(self) -> str:
        """How many trials do not count, and why; empty when all do."""
        reasons = Counter(
            reason
            for trial in self.trials
            if not trial.valid
            for reason in trial.invalidated_by or ((trial.failure or "").partition("\n")[0],)
        )
        count = sum(not trial.valid for trial in self.trials)
        return f"{count} of {len(self.trials)} trials left out: {', '.join(reasons)}" if count else ""

    @property
    def missed(self) -> str | None:
        """In what it falls short; None when it does not."""
        if len(self.shares) < LEAST_ROUNDS:
            return f"{len(self.shares)} of at least {LEAST_ROUNDS} rounds"
        least = LEAST_OF_LOOP if self.cell.slots is None else 1 - TOLERANCE
        share = median(self.shares)
        if share < least:
            return f"under {100 * least:g} %"
        return f"over {100 * (1 + TOLERANCE):g} %, which cannot be" if share > 1 + TOLERANCE else None

    def __str__(self) -> str:
        """A line."""
        shares, cell = self.shares, self.cell
        said = [f"{cell.server:52} {self.at_once:4d} {'users' if cell.slots is None else 'slots'}"]
        if shares:
            share = median(shares)
            spread = f"{100 * shares[0]:.1f} to {100 * shares[-1]:.1f}, {len(shares)} rounds"
            said.append(f"{share * self.most_rps:7.1f} of {self.most_rps:5.0f}/s  {100 * share:6.1f} % ({spread})")
            used = [trial.measurement for trial in self.trials if trial.valid and trial.measurement]
            said.append(f"{median(1000 * each.server.cpu_s / each.answered for each in used):.2f} ms CPU/request")
        said.append(f"MISSED: {self.missed}" if self.missed else "reached")
        if self.left_out:
            said.append(f"[{self.left_out}]")
        return "  ".join(said)


def reached(trials: Sequence[Trial]) -> list[Reached]:
    """The configurations that were measured, each with its trials, by name and slots."""
    cells = sorted({trial.cell for trial in trials}, key=lambda cell: (cell.server.partition(":")[0], cell.slots or 0))
    return [Reached(cell, tuple(trial for trial in trials if trial.cell == cell)) for cell in cells]


def measured(servers: Sequence[str], arguments: Sequence[str], style: str) -> list[Reached]:
    """What a run of these servers found. Ends the program when there is nothing."""
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder) / "run"
        command = [sys.executable, "-P", "-m", "djbench", "run", "quick", "--isolation", "trial", "--quiet"]
        command += ["--pattern", f"sleep:delay={WAIT_S}", "--style", style, "--run-dir", str(directory)]
        command += [part for name in servers for part in ("--server", name)]
        done = subprocess.run([*command, *arguments], stdout=subprocess.DEVNULL)
        try:
            trials = RunDirectory(directory).read_trials()
        except StoreError as error:
            sys.exit(str(error))
        if not trials:
            sys.exit(done.returncode or "nothing was measured")
        return reached(trials)


def chosen(parser: argparse.ArgumentParser, names: Sequence[str]) -> tuple[list[str], list[str]]:
    """The servers with slots, and those with an event loop; the parser's error when one of the named has neither."""
    able = {name: server for name, server in SERVERS.items() if server.slots or server.unbounded == EVENT_LOOP}
    outlook = prospects(built_in(), [server.spec({}) for server in able.values()])
    lacking = {name: prospect for name, prospect in outlook.items() if isinstance(prospect, Lack)}
    for name in names:
        if name not in able:
            parser.error(f"{name} is no server with slots or an event loop; choose of {', '.join(able)}")
        if name in lacking:
            parser.error(f"{name} cannot run: {lacking[name]}")
    here = list(names) or [name for name in able if name not in lacking]
    return [name for name in here if able[name].slots], [name for name in here if not able[name].slots]


def main() -> int:
    """Measure those named, or all with slots or an event loop that are installed. Returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("servers", nargs="*", help="names; default: all with slots or an event loop that are installed")
    parser.add_argument("--slots", nargs="+", type=int, default=SLOTS, help="how many the servers are set to in turn")
    parser.add_argument("--rounds", type=int, default=5, help=f"at least {LEAST_ROUNDS}")
    parser.add_argument("--duration", type=float, default=4, help="of a window, in seconds")
    given = parser.parse_args()
    if given.rounds < LEAST_ROUNDS:
        parser.error(f"--rounds {given.rounds}: the median of fewer than {LEAST_ROUNDS} says little")
    if min(given.slots) < 1 or len(set(given.slots)) < len(given.slots):
        parser.error("--slots takes different numbers of at least 1")
    bound, loops = chosen(parser, given.servers)
    length = ("--blocks", str(given.rounds), "--duration", str(given.duration))
    found = []
    if bound:
        slots = [part for number in given.slots for part in ("--slots", str(number))]
        # Twice as many as there are slots at most: some wait for one at every moment.
        found += measured(bound, [*length, *slots, "--users", str(2 * max(given.slots))], "sync")
    if loops:
        found += measured(loops, [*length, "--users", str(LOOP_USERS)], "async")
    for each in found:
        print(each)
    missed = sum(each.missed is not None for each in found)
    bounds = f"slots within {100 * TOLERANCE:g} %, event loops {100 * LEAST_OF_LOOP:g} % or more"
    print(f"{len(found) - missed} of {len(found)} reached what they can ({bounds}); {missed} missed it")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
