"""Users on a journey through a small Django site: a session, forms with CSRF, redirects, values that are carried on."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from djbench.journey import Journey, Step, Take
from djbench.load import ClosedLoad
from djbench.outcome import Outcome
from djbench.request import Request, Variant, Workload
from tests.integration.generators import Done, Talk, a_job, generator

SITE = """
import itertools, logging
import django
from django.conf import settings

settings.configure(
    SECRET_KEY="x", ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, DEBUG=False,
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    INSTALLED_APPS=["django.contrib.sessions", "django.contrib.messages"],
    MESSAGE_STORAGE="django.contrib.messages.storage.cookie.CookieStorage",
    MIDDLEWARE=[
        "django.middleware.common.CommonMiddleware", "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
)
django.setup()

from django.contrib import messages
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.urls import path

votes = {}
numbers = itertools.count()


def page(request, question):
    if "user" not in request.session:
        return HttpResponseRedirect("/login/")
    form = f'<input type="hidden" name="csrfmiddlewaretoken" value="{get_token(request)}">'
    return HttpResponse(f'<form>{form}<input name="choice" value="{question}{next(numbers) % 3}"></form>')


def vote(request, question):
    assert request.method == "POST" and request.POST["choice"].startswith(str(question)), request.POST
    ticket = next(numbers)
    votes[ticket] = request.POST["choice"], request.session["user"]
    messages.success(request, "thanks")
    return HttpResponseRedirect(f"/results/{ticket}/")


def results(request, ticket):
    choice, user = votes.pop(ticket)
    texts = [str(message) for message in messages.get_messages(request)]
    assert texts == ["thanks"] and user == request.session["user"], (texts, user)
    return JsonResponse({"items": [{"choice": choice}]})


def api(request, choice):
    return HttpResponse("ok" if request.method == "DELETE" else "", status=200)


def fails(request):
    return HttpResponse(status=500)


urlpatterns = [
    path("page/<int:question>/", page), path("vote/<int:question>/", vote), path("results/<int:ticket>/", results),
    path("api/<str:choice>", api), path("fails/", fails),
]


def session(user):
    store = SessionStore()
    store["user"] = user
    store.save()
    return f"sessionid={store.session_key}"


if __name__ == "__main__":
    from waitress import create_server

    logging.disable()
    server = create_server(get_wsgi_application(), host="127.0.0.1", port=0, threads=4)
    print(server.effective_port, *(session(user) for user in "abc"), sep="\\n", flush=True)
    server.run()
"""
CHOICE = Take(name="choice", source="body", expression=r'name="choice" value="(\d+)"')
LINK = Take(name="link", source="header", expression="Location")
VOTED = Take(name="voted", source="json", expression="items.0.choice")
QUESTIONS = (5, 6, 7)
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)
STEPS = (
    (
        Request(
            name="page",
            path="/page/{question}/",
            variants=tuple(Variant(path=f"/page/{number}/") for number in QUESTIONS),
        ),
        Step(takes=(CHOICE,)),
    ),
    (
        Request(
            name="vote",
            path="/vote/{question}/",
            method="POST",
            expected_status=302,
            headers=FORM,
            variants=tuple(Variant(path=f"/vote/{number}/", body=b"choice={choice}") for number in QUESTIONS),
        ),
        Step(takes=(LINK,), csrf="form"),
    ),
    (Request(name="results", path="/{link}"), Step(takes=(VOTED,))),
    (Request(name="api", path="/api/{voted}", method="DELETE", expected_body=b"ok"), Step(csrf="header")),
)


class Site:
    """The small site while it runs."""

    def __init__(self, said: list[str]) -> None:
        self.port = int(said[0])
        self.sessions = tuple(said[1:])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    file = tmp_path_factory.mktemp("site") / "small_site.py"
    file.write_text(SITE)
    with subprocess.Popen([sys.executable, file], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Site([process.stdout.readline().strip() for _ in range(4)])
        finally:
            process.kill()


@pytest.fixture(scope="module")
def talk() -> Iterator[Talk]:
    with generator() as process:
        yield process


def workload(site: Site, *steps: tuple[Request, Step], sessions: bool = True) -> Workload:
    journey = Journey(steps=tuple(step for _, step in steps), sessions=site.sessions if sessions else ())
    return Workload(requests=tuple(request for request, _ in steps), journey=journey)


def went(talk: Talk, site: Site, samples: Path, workload: Workload, **changes: object) -> Done:
    job = replace(
        a_job(site.port, samples, workload=workload), load=ClosedLoad(users=5), timeout_s=5, answered_limit_s=5
    )
    return talk.run(replace(job, **changes))  # type: ignore[arg-type]


def outcomes(done: Done, request: int) -> set[Outcome]:
    (rows,) = done.rows
    return {list(Outcome)[code] for code in set(rows["outcome"][rows["request"] == request])}


def test_users_go_from_step_to_step_with_session_token_and_carried_values(
    talk: Talk, site: Site, tmp_path: Path
) -> None:
    done = went(talk, site, tmp_path / "s", workload(site, *STEPS))
    (rows,), (part,) = done.rows, done.drained.parts
    assert done.kinds == {Outcome.OK}
    counts = np.bincount(rows["request"], minlength=4)
    assert counts.min() > 0
    assert counts.max() - counts.min() <= 2 * 5  # each of five users is at one step of a pass at either end
    assert (part.connects, part.reconnects, part.unfinished, part.starved) == (5, 0, 0, ())
    assert part.thoughts_ns == 0
    assert part.gaps > 0


def test_a_user_without_a_session_is_sent_to_the_login_and_begins_anew(talk: Talk, site: Site, tmp_path: Path) -> None:
    done = went(talk, site, tmp_path / "s", workload(site, *STEPS, sessions=False))
    assert outcomes(done, 0) == {Outcome.STATUS}
    assert [outcomes(done, step) for step in (1, 2, 3)] == [set(), set(), set()]


def test_an_answer_that_lacks_what_a_later_step_needs_is_wrong(talk: Talk, site: Site, tmp_path: Path) -> None:
    page, step = STEPS[0]
    lacking = (page, Step(takes=(*step.takes, Take(name="x", source="body", expression="not (there)"))))
    done = went(talk, site, tmp_path / "s", workload(site, lacking, *STEPS[1:]))
    assert outcomes(done, 0) == {Outcome.BODY}
    assert outcomes(done, 1) == set()


def test_a_step_that_fails_ends_its_pass(talk: Talk, site: Site, tmp_path: Path) -> None:
    failing = (Request(name="fails", path="/fails/"), Step())
    done = went(talk, site, tmp_path / "s", workload(site, STEPS[0], failing, *STEPS[1:]))
    assert outcomes(done, 0) == {Outcome.OK}
    assert outcomes(done, 1) == {Outcome.STATUS}
    assert outcomes(done, 2) == set()


def test_users_think_before_a_step_and_that_is_no_pause_of_the_generator(
    talk: Talk, site: Site, tmp_path: Path
) -> None:
    steps = [(request, Step(takes=step.takes, csrf=step.csrf, think_s=(0.05, 0.15))) for request, step in STEPS]
    done = went(
        talk,
        site,
        tmp_path / "s",
        workload(site, *steps),
        load=ClosedLoad(users=20),
        duration_s=1.0,
        steady_limit_s=1.0,
    )
    (part,) = done.drained.parts
    assert done.kinds == {Outcome.OK}
    think_s, gap_s = part.thoughts_ns / part.gaps / 1e9, part.gaps_ns / part.gaps / 1e9
    assert 0.08 < think_s < 0.12  # hundreds of draws around 0.1 s
    assert 0 <= gap_s < think_s
    assert part.starved == ()


def test_background_users_of_a_journey_send_their_own_request(talk: Talk, site: Site, tmp_path: Path) -> None:
    whole = workload(site, *STEPS)
    beside = Workload(
        requests=whole.requests,
        journey=whole.journey,
        beside=(Request(name="b", path="/nothing/", expected_status=404),),
    )
    load = ClosedLoad(users=3, beside="b", beside_users=2)
    done = went(talk, site, tmp_path / "s", beside, load=load)
    assert done.kinds == {Outcome.OK}
    assert set(done.rows[0]["request"]) == {0, 1, 2, 3, 4}
