"""The settings that a run replaces. It must reach no real service and write nothing into the project."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Callable

from djbench_shim.replaced.caches import caches, channel_layers, sessions
from djbench_shim.replaced.databases import databases
from djbench_shim.replaced.outside import broker, logs_sent, mail, search, tasks
from djbench_shim.replaced.replacement import Replacement, RunFacts
from djbench_shim.replaced.served import applications, apps, overrides, secret_key
from djbench_shim.replaced.written_files import folders, log_files, storages

Settings = Mapping[str, Any]

#: Each looks at one topic. The later ones see what the earlier ones put in place, and the user's word is the last.
TABLE: tuple[Callable[[Settings, RunFacts], Iterator[Replacement]], ...] = (
    databases,
    caches,
    sessions,
    channel_layers,
    mail,
    broker,
    tasks,
    search,
    folders,
    storages,
    logs_sent,
    log_files,
    secret_key,
    applications,
    apps,
    overrides,
)


def replacements_for(settings: Settings, run: RunFacts) -> list[Replacement]:
    """What a run replaces in these settings, in order. A setting can be there twice."""
    current, done = dict(settings), []
    for topic in TABLE:
        for replacement in topic(current, run):
            current[replacement.setting] = replacement.value
            done.append(replacement)
    return done
