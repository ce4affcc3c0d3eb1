"""What older versions of a server do not know of its command line (``Server.since``). Pure."""

from collections.abc import Iterator, Mapping, Sequence

from djbench.server import Server, Since
from runners.machine.versions import is_older


def without_unknown(arguments: Sequence[str], server: Server, versions: Mapping[str, str]) -> list[str]:
    """The arguments without those that these versions do not know and can do without."""
    for option, since in _unknown(arguments, server, versions):
        if since.dispensable:
            start, words = _place(option, arguments), len(option.split())
            arguments = [*arguments[:start], *arguments[start + words :]]
    return list(arguments)


def too_old(arguments: Sequence[str], server: Server, versions: Mapping[str, str]) -> str | None:
    """Which argument that matters one of these versions does not know; None if they know all."""
    for option, since in _unknown(arguments, server, versions):
        if not since.dispensable:
            return (
                f"{since.package} {versions[since.package]} does not know {option}; "
                f"it needs {since.package} {since.version} or newer"
            )
    return None


def _unknown(arguments: Sequence[str], server: Server, versions: Mapping[str, str]) -> Iterator[tuple[str, Since]]:
    for option, since in server.since.items():
        version = versions.get(since.package)
        if version and _place(option, arguments) >= 0 and is_older(version, since.version):
            yield option, since


def _place(option: str, arguments: Sequence[str]) -> int:
    """Where the words of the option stand in a row; -1 if they do not."""
    words = option.split()
    starts = range(len(arguments) - len(words) + 1)
    return next((start for start in starts if list(arguments[start : start + len(words)]) == words), -1)
