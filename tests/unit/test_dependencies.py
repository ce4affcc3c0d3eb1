"""What the packages import is declared, and what is declared is locked."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests import ROOT

ROOMS = ("djbench", "target_site", "scenarios", "runners", "results")
SHIM = ROOT / "runners" / "targets" / "shim"  # needs what the reader's project has; its own tests say what that is
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUNTIME = [Requirement(text) for text in PROJECT["project"]["dependencies"]]


def imported() -> set[str]:
    names = set()
    for package in ROOMS:
        for file in (file for file in (ROOT / package).rglob("*.py") if SHIM not in file.parents):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Import):
                    names |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    names.add(node.module.partition(".")[0])
    return names - set(ROOMS) - sys.stdlib_module_names


def test_every_import_is_a_declared_dependency() -> None:
    """The wheel installs what it declares, and nothing that only developers have."""
    declared = {canonicalize_name(requirement.name) for requirement in RUNTIME}
    providers = packages_distributions()
    for name in imported():
        assert {canonicalize_name(provider) for provider in providers[name]} & declared, name


def locked(name: str) -> dict[str, set[Version]]:
    """The versions that a lock names, by package. Each has a hash, and the lock has no address."""
    text = (ROOT / name).read_text()
    assert "://" not in text
    versions: dict[str, set[Version]] = {}
    for entry in re.findall(
        r"^\S.*?(?=^\S|\Z)", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE), re.MULTILINE | re.DOTALL
    ):
        assert "--hash=sha256:" in entry, entry
        package, version = re.match(r"([\w.-]+)==([\w.!+]+)", entry).groups()  # type: ignore[union-attr]
        versions.setdefault(canonicalize_name(package), set()).add(Version(version))
    return versions


GROUPS = PROJECT["dependency-groups"]
EXTRAS = PROJECT["project"]["optional-dependencies"]
DECLARED = {
    "requirements-uv.lock": GROUPS["uv"],
    "requirements.lock": [*map(str, RUNTIME), *GROUPS["build"], *EXTRAS["servers"], *EXTRAS["redis"]],
    "requirements-dev.lock": GROUPS["dev"],
}


@pytest.mark.parametrize("name", DECLARED)
def test_a_lock_has_a_fitting_version_of_everything_that_is_declared(name: str) -> None:
    versions = locked(name)
    for requirement in map(Requirement, DECLARED[name]):
        chosen = versions[canonicalize_name(requirement.name)]
        assert all(requirement.specifier.contains(version) for version in chosen), requirement


def test_the_locks_agree() -> None:
    """Tests run on the versions that a user gets."""
    user, tools = locked("requirements.lock"), locked("requirements-dev.lock")
    both = user.keys() & tools.keys()
    assert "numpy" in both
    assert {name: user[name] for name in both} == {name: tools[name] for name in both}


def test_the_editable_install_has_what_it_is_built_with() -> None:
    assert GROUPS["build"] == PROJECT["build-system"]["requires"]


def test_every_lock_and_every_group_is_declared_here() -> None:
    assert {path.name for path in ROOT.glob("*.lock")} == set(DECLARED)
    assert set(GROUPS) == {"uv", "build", "dev"}
    assert set(EXTRAS) == {"servers", "redis"}
