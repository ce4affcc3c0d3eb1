"""Which database a run uses: PostgreSQL of our own, SQLite, or somebody's server by its URL."""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import Error
from psycopg.conninfo import conninfo_to_dict

from djbench.errors import UsageError
from djbench.options import CONFIGURED
from djbench.target import Target
from runners.hosts.workspace import Workspace
from runners.services.configured import Configured, Databases, configured_databases, require_one_kind
from runners.services.database_server import DatabaseServer, Sqlite
from runners.services.own_postgres import own_postgres
from runners.services.schemas import Schemas
from runners.survey.database_kinds import database_kind

OWN = ("postgres", "sqlite")
CHOICES = f"postgres, sqlite, a postgresql:// URL, or {CONFIGURED}"


def check_database(choice: str) -> None:
    """Raises UsageError if the choice is none of CHOICES."""
    if choice in (*OWN, CONFIGURED):
        return
    if not choice.startswith(("postgresql://", "postgres://")):
        raise UsageError(f"--database {choice}: must be {CHOICES}")
    try:
        conninfo_to_dict(choice)
    except Error as error:
        raise UsageError(f"--database: the URL is not valid: {str(error).splitlines()[0]}") from None


def database_for(target: Target, choice: str | None, usual: str) -> str:
    """The database of a run: the choice if somebody made one, else what the target works with, else the usual one.

    A project whose description does not say has the kind that its settings name: they are asked once. Raises UsageError
    for what is no choice, and for one that cannot take the place of the database that the settings name.
    """
    if not target.fresh_state:
        chosen = choice or (target.database if target.database in OWN else usual)
        check_database(chosen)
        if chosen == CONFIGURED:
            raise UsageError(f"--database {CONFIGURED} is for a project of your own; {target.name} has a temporary one")
        return chosen
    if choice is not None:
        check_database(choice)
    databases = configured_databases(target)
    chosen = choice or _kind_for(target, databases)
    require_one_kind(databases, target, chosen)
    return chosen


def _kind_for(target: Target, databases: Databases) -> str:
    """The kind that a project takes. Raises UsageError if no temporary one can take the place of what it names."""
    if target.database in OWN:
        return target.database
    kind = database_kind(databases)
    return kind if kind in OWN else "sqlite"


def without_password(choice: str) -> str:
    """The choice without a password."""
    if choice in (*OWN, CONFIGURED):
        return choice
    parts = {key: str(value) for key, value in conninfo_to_dict(choice).items()}
    place = f"{parts.get('host', '')}:{parts.get('port', '5432')}/{parts.get('dbname', '')}"
    return f"postgresql://{place}"


@contextmanager
def running_database(choice: str, workspace: Workspace, cpus: tuple[int, ...]) -> Iterator[DatabaseServer]:
    """Start the chosen database, if it is ours; stop it afterwards. Raises RunFailed if it does not come up."""
    if choice == "sqlite":
        yield Sqlite(workspace.folder / "template")
    elif choice == "postgres":
        with own_postgres(workspace, cpus) as server:
            yield server
    elif choice == CONFIGURED:
        yield Configured(workspace.folder / "template")
    else:
        schemas = Schemas(choice, without_password(choice))
        try:
            yield schemas
        finally:
            schemas.drop()
