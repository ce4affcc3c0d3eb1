"""A target's own services: started on a free port, told to the target, stopped with the run."""

from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from djbench.errors import RunFailed
from djbench.target import Fact, Target, TargetService
from runners.hosts.cpus import CpuSets
from runners.hosts.workspace import Workspace
from runners.services.running import running_services
from tests.unit.site import SITE

pytestmark = pytest.mark.usefixtures("nothing_left")

# Fails as often as a file says, as a process does whose port somebody else has taken.
PAYMENT = """
import http.server, pathlib, sys
failures, port = pathlib.Path(sys.argv[1]), int(sys.argv[2])
left = int(failures.read_text())
failures.write_text(str(left - 1))
if left > 0:
    sys.exit("the address is already in use")
http.server.HTTPServer(("127.0.0.1", port), http.server.SimpleHTTPRequestHandler).serve_forever()
"""
DATABASE = "import os, sqlite3; sqlite3.connect(os.environ['SHOP_DATABASE'].removeprefix('sqlite:///'))"
EVERYWHERE = CpuSets((), ())


def a_shop(folder: Path, failures: int) -> Target:
    """A target with a service that fails at its first starts."""
    file = folder / "failures"
    file.write_text(str(failures))
    payment = TargetService(
        name="payment",
        command=("{python}", "-c", PAYMENT, str(file), "{port}"),
        ready_path="/",
        variable="PAYMENT_URL",
    )
    return replace(
        SITE,
        services=(payment,),
        prepare=(("{python}", "-c", "import os; assert os.environ['PAYMENT_URL']"), ("{python}", "-c", DATABASE)),
        variables={Fact.DATABASE_URL: "SHOP_DATABASE"},
    )


@pytest.mark.parametrize("failures", [0, 1])
def test_a_service_gets_a_second_start_and_the_target_its_address(tmp_path: Path, failures: int) -> None:
    with (
        Workspace("test") as workspace,
        running_services(a_shop(tmp_path, failures), "sqlite", workspace, EVERYWHERE, {"payment"}) as around,
    ):
        assert httpx.get(around.place(0).environment["PAYMENT_URL"], trust_env=False).status_code == 200
        assert set(around.pids) == {"payment"}


def test_a_service_that_does_not_start_ends_the_run_with_its_log(tmp_path: Path) -> None:
    with (
        Workspace("test") as workspace,
        pytest.raises(RunFailed, match=r"(?s)payment ended by itself.*already in use"),
        running_services(a_shop(tmp_path, 2), "sqlite", workspace, EVERYWHERE, {"payment"}),
    ):
        pytest.fail("it is not there")


def test_a_service_that_no_pattern_uses_is_not_started(tmp_path: Path) -> None:
    target = replace(a_shop(tmp_path, 0), prepare=(("{python}", "-c", DATABASE),))
    with (
        Workspace("test") as workspace,
        running_services(target, "sqlite", workspace, EVERYWHERE, {"database"}) as around,
    ):
        assert "PAYMENT_URL" not in around.place(0).environment
        assert around.pids == {}
    assert (tmp_path / "failures").read_text() == "0"
