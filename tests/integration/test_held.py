"""Streams that are held open: over server-sent events and WebSockets, by an event loop and by threads."""

import json
from pathlib import Path
from typing import Any

import pytest

from results.records.store import RunDirectory
from tests.integration.conftest import ANY_MACHINE, djbench_here

pytestmark = pytest.mark.usefixtures("nothing_left")
SHORT = (
    "--blocks", "1", "--warmup", "0.5", "--duration", "1.5", "--database", "sqlite", "--cpus", "off", "--json",
    *ANY_MACHINE,
)  # fmt: skip


def held(cwd: Path, *arguments: str) -> dict[tuple[str, str], dict[str, Any]]:
    """What became of the streams, by server and pattern."""
    done = djbench_here("run", *arguments, *SHORT, "--run-dir", "r", cwd=cwd)
    assert done.returncode == 0, done.stderr
    cells = json.loads(done.stdout)["cells"]
    return {(cell["server"].partition(":")[0], cell["pattern"].partition(":")[0]): cell for cell in cells}


def test_an_event_loop_holds_them_all_and_answers_others_meanwhile(tmp_path: Path) -> None:
    found = held(
        tmp_path, "--server", "uvicorn", "--pattern", "sse:delay=0.1", "--pattern", "websocket:delay=0.1",
        "--pattern", "stream:delay=0.1", "--style", "async", "--hold", "40",
    )  # fmt: skip
    assert set(found) == {("uvicorn", "sse"), ("uvicorn", "websocket"), ("uvicorn", "stream")}
    for cell in found.values():
        assert cell["status"] == "measured", cell["reason"]
        streams = cell["held"]
        assert (streams["streams"], streams["alive"], streams["waiting"], streams["lost"]) == (40, 40, 0, 0)
        assert streams["gap_ms"]["max"] > 0
        assert streams["probes_failed"] == 0
        assert streams["first_event_ms"]["p50"] >= 100
        assert streams["probe_ms"]["p50"] > 0
    (tmp_path / "r" / "report.html").read_text().index("40 of 40 alive at the end")
    for trial in RunDirectory(tmp_path / "r").read_trials():
        assert trial.measurement is not None
        assert trial.measurement.errors == {}


def test_threads_hold_as_many_as_there_are_and_nobody_else_is_answered(tmp_path: Path) -> None:
    found = held(
        tmp_path, "--server", "gunicorn-gthread:threads=4", "--pattern", "sse:delay=0.1", "--style", "sync",
        "--hold", "10",
    )  # fmt: skip
    cell = found["gunicorn-gthread", "sse"]
    assert (cell["held"]["alive"], cell["held"]["waiting"], cell["held"]["lost"]) == (4, 6, 0)
    assert cell["held"]["probes_unanswered"] > 0
    assert cell["held"]["probe_ms"]["max"] > 1000  # the first of them waits from the window's beginning on
    assert cell["held"]["probe_ms"]["p50"] > 500
    assert "not_held" in cell["flags"]
    assert "6 open without events" in (tmp_path / "r" / "report.md").read_text()


@pytest.mark.long
@pytest.mark.alone
def test_a_thousand_streams_are_held_by_an_event_loop_and_sixteen_by_sixteen_threads(tmp_path: Path) -> None:
    """As docs/examples.md has it, in a shorter window. Of the others on threads none is lost: they wait."""
    done = djbench_here(
        "run", "--pattern", "sse:delay=1", "--style", "sync", "--style", "async", "--hold", "1000", "--server",
        "uvicorn", "--server", "gunicorn-gthread:threads=16", "--blocks", "1", "--warmup", "5", "--warmup-limit", "10",
        "--duration", "6", "--database", "sqlite", "--run-dir", "r", "--json", *ANY_MACHINE, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = {cell["server"].partition(":")[0]: cell["held"] for cell in json.loads(done.stdout)["cells"]}
    counts = {
        name: tuple(streams[key] for key in ("streams", "alive", "waiting", "lost")) for name, streams in found.items()
    }
    assert counts == {"uvicorn": (1000, 1000, 0, 0), "gunicorn-gthread": (1000, 16, 984, 0)}
    report = (tmp_path / "r" / "report.md").read_text()
    assert "1000 of 1000 alive at the end" in report
    assert "16 of 1000 alive at the end; 984 open without events" in report
    # Each server's, and once more that of the best, in the answer itself.
    assert report.count("KiB of memory for each stream with an event") == 3


def test_two_generators_hold_what_one_would(tmp_path: Path) -> None:
    found = held(
        tmp_path, "--server", "uvicorn", "--pattern", "sse:delay=0.2", "--style", "async", "--hold", "11",
        "--generators", "2",
    )  # fmt: skip
    assert found["uvicorn", "sse"]["held"]["alive"] == 11


def test_a_websockets_messages_are_answered_one_by_one(tmp_path: Path) -> None:
    done = djbench_here(
        "run", "--server", "uvicorn", "--server", "daphne", "--pattern", "websocket:delay=0.01,size=200", "--style",
        "async", "--users", "4", *SHORT, "--run-dir", "r", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for cell in json.loads(done.stdout)["cells"]:
        assert cell["status"] == "measured", cell["reason"]
        assert cell["latency_ms"]["p50"] >= 10
        assert cell["errors"]["count"] == 0
    for trial in RunDirectory(tmp_path / "r").read_trials():
        assert trial.measurement is not None
        assert trial.measurement.reconnects == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("--pattern", "plain", "--hold", "5"),
            "none of the chosen patterns can be held open; sse, stream and websocket can: add --pattern sse",
        ),
        (
            ("--pattern", "sse", "--server", "uvicorn", "--style", "sync", "--hold", "5"),
            "before the first one goes out",
        ),
        (("--pattern", "sse", "--hold", "0"), "--hold"),
        (("--pattern", "sse:delay=0", "--hold", "5"), "give delay=0.001 or more to hold it open"),
        (("--pattern", "sse", "--hold", "1000"), "one generator takes 25,000: give delay=0.04 or more"),
        (("--pattern", "sse:delay=0.1", "--hold", "5", "--mix", "sse=1"), "--mix is computed from closed loads alone"),
        (
            ("--pattern", "websocket", "--style", "async", "--server", "gunicorn-sync"),
            "there are no WebSockets under WSGI",
        ),
    ],
)
def test_what_cannot_be_held_is_refused_in_one_line(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    done = djbench_here("run", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.strip().count("\n") == 0
    assert not list(tmp_path.iterdir())
