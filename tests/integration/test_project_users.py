"""Users of a reader's project: each has a session that every server accepts, wherever the project keeps sessions."""

from pathlib import Path

import httpx
import pytest

from djbench.errors import UsageError
from djbench.request import Request, Workload
from runners.services.contents.filled_workload import filled_workload
from runners.services.place import Place
from tests.integration.guestbook import DESCRIPTION, around, guestbook, served

pytestmark = pytest.mark.usefixtures("nothing_left")

MEMBER = """
[users.member]
staff = true
permissions = ["book.add_entry"]
count = 2
"""
_ENGINE = 'SESSION_ENGINE = "django.contrib.sessions.backends.{}"\n'
REDIS = 'CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://c.invalid"}}\n'


def sent(place: Place, request: Request) -> list[dict[str, str]]:
    """The headers of each variant of a request."""
    (filled,) = filled_workload(Workload(requests=(request,)), place.fillings).requests
    return [dict(variant.headers) for variant in filled.variants] or [dict(filled.headers)]


@pytest.mark.parametrize(
    "settings",
    [
        _ENGINE.format("db"),
        _ENGINE.format("cached_db"),
        _ENGINE.format("signed_cookies"),
        _ENGINE.format("file"),
        _ENGINE.format("cache"),
        _ENGINE.format("cache") + REDIS,
        'SESSION_COOKIE_NAME, SESSION_COOKIE_SECURE, CSRF_COOKIE_NAME, CSRF_HEADER_NAME = "s", True, "t", "HTTP_X_T"\n',
        "CSRF_USE_SESSIONS = True\n",
    ],
)
def test_a_session_is_accepted_by_every_server(tmp_path: Path, settings: str) -> None:
    target = guestbook(tmp_path, DESCRIPTION + MEMBER + '[requests.sign]\npath = "/sign/"\ncsrf = true\n', settings)
    with around(target) as (workspace, services):
        place = services.before_start(0)
        for server in ("gunicorn-sync", "uvicorn"):
            with served(target, workspace, place, server) as site:
                asking = sent(place, Request(name="who", path="/whoami/", user="member"))
                answers = [httpx.get(f"{site.address}/whoami/", headers=some, trust_env=False) for some in asking]
                assert [answer.text for answer in answers] == ["member-1 True True", "member-2 True True"]
                posting = [
                    *sent(place, Request(name="sign", path="/sign/", method="POST", user="member", csrf=True)),
                    *sent(place, Request(name="sign", path="/sign/", method="POST", csrf=True)),
                ]
                for headers in posting:
                    assert httpx.post(f"{site.address}/sign/", headers=headers, trust_env=False).status_code == 200
                    without = {"Cookie": headers["Cookie"]}
                    assert httpx.post(f"{site.address}/sign/", headers=without, trust_env=False).status_code == 403
            place = services.before_start(0)


def test_a_user_of_a_model_of_the_projects_own_gets_what_the_model_needs(tmp_path: Path) -> None:
    target = guestbook(tmp_path, DESCRIPTION + "[users.guest]\ncount = 2\n", 'AUTH_USER_MODEL = "book.Guest"\n')
    with around(target) as (workspace, services):
        place = services.before_start(0)
        with served(target, workspace, place) as site:
            asking = sent(place, Request(name="who", path="/whoami/", user="guest"))
            answers = [httpx.get(f"{site.address}/whoami/", headers=some, trust_env=False).text for some in asking]
    assert answers == ["guest-1@example.invalid", "guest-2@example.invalid"]


@pytest.mark.parametrize(
    ("users", "settings", "complaint"),
    [
        (
            "[users.anna]\ncreate = false\n",
            "",
            "users anna: there is no user anna in the prepared database; make it in",
        ),
        (
            '[users.anna]\npermissions = ["book.fly"]\n',
            "",
            "users anna: there is no permission book.fly; give app_label.",
        ),
        ("[users.anna]\n", "MIDDLEWARE = []\n", "users need sessions, and MIDDLEWARE has no SessionMiddleware"),
    ],
)
def test_a_user_that_cannot_be_had_is_one_clear_line(tmp_path: Path, users: str, settings: str, complaint: str) -> None:
    target = guestbook(tmp_path, DESCRIPTION + users, settings)
    with pytest.raises(UsageError) as caught, around(target):
        pytest.fail("it is prepared")
    assert str(caught.value).startswith(complaint)
    assert "\n" not in str(caught.value)


def test_a_user_that_prepare_has_made_is_found(tmp_path: Path) -> None:
    make = "from django.contrib.auth.models import User; User.objects.create_user('anna')"
    command = f'["{{python}}", "manage.py", "shell", "-c", "{make}"]'
    description = DESCRIPTION.replace('"--noinput"]]', f'"--noinput"], {command}]')
    target = guestbook(tmp_path, description + "[users.anna]\ncreate = false\n")
    with around(target) as (workspace, services):
        place = services.before_start(0)
        with served(target, workspace, place) as site:
            (headers,) = sent(place, Request(name="who", path="/whoami/", user="anna"))
            assert httpx.get(f"{site.address}/whoami/", headers=headers, trust_env=False).text == "anna False False"
