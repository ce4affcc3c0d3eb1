"""What the target needs around it, started and stopped by the run: database, seeded tables and files, upstream."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import httpx

from runners import database
from runners.errors import RunFailed
from runners.machine import CpuSets, free_port
from runners.process import ProcessFailed
from runners.target import Target
from runners.workspace import Workspace

_STARTUP_S = 30
_PREPARE_S = 120


@dataclass(frozen=True, slots=True)
class Services:
    """What runs. ``environment``: how the target finds it. ``pids``: the processes to account CPU time to, by name."""

    database: str
    environment: dict[str, str]
    pids: dict[str, int] = field(default_factory=dict)


@contextmanager
def running(target: Target, choice: str, workspace: Workspace, cpus: CpuSets) -> Iterator[Services]:
    """Start everything the target needs. Raises RunFailed when a part does not come up."""
    with ExitStack() as stack:
        chosen = stack.enter_context(database.running(choice, workspace, cpus.support))
        port = free_port()
        environment = {
            **target.environment,
            "DJBENCH_RUN": workspace.run,
            "DJBENCH_DATABASE_URL": chosen.url,
            "DJBENCH_DATA_DIR": str(workspace.folder),
            "DJBENCH_UPSTREAM_URL": f"http://127.0.0.1:{port}",
        }
        pids = {"database": chosen.pid} if chosen.pid else {}
        command = [sys.executable, "-P", "-m", *target.upstream, str(port)]
        try:
            upstream = stack.enter_context(
                workspace.process("upstream", command, environment=environment, cpus=cpus.support)
            )
            if chosen.schema:
                stack.callback(_once, target, (*target.drop_schema, chosen.schema), environment, workspace)
            _once(
                target,
                (*target.prepare, *(("--schema", chosen.schema) if chosen.schema else ())),
                environment,
                workspace,
            )
            upstream.wait_until(lambda: _answers(f"http://127.0.0.1:{port}/delay?seconds=0&call=0"), _STARTUP_S)
        except ProcessFailed as error:
            raise RunFailed(str(error)) from None
        yield Services(chosen.shown, environment, {**pids, "upstream": upstream.pid})


def _once(target: Target, module: tuple[str, ...], environment: dict[str, str], workspace: Workspace) -> None:
    """Run one of the target's own commands to its end."""
    command = [target.interpreter, "-m", *module]
    with workspace.process("prepare", command, environment=environment) as process:
        process.wait_for_success(_PREPARE_S)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=1, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
