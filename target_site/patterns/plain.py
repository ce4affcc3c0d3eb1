"""plain: no I/O at all, so what is left is the price of Django and its server."""

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse

from target_site.responses import answer


def payload() -> dict[str, object]:
    """The answer; the time goes into a header, so that bodies stay comparable byte for byte."""
    return {"pattern": "plain", "message": "the current time is in X-Now"}


def _respond() -> HttpResponse:
    response = answer(payload())
    response["X-Now"] = datetime.now(UTC).isoformat()
    return response


def sync_view(request: HttpRequest) -> HttpResponse:
    """A plain function."""
    return _respond()


async def async_view(request: HttpRequest) -> HttpResponse:
    """The same in a coroutine that never awaits."""
    return _respond()
