"""What a run's record keeps of a server for its report."""

import shlex
from dataclasses import replace

from djbench.deployed_project import YOUR_PROJECT, DeployedProject
from djbench.server import DeploymentFile, ServerSpec
from djbench.supply import Supply
from results.records.schema import ServerFacts
from runners.servers.packages.older_versions import without_unknown

_NOTHING_KNOWN = Supply()


def facts_of(spec: ServerSpec, project: DeployedProject = YOUR_PROJECT, supply: Supply = _NOTHING_KNOWN) -> ServerFacts:
    """What a report is to say of this configuration beside its figures.

    project: what its deployment file names. supply: the versions that the commands have to suit.
    """
    return ServerFacts(
        colour=spec.server.colour,
        command=tuple(without_unknown(spec.shown_command(project), spec.server, supply.versions)),
        deployment=_suiting(spec.deployment(project), spec, supply),
        unfit=spec.server.unfit,
        packages={name: supply.versions[name] for name in spec.server.modules.values() if name in supply.versions},
    )


def _suiting(file: DeploymentFile | None, spec: ServerSpec, supply: Supply) -> DeploymentFile | None:
    """The file without options that these versions do not know."""
    if file is None:
        return None
    command = tuple(without_unknown(file.command, spec.server, supply.versions))
    return replace(file, command=command, text=file.text.replace(shlex.join(file.command), shlex.join(command)))
