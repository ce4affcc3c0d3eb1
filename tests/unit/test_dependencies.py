"""What the packages import is declared, and what is declared is locked."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests import ROOT

OURS = ("djbench", "target_site", "scenarios", "runners", "results")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUNTIME = [Requirement(text) for text in PROJECT["project"]["dependencies"]]


def imported() -> set[str]:
    names = set()
    for package in OURS:
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Import):
                    names |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    names.add(node.module.partition(".")[0])
    return names - set(OURS) - sys.stdlib_module_names


def test_every_import_is_a_declared_dependency() -> None:
    """The wheel installs what it declares, and nothing that only developers have."""
    declared = {canonicalize_name(requirement.name) for requirement in RUNTIME}
    providers = packages_distributions()
    for name in imported():
        assert {canonicalize_name(provider) for provider in providers[name]} & declared, name


def test_the_lock_file_has_a_fitting_version_and_hashes_for_everything_declared_and_no_address() -> None:
    text = (ROOT / "requirements.lock").read_text()
    assert "://" not in text
    locked: dict[str, list[Version]] = {}
    for entry in re.findall(
        r"^\S.*?(?=^\S|\Z)", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE), re.MULTILINE | re.DOTALL
    ):
        assert "--hash=sha256:" in entry, entry
        name, version = re.match(r"([\w.-]+)==([\w.!+]+)", entry).groups()  # type: ignore[union-attr]
        locked.setdefault(canonicalize_name(name), []).append(Version(version))
    others = (*PROJECT["dependency-groups"]["dev"], *PROJECT["project"]["optional-dependencies"]["servers"])
    development = [Requirement(entry) for entry in others]
    for requirement in (*RUNTIME, *development):
        versions = locked[canonicalize_name(requirement.name)]
        assert all(requirement.specifier.contains(version) for version in versions), requirement
