"""When a server of several processes has booted: all of them are there, and none is still importing.

One answer proves one process only, and users that connect before the others are ready would stay with it.
"""

import time

import psutil

from djbench.errors import ServerNotStarted
from djbench.server import ServerSpec
from runners.hosts.process import ManagedProcess, ProcessFailed
from runners.watching.process_tree import ProcessTree

# A tree of processes that uses less than this share of a core for this long has finished booting.
_IDLE_SHARE, _IDLE_PROBE_S = 0.1, 0.1
# Python starts one beside processes that it spawns; whether it does depends on its version and on the system.
_TRACKER = "multiprocessing.resource_tracker"


def wait_until_booted(process: ManagedProcess, spec: ServerSpec, timeout_s: float) -> None:
    """Wait for the processes that answer and for the server's helpers. Raises ServerNotStarted."""
    tree = ProcessTree(process.pid)
    expected = spec.processes + spec.server.helpers
    try:
        process.wait_until(lambda: _is_idle(tree) and _count(tree) >= expected, timeout_s)
    except ProcessFailed as error:
        raise ServerNotStarted(f"{spec}: {_count(tree)} of {expected} processes are there: {error}") from None


def _is_idle(tree: ProcessTree) -> bool:
    """Does the tree rest? It looks on for a moment."""
    tree.refresh()
    before_ns = sum(tree.cpu_ns().values())
    time.sleep(_IDLE_PROBE_S)
    used_s = (sum(tree.cpu_ns().values()) - before_ns) / 1e9
    return used_s < _IDLE_SHARE * _IDLE_PROBE_S


def _count(tree: ProcessTree) -> int:
    """How many processes of the tree are the server's own."""
    tree.refresh()
    return sum(_is_the_servers_own(pid) for pid in tree.pids)


def _is_the_servers_own(pid: int) -> bool:
    """Is the process there, and not Python's?"""
    try:
        return not any(_TRACKER in word for word in psutil.Process(pid).cmdline())
    except psutil.NoSuchProcess:
        return False
