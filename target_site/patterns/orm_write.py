"""orm_write: insert rows; every INSERT commits by itself, as Django does by default."""

from django.http import HttpRequest, HttpResponse

from target_site.models import Entry
from target_site.responses import answer, values


def payload(rows: int) -> dict[str, object]:
    """The answer; without the new keys, so that bodies can be compared."""
    return {"pattern": "orm_write", "written": rows}


def sync_view(request: HttpRequest) -> HttpResponse:
    """Create."""
    rows = int(values(request, "orm_write")["rows"])
    for number in range(rows):
        Entry.objects.create(note=f"entry {number}")
    return answer(payload(rows))


async def async_view(request: HttpRequest) -> HttpResponse:
    """Acreate."""
    rows = int(values(request, "orm_write")["rows"])
    for number in range(rows):
        await Entry.objects.acreate(note=f"entry {number}")
    return answer(payload(rows))
