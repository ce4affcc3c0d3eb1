"""What is told to the shim is what the shim reads."""

import pytest

from djbench.spec import SpecError
from runners.targets.shim_contract import (
    APPLICATIONS,
    HEALTH_PATH,
    SETTINGS,
    SHIM_FOLDER,
    VARIABLES,
    with_shim_settings,
)


def test_both_sides_know_the_same_names() -> None:
    texts = [file.read_text(encoding="utf-8") for file in (SHIM_FOLDER / "djbench_shim").rglob("*.py")]
    for name in (*VARIABLES.values(), HEALTH_PATH, "DJBENCH_SETTINGS", "DJBENCH_OVERRIDES", "DJBENCH_SERVICES"):
        assert any(f'"{name}"' in text for text in texts), name
    for module in (SETTINGS, *(application.partition(":")[0] for application in APPLICATIONS.values())):
        assert (SHIM_FOLDER / module.replace(".", "/")).with_suffix(".py").is_file()


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        (("{python}", "manage.py", "migrate"), ("manage.py", "migrate")),
        (("{python}", "-m", "mysite.fill"), ("-m", "mysite.fill")),
    ],
)
def test_a_command_in_python_starts_in_the_shim(command: tuple[str, ...], arguments: tuple[str, ...]) -> None:
    assert with_shim_settings(command) == ("{python}", "-m", "djbench_shim", *arguments)


def test_a_program_stays_as_it_is() -> None:
    assert with_shim_settings(("npm", "run", "build")) == ("npm", "run", "build")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (
            ("./manage.py", "migrate"),
            "begin the command with {python}, as in {python} manage.py migrate, not with",
        ),
        (("python3", "manage.py", "migrate"), "begin the command with {python}"),
        ((".venv/bin/django-admin", "migrate"), "begin the command with {python}"),
        (("{python}", "-W", "error", "manage.py"), "after {python} comes a file, -m or -c"),
    ],
)
def test_a_command_that_could_reach_the_configured_database_is_refused(command: tuple[str, ...], message: str) -> None:
    with pytest.raises(SpecError) as refused:
        with_shim_settings(command)
    assert message in str(refused.value)
