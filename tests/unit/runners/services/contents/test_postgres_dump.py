"""What psql and pg_restore say of a dump."""

import pytest

from runners.services.contents.postgres_dump import first_error

ROLE = 'psql:dump.sql:21: ERROR:  role "shop" does not exist'


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        ("", None),
        (f"{ROLE}\n{ROLE}", None),
        ('pg_restore: error: could not execute query: ERROR:  schema "public" already exists', None),
        (f'{ROLE}\npsql:dump.sql:30: ERROR:  relation "a" does not exist', 'relation "a" does not exist'),
        (
            'psql:dump.sql:9: ERROR:  extension "pg_trgm" is not available',
            'extension "pg_trgm" is not available; use a server that has it: --database postgresql://...',
        ),
    ],
)
def test_the_first_error_that_matters_is_told(log: str, expected: str | None) -> None:
    assert first_error(log) == expected
