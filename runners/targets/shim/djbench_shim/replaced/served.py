"""What makes the shim's own part work, and what the user replaces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from djbench_shim import Refusal
from djbench_shim.replaced.replacement import Replacement, RunFacts


def secret_key(settings: Mapping[str, Any], run: RunFacts) -> Iterator[Replacement]:  # noqa: ARG001  as every topic
    """Django refuses to start without a key; nothing that a run signs is worth one."""
    if not settings.get("SECRET_KEY"):
        yield Replacement("SECRET_KEY", "djbench-signs-nothing-that-outlasts-the-run", "not set", "a key of the run")


def applications(settings: Mapping[str, Any], run: RunFacts) -> Iterator[Replacement]:  # noqa: ARG001  as every topic
    """Django's own server takes its applications from the settings."""
    for interface in ("wsgi", "asgi"):
        name, value = f"{interface.upper()}_APPLICATION", f"djbench_shim.{interface}.application"
        yield Replacement(name, value, str(settings.get(name) or "not set"), value)


def apps(settings: Mapping[str, Any], run: RunFacts) -> Iterator[Replacement]:
    """The apps that a server needs before all others, each once."""
    if run.apps:
        others = [app for app in settings.get("INSTALLED_APPS", ()) if app not in run.apps]
        yield Replacement("INSTALLED_APPS", [*run.apps, *others], "as it is", f"{', '.join(run.apps)} first")


def overrides(settings: Mapping[str, Any], run: RunFacts) -> Iterator[Replacement]:
    """What the user says, after all else. Raises Refusal for the database, which the run decides."""
    if run.database_url and "DATABASES" in run.overrides:
        raise Refusal("[overrides] cannot replace DATABASES: the run puts a temporary database there")
    for name, value in run.overrides.items():
        was = "set" if name in settings else "not set"
        yield Replacement(name, value, was, "as [overrides] says")
