"""The report: complete, rebuilt from the directory alone, and deaf to markup in names."""

import csv
import json
import math
import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from djbench.cell import Cell
from djbench.load import HeldLoad
from results.analysis.floor import floor_of
from results.analysis.summary import summarise
from results.records.schema import Slice, Trial
from results.records.store import TELEMETRY, StoreError
from results.reporting.report import write_report
from tests.unit.runs import OPEN, OUTCOMES, a_cell, a_directory, a_run, a_sample, samples_of, served

HOSTILE = '<script>alert("x")</script>|`$\\frac$&amp;\u202e\x07\x1b\x00'


class _Reader(HTMLParser):
    """Collects the page's tags, the addresses it refers to, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.text = ""
        self.scripts: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "script":
            self.scripts.append(dict(attrs).get("type"))
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_everything_is_written_and_the_page_needs_nothing_else(tmp_path: Path) -> None:
    cells = {a_cell(style=style): [90.0, 100.0, 110.0] for style in ("sync", "async")}
    page = write_report(a_directory(tmp_path / "run", cells))
    written = {str(file.relative_to(tmp_path / "run")) for file in (tmp_path / "run").rglob("*") if file.is_file()}
    charts = {
        f"charts/{name}.{kind}"
        for name in ("overview", "throughput", "ratio", "cost", "noise")
        for kind in ("png", "svg")
    }
    assert written >= {"summary.json", "summary.csv", "report.md", "report.html"} | charts
    reader = _Reader()
    reader.feed(page.read_text())
    assert reader.addresses
    assert all(address.startswith(("data:", "#")) for address in reader.addresses)
    assert reader.scripts == ["application/json", None]
    with (tmp_path / "run" / "summary.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["style"] for row in rows] == ["sync", "async"]
    assert [int(row["requests"]) for row in rows] == [300, 300]


def test_the_same_directory_gives_the_same_report(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {a_cell(): [90.0, 100.0, 110.0]})
    page = write_report(directory)
    before = page.read_bytes()
    for made in ("charts", "summary.json", "summary.csv", "report.md", "report.html"):
        path = tmp_path / "run" / made
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert write_report(directory).read_bytes() == before


def test_markup_in_names_stays_text(tmp_path: Path) -> None:
    directory = a_directory(
        tmp_path / "run",
        {a_cell(server=HOSTILE, pattern=HOSTILE, style=style): [1.0, 2.0, 3.0] for style in ("sync", HOSTILE)},
        profile=HOSTILE,
        status="failed",
        failure=HOSTILE,
        command=HOSTILE,
        machine={HOSTILE: HOSTILE, "conditions": [{"topic": HOSTILE, "found": HOSTILE}]},
    )
    page = write_report(directory)
    reader = _Reader()
    reader.feed(page.read_text())
    assert reader.scripts == ["application/json", None]
    assert reader.text.count('<script>alert("x")</script>') > 8
    drawings = re.findall(r"<svg.*?</svg>", page.read_text(), re.DOTALL)
    assert len(drawings) >= 3
    for drawing in (*drawings, *(file.read_text() for file in (tmp_path / "run" / "charts").glob("*.svg"))):
        ET.fromstring(drawing)  # control characters are no XML
    lines = (tmp_path / "run" / "report.md").read_text().splitlines()
    headings = next(line.count("|") for line in lines if line.startswith("| pattern"))
    for line in lines:
        if line.startswith("| ") and "requests/s" not in line and "---" not in line:
            assert len(re.findall(r"(?<!\\)\|", line)) == headings, line
            assert "<script" not in re.sub(r"\\<", "", line)


def test_no_name_in_the_csv_files_is_a_formula(tmp_path: Path) -> None:
    formula = "=cmd|' /c calc'!A0"
    directory = a_directory(tmp_path / "run", {a_cell(server=formula, style="@sync"): [1.0, 2.0, 3.0]})
    write_report(directory)
    for file, rows_of in (("summary.csv", 1), ("seconds.csv", 3)):
        with (directory.path / file).open(newline="", encoding="utf-8") as opened:
            rows = list(csv.DictReader(opened))
        assert [(row["server"], row["style"]) for row in rows] == [(f"'{formula}", "'@sync")] * rows_of
    with (directory.path / "summary.csv").open(newline="", encoding="utf-8") as opened:
        (row,) = csv.DictReader(opened)
    assert float(row["throughput_rps_mean"]) == pytest.approx(6 ** (1 / 3))
    assert row["server_label"] == f"'{formula}"


def test_the_report_says_how_far_apart_equals_may_seem(tmp_path: Path) -> None:
    """Trials that go up and down by 2 %: t(0.975, 3) = 3.182 times 0.02 over the root of four blocks."""
    steady, shaky = a_cell(), a_cell(style="async")
    held = replace(a_cell(), load=HeldLoad(streams=3))
    rates = {steady: [100.0] * 4, shaky: [100.0, 102.0, 100.0, 102.0], held: [3.0, 9.0, 3.0]}
    directory = a_directory(tmp_path / "run", rates)
    write_report(directory)
    floor = json.loads((directory.path / "summary.json").read_text())["aa_floor"]
    widest = math.expm1(3.1824 * math.log(1.02) / 2)
    assert floor == {
        "median": pytest.approx(widest / 2, rel=1e-4),
        "largest": pytest.approx(widest, rel=1e-4),
        "cells": 2,
    }
    for name in ("report.md", "report.html"):
        text = (directory.path / name).read_text()
        assert "± 1.6 % (median of 2 cells), at most ± 3.2 % (async on uvicorn, plain, 2 users)" in text
        assert "djbench validate measures the floor with equal cells in one block" in text
    assert floor_of(summarise(a_directory(tmp_path / "few", {steady: [100.0, 101.0]})).cells) is None


def test_cells_by_turns_have_no_part_in_the_floor(tmp_path: Path) -> None:
    """Their trials move with the machine from block to block, and their ratios do not."""
    rates = [100.0, 150.0, 100.0, 150.0]
    steady, moving = summarise(
        a_directory(tmp_path / "run", {a_cell(): [100.0] * 4, a_cell(style="async"): rates})
    ).cells
    a_slice = Slice(at_s=0.0, length_s=0.1, answered=10)
    by_turns = tuple((block, replace(measured, slices=(a_slice,))) for block, measured in moving.valid)
    floor = floor_of([steady, replace(moving, valid=by_turns)])
    assert floor is not None
    assert (floor.cells, floor.largest) == (1, 0)


QUICK = {
    "server": ("gunicorn-gthread:workers=1,threads=16", "uvicorn:workers=1,loop=uvloop,http=httptools", "daphne", "x"),
    "pattern": ("plain", "sleep:delay=0.05", "orm_read:rows=20", "fan_out:calls=5,delay=0.05"),
    "style": ("sync", "async"),
}
MOST_MIB = 3


def test_the_page_of_a_quick_run_can_be_sent_by_mail(tmp_path: Path) -> None:
    """Four servers, four patterns, two styles, five blocks, windows of a second at a thousand requests."""
    cells = [
        a_cell(server, pattern, style)
        for pattern in QUICK["pattern"]
        for server in QUICK["server"]
        for style in QUICK["style"]
    ]
    chance = np.random.default_rng(3)
    rates: dict[Cell, list[float]] = {cell: list(chance.normal(1000, 20, 5) * (1 + n)) for n, cell in enumerate(cells)}
    directory = a_directory(tmp_path / "run", rates)
    for trial in directory.read_trials():
        samples = samples_of(list(chance.lognormal(2, 0.5, 1000)))
        samples["intended_ns"] = np.linspace(0, 0.999e9, 1000)
        samples["done_ns"] += samples["intended_ns"]
        directory.write_samples(trial.number, [samples], {"outcome": OUTCOMES, "request": [trial.request]})
        telemetry = directory.write_telemetry(trial.number, [a_sample(at) for at in (0.0, 0.25, 0.5, 0.75, 1.0)])
        directory.write_trial(replace(trial, artefacts={TELEMETRY: telemetry}))
    page = write_report(directory)
    assert len(cells) == 32
    assert page.read_text().count("<figure") >= 6
    assert page.stat().st_size < MOST_MIB * 2**20


def test_a_run_without_a_single_number_still_has_a_report(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {a_cell(): []}, status="failed", failure="no server\nlast line")
    directory.write_trial(Trial(number=0, block=0, cell=a_cell(), started="", failure="no server\nlast line"))
    page = write_report(directory)
    assert "nothing could be measured" in page.read_text()
    assert json.loads((tmp_path / "run" / "summary.json").read_text())["cells"][0]["reason"] == "no server\nlast line"


def test_charts_that_are_no_longer_drawn_do_not_stay(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {a_cell(): [1.0, 2.0, 3.0]})
    charts = tmp_path / "run" / "charts"
    charts.mkdir()
    for name in ("ratio.png", "cost-held.svg"):
        (charts / name).write_text("of an older report")
    for name in ("notes.txt", "ratio-of-mine.png", "ratio-final.png", "ratio.pdf"):
        (charts / name).write_text("the reader's own")
    write_report(directory)
    kept = {file.name for file in charts.iterdir()}
    assert {"notes.txt", "ratio-of-mine.png", "ratio-final.png", "ratio.pdf"} <= kept
    assert not kept & {"ratio.png", "cost-held.svg"}


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "run", {a_cell(): [1.0, 2.0, 3.0]})
    (tmp_path / "run" / "charts").write_text("a file")
    with pytest.raises(StoreError, match=r"cannot write the report: .*charts: File exists"):
        write_report(directory)


def test_closed_and_open_load_share_no_chart(tmp_path: Path) -> None:
    """Their latencies mean different things (Schroeder et al. 2006); each chart names loads of one kind alone."""
    closed, opened = a_cell(), replace(a_cell(), load=OPEN)
    directory = a_directory(tmp_path / "run", {closed: [90, 100, 110], opened: [100, 100, 100]})
    write_report(directory)
    # The noise is of how steady trials are, whatever they are of.
    charts = [file for file in (directory.path / "charts").glob("*.svg") if file.stem != "noise"]
    assert {file.stem.endswith("-open") for file in charts} == {False, True}
    for file in charts:
        text = file.read_text()
        assert ("2 users" in text) != ("open load, 100/s, poisson" in text), file.name
        assert file.stem.endswith("-open") == ("open load" in text)


def test_conditions_stand_with_the_machine(tmp_path: Path) -> None:
    machine: dict[str, object] = {"smt": None, "environment": {}}
    machine["conditions"] = [{"topic": "governor", "found": "powersave"}]
    directory = a_directory(tmp_path / "run", {a_cell(): [1.0, 2.0, 3.0]}, machine=machine)
    page = write_report(directory).read_text()
    assert page.index(">Machine</h2>") < page.index("Conditions that can disturb") < page.index("governor: powersave")
    assert "<dt>smt</dt><dd>–</dd>" in page
    assert "<dt>environment</dt><dd>–</dd>" in page
    assert "<dt>conditions</dt>" not in page
    assert "- governor: powersave" in (directory.path / "report.md").read_text().splitlines()


def test_what_the_machine_allowed_stands_beside_what_was_found(tmp_path: Path) -> None:
    rates = [100.0, 101.0, 99.0, 100.0, 102.0, 98.0]
    directory = a_directory(tmp_path / "run", {a_cell(): rates, a_cell(style="async"): rates[::-1]})
    page = write_report(directory).read_text()
    (sentence,) = re.findall(
        r"6 blocks tell \d.\d % apart in throughput and \d.\d % in server CPU per request\.",
        page.partition(">Charts</h2>")[0],
    )
    assert sentence in (directory.path / "report.md").read_text()
    assert sentence in (directory.path / "charts" / "noise.svg").read_text()


@pytest.mark.parametrize("machine", [{"smt": True}, {"smt": True, "conditions": []}])
def test_without_conditions_nothing_is_said_of_them(tmp_path: Path, machine: dict[str, object]) -> None:
    directory = a_directory(tmp_path / "run", {a_cell(): [1.0, 2.0, 3.0]}, machine=machine)
    assert "can disturb" not in write_report(directory).read_text()
    assert "can disturb" not in (directory.path / "report.md").read_text()


@pytest.mark.parametrize(
    ("ended_by", "clause"),
    [
        ("settled", "2 to 9 were planned; every interval is narrow enough"),
        ("budget", "2 to 9 were planned; the time was up"),
        ("blocks", "2 to 9 were planned; some intervals are wider than wanted"),
    ],
)
def test_the_report_says_why_there_are_so_many_blocks(tmp_path: Path, ended_by: str, clause: str) -> None:
    settings = replace(a_run((), 0).settings, min_blocks=2, max_blocks=9, warmup_limit_s=0.4)
    directory = a_directory(tmp_path / "r", {a_cell(): [100.0, 100.0]}, settings=settings, ended_by=ended_by)
    write_report(directory)
    for name in ("report.md", "report.html"):
        text = (tmp_path / "r" / name).read_text()
        assert clause in text
        assert "0.1 to 0.4 s, until steady, of warm-up" in text


def test_the_report_says_how_slots_and_cores_were_set(tmp_path: Path) -> None:
    threads = served(
        a_cell("gunicorn-gthread:workers=2,threads=8"), slots=16, slots_by="workers=2 x threads=8", processes=2
    )
    loop = served(a_cell("daphne"), slots_by="an event loop")
    settings = replace(a_run((), 0).settings, budget_cores=2)
    directory = a_directory(tmp_path / "r", {threads: [1.0, 2.0], loop: [1.0, 2.0]}, settings=settings)
    write_report(directory)
    for name in ("report.md", "report.html"):
        text = " ".join((tmp_path / "r" / name).read_text().split())
        assert "16 by workers=2 x threads=8; daphne unbounded, an event loop" in text
        assert (
            "Budget of each server: 2 cores. With fewer processes, which use a core each at most: daphne (1)." in text
        )


def test_the_markdown_begins_with_what_was_found_and_folds_the_rest(tmp_path: Path) -> None:
    """To be pasted into a pull request: the tables open where a reader asks for them, and only there."""
    directory = a_directory(tmp_path / "r", {a_cell(): [90.0, 100.0, 110.0]})
    write_report(directory)
    lines = (directory.path / "report.md").read_text().splitlines()
    starts = (
        "# djbench",
        "- **plain**",
        "<details><summary>Every cell: 1,",
        "",
        "| pattern |",
        "</details>",
        "<details>",
        "</details>",
    )
    places = [0]
    for start in starts:
        places.append(
            next(n for n in range(places[-1], len(lines)) if lines[n].startswith(start) and (start or not lines[n]))
        )
    assert lines[places[5] - 1] == ""  # without an empty line before it a table is no table
    assert lines[-1].startswith("To repeat: `djbench run test --seed 7`")
