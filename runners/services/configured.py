"""The database that a project's settings name: whether a temporary one can take its place, or it is measured itself."""

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from djbench.errors import UsageError
from djbench.options import CONFIGURED
from djbench.target import Fact, Target
from runners.hosts.process import ProcessFailed
from runners.hosts.workspace import Workspace
from runners.services.call_notes import watching
from runners.services.contents.shim_answers import shim_answer
from runners.services.database_server import Database, DatabaseServer, Prepare, Template
from runners.survey.database_kinds import database_kind
from runners.survey.inspection import DatabaseFacts, SettingsFacts

_INSTEAD = f"or measure requests that only read, with --database {CONFIGURED}"

Databases = Mapping[str, DatabaseFacts]


def configured_databases(target: Target) -> Databases:
    """The databases that the project's settings name, by alias. No other host is called meanwhile.

    Raises UsageError if the settings cannot be read.
    """
    settings = target.environment["DJBENCH_SETTINGS"]
    try:
        with Workspace("settings") as workspace:
            folder = target.variables_for({Fact.DATA_FOLDER: str(workspace.folder / "data")})  # for log files
            watched = watching(target, workspace.folder / "calls")
            environment = {**target.environment, **folder, **watched, "DJANGO_SETTINGS_MODULE": settings}
            facts = shim_answer(target, "survey.settings_facts", settings, workspace=workspace, environment=environment)
    except ProcessFailed as error:
        raise UsageError(f"the settings {settings} do not import: {last_line(str(error))}") from None
    return SettingsFacts.model_validate(facts).own_databases


def require_one_kind(databases: Databases, target: Target, choice: str) -> None:
    """Raises UsageError unless the choice can take the place of what the settings name."""
    if "DATABASES" in json.loads(target.environment["DJBENCH_OVERRIDES"]):
        raise UsageError("[overrides] DATABASES would undo the temporary database; leave it out")
    if choice == CONFIGURED:
        _require_untouched(target)
        return
    own = choice in ("sqlite", "postgres")
    if target.data != "empty" and not own:
        raise UsageError(f"data = {json.dumps(target.data)} needs a temporary database of djbench's own, not a URL")
    kind = _replaceable_kind(databases) if own else _kind_at_url(databases)
    if kind not in ("none", choice if own else "postgres"):
        raise UsageError(
            f"--database {'sqlite' if choice == 'sqlite' else 'postgres'}: the settings use {kind}; "
            f'give --database {kind}, or write database = "{kind}" into {target.description.name}'
        )


def _replaceable_kind(databases: Databases) -> str:
    try:
        return database_kind(databases)
    except UsageError as error:
        raise UsageError(f"{error}; {_INSTEAD}") from None


def _kind_at_url(databases: Databases) -> str:
    """As ``database_kind``, for a server of somebody's, which can have PostGIS. Raises UsageError."""
    if len(databases) == 1 and all("postg" in database.engine.lower() for database in databases.values()):
        return "postgres"
    return _replaceable_kind(databases)


def _require_untouched(target: Target) -> None:
    """Raises UsageError for what a run would write into the configured database before it measures."""
    if target.users:
        raise UsageError(
            f"users {', '.join(target.users)}: sessions would be written into the configured database; "
            f"leave out the requests that need them, or --database {CONFIGURED}"
        )
    asking = (workload.requests for pattern in target.catalog.own.values() for workload in pattern.workloads.values())
    with_token = [request.name for requests in asking for request in requests if request.csrf]
    if with_token:
        raise UsageError(
            f"csrf = true of {', '.join(dict.fromkeys(with_token))}: a session with the token could be written into "
            f"the configured database; leave it out, or --database {CONFIGURED}"
        )
    if target.data != "empty":
        raise UsageError(f"data = {json.dumps(target.data)} needs a temporary database, not --database {CONFIGURED}")


def configured_file(target: Target) -> Path:
    """The SQLite file that the settings name. Raises UsageError if there is none."""
    files = [database.file for database in configured_databases(target).values() if database.file]
    if not files:
        raise UsageError(
            'data = "copy" copies an SQLite file, and the settings name none; make a dump, with '
            'pg_dump --no-owner NAME > dump.sql, and write data = "dump:dump.sql"'
        )
    file = (target.working_directory or Path()) / files[0]
    if not file.is_file():
        raise UsageError(f'data = "copy": the settings name {files[0]}, and there is no such file')
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
