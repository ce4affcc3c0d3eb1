"""The environment of a run's processes."""

import os
from collections.abc import Mapping

# What a child needs of this process's environment; anything else (an index address, a proxy, WEB_CONCURRENCY, which
# would silently change a server's workers) stays out of the measurement.
_PASSED_ON = ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "TZ", "USER")


def child_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process of the run: an allow-list of ours, and ``extra``."""
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {**kept, "PYTHONUNBUFFERED": "1", **extra}
