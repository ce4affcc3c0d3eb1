"""A reader's own Locust users as a load: Locust's tasks and waits, djbench's samples."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from djbench.errors import UsageError
from djbench.journey import Journey
from djbench.load import ClosedLoad
from djbench.outcome import Outcome
from djbench.request import Workload
from runners.loading import locustfiles
from runners.loading.locustfiles import require_locustfiles
from tests.integration.generators import Done, Talk, a_job, generator, reference

LEAN = """
from locust import constant, events, task
from djbench.lean import LeanHttpUser
from neighbour import PATH

class Visitor(LeanHttpUser):
    wait_time = constant(0.02)

    @task(3)
    def home(self):
        assert self.client.get(PATH).ok

    @task
    def missing(self):
        self.client.get("/missing", name="missing")
        raise LookupError("after a request")

class Rare(LeanHttpUser):
    fixed_count = 1

    @task
    def slow(self):
        from neighbour import SLOW

        self.client.get(SLOW, expected_status=200)

@events.test_start.add_listener
def begin(environment, **_):
    assert environment.host == Visitor.host and environment.parsed_options.num_users is None
"""
NEIGHBOUR = 'PATH, SLOW = "/", "/delay/50"\n'
OTHERS = """
from locust import FastHttpUser, HttpUser, constant, task

class Slow(HttpUser):
    wait_time = constant(0.01)

    @task
    def home(self):
        self.client.get("/")

class Fast(FastHttpUser):
    wait_time = constant(0.01)

    @task
    def home(self):
        self.client.get("/", name="fast")
"""
BROKEN_START = """
from locust import task
from djbench.lean import LeanHttpUser

class Visitor(LeanHttpUser):
    def on_start(self):
        raise LookupError("nobody starts")

    @task
    def home(self):
        self.client.get("/")
"""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with reference() as port:
        yield port


@pytest.fixture(scope="module")
def talk() -> Iterator[Talk]:
    with generator() as process:
        yield process


def written(folder: Path, text: str) -> Path:
    (folder / "neighbour.py").write_text(NEIGHBOUR)
    file = folder / "locustfile.py"
    file.write_text(text)
    return file


def measured(talk: Talk, port: int, file: Path, samples: Path, **changes: object) -> Done:
    workload = Workload(requests=(), journey=Journey(locustfile=str(file)))
    job = replace(a_job(port, samples, workload=workload), timeout_s=2.0, answered_limit_s=2.0)
    return talk.run(replace(job, **{"load": ClosedLoad(users=4), **changes}))  # type: ignore[arg-type]


def test_users_of_the_file_do_their_tasks_and_each_request_is_a_sample(talk: Talk, port: int, tmp_path: Path) -> None:
    file = written(tmp_path, LEAN)
    for number in range(2):  # the file is imported once, for all windows
        done = measured(talk, port, file, tmp_path / f"s{number}", duration_s=0.6)
        (rows,), (part,) = done.rows, done.drained.parts
        assert set(part.names) == {"GET /", "GET missing", "GET /delay/50", "a task raised LookupError"}
        by_name = {name: rows[rows["request"] == index] for index, name in enumerate(part.names)}
        assert set(by_name["GET /"]["outcome"]) == {0}
        assert set(by_name["GET /"]["status"]) == {200}
        assert set(by_name["GET missing"]["outcome"]) == {1}
        slow = by_name["GET /delay/50"]
        assert ((slow["done_ns"] - slow["sent_ns"]) >= 50_000_000).all()
        assert len(by_name["a task raised LookupError"])
        assert (part.users, part.connects, part.unfinished, part.starved) == (4, 4, 0, ())
        assert part.thoughts_ns / part.gaps / 1e9 > 0.005
        assert rows["sent_ns"].max() <= done.closed_ns + 1_000_000_000


def test_any_locust_client_is_measured(talk: Talk, port: int, tmp_path: Path) -> None:
    done = measured(talk, port, written(tmp_path, OTHERS), tmp_path / "s")
    (part,) = done.drained.parts
    assert set(part.names) == {"GET /", "GET fast"}
    assert done.kinds == {Outcome.OK}
    assert np.bincount(done.rows[0]["request"]).min() > 0


def test_users_who_cannot_start_are_missed(talk: Talk, port: int, tmp_path: Path) -> None:
    done = measured(talk, port, written(tmp_path, BROKEN_START), tmp_path / "s")
    (part,) = done.drained.parts
    assert sorted(part.starved) == [0, 1, 2, 3]
    assert part.unfinished == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import nothing_of_that_name", "locustfile.py, line 1: ModuleNotFoundError: No module named 'nothing_of_that"),
        ("x = 1\nraise SystemExit('no')", "locustfile.py, line 2: SystemExit: no"),
        ("def (", "SyntaxError: invalid syntax"),
        ("x = 1", "has no user class; write one that extends djbench.lean.LeanHttpUser"),
        ("from djbench.lean import LeanHttpUser\nclass Idle(LeanHttpUser): pass", "Idle has no tasks"),
        (
            OTHERS + "from locust import LoadTestShape\nclass Shape(LoadTestShape):\n    def tick(self): return None",
            "has a load shape; djbench decides how many users there are: remove the shape",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=r"^the locustfile cannot be used: ") as refused:
        require_locustfiles([str(written(tmp_path, text))])
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_can_be_used_is_not_refused_whatever_it_prints(tmp_path: Path) -> None:
    require_locustfiles([str(written(tmp_path, LEAN + "print('loaded')"))])
    assert sorted(file.name for file in tmp_path.iterdir()) == ["locustfile.py", "neighbour.py"]


def test_a_file_that_is_never_imported_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "locustfile.py"
    file.write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setattr(locustfiles, "_IMPORT_S", 0.2)
    with pytest.raises(UsageError, match=r"locustfile.py is not imported within 0.2 s"):
        require_locustfiles([str(file)])
