"""The target under every server: both styles under both interfaces, byte-equal bodies, state that can be reset."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from djbench.pattern import PatternSpec
from runners.hosts.cpus import CpuSets
from runners.hosts.workspace import Workspace
from runners.servers import instance
from runners.servers.instance import Instance
from runners.servers.lookup import parse_server
from runners.servers.registry import SERVERS
from runners.services.running import Services, running_services
from target_site.upstream import self_test
from tests.unit.site import PATTERNS, SITE, parse_pattern

QUICK = {
    "sleep": "sleep:delay=0.001",
    "http_call": "http_call:delay=0.001",
    "fan_out": "fan_out:calls=3,delay=0.001",
    "cpu": "cpu:rounds=10",
    "blocking_in_async": "blocking_in_async:delay=0.001",
    "stream": "stream:parts=3,delay=0.001",
    "sse": "sse:events=3,delay=0.001",
    "websocket": "websocket:delay=0.001",
    "background": "background:delay=0.001",
    "self_aggregate": "self_aggregate:calls=2,delay=0.001",
}
LOGIN = "login"
EVERYWHERE = CpuSets((), ())
EVERYTHING = {"database", "upstream", "files"}


@pytest.fixture(scope="module")
def around() -> Iterator[tuple[Workspace, Services]]:
    """The services on PostgreSQL."""
    with (
        Workspace("test") as workspace,
        running_services(SITE, "postgres", workspace, EVERYWHERE, EVERYTHING) as found,
    ):
        yield workspace, found


@pytest.fixture(scope="module", params=SERVERS)
def server(request: pytest.FixtureRequest, around: tuple[Workspace, Services]) -> Iterator[Instance]:
    """Each server in turn."""
    workspace, found = around
    spec = parse_server(request.param)
    with instance.running_server(
        spec, SITE, workspace, environment=found.place(0).environment, cpus=(), log=spec.server.name
    ) as running:
        yield running


@pytest.fixture(scope="module")
def bodies() -> dict[str, bytes]:
    """The first answer to each pattern, which every other server and style must repeat."""
    return {}


@pytest.mark.parametrize("name", PATTERNS)
def test_every_style_on_every_server_gives_the_same_bytes(
    server: Instance, bodies: dict[str, bytes], name: str
) -> None:
    pattern = parse_pattern(QUICK.get(name, name))
    if pattern.stack == LOGIN:
        refused = server.ask(pattern.request("sync"), 10)
        assert (refused.status, refused.body) == (400, b"the site has no sessions; start it with DJBENCH_STACK=login\n")
        return
    if name == "self_aggregate" and parse_server(server.health["server"]).slots == 1:
        stalled = server.ask(pattern.request("sync"), 10)
        assert stalled.status == 504
        assert b"no slot of this server was free for an inner call within 3 s" in stalled.body
        return
    for style in runnable(server, pattern):
        for _ in range(2):  # the second time over what the first one left: pools, loops, connections
            received = server.ask(pattern.request(style), 10)
            body = received.body
            assert received.status == pattern.request(style).expected_status, body
            assert body == bodies.setdefault(name, body), style
            assert name.encode() in body


def runnable(server: Instance, pattern: PatternSpec) -> list[str]:
    spec = SERVERS[server.process.name]
    return [style for style in pattern.pattern.styles if spec.refuses(pattern.pattern, style) is None]


@pytest.mark.parametrize("name", SERVERS)
def test_who_is_not_logged_in_is_refused_alike(around: tuple[Workspace, Services], name: str) -> None:
    workspace, found = around
    pattern = parse_pattern("cbv_login")
    environment = {**found.place(0).environment, "DJBENCH_STACK": pattern.stack}
    spec = parse_server(name)
    with instance.running_server(spec, SITE, workspace, environment=environment, cpus=(), log="login") as running:
        for style in runnable(running, pattern):
            for _ in range(2):
                received = running.ask(pattern.request(style), 10)
                assert (received.status, json.loads(received.body)) == (
                    200,
                    {"pattern": "cbv_login", "user": "reader"},
                ), style
            refused = httpx.get(running.address + pattern.path(style), trust_env=False)
            assert refused.status_code == 302
            assert refused.headers["location"].startswith("/login?next=")


@pytest.mark.parametrize("name", ["uvicorn", "gunicorn-gthread"])
@pytest.mark.parametrize("stack", ["none:0", "sync:3", "async:2", "both:1", "mixin:2"])
def test_a_request_passes_the_whole_stack(around: tuple[Workspace, Services], name: str, stack: str) -> None:
    workspace, found = around
    kind, _, depth = stack.partition(":")
    pattern = parse_pattern(f"middleware:kind={kind},depth={depth}")
    environment = {**found.place(0).environment, "DJBENCH_STACK": pattern.stack}
    spec = parse_server(name)
    with instance.running_server(spec, SITE, workspace, environment=environment, cpus=(), log="stack") as running:
        assert running.health["stack"] == stack
        for style in pattern.pattern.styles:
            response = httpx.get(running.address + pattern.path(style), trust_env=False)
            assert response.json() == {"pattern": "middleware"}
            assert response.headers.get("X-Passed", "0") == depth
        another = httpx.get(running.address + "/middleware/async?kind=sync&depth=9", trust_env=False)
        assert (another.status_code, another.text) == (
            400,
            "the site has another stack; start it with DJBENCH_STACK=sync:9\n",
        )


def test_the_server_says_who_it_is(server: Instance) -> None:
    assert server.health["server"] == server.process.name or server.health["server"].startswith(server.process.name)
    assert server.health["interface"] == SERVERS[server.process.name].interface
    assert server.health["pid"] != os.getpid()


@pytest.mark.parametrize(("text", "size"), [("daphne", 16), ("gunicorn-gthread:threads=40", 40)])
def test_the_pool_has_the_size_that_the_site_is_started_with(
    around: tuple[Workspace, Services], text: str, size: int
) -> None:
    workspace, found = around
    spec = parse_server(text)
    environment = found.place(0).site_environment(pool_size=spec.pool_size(found.max_connections))
    with instance.running_server(spec, SITE, workspace, environment=environment, cpus=(), log="pool") as running:
        assert running.health["database_pool_size"] == size
        assert running.ask(parse_pattern("orm_read").request("sync"), 10).status == 200


def test_what_was_written_can_be_forgotten(around: tuple[Workspace, Services]) -> None:
    import psycopg

    workspace, found = around

    def rows() -> int:
        with psycopg.connect(found.place(0).environment["DJBENCH_DATABASE_URL"]) as connection:
            counted = connection.execute("SELECT count(*) FROM target_site_entry").fetchone()
        assert counted is not None
        return int(counted[0])

    spec = parse_server("gunicorn-sync")
    with instance.running_server(
        spec, SITE, workspace, environment=found.place(0).environment, cpus=(), log="reset"
    ) as running:
        running.reset(5)
        running.ask(parse_pattern("orm_write:rows=3").request("sync"), 5)
        running.ask(parse_pattern("orm_write:rows=2").request("async"), 5)
        assert rows() == 5
        running.reset(5)
        assert rows() == 0
        assert httpx.get(running.address + "/-/reset", trust_env=False).status_code == 405


def test_a_database_of_ones_own_is_used_in_a_schema_of_its_own_and_left_clean(
    around: tuple[Workspace, Services],
) -> None:
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    parts = conninfo_to_dict(around[1].place(0).environment["DJBENCH_DATABASE_URL"])
    url = f"postgresql://{parts['user']}@/{parts['dbname']}?host={parts['host']}"

    def schemas() -> set[str]:
        with psycopg.connect(url) as connection:
            found = connection.execute("SELECT schema_name FROM information_schema.schemata").fetchall()
        return {row[0] for row in found}

    before = schemas()
    with (
        Workspace("own-Test") as workspace,
        running_services(SITE, url, workspace, EVERYWHERE, EVERYTHING) as found,
    ):
        (schema,) = schemas() - before
        assert schema.startswith("djbench_")
        spec = parse_server("uvicorn")
        with instance.running_server(
            spec, SITE, workspace, environment=found.place(0).environment, cpus=(), log="own"
        ) as running:
            assert running.ask(parse_pattern("orm_read").request("async"), 5).status == 200
    assert schemas() == before


def test_the_upstream_holds_two_thousand_calls() -> None:
    found = asyncio.run(self_test(2000, 2.0))
    assert found["calls"] == 2000
    assert 0 <= found["error_p50_ms"] <= found["error_p99_ms"] <= found["error_max_ms"]


def test_the_upstream_prints_its_self_test_and_refuses_nonsense(around: tuple[Workspace, Services]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "target_site.upstream", "--self-test", "--calls", "20", "--delay", "0.05"],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert set(json.loads(done.stdout)) == {"calls", "delay_s", "error_p50_ms", "error_p99_ms", "error_max_ms"}
    base = around[1].place(0).environment["DJBENCH_UPSTREAM_URL"]
    for path in ("/delay", "/delay?seconds=x&call=1", "/delay?seconds=61&call=1", "/elsewhere?seconds=0&call=1"):
        assert httpx.get(base + path, trust_env=False).status_code == 400
