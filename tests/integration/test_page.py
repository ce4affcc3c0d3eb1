"""The report's page in a real browser: it needs nothing from anywhere and complains of nothing."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from results.report import write_report
from tests.unit.runs import a_cell, a_directory

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
HOSTILE = '<img src="http://127.0.0.1:9/x" onerror="document.title=1"><script>document.title=2</script>'

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium on PATH; get it with: apt-get install chromium (or your system's package)"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium of the system."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_works_from_disk_alone(browser: Browser, tmp_path: Path, width: int, scheme: str) -> None:
    cells = {
        a_cell(server=server, pattern=pattern, style=style): [90.0, 100.0, 110.0]
        for server in ("uvicorn:workers=1", HOSTILE)
        for pattern in ("plain", HOSTILE)
        for style in ("sync", "async")
    }
    page_file = write_report(a_directory(tmp_path / "run", cells, profile=HOSTILE))
    requests: list[str] = []
    complaints: list[str] = []
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(page_file.as_uri())
    assert page.title() == f"djbench: {HOSTILE} (20260101-000000-test)"
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
    assert complaints == []
    assert page.locator("tbody tr").count() == 8
    for image in page.locator("figure img").all():
        assert image.evaluate("image => image.complete && image.naturalWidth > 0")
    # The table scrolls in its own frame; the page itself fits the screen.
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()
