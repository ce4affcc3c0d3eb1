"""What older versions of a server do not know of its command line."""

from dataclasses import replace

import pytest

from djbench.server import Since
from runners.servers.packages.older_versions import too_old, without_unknown
from runners.servers.registry import SERVERS

NEWS = {
    "--quietly": Since(package="tool", version="2.10", dispensable=True),
    "--kind new": Since(package="tool", version="2.10"),
}
SERVER = replace(SERVERS["waitress"], since=NEWS)


@pytest.mark.parametrize(
    ("version", "left"),
    [("2.9", ["a", "b"]), ("2.10", ["a", "--quietly", "b"]), ("odd", ["a", "--quietly", "b"])],
)
def test_an_older_version_does_without_what_only_tidies(version: str, left: list[str]) -> None:
    assert without_unknown(["a", "--quietly", "b"], SERVER, {"tool": version}) == left


def test_a_package_that_nobody_knows_is_taken_to_be_new() -> None:
    assert without_unknown(["--quietly"], SERVER, {}) == ["--quietly"]
    assert too_old(["--kind", "new"], SERVER, {}) is None


def test_an_option_and_its_value_are_left_out_together_and_another_value_stays() -> None:
    server = replace(SERVER, since={"--kind new": replace(NEWS["--kind new"], dispensable=True)})
    assert without_unknown(["--kind", "new", "new"], server, {"tool": "1"}) == ["new"]
    assert without_unknown(["--kind", "old"], server, {"tool": "1"}) == ["--kind", "old"]


def test_an_option_that_matters_is_named_with_the_version_that_knows_it() -> None:
    reason = "tool 2.9 does not know --kind new; it needs tool 2.10 or newer"
    assert too_old(["--kind", "new"], SERVER, {"tool": "2.9"}) == reason
    assert too_old(["--kind", "new"], SERVER, {"tool": "2.10"}) is None
    assert too_old(["--kind", "old"], SERVER, {"tool": "2.9"}) is None
    assert too_old(["--quietly"], SERVER, {"tool": "2.9"}) is None


@pytest.mark.parametrize("name", SERVERS)
def test_what_an_entry_says_of_older_versions_is_about_its_own_command_line(name: str) -> None:
    server = SERVERS[name]
    words = server.spec({}).arguments(host="h", port=1, application="a:b")
    for option, since in server.since.items():
        assert since.package in server.modules.values()
        assert f" {option} " in f" {' '.join(words)} "
