"""Bring the site's database and files into the state every run starts from: ``python -m target_site.prepare``.

``--drop-schema NAME`` removes the schema a run made in somebody's own PostgreSQL, and nothing else.
"""

import argparse
import os
import random

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection

ARTICLES = 1000
FILE_BYTES = 16 * 1024 * 1024  # the largest size that the pattern file_read accepts


def _seed_articles() -> None:
    from target_site.models import Article  # models exist only after django.setup()

    chance = random.Random(1)  # noqa: S311  the same rows in every run, not a secret
    Article.objects.bulk_create(
        Article(pk=key, title=f"Article {key}", body="Lorem ipsum. " * 40, score=chance.randrange(1_000_000))
        for key in range(1, ARTICLES + 1)
    )
    with connection.cursor() as cursor:
        # Fresh statistics, so that no autovacuum changes query plans in the middle of a run.
        cursor.execute("ANALYZE")


def prepare(schema: str | None) -> None:
    """Create and fill tables (inside ``schema``, made here, where one is named) and the file that is read."""
    if schema:
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA {connection.ops.quote_name(schema)}")
    call_command("migrate", verbosity=0)
    _seed_articles()
    (settings.DATA_DIR / "file_read.bin").write_bytes(random.Random(1).randbytes(FILE_BYTES))  # noqa: S311


def drop_schema(schema: str) -> None:
    """Remove the schema that ``prepare`` made, with all that is in it."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {connection.ops.quote_name(schema)} CASCADE")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schema", help="make this schema and put the tables into it")
    parser.add_argument("--drop-schema", metavar="NAME", help="remove this schema instead of preparing anything")
    arguments = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "target_site.settings")
    django.setup()
    if arguments.drop_schema:
        drop_schema(arguments.drop_schema)
    else:
        prepare(arguments.schema)
    connection.close()
    if hasattr(connection, "close_pool"):
        connection.close_pool()


if __name__ == "__main__":
    main()
