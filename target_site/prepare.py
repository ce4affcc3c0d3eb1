"""Bring the site's database and files into the state every run starts from: ``python -m target_site.prepare``."""

import os
import random
from datetime import timedelta

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from djbench.pattern import LOGIN
from target_site.site_catalog import CATALOG

ARTICLES = 1000


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


def _largest_read() -> int:
    """The most bytes that a request of file_read can ask for."""
    (size,) = CATALOG.own["file_read"].parameters
    return int(size.maximum)


def _session_key() -> str:
    """The key that requests name in their cookie."""
    cookie = dict(CATALOG.own["cbv_login"].headers)["Cookie"]
    return cookie.removeprefix(f"{settings.SESSION_COOKIE_NAME}=")


def _seed_session() -> None:
    """A user and its session, with the key that requests name."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session

    user = User.objects.create(username="reader", password="!")  # noqa: S106  Django's mark of one that cannot be used
    content = {
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
        HASH_SESSION_KEY: user.get_session_auth_hash(),
    }
    Session.objects.create(
        session_key=_session_key(),
        session_data=SessionStore().encode(content),
        expire_date=timezone.now() + timedelta(days=365),
    )


def main() -> None:
    """Create and fill the tables, and write the file that is read."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "target_site.settings")
    os.environ["DJBENCH_STACK"] = LOGIN  # every site's tables are here, whatever it is started with later
    django.setup()
    call_command("migrate", verbosity=0)
    _seed_articles()
    _seed_session()
    (settings.DATA_DIR / "file_read.bin").write_bytes(random.Random(1).randbytes(_largest_read()))  # noqa: S311
    connection.close()
    if hasattr(connection, "close_pool"):
        connection.close_pool()


if __name__ == "__main__":
    main()
