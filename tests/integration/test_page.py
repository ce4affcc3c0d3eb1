"""The report's page in a real browser: it needs nothing from anywhere, complains of nothing, does what it offers."""

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Error, Page

from djbench.cell import Cell
from results.records.schema import Trial
from results.records.store import TELEMETRY, RunDirectory
from results.reporting.report import write_report
from tests.integration.conftest import HOSTILE, NEEDS_CHROMIUM, poll
from tests.unit.project_runs import a_project_run
from tests.unit.runs import OUTCOMES, a_cell, a_directory, a_measurement, a_sample, samples_of

LONG = "=cmd|' /c calc'!A0 \u202etfel ot thgir\n" + "\u05d0\u05d1\u05d2 " * 2500

pytestmark = NEEDS_CHROMIUM


Open = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser) -> Iterator[Open]:
    """Opens a page; at the end nothing may have been asked of anywhere, and the browser may have had no complaint."""
    requests: list[str] = []
    complaints: list[str] = []
    pages: list[Page] = []

    def open_page(file: Path, state: str = "", width: int = 1280, **options: Any) -> Page:
        page = browser.new_page(viewport={"width": width, "height": 800}, **options)
        pages.append(page)
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(file.as_uri() + state)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:"))] == []
    assert complaints == []


RATES = {("uvicorn", "sync"): 100.0, ("uvicorn", "async"): 300.0, ("daphne", "sync"): 200.0, ("daphne", "async"): 50.0}


def cells_of(pattern: str) -> dict[Cell, float]:
    return {a_cell(server, pattern, style): rate for (server, style), rate in RATES.items()}


def windows_of(directory: RunDirectory, length_s: float) -> None:
    """Give every trial a window of that length, with samples and telemetry all along."""
    for trial in directory.read_trials():
        assert trial.measurement is not None
        samples = samples_of([2.0] * 40)
        samples["intended_ns"] = np.linspace(0, 0.99 * length_s * 1e9, 40).astype(np.int64)
        samples["done_ns"] += samples["intended_ns"]
        directory.write_trial(
            replace(
                trial,
                measurement=replace(trial.measurement, actual_s=length_s),
                samples=directory.write_samples(trial.number, [samples], {"outcome": OUTCOMES}),
                artefacts={
                    TELEMETRY: directory.write_telemetry(
                        trial.number, [a_sample(at) for at in np.arange(0, length_s, 0.25)]
                    )
                },
            )
        )


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of two patterns on two servers in two styles, and of one cell without a number."""
    rates = {
        cell: [rate * factor for factor in (0.99, 1.0, 1.01, 1.0, 0.995)]
        for pattern in ("plain", "orm_read")
        for cell, rate in cells_of(pattern).items()
    }
    directory = a_directory(tmp_path_factory.mktemp("page") / "run", {**rates, a_cell("hypercorn"): []})
    windows_of(directory, 3.2)
    directory.write_trial(
        Trial(
            number=900,
            block=0,
            cell=next(iter(rates)),
            started="2026-01-01T00:00:00+00:00",
            measurement=a_measurement(70),
            invalidated_by=("noisy_neighbour",),
            flags=("noisy_neighbour",),
        )
    )
    return write_report(directory)


def rows(page: Page) -> list[str]:
    """Server and style of the rows of the table of cells that show, from the top."""
    shown: list[str] = page.locator("#cells > tbody > tr:not(.course):visible").evaluate_all(
        "rows => rows.map(row => `${row.cells[2].textContent} ${row.cells[3].textContent}`)"
    )
    return shown


@contextmanager
def choice(page: Page, title: str) -> Iterator[Any]:
    """The opened list of that title over the table of cells."""
    summary = page.locator('[data-table="cells"] summary', has_text=title)
    summary.click()
    yield page.locator('[data-table="cells"] details[open]')
    page.keyboard.press("Escape")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report whose names hold markup, quotes, line breaks, letters from the right, and ten thousand of them."""
    cells = {
        a_cell(server=server, pattern=pattern, style=style): [90.0, 100.0, 110.0]
        for server in ("uvicorn:workers=1", HOSTILE, LONG)
        for pattern in ("plain", HOSTILE)
        for style in ("sync", LONG)
    }
    return write_report(a_directory(tmp_path_factory.mktemp("hostile") / "run", cells, profile=HOSTILE))


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_works_from_disk_alone(opened: Open, hostile: Path, width: int, scheme: str) -> None:
    page = opened(hostile, width=width, color_scheme=scheme)
    assert page.title() == f"djbench: {HOSTILE} (20260101-000000-test)"
    assert page.locator("#cells > tbody > tr").count() == 12
    assert page.locator("main img, main script").count() == 0
    assert page.locator(f"#cells bdi[title={_quoted(LONG)}]").count() > 0
    assert page.locator("figure svg").count() >= 3
    for drawing in page.locator("figure svg").all():
        assert drawing.bounding_box()["height"] > 50  # type: ignore[index]
    # What is too wide scrolls in its own frame; the page itself fits the screen.
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\a ") + '"'


