"""The page of claims in a real browser: it needs nothing from anywhere, complains of nothing, and fits a phone."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from results.analysis.summary import summarise
from results.claims.claims_page import write_claims
from runners.cli.commands.claims import PROFILE
from runners.hosts.cpus import CpuSets
from runners.procedures.claims import chosen
from runners.procedures.claims.claim_cells import plan_of_claims
from tests.integration.conftest import HOSTILE, NEEDS_CHROMIUM
from tests.unit.runs import a_directory

pytestmark = NEEDS_CHROMIUM


@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_of_claims_works_from_disk_alone(browser: Browser, tmp_path: Path, width: int) -> None:
    claims = chosen([])
    plan = plan_of_claims(claims, PROFILE, 1, cpus=CpuSets((), ()), database="postgres")
    cells = {cell: [90.0, 100.0, 110.0, 95.0, 105.0] for cell in plan.cells}
    directory = a_directory(tmp_path / "r", cells, command=HOSTILE, status="failed", failure=HOSTILE)
    _, page_file = write_claims(directory, summarise(directory), claims)
    requests: list[str] = []
    complaints: list[str] = []
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(page_file.as_uri())
    assert page.title() == "djbench: claims (20260101-000000-test)"
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
    assert complaints == []
    assert page.locator("section").count() == len(claims)
    for claim in claims:
        page.locator(f'a[href="#{claim.name}"]').click()
        assert page.url.endswith(f"#{claim.name}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()
