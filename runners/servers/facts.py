"""What a run's record keeps of a server for its report."""

from djbench.server import ServerSpec
from results.records.schema import ServerFacts


def facts_of(spec: ServerSpec) -> ServerFacts:
    """What a report is to say of this configuration beside its figures."""
    return ServerFacts(
        colour=spec.server.colour,
        command=spec.shown_command(),
        deployment=spec.deployment(),
        unfit=spec.server.unfit,
    )
