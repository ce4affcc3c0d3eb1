"""orm_read: get one row by key, the first of an ordering, and a list of rows."""

from asgiref.sync import sync_to_async
from django.db import DEFAULT_DB_ALIAS
from django.http import HttpRequest, HttpResponse

from target_site.models import Article
from target_site.responses import answer, values

_KEY = 7  # any seeded row; the same one in every request, so that bodies can be compared


def payload(one: Article, best: Article | None, some: list[Article]) -> dict[str, object]:
    """The answer: what the three queries found."""
    return {
        "pattern": "orm_read",
        "one": one.title,
        "best": best.title if best else None,
        "some": [article.score for article in some],
    }


def _read(rows: int, database: str = DEFAULT_DB_ALIAS) -> dict[str, object]:
    articles = Article.objects.using(database)
    one = articles.get(pk=_KEY)
    best = articles.order_by("-score").first()
    return payload(one, best, list(articles.order_by("pk")[:rows]))


def sync_view(request: HttpRequest) -> HttpResponse:
    """The sync ORM."""
    return answer(_read(int(values(request, "orm_read")["rows"])))


async def async_view(request: HttpRequest) -> HttpResponse:
    """The ``a``-prefixed methods and ``async for``: each query is one hop to a thread."""
    rows = int(values(request, "orm_read")["rows"])
    one = await Article.objects.aget(pk=_KEY)
    best = await Article.objects.order_by("-score").afirst()
    some = [article async for article in Article.objects.order_by("pk")[:rows]]
    return answer(payload(one, best, some))


def persistent_view(request: HttpRequest) -> HttpResponse:
    """The sync ORM over the connection that this thread keeps."""
    return answer(_read(int(values(request, "orm_read")["rows"]), "persistent"))


def reconnect_view(request: HttpRequest) -> HttpResponse:
    """The sync ORM over a connection that begins and ends with the request."""
    return answer(_read(int(values(request, "orm_read")["rows"]), "reconnect"))


async def sync_to_async_view(request: HttpRequest) -> HttpResponse:
    """All three sync queries in one hop."""
    return answer(await sync_to_async(_read)(int(values(request, "orm_read")["rows"])))
