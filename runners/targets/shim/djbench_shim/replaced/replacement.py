"""What a run tells the shim, and what the shim tells of a setting that it replaced."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from djbench_shim import Refusal
from djbench_shim.replaced.addresses import ports_in


class RunFacts(NamedTuple):
    """What the run says, from environment variables. Empty: there is nothing to do."""

    #: The run's identity.
    run: str = ""
    #: The temporary database: ``sqlite:///path``, or connection parameters for libpq.
    database_url: str = ""
    #: The folder for everything that the project writes.
    data_folder: Path | None = None
    #: The Redis that the user named for this run.
    cache_url: str = ""
    #: Apps that the server needs before all others.
    apps: tuple[str, ...] = ()
    #: Ports on this machine where services answer that the run itself started.
    service_ports: frozenset[int] = frozenset()
    #: Settings that the user replaces.
    overrides: Mapping[str, Any] = {}

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> RunFacts:
        """The facts that these variables tell. Raises Refusal if the overrides are no JSON object."""
        folder = environment.get("DJBENCH_DATA_DIR", "")
        return cls(
            run=environment.get("DJBENCH_RUN", ""),
            database_url=environment.get("DJBENCH_DATABASE_URL", ""),
            data_folder=Path(folder).absolute() if folder else None,
            cache_url=environment.get("DJBENCH_CACHE_URL", ""),
            apps=tuple(environment.get("DJBENCH_APPS", "").split()),
            service_ports=ports_in(environment.get(name, "") for name in _service_variables(environment)),
            overrides=_overrides(environment.get("DJBENCH_OVERRIDES", "")),
        )


def _service_variables(environment: Mapping[str, str]) -> list[str]:
    return environment.get("DJBENCH_SERVICES", "").split()


def _overrides(text: str) -> Mapping[str, Any]:
    try:
        overrides = json.loads(text or "{}")
    except ValueError as error:
        raise Refusal(f"DJBENCH_OVERRIDES is no JSON: {error}") from None
    if not isinstance(overrides, dict):
        raise Refusal(f"DJBENCH_OVERRIDES has to be a JSON object, not {type(overrides).__name__}")
    return overrides


class Replacement(NamedTuple):
    """A setting that a run replaces. ``was`` and ``becomes`` are for people and hold no secret."""

    #: The setting's name.
    setting: str
    #: Its value during a run.
    value: Any
    #: What it was.
    was: str
    #: What it is during a run.
    becomes: str