def test_the_first_screen_answers_the_question(opened: Open, report: Path) -> None:
    page = opened(report)
    findings = page.locator(".findings")
    assert "Run async on uvicorn for plain and orm_read." in findings.inner_text()
    first = page.locator(".standings > tbody > tr").first
    assert "async on uvicorn" in first.inner_text()
    assert "299.7 requests/s" in first.inner_text()
    assert "faster" in first.inner_text()
    last = page.locator(".standings > tbody > tr").last.bounding_box()
    assert last["y"] + last["height"] < 800  # type: ignore[index]
    assert "hypercorn has no number" in page.locator(".doubts").inner_text()
    assert "1 of 41 trials does not count: noisy_neighbour 1." in page.locator("main").inner_text()


def test_a_click_on_a_heading_sorts_and_another_turns_it(opened: Open, report: Path) -> None:
    page = opened(report, "#cells.pattern=plain")
    before = rows(page)
    heading = page.locator('#cells th[data-key="rps"]')
    heading.get_by_role("button").click()
    assert heading.get_attribute("aria-sort") == "descending"
    down = ["uvicorn async", "daphne sync", "uvicorn sync", "daphne async"]
    assert rows(page) == [*down, "hypercorn sync"]
    heading.get_by_role("button").click()
    assert heading.get_attribute("aria-sort") == "ascending"
    assert rows(page) == [*reversed(down), "hypercorn sync"]  # what has no number is last either way
    heading.get_by_role("button").click()
    assert rows(page) == before
    page.locator('#cells th[data-key="server"]').get_by_role("button").click()
    assert rows(page)[0].startswith("daphne")


def test_search_and_filters_work_together_and_the_address_keeps_them(opened: Open, report: Path) -> None:
    page = opened(report)
    assert len(rows(page)) == 9
    page.get_by_role("searchbox").first.fill("ORM daphne")
    assert rows(page) == ["daphne sync", "daphne async"]
    with choice(page, "style") as listed:
        listed.get_by_label("async").check()
    assert rows(page) == ["daphne async"]
    assert page.locator('[data-table="cells"] [role=status]').inner_text() == "1 of 9 rows"
    page.locator('#cells th[data-key="p50"]').get_by_role("button").click()
    with choice(page, "columns") as listed:
        listed.get_by_label("max ms").uncheck()
    assert not page.locator('#cells th[data-key="max"]').is_visible()
    assert page.locator('#cells th[data-key="p50"]').is_visible()
    elsewhere = opened(report, "#" + page.url.partition("#")[2])
    assert rows(elsewhere) == ["daphne async"]
    assert elsewhere.get_by_role("searchbox").first.input_value() == "ORM daphne"
    assert elsewhere.locator('#cells th[data-key="p50"]').get_attribute("aria-sort") == "descending"
    assert not elsewhere.locator('#cells th[data-key="max"]').is_visible()
    elsewhere.get_by_role("button", name="show everything").first.click()
    assert len(rows(elsewhere)) == 9
    assert "cells." not in elsewhere.url


@contextmanager
def change_of_address(page: Page) -> Iterator[None]:
    """Waits until the page has seen the address change, after what is done inside."""
    page.evaluate("() => { window.seen = false; addEventListener('hashchange', () => { window.seen = true }) }")
    yield

    def seen() -> bool:
        try:
            return bool(page.evaluate("window.seen"))
        except Error:  # Playwright lets go of a look at the page when a navigation comes between; the next one sees it
            return False

    poll(seen)


