"""How to run a server as it was measured, with a project of one's own: its command line and its file. Pure."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from results.records.schema import ServerFacts
from results.records.target_facts import TargetFacts


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
    #: From where, and with what: of a project that is known. Empty for a placeholder.
    place: str = ""

    def to_json(self) -> dict[str, str | None]:
        """As it stands in summary.json."""
        return {
            "server": self.server,
            "command": self.command,
            "file": self.file,
            "text": self.text,
            "place": self.place,
        }


def where_to_run(project: TargetFacts, interface: str, lacking: Mapping[str, str]) -> str:
    """Where a project's server starts and with which settings; and what it still needs.

    lacking: packages of the server that the project does not have, with their versions in the run.
    """
    folder = "the project's folder" if project.working_directory == "." else f"{project.working_directory}/"
    text = f"in {folder}, with DJANGO_SETTINGS_MODULE={project.settings}"
    if lacking:
        packages = ", ".join(f"{name} {version}" for name, version in lacking.items())
        text = f"{text}; the project lacks {packages}, so install that first"
    if interface in project.applications:
        return text
    # The run had one made for it.
    return f"{text}; the project names no {interface.upper()} application, so write one first"


def deployment(server: str, facts: ServerFacts, place: str = "") -> Deployment | None:
    """How to run the server (canonical spec): by its file, else by the measured command line.

    place: see ``where_to_run``. None if the run's record has neither. A file that a page cannot show as it is counts as
    none: the record may come from anywhere.
    """
    file = facts.deployment
    if file and file.legible:
        return Deployment(server=server, command=shlex.join(file.command), file=file.name, text=file.text, place=place)
    return Deployment(server=server, command=shlex.join(facts.command), place=place) if facts.command else None
