"""orm_transaction: several inserts and a read in one transaction, which Django has for sync code only."""

from asgiref.sync import sync_to_async
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from target_site.models import Article, Entry
from target_site.responses import answer, values


def payload(rows: int, title: str) -> dict[str, object]:
    """The answer: what was written and read; without the new keys, so that bodies can be compared."""
    return {"pattern": "orm_transaction", "written": rows, "read": title}


def _work(rows: int) -> dict[str, object]:
    with transaction.atomic():
        title = Article.objects.values_list("title", flat=True).get(pk=1)
        for number in range(rows):
            Entry.objects.create(note=f"entry {number}")
    return payload(rows, title)


def sync_view(request: HttpRequest) -> HttpResponse:
    """transaction.atomic in the view's thread."""
    return answer(_work(int(values(request, "orm_transaction")["rows"])))


async def sync_to_async_view(request: HttpRequest) -> HttpResponse:
    """The whole transaction inside one sync_to_async: async views have no transactions of their own."""
    return answer(await sync_to_async(_work)(int(values(request, "orm_transaction")["rows"])))
