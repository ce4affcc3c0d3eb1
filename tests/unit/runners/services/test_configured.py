"""Whether a temporary database can take the place of what a project's settings name."""

from dataclasses import replace
from pathlib import Path

import pytest

from djbench.data import User
from djbench.errors import UsageError
from djbench.target import Target
from runners.services.configured import require_one_kind
from runners.survey.inspection import DatabaseFacts
from tests.unit.site import SITE

SQLITE = {"default": DatabaseFacts(engine="django.db.backends.sqlite3")}
POSTGRES = {"default": DatabaseFacts(engine="django.db.backends.postgresql")}
POSTGIS = {"default": DatabaseFacts(engine="django.contrib.gis.db.backends.postgis")}
MYSQL = {"default": DatabaseFacts(engine="django.db.backends.mysql")}
URL = "postgresql://db.example.org/shop"
PROJECT: Target = replace(
    SITE, fresh_state=True, description=Path("djbench.toml"), environment={"DJBENCH_OVERRIDES": "{}"}
)


@pytest.mark.parametrize(
    ("databases", "choice"),
    [
        (SQLITE, "sqlite"),
        (POSTGRES, "postgres"),
        (POSTGRES, URL),
        (POSTGIS, URL),
        ({}, "postgres"),
        ({}, "sqlite"),
        *((databases, "configured") for databases in (SQLITE, MYSQL, {**POSTGRES, "replica": POSTGRES["default"]})),
    ],
)
def test_a_database_of_the_same_kind_fits(databases: dict[str, DatabaseFacts], choice: str) -> None:
    require_one_kind(databases, PROJECT, choice)


@pytest.mark.parametrize(
    ("databases", "choice", "complaint"),
    [
        (
            SQLITE,
            "postgres",
            "--database postgres: the settings use sqlite; give --database sqlite, or write",
        ),
        (SQLITE, URL, "--database postgres: the settings use sqlite"),
        (POSTGRES, "sqlite", "--database sqlite: the settings use postgres"),
        (POSTGIS, "postgres", "the database default uses django.contrib.gis"),
        (MYSQL, URL, "the database default uses django.db.backends.mysql"),
        ({**POSTGRES, "replica": POSTGRES["default"]}, "postgres", "several databases (default, replica)"),
    ],
)
def test_another_kind_is_refused(databases: dict[str, DatabaseFacts], choice: str, complaint: str) -> None:
    with pytest.raises(UsageError) as caught:
        require_one_kind(databases, PROJECT, choice)
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("target", "choice", "complaint"),
    [
        (replace(PROJECT, data="copy"), URL, "needs a temporary database of djbench's own"),
        (replace(PROJECT, data="copy"), "configured", "needs a temporary database, not --database configured"),
        (
            replace(PROJECT, users={"anna": User(username="anna")}),
            "configured",
            "users anna: sessions",
        ),
        (replace(PROJECT, environment={"DJBENCH_OVERRIDES": '{"DATABASES": {}}'}), "postgres", "leave it out"),
    ],
)
def test_what_a_choice_cannot_have_is_refused(target: Target, choice: str, complaint: str) -> None:
    with pytest.raises(UsageError) as caught:
        require_one_kind(POSTGRES, target, choice)
    assert complaint in str(caught.value)