def test_a_link_within_the_page_goes_there_and_keeps_what_was_chosen(opened: Open, report: Path) -> None:
    page = opened(report, "#cells.pattern=plain&cells.sort=rps.desc&cells.hide=max&cells.open=0&ratios.q=daphne")
    chosen, before = page.url.partition("#")[2], rows(page)
    charts = page.get_by_role("navigation").get_by_role("link", name="Charts", exact=True)
    with change_of_address(page):
        charts.click()
    assert sorted(page.evaluate("location.hash.slice(1)").split("&")) == sorted(chosen.split("&"))
    assert 0 <= page.locator("#charts").bounding_box()["y"] < 100  # type: ignore[index]
    assert rows(page) == before == ["uvicorn async", "daphne sync", "uvicorn sync", "daphne async", "hypercorn sync"]
    assert page.locator('#cells th[data-key="rps"]').get_attribute("aria-sort") == "descending"
    assert not page.locator('#cells th[data-key="max"]').is_visible()
    assert page.locator("tr.course").count() == 1
    assert page.get_by_role("searchbox").nth(1).input_value() == "daphne"


def test_a_link_within_the_page_stays_in_the_address_where_nothing_is_chosen(opened: Open, report: Path) -> None:
    page = opened(report)
    with change_of_address(page):
        page.get_by_role("navigation").get_by_role("link", name="Every cell", exact=True).click()
    assert page.url.endswith("#every-cell")
    page.get_by_role("searchbox").first.fill("daphne")
    with change_of_address(page):
        page.go_back()
    assert len(rows(page)) == 4  # also when the address before said nothing


def test_an_address_that_says_nonsense_shows_everything(opened: Open, report: Path) -> None:
    page = opened(report, "#cells.sort=no.desc&cells.server=none%22%3E&cells.open=x&cells.hide=&%%%")
    assert len(rows(page)) == 9
    assert page.locator("tr.course").count() == 0


def test_what_shows_is_exported_with_exact_values(opened: Open, report: Path, tmp_path: Path) -> None:
    page = opened(report, "#cells.pattern=plain&cells.sort=rps.desc&cells.hide=p90&cells.open=0")
    with page.expect_download() as download:
        page.get_by_role("button", name="save as CSV").first.click()
    download.value.save_as(tmp_path / "cells.csv")
    assert (tmp_path / "cells.csv").read_bytes().startswith(b"\xef\xbb\xbf")  # or a spreadsheet reads it as Latin-1
    with (tmp_path / "cells.csv").open(newline="", encoding="utf-8-sig") as file:
        exported = list(csv.DictReader(file))
    with (report.parent / "summary.csv").open() as file:
        known = {(row["pattern"], row["server"], row["style"]): row for row in csv.DictReader(file)}
    assert [row["server"] for row in exported] == ["uvicorn", "daphne", "uvicorn", "daphne", "hypercorn"]
    assert "p90" not in exported[0]
    for row in exported[:4]:
        of_cell = known[row["pattern"], row["server"], row["style"]]
        assert float(row["rps"]) == float(of_cell["throughput_rps_mean"])
        assert float(row["p50"]) == float(of_cell["latency_ms_p50"])
    # No number is no text in a column of numbers.
    assert (exported[4]["rps"], exported[4]["p50"], exported[4]["cpu_ms"]) == ("", "", "")
    assert exported[4]["notes"].startswith("not measured")
    assert {row["slots"] for row in exported} == {"unbounded"}


def test_an_exported_name_is_no_formula_and_is_whole(opened: Open, tmp_path: Path) -> None:
    page = opened(write_report(a_directory(tmp_path / "run", {a_cell(server=LONG): [1.0, 2.0, 3.0]})))
    with page.expect_download() as download:
        page.get_by_role("button", name="save as CSV").first.click()
    download.value.save_as(tmp_path / "cells.csv")
    with (tmp_path / "cells.csv").open(newline="", encoding="utf-8-sig") as file:
        (row,) = csv.DictReader(file)
    assert row["server"] == f"'{LONG}"


