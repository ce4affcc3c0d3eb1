"""The first screen: what to run, what a style is for, what it costs, how sure that is."""

import re
from dataclasses import replace
from pathlib import Path

from djbench.cell import Cell
from djbench.load import ClosedLoad, HeldLoad
from results.analysis.summary import summarise
from results.analysis.verdicts import Verdict
from results.records.store import RunDirectory
from results.reporting.answers import Sureness
from results.reporting.conclusions import conclude
from results.reporting.front.first_screen import Front, front_of
from tests.unit.runs import a_cell, a_directory

NOISY = [80.0, 120.0, 90.0, 115.0, 100.0, 95.0]


def cells(pattern: str, *styles: str, server: str = "uvicorn", users: int = 16) -> list[Cell]:
    return [replace(a_cell(server, pattern, style), load=ClosedLoad(users=users)) for style in styles]


def steady(rate: float) -> list[float]:
    return [rate * (1 + 0.001 * step) for step in (-2, -1, 0, 1, 2, 0)]


def with_cpu_ms(directory: RunDirectory, cell: Cell, cpu_ms: float) -> None:
    """Give each trial of the cell this CPU time per request."""
    for trial in directory.read_trials():
        if trial.cell == cell and trial.measurement:
            used = replace(trial.measurement.server, cpu_s=cpu_ms * trial.measurement.answered / 1000)
            directory.write_trial(replace(trial, measurement=replace(trial.measurement, server=used)))


def front(directory: RunDirectory) -> Front:
    return front_of(conclude(summarise(directory)))


def found(directory: RunDirectory) -> dict[str, str]:
    return {finding.about: finding.text for finding in front(directory).findings}


def test_what_to_run_has_patterns_with_the_same_answer_together(tmp_path: Path) -> None:
    rates: dict[Cell, list[float]] = {}
    for pattern, fast in (("plain", "sync"), ("cache", "sync"), ("fan_out:calls=5", "async")):
        rates |= {cell: steady(200 if cell.style == fast else 100) for cell in cells(pattern, "sync", "async")}
    said = found(a_directory(tmp_path / "run", rates))
    assert said["What to run"] == "Run sync on uvicorn for plain and cache; async on uvicorn for fan_out."
    assert said["Which style"] == (
        "Against sync on the same server, async is faster for fan_out (2.00 times); "
        "slower for plain (0.50 times) and cache (0.50 times)."
    )


def test_a_pattern_under_two_loads_is_told_side_by_side(tmp_path: Path) -> None:
    """At one user async is the best, at sixteen users threads are; of one user the answer time is the figure."""
    one, many = (cells("fan_out", "sync", "async", "threads", users=users) for users in (1, 16))
    rates = {cell: steady(rate) for cell, rate in zip((*one, *many), (4, 20, 16, 60, 100, 200), strict=True)}
    said = found(a_directory(tmp_path / "run", rates))
    assert said["What to run"] == (
        "Run async on uvicorn for fan_out (1 user); threads on uvicorn for fan_out (16 users)."
    )
    assert said["Which style"] == (
        "Against sync on the same server, async is faster for fan_out (1 user: 5.00 times, 16 users: 1.67 times). "
        "threads is faster for fan_out (1 user: 4.00 times, 16 users: 3.33 times)."
    )
    assert said["fan_out"] == (
        "1 user: async on uvicorn answers in 2 ms, 1.25 times as fast as threads and 5.00 times as fast as sync. "
        "16 users: threads on uvicorn has 200 requests/s, 2.00 times as fast as async and 3.33 times as fast as sync."
    )


