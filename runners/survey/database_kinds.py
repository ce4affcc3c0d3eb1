"""Which database can take the place of a project's own."""

from collections.abc import Mapping

from djbench.errors import UsageError
from runners.survey.inspection import DatabaseFacts

# What the name of an engine says. Engines of other packages follow Django's names.
_KINDS = {"sqlite": "sqlite", "postgres": "postgres"}
_GEOGRAPHIC = ("postgis", "spatialite", ".gis.")


def database_kind(databases: Mapping[str, DatabaseFacts]) -> str:
    """``sqlite``, ``postgres`` or ``none``. Raises UsageError for what djbench cannot put another one in place of."""
    if len(databases) > 1:
        raise UsageError(
            f"the settings have several databases ({', '.join(sorted(databases))}); djbench can put a temporary one in "
            "the place of a single one: name settings with one database"
        )
    if not databases:
        return "none"
    ((alias, database),) = databases.items()
    engine = database.engine.lower()
    kind = next((kind for word, kind in _KINDS.items() if word in engine), None)
    if kind is None or any(word in engine for word in _GEOGRAPHIC):
        raise UsageError(
            f"the database {alias} uses {database.engine}; djbench can put a temporary SQLite or PostgreSQL database "
            "in its place, and no other: name settings with one of these"
        )
    return kind
