"""A project whose two ways to write the same differ by a fifth in CPU time: the verdict has to say so."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.conftest import ANY_MACHINE, djbench

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("nothing_left")]
URLS = """
import hashlib

from django.http import HttpResponse
from django.urls import path


def chain(rounds):
    digest = b""
    for _ in range(rounds):
        digest = hashlib.sha256(digest).digest()


def sync_view(request):
    chain(40_000)
    return HttpResponse("done")


async def async_view(request):
    chain(48_000)
    return HttpResponse("done")


urlpatterns = [path("sync/", sync_view), path("async/", async_view)]
"""
DESCRIPTION = """
settings = "burner.settings"
database = "none"

[overrides]
DEBUG = false
ALLOWED_HOSTS = ["*"]

[pairs.chain]
styles.sync = { path = "/sync/" }
styles.async = { path = "/async/" }
"""


def test_a_fifth_more_work_is_called_slower(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "django", "startproject", "burner", str(tmp_path)], check=True)
    (tmp_path / "burner" / "urls.py").write_text(URLS)
    (tmp_path / "djbench.toml").write_text(DESCRIPTION)
    servers = ("--server", "gunicorn-gthread:threads=4", "--server", "uvicorn")
    options = ("--users", "4", "--blocks", "8", "--quiet", "--run-dir", "run", *servers, *ANY_MACHINE)
    done = djbench("run", *options, cwd=tmp_path, timeout_s=600)
    assert done.returncode == 0, done.stderr
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    compared = {ratio["server"].partition(":")[0]: ratio for ratio in summary["ratios_to_sync"]}
    assert {server: ratio["verdict"] for server, ratio in compared.items()} == {
        "gunicorn-gthread": "slower",
        "uvicorn": "slower",
    }
    # The fifth is not all of a request's work, so its share of the whole is a little less.
    assert all(0.78 < ratio["ratio"]["mean"] < 0.92 for ratio in compared.values()), compared
