"""Runs that are interrupted go on where they were."""

import json
import random
import signal
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from results.analysis import stopping
from results.records.store import RunDirectory
from runners.planning.plan import plan_of
from runners.procedures.blocks import block_of
from runners.servers.lookup import parse_server
from tests.integration.conftest import ANY_MACHINE, Traces, djbench_here, poll, started, wait_for
from tests.integration.test_faults import Watcher, a_conductor
from tests.unit.site import SITE

pytestmark = pytest.mark.usefixtures("nothing_left")

PLAN = (
    "run", "--server", "uvicorn", "--server", "gunicorn-gthread:threads=2", "--pattern", "plain", "--style", "sync",
    "--users", "2", "--warmup", "0.05", "--duration", "0.1", "--isolation", "trial", "--database", "sqlite",
    "--run-dir", "r", *ANY_MACHINE,
)  # fmt: skip
SHORT = (*PLAN, "--blocks", "3")
# So many that twenty kills find it at work.
BLOCKS, KILLS = 10, 20


@pytest.mark.long
def test_killed_at_any_moment_a_run_loses_at_most_the_trial_in_flight(tmp_path: Path, traces: Traces) -> None:
    """Killed twenty times; each time the directory can be read, and nothing of it is changed by going on."""
    chance = random.Random(4)
    directory = RunDirectory(tmp_path / "r")
    stored: dict[str, bytes] = {}
    blocks: tuple[object, ...] = ()
    arguments: tuple[str, ...] = (*PLAN, "--blocks", str(BLOCKS))
    for _ in range(KILLS):
        with started(arguments, tmp_path) as process:
            wait_for(tmp_path / "r", "run.json")
            time.sleep(chance.uniform(0, 4))
            process.kill()
            process.wait()
            assert traces.left(within_s=10) == []
        run = directory.read_run()
        assert [trial.number for trial in directory.read_trials()] == list(range(len(directory.read_trials())))
        records = {file.name: file.read_bytes() for file in (tmp_path / "r" / "trials").glob("*.json")}
        assert {name: records[name] for name in stored} == stored
        assert run.blocks[: len(blocks)] == blocks
        stored, blocks = records, run.blocks
        arguments = ("resume", "r")
        if run.status == "finished":
            break
    if directory.read_run().status != "finished":
        done = djbench_here("resume", "r", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    run, trials = directory.read_run(), directory.read_trials()
    assert run.status == "finished"
    assert run.resumed
    made = [(trial.block, trial.cell) for trial in trials if not trial.repeat]
    plan = plan_of(run, SITE)
    planned = [
        (block, plan.cells[index])
        for block in range(BLOCKS)
        for session in block_of(plan, block)
        for index in session.cells
    ]
    assert made == planned
    assert all((tmp_path / "r" / trial.samples).is_file() for trial in trials if trial.samples)
    assert not list((tmp_path / "r").glob("**/.*.partial"))
    assert (tmp_path / "r" / "report.html").is_file()


def test_interrupted_by_ctrl_c_it_says_how_to_go_on(tmp_path: Path) -> None:
    with started(SHORT, tmp_path) as process:
        wait_for(tmp_path / "r" / "trials", "0001.json")
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "to go on: djbench resume r" in output
    interrupted = RunDirectory(tmp_path / "r").read_run()
    assert interrupted.status == "interrupted"
    done = djbench_here("resume", "r", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert summary["run"]["status"] == "finished"
    assert summary["run"]["blocks"] == 3
    assert all(cell["trials"] + cell["invalid_trials"] >= 3 for cell in summary["cells"])
    run = RunDirectory(tmp_path / "r").read_run()
    assert len(run.resumed) == 1
    assert run.spent_s > interrupted.spent_s > 0
    assert 0 < summary["run"]["load_share"] < 1
    again = djbench_here("resume", "r", cwd=tmp_path)
    assert (again.returncode, again.stderr) == (2, "djbench: r is finished; nothing is left to measure\n")


def test_what_cannot_go_on_is_refused_in_one_line(tmp_path: Path) -> None:
    with started(SHORT, tmp_path) as process:
        wait_for(tmp_path / "r" / "trials", "0000.json")
        refused = djbench_here("resume", "r", cwd=tmp_path)
        assert refused.returncode == 2
        assert refused.stderr == "djbench: another djbench is writing to r; wait for it or end it\n"
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    file = tmp_path / "r" / "run.json"
    run = json.loads(file.read_text())
    elsewhere = {**run, "machine": {**run["machine"], "kernel": "1.0"}}
    file.write_text(json.dumps(elsewhere))
    refused = djbench_here("resume", "r", cwd=tmp_path)
    assert refused.returncode == 2
    assert "r cannot go on here, for trials would not compare: kernel 1.0 -> " in refused.stderr
    file.write_text(json.dumps({**run, "settings": {**run["settings"], "database": "postgresql://db.example:5432/x"}}))
    refused = djbench_here("resume", "r", cwd=tmp_path)
    assert refused.returncode == 2
    assert "give --database with the URL of postgresql://db.example:5432/x" in refused.stderr
    cells = [{**cell, "pattern": "gone"} for cell in run["cells"]]
    file.write_text(json.dumps({**run, "cells": cells}))
    refused = djbench_here("resume", "r", cwd=tmp_path)
    assert refused.returncode == 2
    assert "this djbench cannot go on with the run: unknown pattern 'gone'" in refused.stderr


@pytest.mark.alone
def test_a_run_ends_when_its_budget_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Intervals that are never narrow enough: it goes on for as long as it may, and leaves time for the report."""
    monkeypatch.setattr(stopping, "WANTED_COMPARED", 1e-9)
    conductor = a_conductor(
        tmp_path / "r", Watcher(), SITE, servers=["gunicorn-gthread"], patterns=["plain"], blocks="2..900",
        budget_s=22.0, isolation="trial",
    )  # fmt: skip
    run = conductor.conduct()
    assert (run.status, run.ended_by) == ("finished", "budget")
    assert 2 <= len(run.blocks) < 900
    assert run.spent_s < 22


def test_a_run_ends_when_every_interval_is_narrow_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WANTED_COMPARED", "WANTED_P95"):
        monkeypatch.setattr(stopping, name, 1e9)
    watcher = Watcher()
    run = a_conductor(tmp_path / "r", watcher, SITE, servers=["gunicorn-gthread"], blocks="3..900").conduct()
    assert (run.status, run.ended_by) == ("finished", "settled")
    # Three of each, and more of it only if a trial did not count.
    assert min(Counter(trial.cell for trial in watcher.trials if trial.valid).values()) == 3


def test_a_server_that_did_not_start_stays_left_out(tmp_path: Path) -> None:
    """Whoever resumes a run in which all was tried has nothing to gain, and its failure is not forgotten."""
    target = replace(SITE, asgi_application="target_site.no_such_module:application")
    run = a_conductor(tmp_path / "r", Watcher(), target, blocks=1).conduct()
    assert run.status == "failed"
    assert set(run.broken) == {str(parse_server("uvicorn"))}
    done = djbench_here("resume", "r", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (2, "djbench: r is failed; nothing is left to measure\n")


@pytest.mark.parametrize("status", ["running", "interrupted"])
def test_a_run_that_was_ended_while_its_services_stopped_is_finished(tmp_path: Path, status: str) -> None:
    """All of it is measured, and its record says why no more blocks came; nobody wrote how it ended."""
    run = a_conductor(tmp_path / "r", Watcher(), SITE, servers=["gunicorn-gthread"], blocks=1).conduct()
    assert (run.status, run.ended_by) == ("finished", "blocks")
    directory = RunDirectory(tmp_path / "r")
    made = directory.read_trials()
    directory.write_run(replace(run, status=status, finished=None))
    done = djbench_here("resume", "r", "-q", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    ended = directory.read_run()
    assert (ended.status, ended.ended_by) == ("finished", "blocks")
    assert directory.read_trials() == made
    assert (tmp_path / "r" / "report.html").is_file()


def test_a_server_that_is_gone_is_no_reason_to_hang(tmp_path: Path) -> None:
    """The conductor is killed while it starts a server: going on starts it anew."""
    with started(SHORT, tmp_path) as process:
        wait_for(tmp_path / "r", "run.json")
        poll(lambda: bool(list((tmp_path / "r" / "logs").glob("*gthread*"))))
        process.kill()
    assert djbench_here("resume", "r", "-q", cwd=tmp_path).returncode == 0
