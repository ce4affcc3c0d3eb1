"""How to run a server as it was measured, with a project of one's own: its command line and its file. Pure."""

import shlex
from dataclasses import dataclass

from results.records.schema import ServerFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A server to be run."""

    #: Its canonical spec.
    server: str
    #: What to type.
    command: str
    #: The name of the file that the command reads; None for a command that reads none.
    file: str | None = None
    #: What stands in the file.
    text: str | None = None

    def to_json(self) -> dict[str, str | None]:
        """As it stands in summary.json."""
        return {"server": self.server, "command": self.command, "file": self.file, "text": self.text}


def deployment(server: str, facts: ServerFacts) -> Deployment | None:
    """How to run the server (canonical spec): by its file, else by the measured command line.

    None if the run's record has neither. A file that a page cannot show as it is counts as none: the record may come
    from anywhere.
    """
    file = facts.deployment
    if file and file.legible:
        return Deployment(server=server, command=shlex.join(file.command), file=file.name, text=file.text)
    return Deployment(server=server, command=shlex.join(facts.command)) if facts.command else None
