"""What one standing server has to itself: database state, and a folder for the target's files."""

import shlex
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from djbench.errors import RunFailed, UsageError
from djbench.target import Fact, Target
from runners.hosts.process import ProcessFailed
from runners.hosts.workspace import Workspace
from runners.services.cache import LOCAL
from runners.services.call_notes import CallNotes, refusal, watching
from runners.services.contents.fillings import Fillings, fillings_in, keep_fillings
from runners.services.contents.gathering import gathered
from runners.services.contents.initial_data import load_data
from runners.services.database_server import Database, DatabaseServer
from runners.services.failures import failure_of

# Hundreds of migrations take minutes.
_PREPARE_S = 1800


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one of the servers stands that stand at the same time."""

    #: Whom it is for.
    target: Target
    #: The target's files.
    folder: Path
    #: Its database state.
    database: Database
    #: What requests are filled in with there.
    fillings: Fillings = field(default_factory=Fillings)
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
    """The places of a run. Each is made at its first use, and ended with the context.

    ``environment``: what all of the target's processes get.
    """

    def __init__(
        self, target: Target, server: DatabaseServer, workspace: Workspace, environment: Mapping[str, str]
    ) -> None:
        self._target = target
        self._server = server
        self._workspace = workspace
        self._environment = environment
        self._made: dict[int, tuple[Place, ExitStack]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for number in list(self._made):
            self._end(number)

    def place(self, number: int) -> Place:
        """The place of standing server ``number``. Raises RunFailed if it cannot be made, and UsageError."""
        if number not in self._made:
            try:
                self._made[number] = self._make(number)
            except ProcessFailed as error:
                raise RunFailed(str(error)) from None
        place, _ = self._made[number]
        return place

    def before_start(self, number: int) -> Place:
        """The place at the start of a server. If the target wants fresh state, what was written there is gone.

        Nothing may use the place any more. Raises as ``place`` does.
        """
        if self._target.fresh_state and number in self._made:
            self._end(number)
        return self.place(number)

    def _end(self, number: int) -> None:
        _, stack = self._made.pop(number)
        stack.close()

    def _make(self, number: int) -> tuple[Place, ExitStack]:
        folder = self._workspace.folder / f"place-{number}"
        with ExitStack() as stack:
            database = stack.enter_context(self._server.database(number, folder, self._prepare))
            place = Place(
                target=self._target,
                folder=folder,
                database=database,
                fillings=fillings_in(folder),
                environment=self._environment_at(database.url, folder),
            )
            return place, stack.pop_all()

    def _prepare(self, url: str, folder: Path) -> None:
        """Fill a database as the target describes it, and write its files."""
        notes = CallNotes(self._workspace.folder / "calls-prepare")
        # Whoever watches all of it reads the notes himself.
        environment = {**watching(self._target, notes.file), **self._environment_at(url, folder)}
        if url:
            load_data(self._target, url, self._workspace)
            for command in self._target.prepare:
                with _refusing(notes, "prepare"):
                    self._carry_out(command, environment)
        with _refusing(notes, "values and users"):
            fillings = gathered(self._target, workspace=self._workspace, environment=environment)
        keep_fillings(fillings, folder)

    def _carry_out(self, command: tuple[str, ...], environment: Mapping[str, str]) -> None:
        """Carry out a command. Raises UsageError for a project's command that fails."""
        filled, cwd = self._target.filled(command), self._target.working_directory
        try:
            with self._workspace.process("prepare", filled, environment=environment, cwd=cwd) as process:
                process.wait_for_success(_PREPARE_S)
        except ProcessFailed as error:
            if not self._target.fresh_state:
                raise
            raise failure_of(f"prepare: {shlex.join(filled)}", error, self._workspace, "prepare") from None

    def _environment_at(self, url: str, folder: Path) -> dict[str, str]:
        """The environment in which the target finds this database and this folder."""
        facts = {Fact.DATABASE_URL: url, Fact.DATA_FOLDER: str(folder)}
        return {**self._environment, **self._target.variables_for(facts)}


@contextmanager
def _refusing(notes: CallNotes, caller: str) -> Iterator[None]:
    """Raises UsageError for calls to hosts that may not be called, also if what made them has failed for it."""
    try:
        yield
    except UsageError:
        if called := dict(notes.by(caller)):
            raise UsageError(refusal(called)) from None
        raise
    if called := dict(notes.by(caller)):
        raise UsageError(refusal(called))
