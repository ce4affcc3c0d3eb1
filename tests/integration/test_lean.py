"""A scenario written as for any Locust client, run by Locust itself, with and without TLS."""

import json
import os
import re
import subprocess
import sys
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Event

import pytest

from tests.integration.environments import ROOMS, Environment
from tests.integration.local_sites import served, write_certificate

SCENARIO = """
import json
from locust import constant, events, task
from djbench.lean import LeanHttpUser

class Visitor(LeanHttpUser):
    wait_time = constant(0.01)

    @task(3)
    def home(self):
        reply = self.client.get("/", expected_body=b"home")
        assert reply.ok and reply.text == "home" and reply.headers["x-kind"] == "test", reply

    @task
    def order(self):
        reply = self.client.post("/orders?id=1", name="/orders", json={"item": 1}, expected_status=201)
        assert reply.ok and reply.json() == {"item": 1}, reply

    @task
    def wrong(self):
        assert not self.client.get("/missing").ok
        assert self.client.get("/missing", expected_status=404).ok
        assert "redirect to /elsewhere" in self.client.get("/moved").reason
        assert not self.client.get("/", name="short", expected_length=5).ok
        assert self.client.head("/", name="head").content == b""
"""
LISTENER = """
@events.request.add_listener
def heard(request_type, name, response_time, response_length, response, context, exception, start_time, url, **_):
    assert response.status_code >= 200 and start_time > 1e9 and url.startswith("/") and context == {}
    with open("heard.txt", "a") as file:
        file.write(f"{request_type} {name} {response_time:.6f} {exception}\\n")
"""


BESIDE = """
from locust import constant, task
from scenarios.visits import HOME
import results, runners, target_site
from djbench.lean import LeanHttpUser

class Visitor(LeanHttpUser):
    wait_time = constant(0.01)

    @task
    def home(self):
        from scenarios.visits import HOME as LATER

        assert self.client.get(HOME, expected_body=b"home").ok and LATER == HOME
"""
SINGLE = """
from locust import run_single_user, task
from djbench.lean import LeanHttpUser

class Visitor(LeanHttpUser):
    @task
    def here(self):
        assert self.client.get("/here").text == "under"
        raise SystemExit
"""


