"""What the target needs around it, started and stopped by the run: database, seeded tables and files, upstream."""

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from djbench.errors import RunFailed
from runners.hosts.cpus import CpuSets
from runners.hosts.ports import free_port
from runners.hosts.process import ProcessFailed
from runners.hosts.workspace import Workspace
from runners.services import database
from runners.services.cache import LOCAL
from runners.targets.target import Target
from runners.watching.backends import Backends

_STARTUP_S = 30
_PREPARE_S = 120


@dataclass(frozen=True, slots=True)
class Services:
    """What runs. ``environment``: how the target finds it. ``pids``: the processes to account CPU time to, by name.

    ``database``: its version and settings. ``backends``: who counts the connections to it; None but for PostgreSQL.
    """

    environment: dict[str, str]
    pids: dict[str, int] = field(default_factory=dict)
    database: dict[str, Any] = field(default_factory=dict)
    backends: Backends | None = None

    @property
    def max_connections(self) -> int | None:
        """How many connections the database allows at a time; None but for PostgreSQL."""
        most = self.database.get("settings", {}).get("max_connections")
        return int(most) if most else None

    def site_environment(
        self, *, pool_size: int, stack: str = "", cache: str = LOCAL, handicap_us: float = 0.0
    ) -> dict[str, str]:
        """What the site is started with: what it needs to find all this, and how it is to be."""
        return {
            **self.environment,
            "DJBENCH_DATABASE_POOL_SIZE": str(pool_size),
            "DJBENCH_HANDICAP_US": str(handicap_us),
            "DJBENCH_STACK": stack,
            "DJBENCH_CACHE_URL": "" if cache == LOCAL else cache,
        }


@contextmanager
def running(
    target: Target, choice: str, workspace: Workspace, cpus: CpuSets, uses: Collection[str]
) -> Iterator[Services]:
    """Start what the target needs to answer patterns that use ``uses``. Raises RunFailed when a part does not come up.

    Its tables and files are always there; without a pattern that uses the database, in SQLite, which starts nothing.
    """
    if "database" not in uses:
        choice = "sqlite"
    port = free_port()
    with ExitStack() as stack:
        chosen = stack.enter_context(database.running(choice, workspace, cpus.support))
        environment = {
            **target.environment,
            "DJBENCH_RUN": workspace.run,
            "DJBENCH_DATABASE_URL": chosen.url,
            "DJBENCH_DATA_DIR": str(workspace.folder),
            "DJBENCH_UPSTREAM_URL": f"http://127.0.0.1:{port}",
        }
        pids = {"database": chosen.pid} if chosen.pid else {}
        upstream = workspace.process(
            "upstream",
            [target.interpreter, "-m", *target.upstream, str(port)],
            environment=environment,
            cpus=cpus.support,
        )
        try:
            if "upstream" in uses:
                stack.enter_context(upstream)
            with workspace.process(
                "prepare", [target.interpreter, "-m", *target.prepare], environment=environment
            ) as prepare:
                prepare.wait_for_success(_PREPARE_S)
            if "upstream" in uses:
                upstream.wait_until(lambda: _answers(f"http://127.0.0.1:{port}/delay?seconds=0&call=0"), _STARTUP_S)
                pids["upstream"] = upstream.pid
        except ProcessFailed as error:
            raise RunFailed(str(error)) from None
        yield Services(environment, pids, database.described(chosen), chosen.backends)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=1, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
