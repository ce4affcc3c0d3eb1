"""Child processes that end together: their graces overlap, so that many take no longer than one."""

from contextlib import ExitStack
from types import TracebackType
from typing import Self

from runners.hosts.process import ManagedProcess, is_hurried


class Processes:
    """A context manager around processes that are started inside. Each can end before the others."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._started: list[ManagedProcess] = []

    def __enter__(self) -> Self:
        return self

    def start(self, process: ManagedProcess) -> ManagedProcess:
        """Start one more. Raises ProcessFailed."""
        self._started.append(self._stack.enter_context(process))
        return process

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.push(self._ask_all)  # the last one pushed is the first one called
        self._stack.__exit__(kind, error, trace)

    def _ask_all(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,  # noqa: ARG002  what an exit is called with
        trace: TracebackType | None,  # noqa: ARG002  likewise
    ) -> None:
        for process in self._started:
            process.ask_to_end(hurried=is_hurried(kind))
