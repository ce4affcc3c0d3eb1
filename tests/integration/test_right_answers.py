"""A project whose pages go wrong in the usual ways: each is found, and said in one line."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import product
from pathlib import Path

import pytest

from djbench.errors import ServerFailed, reason_without_log
from djbench.target import Target
from results.records.store import RunDirectory
from runners.conducting.verifying.right_answers import Examination, RightAnswers
from runners.hosts.cpus import CpuSets
from runners.hosts.workspace import Workspace
from runners.servers.instance import Instance, running_server
from runners.servers.lookup import parse_server
from runners.services.running import running_services
from runners.targets.describing.description import read_target
from tests.integration.conftest import ANY_MACHINE, djbench

pytestmark = pytest.mark.usefixtures("nothing_left")

SETTINGS = """
SECRET_KEY = "x"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "site_urls"
MIDDLEWARE = ["django.middleware.csrf.CsrfViewMiddleware"]
"""
URLS = '''
import datetime
import itertools
import random
import uuid

from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.urls import path

visits = itertools.count()
WORDS = "lorem ipsum dolor sit amet".split()


def page(request, rows):
    """A list as templates write it: a token, a moment, the address, and rows of which each varies."""
    items = "".join(
        f"<li><a href='/items/{random.randrange(9999)}/'>{' '.join(random.choices(WORDS, k=3))}</a></li>"
        for _ in range(rows)
    )
    return HttpResponse(
        f"<html><head><title>Items</title></head><body><a href='{request.build_absolute_uri()}'>here</a>"
        f"<form><input type='hidden' name='csrfmiddlewaretoken' value='{get_token(request)}'></form>"
        f"<p>{datetime.datetime.now():%H:%M:%S}, visit {next(visits)}, {uuid.uuid4()}</p><ul>{items}</ul></body></html>"
    )


def rows(request):
    return page(request, 10)


async def rows_async(request):
    return page(request, 10)


async def rows_fewer(request):
    return page(request, 9)


async def rows_more(request):
    return page(request, 11)


def items(request):
    return JsonResponse({"items": list(range(10))})


async def items_fewer(request):
    return JsonResponse({"items": list(range(9))})


def item(request, pk):
    if pk > 40:
        raise Http404
    return HttpResponse(f"<h1>Item {pk}</h1><p>{'good' if pk % 2 else 'bad'}</p><p>{pk * pk}</p>")


def classes(request):
    names = {f"class-{number}" for number in range(20)}
    return HttpResponse(f"<p class='{' '.join(names)}'>a set, in the order of its hashes</p>")


def private(request):
    return HttpResponseRedirect("/login/?next=/private/")


def members(request):
    return HttpResponse("<title>Log in | Site</title><form><input type='password' name='password'></form>")


def failing(request):
    return HttpResponse("<title>Server Error (500)</title><h1>Server Error (500)</h1>")


def broken(request):
    raise ValueError("a planted error")


def cut_off(request):
    def parts():
        yield b"the beginning"
        raise ValueError("cut off")
    return StreamingHttpResponse(parts())


def half(request):
    return HttpResponse('{"items": [1, 2', content_type="application/json")


def noise(request):
    return HttpResponse(random.randbytes(200).hex())


urlpatterns = [
    path(f"{name.replace('_', '-')}/", view)
    for name, view in list(globals().items())
    if getattr(view, "__module__", "") == __name__ and name not in ("page", "item")
] + [path("items/<int:pk>/", item)]
'''
DESCRIPTION = """
name = "pages"
settings = "site_settings"
database = "none"

[values.item]
list = [1, 2, 3, 4, 5, 6]

[requests]
rows = { path = "/rows/" }
item = { path = "/items/{item}/" }
classes = { path = "/classes/" }
private = { path = "/private/" }
members = { path = "/members/" }
failing = { path = "/failing/" }
broken = { path = "/broken/" }
cut_off = { path = "/cut-off/" }
half = { path = "/half/" }
noise = { path = "/noise/" }
moving = { path = "/noise/", compare = "status" }

[pairs.alike]
styles.sync = { path = "/rows/" }
styles.async = { path = "/rows-async/" }

[pairs.fewer]
styles.sync = { path = "/rows/" }
styles.async = { path = "/rows-fewer/" }

[pairs.more]
styles.sync = { path = "/rows/" }
styles.async = { path = "/rows-more/" }

[pairs.items]
styles.sync = { path = "/items/" }
styles.async = { path = "/items-fewer/" }
"""


SERVERS = ("gunicorn-gthread:threads=2", "uvicorn")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's folder."""
    folder = tmp_path_factory.mktemp("pages")
    for name, text in (("site_settings.py", SETTINGS), ("site_urls.py", URLS), ("djbench.toml", DESCRIPTION)):
        (folder / name).write_text(text)
    return folder


