"""Locust files of a project are looked at before a run, in a process of their own: no code of theirs runs here."""

import subprocess
from collections.abc import Iterable

from djbench.errors import UsageError
from djbench.rooms import command_of

_IMPORT_S = 60.0


def require_locustfiles(paths: Iterable[str]) -> None:
    """Raises UsageError, with what the file's own traceback ends with, for one that cannot be used."""
    for path in paths:
        command = command_of("scenarios.locustfile_check", path)
        try:
            check = subprocess.run(
                command, capture_output=True, errors="replace", stdin=subprocess.DEVNULL, check=False, timeout=_IMPORT_S
            )
        except subprocess.TimeoutExpired:
            raise UsageError(f"the locustfile cannot be used: {path} is not imported within {_IMPORT_S:g} s") from None
        if check.returncode:
            lines = (check.stdout.strip() or check.stderr.strip() or f"{path} cannot be imported").splitlines()
            raise UsageError(f"the locustfile cannot be used: {lines[-1]}")
