"""What a run's record keeps of a server for its report."""

from djbench.deployed_project import YOUR_PROJECT, DeployedProject
from djbench.server import ServerSpec
from results.records.schema import ServerFacts


def facts_of(spec: ServerSpec, project: DeployedProject = YOUR_PROJECT) -> ServerFacts:
    """What a report is to say of this configuration beside its figures. project: what its deployment file names."""
    return ServerFacts(
        colour=spec.server.colour,
        command=spec.shown_command(project),
        deployment=spec.deployment(project),
        unfit=spec.server.unfit,
    )
