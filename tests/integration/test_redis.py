"""The site's cache in Redis, a real one, where there is a redis-server."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from results.records.store import RunDirectory
from runners.hosts.ports import free_port, somebody_listens
from tests.integration.conftest import ANY_MACHINE, djbench_here, poll

pytest.importorskip("redis", reason="the package redis is missing; `make setup` installs it")
if shutil.which("redis-server") is None:
    pytest.skip("there is no redis-server; on Debian: apt-get install redis-server", allow_module_level=True)
pytestmark = pytest.mark.usefixtures("nothing_left")


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    number = free_port()
    command = ["redis-server", "--port", str(number), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            poll(lambda: somebody_listens(number))
            yield number
        finally:
            process.terminate()


def test_both_styles_use_it_and_leave_only_what_ends_by_itself(tmp_path: Path, port: int) -> None:
    import redis

    url = f"redis://127.0.0.1:{port}/0"
    done = djbench_here(
        "run", "--server", "uvicorn", "--server", "gunicorn-gthread", "--pattern", "cache:size=100", "--users", "2",
        "--blocks", "1", "--warmup", "0.1", "--duration", "0.3", "--cpus", "off", *ANY_MACHINE,
        "--cache", url, "--run-dir", "r", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    directory = RunDirectory(tmp_path / "r")
    assert directory.read_run().settings.cache == url
    for trial in directory.read_trials():
        assert trial.measurement is not None
        assert trial.measurement.answered > 0
        assert trial.measurement.errors == {}
    with redis.Redis(port=port) as connection:
        keys = connection.keys()
        assert keys
        assert all(key.startswith(b"djbench ") and 0 < connection.ttl(key) <= 300 for key in keys)
