"""Records of an older schema: read as they were meant, and named when nobody here can read them."""

import json
from pathlib import Path

import pytest

from djbench.cell import Cell, Configuration
from djbench.load import ClosedLoad, HeldLoad, OpenLoad
from results.records import migrations
from results.records.schema import SCHEMA_VERSION
from results.records.store import RunDirectory, StoreError
from tests.unit.old_runs import OLD_RUNS, unpacked
from tests.unit.runs import a_cell, a_directory


@pytest.mark.parametrize("name", OLD_RUNS)
def test_a_run_of_schema_1_reads_as_one_of_today(name: str, tmp_path: Path) -> None:
    directory = RunDirectory(unpacked(name, tmp_path))
    run = directory.read_run()
    assert run.schema == SCHEMA_VERSION
    assert {trial.schema for trial in directory.read_trials_of(run)} == {SCHEMA_VERSION}
    directory.write_run(run)
    assert directory.read_run() == run


def test_the_cells_of_schema_1_have_loads_of_their_kind(tmp_path: Path) -> None:
    cells = RunDirectory(unpacked("loads", tmp_path / "loads")).read_run().cells
    assert {cell.load for cell in cells} == {
        ClosedLoad(users=2),
        ClosedLoad(users=2, beside="sleep:delay=0.01", beside_users=1),
        OpenLoad(rate="60", arrivals="poisson", connections=256),
        OpenLoad(rate="20..90/0.4s", arrivals="poisson", connections=256),
    }
    held = RunDirectory(unpacked("held-and-database", tmp_path / "held")).read_run().cells
    assert HeldLoad(streams=2) in {cell.load for cell in held}
    assert (
        Cell(
            configuration=Configuration(
                server="gunicorn-gthread:workers=1,threads=2",
                interface="wsgi",
                slots=2,
                slots_by="workers=1 x threads=2",
                processes=1,
            ),
            pattern="plain",
            style="sync",
            load=ClosedLoad(users=2),
        )
        in cells
    )


@pytest.mark.parametrize("name", OLD_RUNS)
def test_the_accepted_flags_of_schema_1_are_those_of_the_option(name: str, tmp_path: Path) -> None:
    directory = unpacked(name, tmp_path)
    recorded = json.loads((directory / "run.json").read_text(encoding="utf-8"))["settings"]["accepted"]
    assert recorded
    assert list(RunDirectory(directory).read_run().settings.accept) == recorded


@pytest.mark.parametrize(
    ("record", "complaint"),
    [
        ({"schema": 99, "id": 3}, f"has schema 99; this djbench reads 1 to {SCHEMA_VERSION}; read it with a newer"),
        ({"schema": 0}, "has schema 0;"),
        ({"id": "r"}, "is damaged: it has no schema, as every record has"),
        ([1], "it has no schema"),
        ({"schema": True}, "it has no schema"),
    ],
)
def test_the_schema_is_looked_at_first(record: object, complaint: str, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(json.dumps(record))
    with pytest.raises(StoreError, match=complaint) as refused:
        RunDirectory(tmp_path).read_run()
    assert str(tmp_path / "run.json") in str(refused.value)


def test_a_trial_of_an_unknown_schema_is_named_too(tmp_path: Path) -> None:
    directory = a_directory(tmp_path / "r", {a_cell(): [1.0]})
    file = directory.path / "trials" / "0000.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "schema": 7}))
    with pytest.raises(StoreError, match=r"0000\.json has schema 7"):
        directory.read_trials()


def test_an_old_record_without_what_all_of_its_kind_have_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(json.dumps({"schema": 1}))
    with pytest.raises(StoreError, match=r"run\.json is damaged"):
        RunDirectory(tmp_path).read_run()


def test_a_session_of_schema_2_was_one_server_and_no_cell_took_turns() -> None:
    record = {"schema": 2, "settings": {"duration_s": 1.0}, "blocks": [[{"server": "uvicorn", "cells": [1, 0]}]]}
    run = migrations.migrated(record, migrations.RUN)
    assert run["blocks"] == [[{"starts": [{"server": "uvicorn", "cells": [1, 0]}]}]]
    assert run["settings"]["by_turns"] == "off"


def test_every_schema_before_todays_has_a_step() -> None:
    for steps in (migrations.RUN, migrations.TRIAL):
        assert list(steps) == list(range(1, SCHEMA_VERSION))


@pytest.mark.parametrize(
    ("patterns", "beside", "key"),
    [
        (["plain", "background:delay=1"], None, "background:delay=1 async on uvicorn"),
        (["plain"], "background:delay=2", "background:delay=2 async on uvicorn"),
        (["background:delay=1", "background:delay=2"], None, "async on uvicorn"),  # added up, and nobody can tell
        (["plain"], None, "async on uvicorn"),  # the pattern of a package
    ],
)
def test_lost_work_of_schema_1_gets_its_pattern_if_there_was_one(
    patterns: list[str], beside: str | None, key: str
) -> None:
    load = {"kind": "closed", "users": 1, "beside": beside, "beside_users": 1 if beside else None}
    cells = [{"server": "uvicorn", "pattern": pattern, "style": "async", "load": load} for pattern in patterns]
    other = {"server": "daphne", "pattern": "background:delay=9", "style": "async", "load": load}
    run = {
        "schema": 1,
        "cells": [*cells, other],
        "settings": {},
        "blocks": [],
        "lost_work": {"async on uvicorn": [1, 2]},
    }
    assert migrations.migrated(run, migrations.RUN)["lost_work"] == {key: [1, 2]}
