"""What djbench tells the shim, the one part of ours that runs in a project's processes (``shim/djbench_shim``).

The shim imports nothing of ours, so both sides know these names: here and in the modules of the shim.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from djbench.target import Fact

SHIM_FOLDER = Path(__file__).resolve().parent / "shim"
SETTINGS = "djbench_shim.settings"
APPLICATIONS = MappingProxyType({"wsgi": "djbench_shim.wsgi:application", "asgi": "djbench_shim.asgi:application"})
HEALTH_PATH = "/-/djbench/health"
VARIABLES: Mapping[Fact, str] = MappingProxyType(
    {
        Fact.RUN: "DJBENCH_RUN",
        Fact.SERVER: "DJBENCH_SERVER",
        Fact.APPS: "DJBENCH_APPS",
        Fact.DATABASE_URL: "DJBENCH_DATABASE_URL",
        Fact.CACHE_URL: "DJBENCH_CACHE_URL",
        Fact.DATA_FOLDER: "DJBENCH_DATA_DIR",
        Fact.HANDICAP_US: "DJBENCH_HANDICAP_US",
    }
)


def shim_environment(settings: str, applications: Mapping[str, str], overrides: Mapping[str, Any]) -> dict[str, str]:
    """The variables that point the shim at a project. applications: the project's own, by interface, if it has them."""
    return {
        "DJANGO_SETTINGS_MODULE": SETTINGS,
        "DJBENCH_SETTINGS": settings,
        "DJBENCH_OVERRIDES": json.dumps(overrides, default=str),
        **{f"DJBENCH_{interface.upper()}": application for interface, application in applications.items()},
    }