def test_the_course_of_a_cell_opens_below_it(opened: Open, report: Path) -> None:
    page = opened(report)
    page.get_by_role("button", name="Course of plain, 2 users, uvicorn, sync", exact=True).click()
    course = page.locator("tr.course")
    assert course.locator("h4").all_inner_texts()[0] == "right answers per second"
    answered = course.locator("svg").first
    assert answered.locator("circle").count() == 5 * 3  # five trials of three whole seconds
    hint = answered.locator("circle").first.get_attribute("data-hint")
    assert hint == "trial 0, block 0, second 1: 13 /s"
    assert "djbench run --server uvicorn --pattern plain --style sync --users 2" in course.inner_text()
    elsewhere = opened(report, "#" + page.url.partition("#")[2])
    assert elsewhere.locator("tr.course svg").count() == course.locator("svg").count() == 3  # no p99: too few samples
    page.get_by_role("button", name="Course of plain, 2 users, uvicorn, sync", exact=True).click()
    assert page.locator("tr.course").count() == 0


def test_everything_is_reached_by_keyboard(opened: Open, report: Path) -> None:
    page = opened(report)
    page.locator("#chart-overview .drawing").focus()
    page.keyboard.press("ArrowRight")
    assert "% of the best" in page.locator("#tip").inner_text()
    assert page.locator("#tip").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#tip").is_visible()
    page.get_by_role("searchbox").first.focus()
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.textContent.trim().slice(0, 40)"))
        # Nobody should have to guess where they are.
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
        if seen[-1] == "requests/s":
            break
    assert {"pattern", "server", "style", "load", "columns", "save as CSV"} <= set(seen)
    page.keyboard.press("Enter")
    assert rows(page)[0] == "uvicorn async"


def test_exact_values_show_where_one_points(opened: Open, report: Path) -> None:
    page = opened(report)
    rate = page.locator('#cells > tbody > tr:not(.course) > td.n[title$=" requests/s"]').first
    assert rate.get_attribute("title") == f"{rate.get_attribute('data-v')} requests/s"
    page.locator("#chart-throughput [data-hint]").first.hover()
    assert "requests/s, 95 % interval" in page.locator("#tip").inner_text()
    assert page.locator("#chart-throughput title").count() == 0


def test_without_scripts_it_is_a_plain_page(opened: Open, report: Path) -> None:
    page = opened(report, java_script_enabled=False)
    assert page.locator("#cells > tbody > tr:visible").count() == 9
    assert page.locator("#cells th", has_text="requests/s").is_visible()
    assert page.locator("figure svg title").count() > 0
    assert page.locator(".standings > tbody > tr").count() == 2


def test_on_paper_there_are_no_buttons(opened: Open, report: Path) -> None:
    page = opened(report)
    page.emulate_media(media="print")
    assert page.locator('[data-table="cells"] input').first.is_hidden()
    assert page.locator("#answers").is_visible()
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"


@pytest.fixture(scope="module")
def project_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a run of somebody's project."""
    return write_report(a_project_run(tmp_path_factory.mktemp("project") / "run"))


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_of_a_project_needs_no_sideways_scrolling(opened: Open, project_report: Path, width: int) -> None:
    page = opened(project_report, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert "djbench: mysite" in page.locator("h1").inner_text()
    assert page.locator("#requests tbody tr").count() == 8


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["report", "project_report"])
def test_axe_finds_no_serious_fault(opened: Open, request: pytest.FixtureRequest, kind: str, scheme: str) -> None:
    report: Path = request.getfixturevalue(kind)
    axe = pytest.importorskip(
        "axe_playwright_python.base", reason="no axe-core; get it with: pip install axe-playwright-python"
    )
    page = opened(report, "#cells.open=0", color_scheme=scheme)
    page.locator("details").evaluate_all("all => all.forEach(each => { each.open = true })")
    page.evaluate(axe.AXE_SCRIPT)
    found = page.evaluate("axe.run()")
    assert len(found["passes"]) > 10
    serious = [
        (fault["id"], [node["html"][:200] for node in fault["nodes"]][:5])
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical")
    ]
    assert serious == []
