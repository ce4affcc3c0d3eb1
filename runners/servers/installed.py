"""How a server is started with a target's interpreter: its command line, and where further packages are."""

from pathlib import Path

from djbench.server import ServerSpec
from djbench.supply import Supply
from djbench.target import Target
from runners.servers.packages.older_versions import without_unknown
from runners.servers.packages.supplies import program_for
from runners.targets.shim_contract import LAUNCHER, PACKAGES


def command_line(spec: ServerSpec, target: Target, *, host: str, port: int) -> list[str]:
    """What to start, so that the server serves the target there.

    With an overlay the shim starts it: ``-m``, ``-c`` and scripts alike, after it has put the overlay at the end of
    ``sys.path``.
    """
    supply = target.supply(spec.server.name)
    application = target.application(spec.server.interface)
    arguments = without_unknown(
        spec.arguments(host=host, port=port, application=application), spec.server, supply.versions
    )
    if program := spec.server.program:
        first = str(program_for(program, target.interpreter, supply) or program)
        return [*_starting(target, supply), first, *arguments] if _is_overlaid(first, supply) else [first, *arguments]
    return [*_starting(target, supply), *arguments]


def overlay_variables(spec: ServerSpec, target: Target) -> dict[str, str]:
    """The variable that tells the shim where the overlay is, for a server that has one."""
    supply = target.supply(spec.server.name)
    return {PACKAGES: str(supply.overlay.folder)} if supply.overlay else {}


def _starting(target: Target, supply: Supply) -> list[str]:
    return [target.interpreter, *(("-m", LAUNCHER) if supply.overlay else ())]


def _is_overlaid(program: str, supply: Supply) -> bool:
    return supply.overlay is not None and Path(program).is_relative_to(supply.overlay.folder)
