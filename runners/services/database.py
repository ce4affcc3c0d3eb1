"""Which database a run uses: PostgreSQL of our own, SQLite, or somebody's server by its URL."""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import Error
from psycopg.conninfo import conninfo_to_dict

from djbench.errors import UsageError
from djbench.options import CONFIGURED
from djbench.target import Target
from runners.hosts.workspace import Workspace
from runners.services.configured import Configured, configured_databases, require_one_kind
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


def usual_for(target: Target, choice: str) -> str:
    """The kind of database that the target works with if it takes only one, else the choice.

    A project whose description does not say has the kind that its settings name. Raises UsageError if no temporary one
    can take the place of that.
    """
    if target.database in OWN:
        return target.database
    if not target.fresh_state:
        return choice
    kind = database_kind(configured_databases(target))
    return kind if kind in OWN else "sqlite"


def require_replaceable(target: Target, choice: str) -> None:
    """Raises UsageError unless the choice can take the place of the database that the target's settings name."""
    if target.fresh_state:
        require_one_kind(configured_databases(target), target, choice)
    elif choice == CONFIGURED:
        raise UsageError(f"--database {CONFIGURED} is for a project of your own; {target.name} has a temporary one")


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
