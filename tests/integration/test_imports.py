"""What a process of the site imports: the patterns that it was started for, and no library of others."""

import os
import subprocess
import sys

import pytest

from runners.targets.built_in import built_in

# Each of them takes some MiB, and none is needed to answer ``plain`` over SQLite.
LIBRARIES = ("aiofiles", "aiohttp", "httpx", "psycopg", "requests")
LOADED = f"""
import sys
from importlib import import_module

module, *paths = sys.argv[1:]
import_module(module)

from django.test import Client

for path in paths:
    assert Client().get(path).status_code == 200, path
print(*(name for name in {LIBRARIES} if name in sys.modules))
print(*sorted(name.rpartition(".")[2] for name in sys.modules if name.startswith("target_site.patterns.")))
"""


def loaded(patterns: str, *arguments: str) -> list[list[str]]:
    """The libraries and the patterns that a process of the site has imported, once it has answered the paths."""
    facts = {"DJBENCH_PATTERNS": patterns, "DJBENCH_DATABASE_URL": "sqlite:///nowhere"}
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments],
        env={**os.environ, **built_in().environment, **facts},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [line.split() for line in done.stdout.splitlines()]


@pytest.mark.parametrize("module", ["target_site.wsgi", "target_site.asgi"])
def test_a_process_that_answers_plain_imports_nothing_for_others(module: str) -> None:
    assert loaded("plain", module) == [[], ["plain"]]


def test_what_a_run_will_ask_for_is_there_before_the_first_request() -> None:
    libraries, patterns = loaded("http_call plain", "target_site.wsgi")
    assert patterns == ["http_call", "plain"]
    assert {"aiohttp", "httpx", "requests"} <= set(libraries)
    assert loaded("websocket", "target_site.asgi")[1] == ["websocket"]
    assert loaded("self_aggregate", "target_site.asgi")[1] == ["self_aggregate", "sleep"]


def test_any_other_pattern_comes_with_its_first_request() -> None:
    assert loaded("", "target_site.wsgi") == [[], []]
    assert loaded("", "target_site.wsgi", "/sleep/sync?delay=0", "/sleep/async?delay=0", "/cpu/sync?rounds=1") == [
        [],
        ["cpu", "sleep"],
    ]


@pytest.mark.parametrize("path", ["/no_such_pattern/sync", "/plain/no_such_style", "/plain"])
def test_what_there_is_not_is_not_found(path: str) -> None:
    code = "import target_site.wsgi; from django.test import Client; print(Client().get({!r}).status_code)"
    done = subprocess.run(
        [sys.executable, "-c", code.format(path)],
        env={**os.environ, **built_in().environment, "DJBENCH_PATTERNS": "sleep"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["404"], done.stderr