def test_servers_that_agree_are_one_span_and_those_that_do_not_are_said_to(tmp_path: Path) -> None:
    uvicorn, daphne = (cells("plain", "sync", "async", server=server) for server in ("uvicorn", "daphne"))
    agreed = {cell: steady(rate) for cell, rate in zip((*uvicorn, *daphne), (100, 150, 100, 200), strict=True)}
    said = found(a_directory(tmp_path / "agreed", agreed))
    assert said["Which style"] == "Against sync on the same server, async is faster for plain (1.50 to 2.00 times)."
    split = {cell: steady(rate) for cell, rate in zip((*uvicorn, *daphne), (100, 150, 100, 50), strict=True)}
    said = found(a_directory(tmp_path / "split", split))
    assert said["Which style"] == (
        "Against sync on the same server, async is faster on one server and slower on another for plain "
        "(0.50 to 1.50 times)."
    )


def test_a_verdict_of_some_servers_is_not_said_of_all(tmp_path: Path) -> None:
    uvicorn, daphne = (cells("plain", "sync", "async", server=server) for server in ("uvicorn", "daphne"))
    rates = {uvicorn[0]: steady(100), uvicorn[1]: steady(150), daphne[0]: [100.0] * 6, daphne[1]: NOISY}
    said = found(a_directory(tmp_path / "run", rates))
    assert said["Which style"] == (
        "Against sync on the same server, async is faster for plain (1.50 times on 1 of 2 servers)."
    )


def test_what_throughput_does_not_tell_apart_cpu_time_may(tmp_path: Path) -> None:
    sync, asynchronous = cells("plain", "sync", "async")
    directory = a_directory(tmp_path / "run", {sync: [100.0] * 6, asynchronous: NOISY})
    with_cpu_ms(directory, sync, 1.0)
    with_cpu_ms(directory, asynchronous, 1.25)
    (standing,) = front(directory).standings
    (rivalry,) = standing.styles
    assert (rivalry.verdict, standing.sureness) == (Verdict.TOO_CLOSE, Sureness.TOO_CLOSE)
    assert rivalry.text.endswith("as fast as async, with 0.80 times (0.80 to 0.80) its CPU time")
    said = found(directory)
    assert said["Which style"] == "Against sync on the same server, async is too close to call for plain."
    assert said["What it costs"] == (
        "CPU time per request, against sync on the same server: async takes more in 1 of 1 (1.25 times). "
        "Memory at the peak: 60 MiB on uvicorn."
    )
    decided, allowed, left = re.split(r"(?<=[a-z])\. ", said["How sure"])
    assert decided == "Comparisons that are decided: 0 of 1 by speed, 1 of 1 by CPU time"
    assert allowed.startswith("6 blocks tell ")
    assert left == "Not decided here: style for plain; a run with more blocks may decide it."


def test_of_many_patterns_some_are_named_and_the_others_counted(tmp_path: Path) -> None:
    """Those under two loads with three styles are told at length only if they are few: the table has them all."""
    rates = {
        cell: steady({"sync": 100, "async": 80, "threads": 60}[cell.style])
        for number in range(8)
        for users in (1, 16)
        for cell in cells(f"p{number}", "sync", "async", "threads", users=users)
    }
    directory = a_directory(tmp_path / "run", rates)
    assert set(found(directory)) == {"What to run", "Which style", "What it costs", "How sure"}
    assert found(directory)["What to run"] == "Run sync on uvicorn for p0, p1, p2, p3, p4, p5 and 2 more."
    assert len(front(directory).standings) == 16


def test_the_same_cpu_time_is_as_much_and_memory_is_said_of_the_servers_at_both_ends(tmp_path: Path) -> None:
    uvicorn, daphne, hypercorn = (cells("plain", "sync", "async", server=name) for name in ("uvicorn", "daphne", "h"))
    directory = a_directory(tmp_path / "run", {cell: steady(100) for cell in (*uvicorn, *daphne, *hypercorn)})
    for trial in directory.read_trials():
        if trial.measurement and trial.cell in daphne:
            used = replace(trial.measurement.server, rss_mib_peak=90.0)
            directory.write_trial(replace(trial, measurement=replace(trial.measurement, server=used)))
    assert found(directory)["What it costs"] == (
        "CPU time per request, against sync on the same server: async takes as much in 3 of 3. "
        "Memory at the peak: 60 MiB on uvicorn, 90 MiB on daphne."
    )


