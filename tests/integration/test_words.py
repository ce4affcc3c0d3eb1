"""What a process pays for the room of words."""

import subprocess
import sys


def test_djbench_loads_nothing_before_it_is_asked_for() -> None:
    """Every child process imports djbench, and few of them need a pattern or a server."""
    loaded = "import sys, djbench; print(*(name for name in sys.modules if name.startswith('djbench')))"
    done = subprocess.run([sys.executable, "-P", "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["djbench"]
