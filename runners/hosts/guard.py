"""A process that outlives the conductor just long enough to clean up after it.

The conductor holds the other end of this process's stdin. When that end is gone, however the conductor died, every
process group it had registered is killed, then every process that still carries the run's mark in its environment
(one that was started but not yet registered, or that left its group), and the run's temporary folders are removed.

Lines on stdin: ``+group 123 3`` (its id, and the signal that comes a moment before KILL), ``-group 123``,
``+folder /path``, ``-folder /path``; ``clean`` says that there is nothing to look for.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from djbench.rooms import command_of

MARK = "DJBENCH_GUARD"
_MOMENT_S = 0.3


class Guard:
    """The conductor's side: starts the guard and tells it what to clean up."""

    def __init__(self, mark: str) -> None:
        self.mark = mark
        self._process = subprocess.Popen(
            command_of("runners.hosts.guard", mark),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C in the terminal is not for the guard
            env={**os.environ, MARK: ""},
        )

    def watch_group(self, group: int, first: signal.Signals) -> None:
        """Kill this process group if the conductor dies; send it ``first`` a moment before."""
        self._tell(f"+group {group} {first.value}")

    def forget_group(self, group: int) -> None:
        """The group is gone."""
        self._tell(f"-group {group}")

    def watch_folder(self, folder: Path) -> None:
        """Remove this folder if the conductor dies."""
        self._tell(f"+folder {folder}")

    def forget_folder(self, folder: Path) -> None:
        """The folder is gone."""
        self._tell(f"-folder {folder}")

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()

    def close(self, *, clean: bool) -> None:
        """Let the guard clean up and wait for it. ``clean``: everything ended as it should, nothing is to be found."""
        assert self._process.stdin is not None
        if clean:
            self._tell("clean")
        self._process.stdin.close()
        self._process.wait()


def _clean_up(mark: str, groups: dict[int, int], folders: set[str]) -> None:
    for group, first in groups.items():
        with suppress(ProcessLookupError):
            os.killpg(group, first)
    if groups:
        time.sleep(_MOMENT_S)
    for group in groups:
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
    import psutil  # here, because a guard that has nothing to do should cost next to nothing

    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get(MARK) == mark:
                process.kill()
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Listen until the conductor is gone, then clean up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    mark = sys.argv[1]
    groups: dict[int, int] = {}
    folders: set[str] = set()
    clean = False
    for line in sys.stdin:
        what, _, value = line.rstrip("\n").partition(" ")
        match what:
            case "+group":
                group, first = value.split()
                groups[int(group)] = int(first)
            case "-group":
                groups.pop(int(value), None)
            case "clean":
                clean = True
            case "+folder":
                folders.add(value)
            case "-folder":
                folders.discard(value)
    if groups or folders or not clean:
        _clean_up(mark, groups, folders)
