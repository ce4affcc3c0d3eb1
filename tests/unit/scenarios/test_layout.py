"""What the layout of the packages has to keep."""

import sys
from pathlib import Path

import scenarios


def test_no_module_of_scenarios_is_named_like_a_standard_one() -> None:
    """Locust puts the locustfile's folder first on sys.path, where such a module would take the other's place."""
    names = {file.stem for file in Path(scenarios.__file__).parent.glob("*.py")}
    assert not names & sys.stdlib_module_names