@pytest.fixture(scope="module")
def servers(project: Path) -> Iterator[tuple[Target, dict[str, Instance]]]:
    """A server of each interface, side by side."""
    target = read_target(project / "djbench.toml")
    with (
        Workspace("test") as workspace,
        running_services(target, "sqlite", workspace, CpuSets((), ()), ()) as around,
        ExitStack() as stack,
    ):
        yield (
            target,
            {
                server: stack.enter_context(
                    running_server(
                        parse_server(server),
                        target,
                        workspace,
                        environment=around.place(number).environment,
                        cpus=(),
                        log=f"server-{number}",
                    )
                )
                for number, server in enumerate(SERVERS)
            },
        )


def failures(servers: tuple[Target, dict[str, Instance]], name: str) -> list[str]:
    """What is said of each server and style that is refused."""
    target, instances = servers
    answers, pattern, lines = RightAnswers(), target.catalog.parse(name), []
    for style, (server, instance) in product(pattern.pattern.styles, instances.items()):
        workload = pattern.workload(style)
        examination = Examination(configuration=server, pattern=pattern, style=style, workload=workload)
        try:
            for _ in range(2):  # as in the trials that follow
                answers.verify(instance, examination, 5)
        except ServerFailed as error:
            lines.append(reason_without_log(error))
    return lines


@pytest.mark.parametrize("name", ["rows", "classes", "moving", "alike"])
def test_what_varies_on_a_page_is_no_error(servers: tuple[Target, dict[str, Instance]], name: str) -> None:
    assert failures(servers, name) == []


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("private", "GET /private/ answered 302, a redirect to /login/?next=/private/: ask for that path itself"),
        ("members", "GET /members/ answered 200 with a login page"),
        ("failing", "GET /failing/ answered 200 with an error page, 'Server Error (500)'"),
        ("broken", "GET /broken/ answered 500: ValueError: a planted error"),
        ("cut_off", "no answer to GET /cut-off/: "),
        ("half", "GET /half/ answered 200 with application/json that is not JSON, or not all of it"),
        ("noise", "GET /noise/ answers something else each time"),
    ],
)
def test_a_page_that_is_not_the_one_that_was_meant_is_found(
    servers: tuple[Target, dict[str, Instance]], name: str, line: str
) -> None:
    lines = failures(servers, name)
    assert len(lines) == len(SERVERS)
    for text in lines:
        assert text.startswith(line)
        assert "\n" not in text


@pytest.mark.parametrize(
    ("name", "difference"),
    [
        ("fewer", "answered '<li' 9 times where sync on gunicorn-gthread:threads=2 has it 10 times; "),
        ("more", "answered '<li' 11 times where sync on gunicorn-gthread:threads=2 has it 10 times; "),
        ("items", " 7, 8]}' at byte 36 where sync on gunicorn-gthread:threads=2 has ' 2, 3, 4, 5, 6, 7, 8, 9]}'"),
    ],
)
def test_two_ways_to_write_the_same_with_other_numbers_of_rows_are_refused(
    servers: tuple[Target, dict[str, Instance]], name: str, difference: str
) -> None:
    lines = failures(servers, name)
    assert len(lines) == len(SERVERS)  # the async style on each
    for line in lines:
        assert difference in line


def test_a_run_keeps_the_share_that_is_compared_and_refuses_the_rest(project: Path) -> None:
    patterns = [word for name in ("rows", "item", "moving", "fewer") for word in ("--pattern", name)]
    short = ("--blocks", "1", "--users", "2", "--warmup", "0.1", "--duration", "0.3", *ANY_MACHINE)
    done = djbench("run", *short, "--server", "uvicorn", *patterns, "--run-dir", "run", "--quiet", cwd=project)
    directory = RunDirectory(project / "run")
    trials = directory.read_trials_of(directory.read_run())
    measured = {trial.cell.pattern: trial for trial in trials if trial.measurement}
    # Which style is asked first, and so taken for right, follows from the run's seed.
    assert re.search("GET /rows(-fewer)?/ answered '<li' (9|10) times where", done.stderr), done.stderr
    assert measured.keys() >= {"rows", "item", "moving"}
    for trial in measured.values():
        assert trial.measurement is not None
        assert trial.measurement.errors == {}
        assert trial.measurement.answered > 0
    (rows,), (moving,) = (measured[name].compared.values() for name in ("rows", "moving"))
    assert 0.3 < rows < 1
    assert moving == 0
