"""The command lines that measure given cells again. Pure."""

import shlex
from collections.abc import Sequence

from djbench.cell import Cell
from djbench.load import Load
from results.records.schema import Settings

# What djbench's own options are by default, and need not be written.
_TIMEOUT_S, _DATABASE, _CACHE, _CPUS = 60.0, "postgres", "local", "auto"


def run_command(cells: Sequence[Cell], settings: Settings, blocks: str, *, isolation: str | None = None) -> str:
    """The ``djbench run`` that measures these cells as a run with ``settings`` did, ``blocks`` times.

    A run measures every server in every style, so several cells may bring others along. blocks: ``10`` or ``6..20``.
    isolation: another one than that of ``settings``.
    """
    words = ["djbench", "run"]
    for option, values in (
        ("--server", [cell.server for cell in cells]),
        ("--pattern", [cell.pattern for cell in cells]),
        ("--style", [cell.style for cell in cells]),
    ):
        for value in dict.fromkeys(values):
            words += [option, value]
    words += _load_words(list(dict.fromkeys(cell.load for cell in cells)))
    words += ["--blocks", blocks, "--warmup", f"{settings.warmup_s:g}"]
    if settings.warmup_limit_s is not None and any(not cell.load.scheduled for cell in cells):
        words += ["--warmup-limit", f"{settings.warmup_limit_s:g}"]
    if not all(cell.load.varies for cell in cells):
        words += ["--duration", f"{settings.duration_s:g}"]
    if settings.timeout_s != _TIMEOUT_S:
        words += ["--timeout", f"{settings.timeout_s:g}"]
    if settings.generators > 1:
        words += ["--generators", str(settings.generators)]
    words += ["--isolation", isolation or settings.isolation]
    for flag in settings.accepted:
        words += ["--accept", flag]
    if settings.database != _DATABASE and not settings.database.startswith("none"):
        words += ["--database", settings.database]
    if settings.cache != _CACHE:
        words += ["--cache", settings.cache]
    if settings.cpus != _CPUS:
        words += ["--cpus", settings.cpus]
    if settings.budget_cores is not None:
        words += ["--budget-cores", str(settings.budget_cores)]
    return shlex.join(words)


# The options that ask for a load, each with what the load has.
_LOAD_OPTIONS = (
    *(("--users", "users"), ("--beside", "beside"), ("--beside-users", "beside_users"), ("--hold", "streams")),
    *(("--rate", "rate"), ("--arrivals", "arrivals"), ("--connections", "connections")),
)


def _load_words(loads: Sequence[Load]) -> list[str]:
    words: list[str] = []
    for option, key in _LOAD_OPTIONS:
        described = (load.to_json() for load in loads)
        for value in dict.fromkeys(load[key] for load in described if key in load):
            words += [option, str(value)]
    return words
