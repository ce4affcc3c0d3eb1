"""What a run shows while it goes on, how times are written, and the table at its end."""

from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console, Group

from djbench.cell import Cell
from results.analysis.summary import Summary, summarise
from results.records.schema import Trial
from runners.cli.shown.display import Display, duration_text, result_text, validity_text, wait_text
from runners.cli.shown.table import bar, results_table
from runners.loading.waits import Wait
from runners.planning.plan import Plan, plan_of
from tests.unit.runs import OPEN, OUTCOMES, a_cell, a_directory, a_measurement, a_run, samples_of
from tests.unit.site import SITE


@pytest.mark.parametrize(
    ("seconds", "text"), [(-1, "0 s"), (59.4, "59 s"), (95, "1 min 35 s"), (3600, "1 h 00 min"), (7380, "2 h 03 min")]
)
def test_times_are_written_for_people(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


@pytest.mark.parametrize(
    ("waited_s", "late", "text"),
    [
        (1.0, False, ""),
        (2.0, False, "connecting 5000 users"),
        (2.0, True, "longer than planned: connecting 5000 users, 59 s at most"),
        (20.0, True, "longer than planned: waiting for first answers, 41 s at most"),
    ],
)
def test_a_wait_is_named_if_it_lasts_and_has_an_end(waited_s: float, late: bool, text: str) -> None:
    wait = Wait(what="connecting 5000 users", late="waiting for first answers", usual_s=10, longest_s=61)
    assert wait_text(wait, waited_s, late=late) == text


WAIT = Wait(what="connecting 600 users", late="connecting 600 users", usual_s=0.0, longest_s=61.0, then_s=5.0)


@pytest.mark.parametrize("terminal", [True, False])
def test_a_trial_that_takes_longer_than_planned_says_what_it_waits_for(
    terminal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    text = Screen() if terminal else StringIO()
    with Display(a_plan((LONG,)), 0, 1, Console(file=text, width=200, force_terminal=terminal), quiet=False) as display:
        display.measuring(0, [LONG])
        display.waiting(WAIT, 3.0)
        assert "; connecting 600 users" in shown(display)
        for now[0] in (100.0, 110.0):
            display.waiting(WAIT, now[0] - 90)
    line = "longer than planned: connecting 600 users, 51 s at most"
    if terminal:
        assert "longer than planned: connecting 600 users, 41 s at most" in shown(display)
        assert "25 s left" in shown(display)  # as long again as it has waited, then the window
    else:
        assert text.getvalue().count("longer than planned") == text.getvalue().count(line) == 1


def shown(display: Display) -> str:
    drawn = StringIO()
    Console(file=drawn, width=200).print(Group(*display.view))
    return drawn.getvalue()


class Screen(StringIO):
    """A terminal that remembers what was drawn."""

    def isatty(self) -> bool:
        return True


def a_plan(cells: tuple[Cell, ...], blocks: int = 2) -> Plan:
    settings = replace(a_run((), 0).settings, min_blocks=blocks, max_blocks=blocks, database="sqlite")
    return plan_of(a_run(cells, 0, settings=settings), SITE)


def a_trial(number: int, cell: Cell, **changes: object) -> Trial:
    values: dict[str, object] = {"measurement": a_measurement(1234.5), "block": number, **changes}
    return Trial(number=number, cell=cell, started="", **values)  # type: ignore[arg-type]


LONG = a_cell(server="gunicorn-gthread:workers=1,threads=16", pattern="fan_out:calls=10,delay=0.1", style="threads")


@pytest.mark.parametrize("width", [40, 80, 170])
def test_the_live_view_shows_what_is_measured_the_last_results_and_the_time_left(width: int) -> None:
    plan = a_plan((LONG, a_cell()), blocks=4)
    console = Console(file=Screen(), width=width, force_terminal=True)
    with Display(plan, 0, 8, console, quiet=False) as display:
        for number in range(6):
            display.measuring(number, [LONG])
            flags = ("noisy_neighbour",) if number == 4 else ()
            display.measured(a_trial(number, LONG, flags=flags, invalidated_by=flags))
        drawn = StringIO()
        Console(file=drawn, width=width).print(Group(*display.view))
    lines = drawn.getvalue().splitlines()
    assert all(cell_len(line) <= width for line in lines)
    *results, now, bar = lines
    assert [line.count("1234/s") for line in results] == [1] * 4
    assert [line.split()[-2:] for line in results].count(["1234/s", "valid"]) == 3
    assert "  1234/s  invalid: noisy" in results[2]
    assert now.startswith("now: threads on gunicorn-gthread, fan")
    assert "6/8" in bar
    assert bar.rstrip().endswith(" left")
    if width >= 80:
        assert results[0].startswith("threads on gunicorn-gthread, fan_out:calls=10")


def test_redrawing_costs_little() -> None:
    """The processor that draws is the one that sends the load."""
    display = Display(a_plan((LONG,)), 0, 2, Console(file=Screen(), force_terminal=True), quiet=False)
    assert display.redraws_per_second <= 2


def test_without_a_terminal_there_is_a_line_per_block_and_quiet_says_nothing() -> None:
    for quiet, expected in ((False, ["block 1 of 2; about", "block 2 of 2; about"]), (True, [])):
        text = StringIO()
        with Display(a_plan((LONG,)), 0, 2, Console(file=text, width=80), quiet=quiet) as display:
            for number in range(2):
                display.measuring(number, [LONG])
                display.measured(a_trial(number, LONG))
        lines = text.getvalue().splitlines()
        assert [line[: len("block 1 of 2; about")] for line in lines] == expected


@pytest.mark.parametrize(
    ("changes", "result", "validity"),
    [
        ({}, "1234/s", "valid"),
        ({"flags": ("steal",)}, "1234/s", "valid, steal"),
        ({"flags": ("steal", "errors"), "invalidated_by": ("errors",)}, "1234/s", "invalid: errors"),
        ({"measurement": None, "failure": "it ended"}, "-", "failed"),
        ({"cell": replace(a_cell(), load=OPEN)}, "2 ms", "valid"),
    ],
)
def test_a_trials_result_in_a_few_words(changes: dict[str, object], result: str, validity: str) -> None:
    trial = replace(a_trial(0, a_cell()), **changes)  # type: ignore[arg-type]
    assert (result_text(trial), validity_text(trial)) == (result, validity)


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_the_table_keeps_its_numbers_whole_at_any_width(tmp_path: Path, width: int) -> None:
    cells = {
        a_cell(server=server, style=style): [4156.2, 4100.1, 4200.3]
        for server in ("gunicorn-gthread:workers=1,threads=16", "gunicorn-uvicorn:workers=1")
        for style in ("sync", "async")
    }
    summary = summarise(a_directory(tmp_path / "run", cells))
    rate = summary.cells[0].throughput_rps
    assert rate is not None
    lines = printed(summary, width)
    assert all(cell_len(line) <= width for line in lines)
    text = "\n".join(lines)
    assert text.count(f"{rate.mean:.1f}") == 4
    if width >= 80:
        assert text.count(f"{rate.low:.1f} - {rate.high:.1f}") == 4
        assert text.count("gunicorn-gthread ") == 2


def printed(summary: Summary, width: int) -> list[str]:
    text = StringIO()
    Console(file=text, width=width).print(results_table(summary, width))
    return text.getvalue().splitlines()


def test_the_table_has_the_verdict_beside_the_best_and_a_bar(tmp_path: Path) -> None:
    rates = [100.0, 101.0, 99.0, 100.5, 100.2]
    half, near, lost = a_cell(style="async"), a_cell(server="daphne"), a_cell(server="hypercorn")
    directory = a_directory(
        tmp_path / "r",
        {a_cell(): rates, half: [rate / 2 for rate in rates], near: [0.995 * rate for rate in rates], lost: []},
    )
    directory.write_trial(Trial(number=99, block=0, cell=lost, started="", failure="it ended [by itself]"))
    lines = [line.rstrip() for line in printed(summarise(directory), 170)]
    rows = {line.split()[0] + " " + line.split()[1]: line for line in lines if " 100" in line or "50.1" in line}
    assert rows["uvicorn sync"].endswith("best")
    assert "████████ " in rows["uvicorn sync"]
    assert rows["uvicorn async"].endswith("slower")
    assert "  ████  " in rows["uvicorn async"]
    (same,) = [line for line in lines if line.startswith("daphne")]
    assert same.endswith("same")
    (failing,) = [line for line in lines if line.startswith("hypercorn")]
    assert failing.endswith("it ended [by itself]")
    assert "failing" in failing
    assert "plain, 2 users" in lines


def test_with_few_blocks_the_table_calls_nothing(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "r", {a_cell(): [100.0] * 3, a_cell(style="async"): [50.0] * 3})
    assert [line.split()[-1] for line in printed(summarise(directory), 100) if "uvicorn" in line] == [
        "best", "insufficient",
    ]  # fmt: skip


def test_under_open_load_bars_are_longer_for_shorter_medians(tmp_path: Path) -> None:
    opened = replace(a_cell(), load=OPEN)
    slow = replace(a_cell(style="async"), load=OPEN)
    directory = a_directory(tmp_path / "r", {opened: [100.0] * 5, slow: [100.0] * 5}, latencies_ms=[4.0])
    for trial in directory.read_trials():
        if trial.cell == slow:
            directory.write_samples(trial.number, [samples_of([8.0])], {"outcome": OUTCOMES, "request": ["r"]})
    lines = [line for line in printed(summarise(directory), 100) if "uvicorn" in line]
    assert [line.count("█") for line in lines] == [8, 4]
    assert lines[1].rstrip().endswith("slower")


@pytest.mark.parametrize(
    ("share", "drawn"), [(0, ""), (0.01, "▏"), (0.5, "████"), (0.99, "███████▉"), (1, "████████"), (7, "████████")]
)
def test_bars(share: float, drawn: str) -> None:
    assert bar(share) == drawn
