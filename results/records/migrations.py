"""Records of an older schema to the one that this djbench reads. Pure: plain JSON values in, plain JSON values out.

The schema is looked at before anything else in a record, so that an unknown one is named as such and not taken for a
damaged file.
"""

from collections.abc import Callable, Mapping
from typing import Any

from results.records.schema import SCHEMA_VERSION

Record = dict[str, Any]
# Of the patterns that djbench had with schema 1, the one whose work goes on after the answer.
_OUTLASTING = "background"


class UnknownSchema(ValueError):
    """The record is of a schema that this djbench does not read; the message is a clause that says which."""


def migrated(record: object, steps: Mapping[int, Callable[[Record], Record]]) -> Record:
    """The record in today's schema. steps: by schema what makes the next one of it.

    Raises UnknownSchema for a record without a schema, and for one that is newer than this djbench.
    """
    schema = record.get("schema") if isinstance(record, dict) else None
    if not isinstance(record, dict) or not isinstance(schema, int) or isinstance(schema, bool):
        raise UnknownSchema("is damaged: it has no schema, as every record has")
    if not min(steps) <= schema <= SCHEMA_VERSION:
        raise UnknownSchema(
            f"has schema {schema}; this djbench reads {min(steps)} to {SCHEMA_VERSION}; read it with a newer djbench"
        )
    for number in range(schema, SCHEMA_VERSION):
        record = {**steps[number](record), "schema": number + 1}
    return record


def _load_from_1(load: Record) -> Record:
    """Schema 1 wrote the keys of every kind, and null for those that its own kind does not have."""
    return {key: value for key, value in load.items() if value is not None}


def _cell_from_1(cell: Record) -> Record:
    """Schema 1 had the configuration's keys among the cell's own."""
    names = ("server", "interface", "slots", "slots_by", "processes")
    configuration = {name: cell[name] for name in names if name in cell}
    rest = {name: value for name, value in cell.items() if name not in names}
    return {**rest, "configuration": configuration, "load": _load_from_1(cell["load"])}


def _lost_work_key_from_1(key: str, cells: list[Record]) -> str:
    """Schema 1 named style and server, so that two patterns were added up; the key stays if there were two."""
    server = key.partition(" on ")[2]
    patterns = {
        spec
        for cell in cells
        if cell["server"] == server
        for spec in (cell["pattern"], cell["load"].get("beside") or "")
        if spec.partition(":")[0] == _OUTLASTING
    }
    return f"{patterns.pop()} {key}" if len(patterns) == 1 else key


def _settings_from_1(settings: Record) -> Record:
    """Schema 1 had another name for the flags of ``--accept``."""
    return {"accept" if name == "accepted" else name: value for name, value in settings.items()}


def _run_from_1(run: Record) -> Record:
    """Schema 1 kept of a server its command line alone; its readers knew the rest."""
    cells = [_cell_from_1(cell) for cell in run["cells"]]
    commands = run.get("commands", {})
    specs = dict.fromkeys(cell["configuration"]["server"] for cell in cells)
    servers = {spec: _server_from_1(spec, commands.get(spec, [])) for spec in specs}
    lost_work = {_lost_work_key_from_1(key, run["cells"]): counts for key, counts in run.get("lost_work", {}).items()}
    settings = _settings_from_1(run["settings"])
    return {**run, "cells": cells, "servers": servers, "lost_work": lost_work, "settings": settings}


def _server_from_1(spec: str, command: list[str]) -> Record:
    name = spec.partition(":")[0]
    return {"colour": _COLOURS_OF_1.get(name, ""), "command": command, "unfit": _UNFIT_OF_1.get(name, "")}


# What djbench knew of its servers when it wrote schema 1: a past that no longer changes.
_COLOURS_OF_1 = {
    "uvicorn": "#0072b2",
    "gunicorn-gthread": "#d55e00",
    "gunicorn-uvicorn": "#009e73",
    "daphne": "#b9179e",
    "granian-wsgi": "#8717fd",
    "granian-asgi": "#2f9fa0",
    "hypercorn": "#9437cf",
    "runserver": "#9c4a73",
    "gunicorn-asgi": "#22a73a",
    "waitress": "#ad7ee2",
    "gunicorn-sync": "#bd341d",
    "gunicorn-gevent": "#0d7ffa",
    "uwsgi": "#5d7f3b",
    "cheroot": "#6b6749",
    "uvicorn-pure": "#f4476f",
    "gunicorn-uvicorn-h11": "#8d8fc6",
    "runserver-asgi": "#de1efb",
}
_UNFIT_OF_1 = dict.fromkeys(
    ("runserver", "runserver-asgi"), "it is Django's development server, not made for production"
)


def _trial_from_1(trial: Record) -> Record:
    """Schema 1 named one file of a trial beside its samples, that of telemetry."""
    file = trial.get("telemetry")
    return {**trial, "cell": _cell_from_1(trial["cell"]), "artefacts": {"telemetry": file} if file else {}}


def _session_from_2(session: Record) -> Record:
    """Until schema 2 a session had one server."""
    rest = {name: value for name, value in session.items() if name not in ("server", "cells")}
    return {**rest, "starts": [{"server": session["server"], "cells": session["cells"]}]}


def _run_from_2(run: Record) -> Record:
    """Until schema 2 every cell was measured in one window."""
    blocks = [[_session_from_2(session) for session in block] for block in run["blocks"]]
    return {**run, "blocks": blocks, "settings": {**run["settings"], "by_turns": "off"}}


def _as_it_is(trial: Record) -> Record:
    return trial


RUN: Mapping[int, Callable[[Record], Record]] = {1: _run_from_1, 2: _run_from_2}
TRIAL: Mapping[int, Callable[[Record], Record]] = {1: _trial_from_1, 2: _as_it_is}
