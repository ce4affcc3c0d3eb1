"""What djbench tells the shim, the one part of ours that runs in a project's processes (``shim/djbench_shim``).

The shim imports nothing of ours, so both sides know these names: here and in the modules of the shim.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from djbench.spec import SpecError
from djbench.target import Fact

SHIM_FOLDER = Path(__file__).resolve().parent / "shim"
SETTINGS = "djbench_shim.settings"
APPLICATIONS = MappingProxyType({"wsgi": "djbench_shim.wsgi:application", "asgi": "djbench_shim.asgi:application"})
LAUNCHER = "djbench_shim.launch"
PACKAGES = "DJBENCH_PACKAGES"
HEALTH_PATH = "/-/djbench/health"
VARIABLES: Mapping[Fact, str] = MappingProxyType(
    {
        Fact.RUN: "DJBENCH_RUN",
        Fact.SERVER: "DJBENCH_SERVER",
        Fact.APPS: "DJBENCH_APPS",
        Fact.DATABASE_URL: "DJBENCH_DATABASE_URL",
        Fact.CACHE_URL: "DJBENCH_CACHE_URL",
        Fact.DATA_FOLDER: "DJBENCH_DATA_DIR",
        Fact.CALLS: "DJBENCH_CALLS",
        Fact.MAY_CALL: "DJBENCH_MAY_CALL",
        Fact.HANDICAP_US: "DJBENCH_HANDICAP_US",
    }
)


def shim_environment(
    settings: str, applications: Mapping[str, str], overrides: Mapping[str, Any], services: Iterable[str]
) -> dict[str, str]:
    """The variables that point the shim at a project.

    applications: the project's own, by interface, if it has them. services: the variables that lead to services of the
    run; a cache or a queue there is kept.
    """
    return {
        "DJBENCH_SERVICES": " ".join(services),
        "DJANGO_SETTINGS_MODULE": SETTINGS,
        "DJBENCH_SETTINGS": settings,
        "DJBENCH_OVERRIDES": json.dumps(overrides, default=str),
        **{f"DJBENCH_{interface.upper()}": application for interface, application in applications.items()},
    }


def with_shim_settings(command: tuple[str, ...]) -> tuple[str, ...]:
    """A command of a project, so that Django loads the shim's settings even if manage.py names the project's own.

    It would change the configured database otherwise. Raises SpecError for a command that is started in another way.
    """
    program, *arguments = command
    if program == "{python}":
        if arguments and arguments[0].startswith("-") and arguments[0] not in ("-m", "-c"):
            raise SpecError(
                f"after {{python}} comes a file, -m or -c, not {arguments[0]}; set PYTHON... in [environment]"
            )
        return (program, "-m", "djbench_shim", *arguments)
    if program.endswith(".py") or Path(program).name.startswith(("python", "django-admin")):
        raise SpecError(f"begin the command with {{python}}, as in {{python}} manage.py migrate, not with {program}")
    return command
