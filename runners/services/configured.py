"""The database that a project's settings name: whether a temporary one can take its place, or it is measured itself."""

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from djbench.errors import UsageError
from djbench.target import Target
from runners.hosts.process import ProcessFailed
from runners.hosts.workspace import Workspace
from runners.services.contents.shim_answers import shim_answer
from runners.services.database_server import Database, DatabaseServer, Prepare, Template

CONFIGURED = "configured"
"""The choice of a database that is neither prepared nor reset, and only read."""
_INSTEAD = f"or measure requests that only read, with --database {CONFIGURED}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfiguredDatabase:
    """An entry of DATABASES."""

    #: Django's backend.
    engine: str
    #: The file of an SQLite database, as the settings have it.
    file: str = ""

    @property
    def kind(self) -> str:
        """``sqlite`` or ``postgres``; empty for what djbench has no temporary database for."""
        names = {"sqlite": "sqlite", "spatialite": "sqlite", "postg": "postgres"}
        return next((kind for name, kind in names.items() if name in self.engine.lower()), "")

    @property
    def is_spatial(self) -> bool:
        """Does it need PostGIS or SpatiaLite?"""
        return any(name in self.engine for name in ("postgis", "spatialite"))


Databases = Mapping[str, ConfiguredDatabase]


def configured_databases(target: Target) -> Databases:
    """The databases that the project's settings name, by alias; what has no engine is none.

    Raises UsageError if the settings cannot be read.
    """
    settings = target.environment["DJBENCH_SETTINGS"]
    try:
        with Workspace("settings") as workspace:
            facts = shim_answer(target, "settings_facts", settings, workspace=workspace, environment=target.environment)
    except ProcessFailed as error:
        raise UsageError(f"the settings {settings} cannot be read: {last_line(str(error))}") from None
    return {
        alias: ConfiguredDatabase(engine=database["engine"], file=database["file"])
        for alias, database in facts["databases"].items()
        if database["engine"] and not database["engine"].endswith(".dummy")
    }


def require_one_kind(databases: Databases, target: Target, choice: str) -> None:
    """Raises UsageError unless the choice can take the place of what the settings name."""
    if "DATABASES" in json.loads(target.environment["DJBENCH_OVERRIDES"]):
        raise UsageError("[overrides] DATABASES would undo the temporary database; leave it out")
    if choice == CONFIGURED:
        _require_untouched(target)
        return
    if len(databases) > 1:
        raise UsageError(
            f"the settings name several databases ({', '.join(databases)}), and djbench puts one in place; "
            f"name a settings module with one of them, {_INSTEAD}"
        )
    for database in databases.values():
        _require_kind(database, choice)
    if target.data != "empty" and choice not in ("sqlite", "postgres"):
        raise UsageError(f"data = {json.dumps(target.data)} needs a temporary database of djbench's own, not a URL")


def _require_kind(database: ConfiguredDatabase, choice: str) -> None:
    kind = choice if choice == "sqlite" else "postgres"
    if not database.kind:
        raise UsageError(
            f"the settings use {database.engine}, and djbench has temporary databases of SQLite and PostgreSQL alone; "
            f"name a settings module with one of these, {_INSTEAD}"
        )
    if database.kind != kind:
        raise UsageError(
            f"--database {kind}: the settings use {database.engine}; give --database {database.kind}, "
            f'and database = "{database.kind}" in the description'
        )
    if database.is_spatial and choice in ("sqlite", "postgres"):
        raise UsageError(
            f"the settings use {database.engine}, and djbench's own databases have no spatial extension; "
            "give --database postgresql://... of a server that has PostGIS"
        )


def _require_untouched(target: Target) -> None:
    """Raises UsageError for what a run would write into the configured database before it measures."""
    if target.users:
        raise UsageError(
            f"users {', '.join(target.users)}: sessions would be written into the configured database; "
            f"leave out the requests that need them, or --database {CONFIGURED}"
        )
    if target.data != "empty":
        raise UsageError(f"data = {json.dumps(target.data)} needs a temporary database, not --database {CONFIGURED}")


def configured_file(target: Target) -> Path:
    """The SQLite file that the settings name. Raises UsageError if there is none."""
    (alias, database), *_ = configured_databases(target).items() or [("default", ConfiguredDatabase(engine="none"))]
    if database.kind != "sqlite":
        raise UsageError(
            f'data = "copy" copies an SQLite file, and the settings use {database.engine}; make a dump, with '
            'pg_dump --no-owner NAME > dump.sql, and give data = "dump:dump.sql"'
        )
    file = (target.working_directory or Path()) / database.file
    if not file.is_file():
        raise UsageError(f'data = "copy": the settings name {database.file} ({alias}), and there is no such file')
    return file


def last_line(message: str) -> str:
    """The last line of a log's tail, which is that of a traceback."""
    return message.strip().splitlines()[-1].strip()


class Configured(DatabaseServer):
    """The configured database. It is not prepared and not reset; its URL is empty, for nobody is told another one."""

    def __init__(self, folder: Path) -> None:
        self._template = Template("", folder)

    def database(self, number: int, folder: Path, prepare: Prepare) -> AbstractContextManager[Database]:  # noqa: ARG002
        """The database as the settings have it. The target's files are fresh."""
        self._template.copy(folder, prepare)
        return nullcontext(Database(url=""))
