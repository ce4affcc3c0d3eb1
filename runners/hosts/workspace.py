"""What every process of a run shares: a temporary folder, the guard, the log folder, and how to start a child."""

import os
import shutil
import signal
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from djbench.errors import RunFailed
from runners.hosts.guard import Guard
from runners.hosts.process import ManagedProcess


class Workspace:
    """A context manager; its folder is gone afterwards, and so is every process that was started through it.

    ``run``: the run's id, which servers repeat through their health endpoint. ``logs``: where children's logs go.
    Entering raises RunFailed if there is no place for the folder.
    """

    def __init__(self, run: str, logs: Path | None = None) -> None:
        self.run = run
        self._logs = logs

    def __enter__(self) -> Self:
        self._guard = Guard(f"{self.run}-{os.getpid()}-{uuid.uuid4().hex}")
        try:
            self._make_folders()
        except OSError as error:
            self._guard.close(clean=True)
            reason = error.strerror or error
            raise RunFailed(f"cannot make a temporary folder: {reason}; name another place with TMPDIR") from None
        self.logs = (self._logs or self.folder).resolve()
        return self

    def _make_folders(self) -> None:
        # Short, for a Unix socket's path has room for a hundred characters; below the system's folder for such things,
        # and open to the account that PostgreSQL runs as.
        self.folder = Path(tempfile.gettempdir()).resolve() / f"djbench-{uuid.uuid4().hex[:12]}"
        # The guard hears of it first, or a conductor that is killed in between would leave it behind.
        self._guard.watch_folder(self.folder)
        self.folder.mkdir(mode=0o700)
        self.folder.chmod(0o755)
        # Servers put their working directory on sys.path; this one holds nothing they could mistake for a module.
        self.empty = self.folder / "empty"
        self.empty.mkdir()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self._guard.forget_folder(self.folder)
        # Also after an end as it should be: a project's view can start a process that leaves its group.
        self._guard.close(clean=False)

    def process(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        cpus: Sequence[int] = (),
        user: str | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        hurried_signal: signal.Signals = signal.SIGTERM,
        piped: bool = False,
        log: str | None = None,
        cwd: Path | None = None,
    ) -> ManagedProcess:
        """A child of the run, to be entered as a context manager; its log is ``log`` (or ``name``) with .log.

        cwd: where it starts; by default an empty folder.
        """
        return ManagedProcess(
            name,
            command,
            guard=self._guard,
            log=self.logs / f"{log or name}.log",
            cwd=cwd or self.empty,
            environment=environment,
            cpus=cpus,
            user=user,
            stop_signal=stop_signal,
            hurried_signal=hurried_signal,
            piped=piped,
        )
