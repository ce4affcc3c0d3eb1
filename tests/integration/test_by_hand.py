"""Locust by hand: the locustfile under Locust's own command line, without and with its web page."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from runners.hosts.ports import free_port
from tests import ROOT
from tests.integration.conftest import started
from tests.integration.environments import ROOMS, Environment

LOCUSTFILE = ROOT / "scenarios" / "locustfile.py"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where ``djbench serve uvicorn`` listens."""
    folder = tmp_path_factory.mktemp("serve")
    with started(("serve", "uvicorn", "--port", "0", "--database", "sqlite"), folder) as process:
        assert process.stdout is not None
        found = re.search(r"http://[\d.:]+", process.stdout.readline())
        assert found
        yield found[0]
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


def locust(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), *arguments]


def test_headless(address: str, tmp_path: Path) -> None:
    done = subprocess.run(
        locust(
            "--headless", "--host", address, "--pattern", "sleep:delay=0.01", "--style", "async", "-u", "2", "-t", "2s"
        ),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "/sleep/async?delay=0.01" in done.stderr
    assert re.search(r"Aggregated\s+[1-9]\d*\s+0\(0\.00%\)", done.stderr), done.stderr


def test_with_the_locustfile_of_an_installed_djbench(address: str, installed: Environment, tmp_path: Path) -> None:
    """In the directory of a project that has packages of our rooms' names."""
    for name in ROOMS:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise ImportError('this package is not djbench')")
    locustfile = installed.packages / "djbench" / "_rooms" / "scenarios" / "locustfile.py"
    chosen = ("--pattern", "upload:size=9", "-u", "1", "-t", "2s")
    done = installed.run(
        installed.python, "-m", "locust", "-f", locustfile, "--headless", "--host", address, *chosen, cwd=tmp_path
    )
    assert re.search(r"POST\s+/upload/sync\?size=9\s+[1-9]\d*\s+0\(0\.00%\)", done.stderr), done.stderr


def test_a_wrong_pattern_is_named(address: str, tmp_path: Path) -> None:
    done = subprocess.run(
        locust("--headless", "--host", address, "--pattern", "slep", "-u", "1", "-t", "2s"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode != 0
    assert "unknown pattern 'slep'; did you mean 'sleep'?" in done.stderr


def test_with_the_web_page(address: str, tmp_path: Path) -> None:
    port = free_port()
    page = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        locust("--host", address, "--web-port", str(port)),
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with httpx.Client(base_url=page, trust_env=False) as client:
            deadline = time.monotonic() + 30
            while True:
                try:
                    client.get("/")
                    break
                except httpx.TransportError:
                    assert time.monotonic() < deadline
                    time.sleep(0.1)
            listening = [c.laddr.ip for c in psutil.Process(process.pid).net_connections() if c.status == "LISTEN"]
            assert listening == ["127.0.0.1"]
            client.post("/swarm", data={"user_count": "2", "spawn_rate": "2"}).raise_for_status()
            while not (rows := [row for row in client.get("/stats/requests").json()["stats"] if row["num_requests"]]):
                assert time.monotonic() < deadline
                time.sleep(0.1)
            assert rows[0]["name"] == "/plain/sync"
            assert rows[0]["num_failures"] == 0
    finally:
        process.terminate()
        process.wait(timeout=20)
