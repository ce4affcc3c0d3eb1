"""orm_read: get one row by key, the first of an ordering, and a list of rows."""

from asgiref.sync import sync_to_async
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


def _read(rows: int) -> dict[str, object]:
    one = Article.objects.get(pk=_KEY)
    best = Article.objects.order_by("-score").first()
    return payload(one, best, list(Article.objects.order_by("pk")[:rows]))


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


async def sync_to_async_view(request: HttpRequest) -> HttpResponse:
    """All three sync queries in one hop."""
    return answer(await sync_to_async(_read)(int(values(request, "orm_read")["rows"])))