class Handler(BaseHTTPRequestHandler):
    """A site of four paths."""

    protocol_version = "HTTP/1.1"

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Kind", "test")
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self) -> None:
        if self.path == "/":
            self._answer(200, b"home")
        elif self.path == "/under/here":
            self._answer(200, b"under")
        elif self.path == "/hang":
            Event().wait(1)
            self.close_connection = True
        elif self.path == "/close":
            self._answer(200, b"bye", Connection="close")
        elif self.path == "/moved":
            self._answer(302, b"", Location="/elsewhere")
        else:
            self._answer(404, b"no")

    do_HEAD = do_GET  # noqa: N815  the name that the base class looks for

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert self.headers["Content-Type"] == "application/json"
        self._answer(201, body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def site(certificate: Path | None = None) -> AbstractContextManager[str]:
    """The site above; yields its address."""
    return served(Handler, certificate)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_certificate(tmp_path_factory.mktemp("tls"))


def run(
    folder: Path, address: str, scenario: str = SCENARIO, python: Path = Path(sys.executable), **environment: str
) -> "subprocess.CompletedProcess[str]":
    """The scenario under ``locust --headless``, for two seconds."""
    (folder / "scenario.py").write_text(scenario)
    return subprocess.run(
        [
            *(str(python), "-m", "locust", "-f", "scenario.py", "--headless", "--host", address),
            *("-u", "4", "-r", "4", "-t", "2s", "--json"),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environment},
    )


def rows(done: "subprocess.CompletedProcess[str]") -> dict[str, dict[str, float]]:
    """Locust's table by name."""
    return {row["name"]: row for row in json.loads(done.stdout)}


def test_tasks_weights_and_checks_show_in_locusts_tables(tmp_path: Path) -> None:
    with site() as address:
        done = run(tmp_path, address)
    assert "AssertionError" not in done.stderr
    table = rows(done)
    assert set(table) == {"/", "/orders", "/missing", "/moved", "short", "head"}
    assert table["/"]["num_requests"] > table["/orders"]["num_requests"] > 0
    assert table["/"]["num_failures"] == table["/orders"]["num_failures"] == table["head"]["num_failures"] == 0
    for name in ("/moved", "short"):
        assert table[name]["num_failures"] == table[name]["num_requests"] > 0
    assert abs(2 * table["/missing"]["num_failures"] - table["/missing"]["num_requests"]) <= 4
    assert sum(table["/"]["num_reqs_per_sec"].values()) == table["/"]["num_requests"]  # type: ignore[attr-defined]
    assert done.returncode == 1  # for Locust, since some requests failed


@pytest.mark.parametrize("from_wheel", [False, True], ids=["checkout", "wheel"])
def test_a_scenario_of_a_project_with_packages_of_our_rooms_names(
    installed: Environment, tmp_path: Path, from_wheel: bool
) -> None:
    for name in ROOMS:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
    (tmp_path / "scenarios" / "visits.py").write_text('HOME = "/"')
    with site() as address:
        done = run(tmp_path, address, BESIDE, python=installed.python if from_wheel else Path(sys.executable))
    assert done.returncode == 0, done.stderr
    assert rows(done)["/"]["num_failures"] == 0 < rows(done)["/"]["num_requests"]


def test_somebodys_listener_hears_of_every_request_with_its_exact_time(tmp_path: Path) -> None:
    with site() as address:
        done = run(tmp_path, address, SCENARIO + LISTENER)
    heard = (tmp_path / "heard.txt").read_text().splitlines()
    assert len(heard) == sum(row["num_requests"] for row in rows(done).values())
    assert any(re.fullmatch(r"GET / \d+\.\d{6} None", line) for line in heard)
    assert any("302, a redirect to /elsewhere, which is not followed" in line for line in heard)


def test_locusts_own_listeners_hear_of_requests_too(tmp_path: Path) -> None:
    """``run_single_user`` prints what its own listener hears; it is no part of the tables."""
    scenario = SINGLE + "\nrun_single_user(Visitor)\n"
    (tmp_path / "single.py").write_text(scenario)
    with site() as address:
        done = subprocess.run(
            [sys.executable, "single.py", "--host", f"{address}/under"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert re.search(r"GET\s+/here\s+\d+", done.stdout), done


def test_tls_when_the_address_says_so(tmp_path: Path, certificate: Path) -> None:
    with site(certificate) as address:
        done = run(tmp_path, address, SSL_CERT_FILE=str(certificate))
    assert "AssertionError" not in done.stderr
    assert rows(done)["/"]["num_failures"] == 0 < rows(done)["/"]["num_requests"]


def test_a_certificate_that_nobody_vouches_for_is_refused_unless_asked(tmp_path: Path, certificate: Path) -> None:
    with site(certificate) as address:
        refused = run(tmp_path, address)
        lenient = run(tmp_path, address, SCENARIO.replace("wait_time", "verify = False\n    wait_time"))
    assert "connect: TLS: [SSL: CERTIFICATE_VERIFY_FAILED]" in refused.stderr
    assert rows(refused)["/"]["num_failures"] == rows(refused)["/"]["num_requests"] > 0
    assert rows(lenient)["/"]["num_failures"] == 0 < rows(lenient)["/"]["num_requests"]


HANGING = """
from locust import task
from djbench.lean import LeanHttpUser

class Visitor(LeanHttpUser):
    timeout_s = 0.3

    def on_stop(self):
        pass

    @task
    def wait(self):
        reply = self.client.get("/hang")
        assert reply.outcome == "timeout" and 250 < reply.latency_ms, reply
"""
CLOSING = """
from locust import constant, task
from djbench.lean import LeanHttpUser

class Visitor(LeanHttpUser):
    verify = False

    @task
    def last(self):
        reply = self.client.get("/close")
        assert reply.ok, reply
"""


def test_a_server_that_hangs_costs_each_user_its_time_out_and_no_more(tmp_path: Path) -> None:
    with site() as address:
        done = run(tmp_path, address, HANGING)
    assert "AssertionError" not in done.stderr
    hang = rows(done)["/hang"]
    # Four users, two seconds, a third of a second each: more than once per user, so that each came back from it.
    assert hang["num_failures"] == hang["num_requests"] >= 8


@pytest.mark.parametrize("tls", [False, True])
def test_a_server_that_closes_after_each_answer_is_no_failure(tmp_path: Path, certificate: Path, tls: bool) -> None:
    with site(certificate if tls else None) as address:
        done = run(tmp_path, address, CLOSING)
    assert "AssertionError" not in done.stderr
    assert rows(done)["/close"]["num_failures"] == 0 < rows(done)["/close"]["num_requests"]


@pytest.mark.parametrize(
    "address", ["ftp://127.0.0.1", "127.0.0.1:8000", "http://no.such.host.invalid", "http://me:secret@127.0.0.1"]
)
def test_an_address_that_is_none_is_named(tmp_path: Path, address: str) -> None:
    done = run(tmp_path, address)
    assert done.returncode == 2
    assert f"host {address}: " in done.stderr
