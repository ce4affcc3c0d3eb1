"""Which database a run uses: PostgreSQL of our own, SQLite, or somebody's server by its URL."""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import Error
from psycopg.conninfo import conninfo_to_dict

from djbench.errors import UsageError
from runners.hosts.workspace import Workspace
from runners.services.database_server import DatabaseServer, Sqlite
from runners.services.own_postgres import own_postgres
from runners.services.schemas import Schemas

OWN = ("postgres", "sqlite")
CHOICES = "postgres, sqlite, or a postgresql:// URL"


def check_database(choice: str) -> None:
    """Raises UsageError if the choice is none of CHOICES."""
    if choice in OWN:
        return
    if not choice.startswith(("postgresql://", "postgres://")):
        raise UsageError(f"--database {choice}: must be {CHOICES}")
    try:
        conninfo_to_dict(choice)
    except Error as error:
        raise UsageError(f"--database: the URL is not valid: {str(error).splitlines()[0]}") from None


def without_password(choice: str) -> str:
    """The choice without a password."""
    if choice in OWN:
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
    else:
        schemas = Schemas(choice, without_password(choice))
        try:
            yield schemas
        finally:
            schemas.drop()
