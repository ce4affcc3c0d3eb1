"""What of a project does not work, in one line, with a log that is still there when the run's folder is gone."""

import shutil

from djbench.errors import UsageError, reason_without_log
from runners.hosts.cache_folder import cache_folder
from runners.hosts.workspace import Workspace


def failure_of(what: str, error: Exception, workspace: Workspace, log: str) -> UsageError:
    """The error for a process that has failed: what it was, why, the last line of its log, and where that is."""
    reason, lines = reason_without_log(error), str(error).strip().splitlines()[1:]
    if not lines:
        return UsageError(f"{what}: {reason}")
    kept = cache_folder("logs") / f"{workspace.run}-{log}.log"
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(workspace.logs / f"{log}.log", kept)
    return UsageError(f"{what}: {reason}: {lines[-1].strip()}; its log: {kept}")
