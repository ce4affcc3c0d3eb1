"""The command lines that measure given cells again. Pure."""

import shlex
from collections.abc import Iterable, Sequence
from typing import Any

from djbench.cell import Cell
from djbench.option import Option, as_typed
from djbench.options import OPTIONS, RECORDED
from djbench.pattern import VIEW
from results.records.schema import Settings


def command_for(cells: Sequence[Cell], settings: Settings, blocks: str, *, isolation: str | None = None) -> str:
    """The ``djbench run`` that measures these cells as a run with ``settings`` did, ``blocks`` times.

    A run measures every server in every style, so several cells may bring others along. blocks: ``10`` or ``6..20``.
    isolation: another one than that of ``settings``.
    """
    values = {key: _values(getattr(settings, key)) for key in RECORDED}
    values |= {
        "servers": [cell.server for cell in cells],
        "patterns": [cell.pattern for cell in cells],
        "styles": [cell.style for cell in cells],
        "blocks": [blocks],
    }
    loads = [cell.load.to_json() for cell in cells]
    for key, option in OPTIONS.items():
        if option.of_load:
            values[key] = [load[option.of_load] for load in loads if option.of_load in load]
    if all(cell.style == VIEW for cell in cells):  # there is no choice
        values["styles"] = []
    if isolation is not None:
        values["isolation"] = [isolation]
    if settings.database.startswith("none"):  # no pattern of the run uses one
        values["database"] = []
    if all(cell.load.varies for cell in cells):  # the rate sets the window's length
        values["duration_s"] = []
    words = ["djbench", "run"]
    for key, option in OPTIONS.items():
        if not option.needs or any(values[other] for other in option.needs):
            words += _typed(option, values.get(key, []))
    return shlex.join(words)


def _values(value: Any) -> list[Any]:
    if isinstance(value, tuple):
        return list(value)
    return [] if value is None else [value]


def _typed(option: Option, values: Iterable[Any]) -> list[str]:
    """The option with each of its values; nothing for a default that no profile replaces."""
    needed = option.required or option.profiled or option.many
    return [
        word
        for value in dict.fromkeys(values)
        if needed or value != option.default
        for word in (option.name, as_typed(value))
    ]
