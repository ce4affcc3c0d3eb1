"""template: render a Django template with a table of rows; CPU work that every page does."""

from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template

from target_site.responses import answer_html, values


def payload(rows: int) -> dict[str, object]:
    """What the template shows: rows with markup in them, so that escaping is part of the work."""
    return {"rows": [{"number": row, "title": f"Row <{row}> & more", "odd": row % 2} for row in range(rows)]}


def _page(request: HttpRequest) -> HttpResponse:
    rows = int(values(request, "template")["rows"])
    return answer_html(get_template("target_site/template.html").render(payload(rows)))


def sync_view(request: HttpRequest) -> HttpResponse:
    """A plain function."""
    return _page(request)


async def async_view(request: HttpRequest) -> HttpResponse:
    """The same in a coroutine: Django renders templates synchronously."""
    return _page(request)
