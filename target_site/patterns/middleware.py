"""middleware: what a stack of middleware costs a view that does nothing.

The stack is the site's own MIDDLEWARE setting, adapted by Django as any project's is; so it is chosen when the site
starts, and a request for another one is refused.
"""

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

from target_site.responses import answer, values


def payload() -> dict[str, object]:
    """The answer, whatever it passed through."""
    return {"pattern": "middleware"}


def _respond(request: HttpRequest) -> HttpResponse:
    parameters = values(request, "middleware")
    asked = f"{parameters['kind']}:{parameters['depth']}"
    if asked not in (settings.STACK, "none:0" if not settings.STACK else ""):
        raise BadRequest(f"the site has another stack; start it with DJBENCH_STACK={asked}")
    return answer(payload())


def sync_view(request: HttpRequest) -> HttpResponse:
    """A plain function."""
    return _respond(request)


async def async_view(request: HttpRequest) -> HttpResponse:
    """The same in a coroutine that never awaits."""
    return _respond(request)
