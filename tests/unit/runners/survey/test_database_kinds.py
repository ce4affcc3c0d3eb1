"""Which database can take the place of a project's own."""

import pytest

from djbench.errors import UsageError
from runners.survey.database_kinds import database_kind
from runners.survey.inspection import DatabaseFacts
from tests.unit.runners.survey.facts import POSTGRES, SQLITE, some_settings


@pytest.mark.parametrize(
    ("engine", "kind"),
    [
        ("django.db.backends.sqlite3", "sqlite"),
        ("django.db.backends.postgresql", "postgres"),
        ("django_prometheus.db.backends.postgresql", "postgres"),
    ],
)
def test_one_database_of_a_known_kind_is_replaced(engine: str, kind: str) -> None:
    assert database_kind({"default": DatabaseFacts(engine=engine)}) == kind


@pytest.mark.parametrize(
    "engine",
    [
        "django.db.backends.mysql",
        "django.db.backends.oracle",
        "mssql",
        "django.contrib.gis.db.backends.postgis",
        "django.contrib.gis.db.backends.spatialite",
    ],
)
def test_another_kind_is_refused_by_name(engine: str) -> None:
    with pytest.raises(UsageError, match=f"the database default uses {engine}; djbench can put a temporary SQLite or"):
        database_kind({"default": DatabaseFacts(engine=engine)})


def test_several_databases_are_refused_by_name() -> None:
    with pytest.raises(UsageError, match=r"several databases \(default, replica\)"):
        database_kind({"replica": POSTGRES, "default": SQLITE})


def test_no_database_is_none() -> None:
    stand_in = DatabaseFacts(engine="django.db.backends.dummy")
    assert database_kind(some_settings(databases={"default": stand_in}).own_databases) == "none"
