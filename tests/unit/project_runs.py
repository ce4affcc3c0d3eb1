"""A run of a reader's project made up for tests: single requests, a pair, a mix and a journey under two servers."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from djbench.cell import Cell
from djbench.deployed_project import DeployedProject
from djbench.load import ClosedLoad
from results.records.request_figures import RequestFigures
from results.records.store import RunDirectory
from results.records.target_facts import TargetFacts
from runners.servers.facts import facts_of
from runners.servers.lookup import parse_server
from tests.unit.runs import OUTCOMES, a_cell, a_directory, samples_of, served

SERVERS = {"gunicorn-gthread:workers=1,threads=16": "wsgi", "uvicorn:workers=1": "asgi"}
MYSITE = TargetFacts(
    name="mysite",
    digest="d" * 64,
    commit="c" * 40,
    dirty=True,
    interpreter="/srv/mysite/.venv/bin/python",
    settings="mysite.settings",
    replaced=("DEBUG", "ALLOWED_HOSTS"),
    applications={"wsgi": "mysite.wsgi:application"},
    database="sqlite",
    data="copy",
    may_call=("api.example.org",),
    weights={"home": 3.0, "detail": 1.0},
    requests={
        "home view": "GET /",
        "detail view": "GET /polls/{question.pk}/",
        "latest sync": "GET /latest/",
        "latest async": "GET /latest-async/",
        "mix view: home": "GET /",
        "mix view: detail": "GET /polls/{question.pk}/",
        "vote view: page": "GET /polls/{question.pk}/",
        "vote view: submit": "POST /polls/{question.pk}/vote/",
    },
)
PARTS = {"mix": ("home", "detail"), "vote": ("page", "submit")}
_RATES = {"home": 200, "detail": 100, "latest": 150, "mix": 120, "vote": 60}
_STEADY = (-2, -1, 0, 1, 2, 0)


def project_cells() -> list[Cell]:
    """Every cell: the pair in two styles, all others in the only one."""
    return [
        replace(served(a_cell(server, pattern, style), interface=interface), load=ClosedLoad(users=16))
        for pattern in ("mix", "home", "detail", "latest", "vote")
        for style in (("sync", "async") if pattern == "latest" else ("view",))
        for server, interface in SERVERS.items()
    ]


def a_project_run(path: Path, project: TargetFacts = MYSITE, **changes: Any) -> RunDirectory:
    """A finished run. gunicorn is the faster server by a fifth, and sync the faster style by a quarter."""
    rates = {cell: [_rate(cell) * (1 + 0.001 * step) for step in _STEADY] for cell in project_cells()}
    deployed = DeployedProject(name=project.name, settings=project.settings, applications=project.applications)
    servers = {name: facts_of(parse_server(name), deployed) for name in SERVERS}
    directory = a_directory(
        path, rates, latencies_ms=[float(n) for n in range(1, 301)], target=project, servers=servers, **changes
    )
    for trial in directory.read_trials():
        parts = PARTS.get(trial.cell.pattern, ())
        names = [f"{trial.request}: {part}" for part in parts] or [trial.request]
        compared = {name: 0.3 if name.endswith("submit") else 0.98 for name in names}
        changed = replace(trial, compared=compared)
        if parts and trial.measurement:
            rows = samples_of([float(n) for n in range(1, 301)] + [2.0 * n for n in range(1, 301)])
            rows["request"] = [0] * 300 + [1] * 300
            samples = directory.write_samples(trial.number, [rows], {"outcome": OUTCOMES, "request": names})
            figures = tuple(RequestFigures(name=name, answered=300, errors={}) for name in names)
            changed = replace(changed, samples=samples, measurement=replace(trial.measurement, by_request=figures))
        directory.write_trial(changed)
    return directory


def _rate(cell: Cell) -> float:
    faster = 1.2 if cell.interface == "wsgi" else 1.0
    return _RATES[cell.pattern] * faster * (0.75 if cell.style == "async" else 1.0)
