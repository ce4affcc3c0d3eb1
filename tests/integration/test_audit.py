"""``djbench audit``: every check for real, in short windows; what it prints, and what it refuses."""

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.integration.conftest import djbench, djbench_here

SHORT = ("audit", "--duration", "0.2", "--rounds", "1")


@pytest.mark.long
@pytest.mark.alone
@pytest.mark.usefixtures("nothing_left")
def test_every_check_as_json(tmp_path: Path) -> None:
    done = djbench(*SHORT, "--seed", "3", "--json", cwd=tmp_path, timeout_s=300)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    clients = {"djbench", "HttpUser", "FastHttpUser"} | ({"wrk"} if shutil.which("wrk") else set())
    assert set(found["cpu_us_per_request"]) == clients
    for modes in found["cpu_us_per_request"].values():
        assert {mode: set(values) for mode, values in modes.items()} == {
            "keepalive": {"1", "16", "256"},
            "close": {"1", "16", "256"},
        }
    if "wrk" in clients:
        assert {"throughput_ratio", "p50_ratio", "p99_ratio"} <= set(found["agreement_with_wrk"])
    else:
        assert found["agreement_with_wrk"] is None
    for rate in ("200", "2000", "8000"):
        assert set(found["arrival_lag_ms"][rate]) == {"p50", "p99", "max", "sent_share"}
    assert set(found["known_latency_ms"]) == {"5", "50", "500"}
    for delay_ms, latency in found["known_latency_ms"].items():
        assert latency["p99"] >= latency["p50"] >= float(delay_ms)
    # That the freeze shows is what this check is about; how exactly is for the audit's reader.
    assert found["stall"]["open"]["p99"] > 800
    assert found["stall"]["open"]["max"] >= found["stall"]["open"]["p99"]
    assert found["stall"]["closed"]["p99"] < found["stall"]["open"]["p99"]
    assert found["connections"] == {"wanted": 4000, "opened": 4000, "reconnects": 0, "failures": 0}
    assert found["memory"]["one_hour_mib"] > 0
    assert all(set(claim) == {"claim", "found", "holds"} for claim in found["claims"])


def test_as_a_table_and_without_wrk(tmp_path: Path) -> None:
    done = djbench(
        *SHORT,
        *("--only", "lag", "--only", "agreement"),
        cwd=tmp_path,
        environment={"PATH": os.pathsep.join(part for part in os.environ["PATH"].split(":") if not _has_wrk(part))},
    )
    assert done.returncode == 0, done.stderr
    assert "wrk is not installed and left out; get it with your system's packages" in done.stderr
    assert "agreement with wrk: not measured, for want of wrk" in done.stdout
    assert "How late requests are taken up" in done.stdout
    assert "arrival lag p99 at most 0.3 ms at 2,000/s" in done.stdout


def _has_wrk(folder: str) -> bool:
    return (Path(folder) / "wrk").exists()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--only", "speed"), "unknown check 'speed'"),
        (("--rounds", "0"), "--rounds 0: give a whole number from 1 to 100"),
        (("--duration", "0"), "--duration 0: give a number from 0.1 to 600"),
        (("--cpus", "9/9"), "--cpus 9/9: "),
    ],
)
def test_wrong_input_is_one_line(tmp_path: Path, arguments: tuple[str, ...], complaint: str) -> None:
    done = djbench_here("audit", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert done.stderr.count("\n") == 1
