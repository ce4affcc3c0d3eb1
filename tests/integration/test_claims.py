"""Claims from the command line: listed, planned, measured, judged, and judged anew from the run's directory."""

import json
from pathlib import Path

import pytest

from tests.integration.conftest import ANY_MACHINE, djbench, djbench_here

pytestmark = pytest.mark.usefixtures("nothing_left")


@pytest.mark.long
def test_claims_are_measured_and_judged_in_one_run(tmp_path: Path) -> None:
    done = djbench(
        "claims", "four-calls-in-milliseconds", "calls-itself", "background", "--blocks", "1", "--warmup", "0.3",
        "--duration", "0.5", "--seed", "3", "--run-dir", "r", "--json", *ANY_MACHINE, cwd=tmp_path, timeout_s=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = {claim["name"]: claim for claim in json.loads(done.stdout)["claims"]}
    assert list(found) == ["calls-itself", "four-calls-in-milliseconds", "background"]
    assert [check["outcome"] for check in found["calls-itself"]["checks"]] == ["holds"] * 3
    assert "no slot of this server was free" in found["calls-itself"]["checks"][0]["found"]
    # On a machine that others use the one trial may not count; else a block is too few.
    for check in found["four-calls-in-milliseconds"]["checks"]:
        assert check["outcome"] in ("too few blocks", "not measured")
        assert check["estimate"] is None or check["estimate"]["mean"] >= 250
    kept, *lost = found["background"]["checks"][2:]
    assert (kept["outcome"], kept["found"][:5]) == ("holds", "0 of ")
    assert [check["outcome"] for check in lost] == ["holds"] * 2
    for claim in found.values():
        for check in claim["checks"]:
            assert all(command.startswith("djbench run ") for command in check["commands"])
    for name in ("claims.html", "claims.md", "report.html", "summary.json"):
        assert (tmp_path / "r" / name).is_file()
    before = (tmp_path / "r" / "claims.html").read_bytes()
    for name in ("claims.html", "claims.md", "claims.json"):
        (tmp_path / "r" / name).unlink()
    again = djbench_here("report", "r", cwd=tmp_path)
    assert again.stdout == "r/claims.html\n"
    assert (tmp_path / "r" / "claims.html").read_bytes() == before


@pytest.mark.long
def test_streams_are_held_open_in_as_many_blocks_as_it_takes_to_say_so(tmp_path: Path) -> None:
    done = djbench(
        "claims", "held-open", "--blocks", "5", "--warmup", "0.3", "--duration", "0.7", "--seed", "3", "--run-dir", "r",
        "--json", *ANY_MACHINE, cwd=tmp_path, timeout_s=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (claim,) = json.loads(done.stdout)["claims"]
    loop, threads, sockets = claim["checks"]
    for check in (loop, sockets):
        assert (check["outcome"], check["found"]) == ("holds", "100 of 100 streams (5 blocks)")
    assert (threads["outcome"], threads["found"]) == ("holds", "16 of 100 streams (5 blocks)")


def test_claims_are_listed_and_planned_without_measuring(tmp_path: Path) -> None:
    listed = djbench_here("claims", "--list", cwd=tmp_path)
    assert listed.returncode == 0
    assert "ten-calls" in listed.stdout
    assert "djbench run" not in listed.stdout
    whole = djbench_here("claims", "cpu-bound", "--list", cwd=tmp_path).stdout
    assert "throughput at most 1.030 times" in whole
    (one,) = json.loads(djbench_here("claims", "cpu-bound", "--list", "--json", cwd=tmp_path).stdout)
    assert one["name"] == "cpu-bound"
    assert one["checks"][0]["expected"] == "at most 1.030 times"
    assert len(one["checks"][0]["commands"]) == 1, "rivals take turns in one run"
    planned = json.loads(djbench_here("claims", "cpu-bound", "--plan", "--json", cwd=tmp_path).stdout)
    assert len(planned["cells"]) == 3
    assert planned["min_blocks"] == 6
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("ten-cals",), "unknown claim 'ten-cals'; did you mean 'ten-calls'"),
        (("--blocks", "many"), "--blocks many: give a number"),
        (("--budget", "1s", "--blocks", "6..20"), "--budget of 1 s"),
        (("--database", "mysql"), "--database mysql: must be"),
        (("held-open", "--duration", "0.5"), "--duration 0.5: sse"),
    ],
)
def test_what_cannot_be_tested_is_one_line_and_exit_code_2(
    tmp_path: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    done = djbench_here("claims", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
