"""Calls of a project to other hosts, as the shim notes them, and what is said of them."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from djbench.target import Fact, Target


def watching(target: Target, notes: Path) -> dict[str, str]:
    """The variables by which the target's processes note and refuse calls, but to the hosts that it may call."""
    return target.variables_for({Fact.CALLS: str(notes), Fact.MAY_CALL: " ".join(sorted(target.may_call))})


class CallNotes:
    """The file in which the shim notes the hosts that are called."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._read = 0

    def by(self, caller: str) -> Iterator[tuple[str, str]]:
        """The hosts that were noted since the last look, each with that caller."""
        if not self.file.exists():
            return
        hosts = self.file.read_text(encoding="utf-8").splitlines()
        for host in hosts[self._read :]:
            yield host, caller
        self._read = len(hosts)


def refusal(called: Mapping[str, str]) -> str:
    """What to say of calls by their hosts, each with what made it."""
    hosts = ", ".join(f"{host} (by {caller})" for host, caller in called.items())
    options = " ".join(f"--may-call {host}" for host in called)
    return (
        f"the project calls other hosts: {hosts}; if a run may call them, add {options}, or may_call to its description"
    )
