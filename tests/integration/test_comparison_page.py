"""The page of a comparison of runs in a real browser: it needs nothing from anywhere and complains of nothing."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from results.comparing.comparison import compare_runs, read
from results.comparing.comparison_page import write_comparison
from results.comparing.gates import judge_gates, parse_gate
from tests.integration.conftest import HOSTILE, NEEDS_CHROMIUM
from tests.unit.results.comparing.test_comparison import noisy
from tests.unit.runs import a_cell, a_directory

pytestmark = NEEDS_CHROMIUM


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs with names that are markup; everything is 10 % slower."""
    path = tmp_path_factory.mktemp("compared")
    runs = []
    for number, (name, factor) in enumerate((("base", 1.0), (HOSTILE, 0.9))):
        rates = {
            a_cell(server=server, pattern=pattern, style=style): noisy(100 * factor, 100 * number + place)
            for place, (server, pattern, style) in enumerate(
                (server, pattern, style)
                for server in ("uvicorn:workers=1", HOSTILE)
                for pattern in ("plain", HOSTILE)
                for style in ("sync", "async")
            )
        }
        machine = {"cpu_count": 2, "packages": {"django": name}}
        runs.append(read(a_directory(path / str(number), rates, id=name, machine=machine)))
    comparison = compare_runs(runs)
    return write_comparison(comparison, judge_gates([parse_gate("throughput slower 5%")], comparison), path / "out")


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_works_from_disk_alone(browser: Browser, page_file: Path, width: int, scheme: str) -> None:
    requests: list[str] = []
    complaints: list[str] = []
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(page_file.as_uri())
    assert page.title() == "djbench: runs compared with base"
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
    assert complaints == []
    assert page.get_by_role("region", name="Every cell").locator("tbody tr").count() == 8
    page.get_by_text("Cells that did not pass: 8").click()
    assert page.get_by_role("region", name="Cells that did not pass a gate").locator("tbody tr").count() == 8
    assert page.get_by_text(HOSTILE, exact=True).count() > 8
    for image in page.locator("figure img").all():
        assert image.evaluate("image => image.complete && image.naturalWidth > 0")
    # The tables scroll in frames of their own; the page itself fits the screen.
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(browser: Browser, page_file: Path, scheme: str) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.base", reason="no axe-core; get it with: pip install axe-playwright-python"
    )
    page = browser.new_page(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(page_file.as_uri())
    page.evaluate(axe.AXE_SCRIPT)
    found = page.evaluate("axe.run()")
    assert [fault["id"] for fault in found["violations"] if fault["impact"] in ("serious", "critical")] == []
    page.close()
