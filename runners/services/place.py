"""What one standing server has to itself: database state, and a folder for the target's files."""

from collections.abc import Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from djbench.errors import RunFailed
from djbench.target import Fact, Target
from runners.hosts.process import ProcessFailed
from runners.hosts.workspace import Workspace
from runners.services.cache import LOCAL
from runners.services.database_server import Database, DatabaseServer

_PREPARE_S = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one of the servers stands that stand at the same time."""

    #: Whom it is for.
    target: Target
    #: The target's files.
    folder: Path
    #: Its database state.
    database: Database
    #: How the target finds both, and its services.
    environment: Mapping[str, str] = field(default_factory=dict)

    def site_environment(
        self,
        *,
        pool_size: int,
        stack: str = "",
        cache: str = LOCAL,
        handicap_us: float = 0.0,
        patterns: Collection[str] = (),
    ) -> dict[str, str]:
        """The target's environment at a start: how it finds its services, and how it has to be.

        ``patterns``: the names of those that will be asked for. Raises RunFailed if the target has no variable for
        something that has to change it: what is measured would be something else.
        """
        changes = {Fact.HANDICAP_US: handicap_us != 0, Fact.STACK: stack != "", Fact.CACHE_URL: cache != LOCAL}
        for fact, changed in changes.items():
            if changed and fact not in self.target.variables:
                raise RunFailed(f"{self.target.name} cannot be told its {fact}: name a variable for it in [variables]")
        facts = {
            Fact.DATABASE_POOL_SIZE: str(pool_size),
            Fact.HANDICAP_US: str(handicap_us),
            Fact.STACK: stack,
            Fact.CACHE_URL: "" if cache == LOCAL else cache,
            Fact.PATTERNS: " ".join(sorted(patterns)),
        }
        return {**self.environment, **self.target.variables_for(facts)}


class Places:
    """The places of a run. Each is made at its first use; ``stack`` ends them with the run."""

    def __init__(
        self,
        target: Target,
        server: DatabaseServer,
        workspace: Workspace,
        environment: Mapping[str, str],
        stack: ExitStack,
    ) -> None:
        self._target = target
        self._server = server
        self._workspace = workspace
        self._environment = environment
        self._stack = stack
        self._made: dict[int, Place] = {}

    def place(self, number: int) -> Place:
        """The place of standing server ``number``. Raises RunFailed if it cannot be made."""
        if number not in self._made:
            try:
                self._made[number] = self._make(number)
            except ProcessFailed as error:
                raise RunFailed(str(error)) from None
        return self._made[number]

    def _make(self, number: int) -> Place:
        folder = self._workspace.folder / f"place-{number}"
        database = self._stack.enter_context(self._server.database(number, folder, self._prepare))
        return Place(
            target=self._target, folder=folder, database=database, environment=self._found(database.url, folder)
        )

    def _prepare(self, url: str, folder: Path) -> None:
        """Carry out the target's commands that fill a database and write files."""
        for command in self._target.prepare:
            filled, environment = self._target.filled(command), self._found(url, folder)
            cwd = self._target.working_directory
            with self._workspace.process("prepare", filled, environment=environment, cwd=cwd) as process:
                process.wait_for_success(_PREPARE_S)

    def _found(self, url: str, folder: Path) -> dict[str, str]:
        """The environment in which the target finds this database and this folder."""
        facts = {Fact.DATABASE_URL: url, Fact.DATA_FOLDER: str(folder)}
        return {**self._environment, **self._target.variables_for(facts)}
