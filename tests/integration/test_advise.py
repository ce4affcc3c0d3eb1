"""Advice from the command line, and files that the servers themselves accept."""

import json
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypercorn.config import Config

from runners.procedures.claims.claim_cells import cell
from runners.servers.lookup import parse_server
from runners.servers.registry import SERVERS
from runners.targets.environment import child_environment
from tests import ROOT
from tests.integration.conftest import djbench_here
from tests.unit.runs import a_directory
from tests.unit.site import SITE

GUNICORN = [name for name in SERVERS if name.startswith("gunicorn")]


def with_our_site(text: str) -> str:
    """The file with the built-in site in the place of somebody's project."""
    return text.replace("yourproject", "target_site")


@pytest.mark.parametrize("name", GUNICORN)
def test_gunicorn_accepts_each_of_its_files(name: str, tmp_path: Path) -> None:
    written = parse_server(f"{name}:workers=2").deployment()
    assert written is not None
    file = tmp_path / written.name
    file.write_text(with_our_site(written.text))
    program, *arguments = written.command
    done = subprocess.run(
        [sys.executable, "-m", program, *arguments, "--check-config"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        env=child_environment({**SITE.environment, "PYTHONPATH": str(ROOT)}),
    )
    assert done.returncode == 0, done.stderr
    file.write_text(with_our_site(written.text) + "no_such_setting = 1\nworkers = 'many'\n")
    refused = subprocess.run(
        [sys.executable, "-m", program, *arguments, "--check-config"], cwd=tmp_path, capture_output=True, timeout=60
    )
    assert refused.returncode != 0


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_hypercorn_reads_its_file(loop: str, tmp_path: Path) -> None:
    written = parse_server(f"hypercorn:workers=3,loop={loop}").deployment()
    assert written is not None
    assert tomllib.loads(written.text)["workers"] == 3
    file = tmp_path / written.name
    file.write_text(written.text)
    config = Config.from_toml(file)
    assert (config.workers, config.worker_class, config.bind) == (3, loop, ["127.0.0.1:8000"])


PLAIN, SLEEP = cell("uvicorn", "plain", "async"), cell("uvicorn", "sleep", "async")
THREADS = [replace(cell("gunicorn-gthread", pattern, "sync")) for pattern in ("plain", "sleep")]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run made up in which threads are better at plain and the event loop at sleep."""
    steady = [100.0, 101, 99, 100, 102, 98]
    rates = [(PLAIN, 10.0), (SLEEP, 5.0), (THREADS[0], 20.0), (THREADS[1], 1.0)]
    a_directory(tmp_path / "r", {each: [rate * factor for rate in steady] for each, factor in rates})
    return tmp_path


def test_advise_prints_what_to_run_and_a_mix_is_kept_by_report(run: Path) -> None:
    done = djbench_here("advise", "r", cwd=run)
    assert done.returncode == 0, done.stderr
    assert "run sync on gunicorn-gthread:workers=1,threads=16" in done.stdout
    assert 'worker_class = "gthread"' in done.stdout
    once = json.loads(djbench_here("advise", "r", "--mix", "plain=1,sleep=9", "--json", cwd=run).stdout)
    assert once["mixes"][0]["recommended"]["server"] == PLAIN.server
    assert json.loads(djbench_here("advise", "r", "--json", cwd=run).stdout)["mixes"] == []
    assert djbench_here("report", "r", "--mix", "plain=99,sleep=1", cwd=run).returncode == 0
    kept = json.loads(djbench_here("advise", "r", "--json", cwd=run).stdout)
    assert kept["mixes"][0]["recommended"]["server"] == THREADS[0].server
    assert "99 % plain" in (run / "r" / "report.md").read_text()
    assert djbench_here("report", "r", cwd=run).returncode == 0
    assert "99 % plain" in (run / "r" / "report.md").read_text()


def test_without_a_run_the_newest_is_advised(run: Path) -> None:
    (run / "results" / "runs").mkdir(parents=True)
    (run / "r").rename(run / "results" / "runs" / "r")
    done = djbench_here("advise", "--json", cwd=run)
    assert done.returncode == 0, done.stderr
    assert done.stdout == djbench_here("advise", "r", "--json", cwd=run).stdout


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("advise", "r", "--mix", "plain"), "'plain' has no weight"),
        (("advise", "r", "--mix", "orm_read=1"), "the run has no pattern orm_read"),
        (("report", "r", "--mix", "plain=-1"), "must be a number above 0"),
        (("run", "--mix", "orm_write=1"), "the run has no pattern orm_write"),
        (("advise", "nowhere"), "it has no run.json"),
    ],
)
def test_what_cannot_be_advised_is_one_line_and_exit_code_2(
    run: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    done = djbench_here(*arguments, cwd=run)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert {file.name for file in run.iterdir()} == {"r"}
