"""What every view shares: reading its parameters and answering with JSON."""

import json
from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

from djbench.spec import SpecError, Value
from target_site.site_catalog import pattern_named


def values(request: HttpRequest, pattern: str) -> dict[str, Value]:
    """The pattern's parameters from the query string; BadRequest (status 400) with one line when one does not fit."""
    try:
        return pattern_named(pattern).values(request.GET.dict())
    except SpecError as error:
        raise BadRequest(str(error)) from None


def answer(payload: object) -> HttpResponse:
    """A JSON response with its length, which CommonMiddleware would set if the site had it.

    Without the length some servers answer chunked and runserver closes the connection: a handicap by accident.
    """
    body = json.dumps(payload).encode()
    return HttpResponse(body, content_type="application/json", headers={"Content-Length": str(len(body))})


def answer_html(page: str) -> HttpResponse:
    """An HTML response with its length, for the same reason."""
    body = page.encode()
    return HttpResponse(body, headers={"Content-Length": str(len(body))})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The handler for status 400: the one line that says why."""
    return HttpResponse(f"{exception}\n", status=400, content_type="text/plain")


def broken(reason: str) -> Callable[[HttpRequest], HttpResponse]:
    """A view that stands in for one that is not to be had: status 500 and the one line that says why."""
    return lambda _: HttpResponse(f"{reason}\n", status=500, content_type="text/plain")
