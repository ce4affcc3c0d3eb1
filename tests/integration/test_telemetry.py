"""What is read of real processes: known ones, and those that come while a window is open."""

import os
import subprocess
import sys

from runners.telemetry import ProcessTree, Watch

# Says when it is there, waits for a line, starts a child that burns 0.2 s of CPU time, and says when that is done.
_PARENT = """
import subprocess, sys
print("ready", flush=True)
sys.stdin.readline()
burn = "import time, sys\\nwhile time.process_time() < 0.2: pass\\nprint('burnt', flush=True)\\nsys.stdin.readline()"
child = subprocess.Popen([sys.executable, "-c", burn], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdout.readline()
print("burnt", flush=True)
sys.stdin.readline()
child.communicate()
"""


def test_a_process_that_comes_during_the_window_counts_from_its_start() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        assert parent.stdout.readline() == "ready\n"
        watch = Watch(parent.pid, {"service": parent.pid}, os.sched_getaffinity(0))
        watch.opened()
        parent.stdin.write("go\n")
        parent.stdin.flush()
        assert parent.stdout.readline() == "burnt\n"
        usage, services_s, stolen_s = watch.closed()
        parent.stdin.write("end\n")
        parent.stdin.flush()
    assert usage.cpu_s >= 0.2
    assert services_s["service"] >= 0.2
    assert usage.processes_peak == 2
    assert usage.threads_peak >= 2
    assert usage.rss_mib_peak > 1
    assert stolen_s >= 0


def test_a_process_that_is_gone_uses_nothing() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        tree = ProcessTree(process.pid)
        assert set(tree.cpu_ns()) == {process.pid}
        process.communicate(b"\n")
    tree.refresh()
    assert tree.cpu_ns() == {}
    assert tree.size() == (0.0, 0, 0)