def test_quick_names_the_profile_that_measures_more(tmp_path: Path) -> None:
    sync, asynchronous = cells("plain", "sync", "async")
    directory = a_directory(tmp_path / "run", {sync: [100.0] * 6, asynchronous: NOISY}, profile="quick")
    assert (
        "djbench run standard (make bench PROFILE=standard) measures them in more blocks."
        in found(directory)["How sure"]
    )


def test_style_and_server_of_one_question_are_left_open_together(tmp_path: Path) -> None:
    uvicorn, daphne = (cells("plain", "sync", "async", server=server) for server in ("uvicorn", "daphne"))
    open_rates = {cell: steady(100) for cell in uvicorn} | dict.fromkeys(daphne, NOISY)
    cache = cells("cache", "sync", "async")
    said = found(a_directory(tmp_path / "run", open_rates | {cache[0]: steady(100), cache[1]: NOISY}))["How sure"]
    assert "Not decided here: server for plain, style for cache;" in said
    plain = {uvicorn[0]: steady(100), uvicorn[1]: NOISY, daphne[0]: NOISY[::-1]}
    said = found(a_directory(tmp_path / "both", plain))["How sure"]
    assert "Not decided here: style and server for plain;" in said


def test_what_is_advised_stands_beside_the_nearest_of_each_style_and_server(tmp_path: Path) -> None:
    rates = {
        **dict(zip(cells("plain", "sync", "async"), (steady(100), steady(80)), strict=True)),
        **dict(zip(cells("plain", "sync", "async", server="daphne"), (steady(50), steady(90)), strict=True)),
        **dict(zip(cells("plain", "sync", server="hypercorn"), (steady(20),), strict=True)),
    }
    (standing,) = front(a_directory(tmp_path / "run", rates)).standings
    assert (standing.run, standing.figure, standing.sureness) == ("sync on uvicorn", "100 requests/s", Sureness.CLEAR)
    assert [rivalry.rival for rivalry in standing.styles] == ["async on daphne"]
    assert [rivalry.rival for rivalry in standing.servers] == ["async on daphne", "hypercorn"]


def test_the_cheaper_of_two_equals_is_what_to_run_and_stands_beside_the_fastest(tmp_path: Path) -> None:
    sync, asynchronous = cells("plain", "sync", "async")
    directory = a_directory(tmp_path / "run", {sync: steady(100), asynchronous: steady(101)})
    with_cpu_ms(directory, sync, 1.0)
    with_cpu_ms(directory, asynchronous, 2.0)
    (standing,) = front(directory).standings
    (rivalry,) = standing.styles
    assert (standing.run, rivalry.rival, rivalry.verdict) == ("sync on uvicorn", "async", Verdict.SAME)
    assert rivalry.brief == "the same within 3 % as async (with 0.50 times its CPU time)"
    assert rivalry.text.endswith("with 0.50 times its CPU time")


def test_one_cell_alone_is_compared_with_nothing_and_nothing_is_said_of_it(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {a_cell(): steady(100)})
    (standing,) = front(directory).standings
    assert (standing.styles, standing.servers, standing.sure_of_style) == ((), (), None)
    assert set(found(directory)) == {"What to run", "What it costs"}


def test_streams_held_open_have_no_advice_and_keep_their_row(tmp_path: Path) -> None:
    held = replace(a_cell(), load=HeldLoad(streams=3))
    (standing,) = front(a_directory(tmp_path / "run", {held: [3.0] * 5})).standings
    assert (standing.advised, standing.run, standing.cost) == (None, "no stream was held", ())


def test_a_name_cannot_turn_the_sentence_around_it(tmp_path: Path) -> None:
    cell = replace(a_cell(), pattern="\u05d0\u05d1")
    said = found(a_directory(tmp_path / "run", {cell: steady(100)}))
    assert said["What to run"] == "Run sync on uvicorn for \u2068\u05d0\u05d1\u2069."
