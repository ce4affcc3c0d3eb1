"""Other processes at work are seen; our own are not."""

import os
import signal
import subprocess
import sys

from runners.machine.neighbours import neighbours
from tests.integration.conftest import poll

_BURN = "while True: pass"
# Starts a process that is nobody's descendant once its parent has ended, under a name that would colour a terminal.
_STRANGER = f"""
import ctypes, os
if pid := os.fork():
    print(pid)
else:
    os.close(1)
    ctypes.CDLL(None).prctl(15, b"wild\\x1b[31m", 0, 0, 0)
    {_BURN}
"""


def test_a_stranger_at_work_is_seen_and_a_child_is_not() -> None:
    started = subprocess.run([sys.executable, "-c", _STRANGER], stdout=subprocess.PIPE, text=True, check=True)
    stranger = int(started.stdout)
    try:
        with subprocess.Popen([sys.executable, "-c", _BURN]) as child:
            try:
                seen = {}

                def is_seen() -> bool:
                    seen.update({busy.pid: busy for busy in neighbours((0,), 0.1, 0.0).busy})
                    return stranger in seen and seen[stranger].name == "wild?[31m"

                poll(is_seen)
                assert not {child.pid, os.getpid()} & set(seen)
            finally:
                child.kill()
    finally:
        os.kill(stranger, signal.SIGKILL)
