"""Prints how much of slots / wait each server with slots reaches, and an event loop of users / wait.

No test, for a machine that is shared would fail it: ``make slots``, on one that has nothing else to do; about twenty
minutes. Each request waits 50 ms, so that N slots can answer 20 N requests a second at most, and so
can N users who are all served at once. Where a server gets less, its slots stood empty between two requests.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from runners.servers import SERVERS

WAIT_S = 0.05
SLOTS = (1, 4, 16)
# Twice as many as there are slots at most: some wait for one at every moment.
USERS = 32
LOOP_USERS = 16


def measured(servers: Sequence[str], arguments: Sequence[str], style: str) -> list[dict[str, Any]]:
    """The cells of a run of these servers, as they stand in its summary."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "runners", "run", "quick", "--isolation", "trial", "--json", "--quiet"]
        command += ["--pattern", f"sleep:delay={WAIT_S}", "--style", style, "--run-dir", str(Path(folder) / "run")]
        command += [part for name in servers for part in ("--server", name)]
        done = subprocess.run([*command, *arguments], stdout=subprocess.PIPE, text=True)
        if not done.stdout:
            sys.exit(done.returncode)
        cells: list[dict[str, Any]] = json.loads(done.stdout)["cells"]
        return cells


def show(cells: Sequence[dict[str, Any]], users: int) -> None:
    """A line for each cell: what it reached of what it could."""
    for cell in sorted(cells, key=lambda cell: (cell["server"].partition(":")[0], cell["slots"] or 0)):
        rate, most = cell["throughput_rps"], min(cell["slots"] or users, users) / WAIT_S
        how = f"{cell['slots'] or users:3d} {'slots' if cell['slots'] else 'users'}"
        if rate is None:
            print(f"{cell['server']:52} {how}  {cell['status']}: {cell['reason']}")
            continue
        low, high = (f"{100 * rate[end] / most:.1f}" if rate[end] else "?" for end in ("low", "high"))
        share = f"{100 * rate['mean'] / most:6.1f} % ({low} to {high})"
        print(f"{cell['server']:52} {how}  {rate['mean']:7.1f} of {most:5.0f}/s  {share}  {' '.join(cell['flags'])}")


def main() -> None:
    """Measure those named, or all that can run here."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("servers", nargs="*", help="names; default: all that are installed")
    parser.add_argument("--blocks", default="3")
    parser.add_argument("--duration", default="4", help="of a window, in seconds")
    given = parser.parse_args()
    names = given.servers or [name for name, server in SERVERS.items() if server.missing() is None]
    length = ("--blocks", given.blocks, "--duration", given.duration)
    bound = [name for name in names if SERVERS[name].slots]
    loops = [name for name in names if not SERVERS[name].slots and SERVERS[name].interface == "asgi"]
    if bound:
        slots = [part for number in SLOTS for part in ("--slots", str(number))]
        show(measured(bound, [*length, *slots, "--users", str(USERS)], "sync"), USERS)
    if loops:
        show(measured(loops, [*length, "--users", str(LOOP_USERS)], "async"), LOOP_USERS)


if __name__ == "__main__":
    main()
