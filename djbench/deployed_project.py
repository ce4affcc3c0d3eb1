"""The project that deployment files and shown command lines name: the reader's own, or a placeholder for it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedProject:
    """A Django project as a deployment file names it."""

    #: Its name.
    name: str
    #: Its settings module.
    settings: str
    #: Its own applications by interface, ``module:name``. For one that is missing the usual name stands in.
    applications: Mapping[str, str] = field(default_factory=dict)
    #: The folder in which its processes start, seen from its own.
    working_directory: str = "."

    @property
    def slug(self) -> str:
        """Its name as a part of a path or of a file's name."""
        return re.sub(r"[^A-Za-z0-9_.-]+", "-", self.name).strip("-.") or "project"

    @property
    def folder(self) -> str:
        """Where its processes start, on a machine that has it in ``/srv``."""
        return "/".join(["/srv", self.slug, *(part for part in self.working_directory.split("/") if part != ".")])

    def application(self, interface: str) -> str:
        """Its application behind that interface."""
        package = self.settings.partition(".")[0]
        return self.applications.get(interface, f"{package}.{interface}:application")


#: For a run of the site that djbench brings along: readers put their own project's name in its place.
YOUR_PROJECT = DeployedProject(name="yourproject", settings="yourproject.settings")
