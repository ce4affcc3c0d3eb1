"""cbv_login: a class-based view behind login_required; session and user come from the database.

Sessions and users are part of what the site is started with (settings.STACK); without them a request is refused.
"""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.views import View

from djbench.pattern import LOGIN
from target_site.responses import answer


def payload(username: str) -> dict[str, object]:
    """The answer: who is logged in."""
    return {"pattern": "cbv_login", "user": username}


class _SyncProfile(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return answer(payload(request.user.get_username()))


class _AsyncProfile(View):
    async def get(self, request: HttpRequest) -> HttpResponse:
        user = await request.auser()
        return answer(payload(user.get_username()))


def _refused(request: HttpRequest) -> HttpResponse:
    raise BadRequest("the site has no sessions; start it with DJBENCH_STACK=login")


_LOGIN = settings.STACK == LOGIN
sync_view = login_required(_SyncProfile.as_view()) if _LOGIN else _refused
async_view = login_required(_AsyncProfile.as_view()) if _LOGIN else _refused
