"""What is read of real processes: known ones, and those that come and go while a window is open."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest

from djbench.errors import RunFailed
from results.records.schema import Trial
from results.records.store import RunDirectory
from runners.hosts.cpus import CpuSets
from runners.hosts.workspace import Workspace
from runners.services import database
from runners.services.database_server import Database, database_description
from runners.watching import process_tree
from runners.watching import watch as watching
from runners.watching.backends import APPLICATION, Backends, connected
from runners.watching.connections import DatabaseConnections
from runners.watching.observer import Observer, Scene, Span
from runners.watching.observers import OBSERVERS
from runners.watching.process_tree import ProcessTree, figures_from_proc, figures_from_psutil
from runners.watching.telemetry import Telemetry
from runners.watching.watch import Watch
from tests.integration.conftest import poll
from tests.integration.test_faults import Watcher, a_conductor
from tests.unit.site import SITE

UNPINNED = CpuSets((), ())
# Says when it is there, waits for a line, starts a child that burns 0.2 s of CPU time, and says when that is done.
_PARENT = """
import subprocess, sys
print("ready", flush=True)
sys.stdin.readline()
burn = "import time, sys\\nwhile time.process_time() < 0.2: pass\\nprint('burnt', flush=True)\\nsys.stdin.readline()"
child = subprocess.Popen([sys.executable, "-c", burn], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdout.readline()
print("burnt", flush=True)
sys.stdin.readline()
child.communicate()
print("alone", flush=True)
sys.stdin.readline()
"""
# Opens files, starts threads that sleep a hundred times each, and says when they have.
_BUSY = """
import sys, threading, time
from tests.unit.site import SITE
print("ready", flush=True)
sys.stdin.readline()
files = [open("/dev/null") for _ in range(40)]
done, end = threading.Barrier(6), threading.Event()
def work():
    for _ in range(100):
        time.sleep(0.0001)
    done.wait()
    end.wait()
threads = [threading.Thread(target=work) for _ in range(5)]
for thread in threads:
    thread.start()
done.wait()
print("done", flush=True)
sys.stdin.readline()
end.set()
"""


# Of windows whose length is not what matters.
SPAN = Span(opened_ns=0, closed_ns=10**9)


def telemetry_of(pid: int, **services: int) -> Telemetry:
    return Telemetry(Scene(server_pid=pid, service_pids=services, cpus=UNPINNED))


class Child:
    """A program that says a word and waits for a line before it goes on."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.pid = process.pid

    def says(self, word: str) -> None:
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == f"{word}\n"

    def go_on(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()


@contextmanager
def child(program: str) -> Iterator[Child]:
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            found = Child(process)
            found.says("ready")
            yield found
        finally:
            process.kill()


def test_a_process_that_comes_during_the_window_counts_from_its_start() -> None:
    with child(_PARENT) as parent:
        telemetry = telemetry_of(parent.pid, service=parent.pid)
        watch = Watch([telemetry], 1.0)
        watch.opened()
        parent.go_on()
        parent.says("burnt")
        watch.closed()
        facts = watch.facts(SPAN)
    usage = facts["server"]
    assert usage.cpu_s >= 0.2
    assert facts["services_cpu_s"]["service"] >= 0.2
    assert max(sample.processes for sample in telemetry.series(SPAN.opened_ns)) == 2
    assert facts["server_processes_gone"] == 0
    assert usage.threads_peak >= 2
    assert usage.rss_mib_peak > 1
    assert facts["steal_share"] >= 0
    assert facts["telemetry_share"] > 0
    assert "database_backends" not in facts


def test_what_was_used_before_the_window_is_none_of_its_own() -> None:
    burn = "import time\nwhile time.process_time() < 0.5: pass\nprint('ready', flush=True)\ninput()"
    with child(burn) as burnt:
        telemetry = telemetry_of(burnt.pid, service=burnt.pid)
        telemetry.opened()
        telemetry.closed()
        facts = telemetry.facts(SPAN)
    assert facts["server"].cpu_s < 0.25
    assert facts["services_cpu_s"]["service"] < 0.25


def test_a_process_that_goes_is_counted_and_leaves_what_it_had_used() -> None:
    with child(_PARENT) as parent:
        telemetry = telemetry_of(parent.pid)
        telemetry.opened()
        parent.go_on()
        parent.says("burnt")
        telemetry.tick()
        parent.go_on()
        parent.says("alone")
        telemetry.closed()
        facts = telemetry.facts(SPAN)
        series = telemetry.series(0)
    assert facts["server_processes_gone"] == 1
    assert [sample.processes for sample in series] == [1, 2, 1]
    assert facts["server"].cpu_s >= 0.2
    assert [sample.cpu_s for sample in series] == sorted(sample.cpu_s for sample in series)
    assert series[0].cpu_s == 0
    assert series[-1].cpu_s == facts["server"].cpu_s


def test_a_process_that_was_gone_before_the_window_is_none_of_its_own() -> None:
    with child(_PARENT) as parent:
        parent.go_on()
        parent.says("burnt")
        telemetry = telemetry_of(parent.pid)
        parent.go_on()
        parent.says("alone")
        telemetry.opened()
        telemetry.closed()
        assert telemetry.facts(SPAN)["server_processes_gone"] == 0


def test_what_the_server_grows_by_counts_from_before_the_load() -> None:
    grows = "print('ready', flush=True)\ninput()\nkept = bytearray(64 << 20)\nprint('grown', flush=True)\ninput()"
    with child(grows) as growing:
        telemetry = telemetry_of(growing.pid)
        growing.go_on()
        growing.says("grown")
        telemetry.opened()
        telemetry.closed()
        assert telemetry.facts(SPAN)["server"].rss_mib_grown == pytest.approx(64, rel=0.1)


def test_files_threads_and_the_switches_of_all_threads_are_seen() -> None:
    with child(_BUSY) as busy:
        telemetry = telemetry_of(busy.pid)
        telemetry.opened()
        before = ProcessTree(busy.pid).size()
        busy.go_on()
        busy.says("done")
        telemetry.closed()
        usage = telemetry.facts(SPAN)["server"]
    assert usage.threads_peak == before.threads + 5
    assert usage.open_files_peak == before.open_files + 40
    assert usage.voluntary_switches is not None
    assert usage.voluntary_switches >= 500
    assert usage.involuntary_switches is not None
    assert usage.involuntary_switches >= 0


@pytest.mark.skipif(sys.platform != "linux", reason="no other system tells")
def test_the_proportional_set_size_is_part_of_the_resident_one() -> None:
    with child(_PARENT) as parent:
        tree = ProcessTree(parent.pid)
        pss_mib, rss_mib = tree.pss_mib(), tree.size().rss_mib
    assert pss_mib is not None
    assert 0 < pss_mib <= rss_mib


def test_a_kernel_that_does_not_tell_it_leaves_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_tree, "_PSS_TOLD", False)
    assert ProcessTree(os.getpid()).pss_mib() is None


def test_without_the_kernel_s_lists_of_children_they_are_found_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_tree, "_CHILDREN_LISTED", False)
    with child(_PARENT) as parent:
        tree = ProcessTree(parent.pid)
        parent.go_on()
        parent.says("burnt")
        assert tree.size().processes == 1
        tree.refresh()
        assert tree.size().processes == 2


@pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc")
def test_both_ways_to_read_a_process_agree() -> None:
    with child(_BUSY) as busy:
        busy.go_on()
        busy.says("done")
        here, elsewhere = figures_from_proc(busy.pid), figures_from_psutil(busy.pid)
    assert (here.threads, here.open_files) == (elsewhere.threads, elsewhere.open_files)
    # It may touch a page more in between.
    assert here.rss_bytes == pytest.approx(elsewhere.rss_bytes, rel=0.02)
    assert here.switches[busy.pid] == elsewhere.switches[busy.pid]


def test_a_process_that_is_gone_uses_nothing() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        tree = ProcessTree(process.pid)
        assert set(tree.cpu_ns()) == {process.pid}
        process.communicate(b"\n")
    tree.refresh()
    assert tree.cpu_ns() == {}
    size = tree.size()
    assert (size.rss_mib, size.threads, size.processes, size.open_files) == (0.0, 0, 0, 0)


def test_one_that_ended_and_was_not_taken_note_of_is_gone() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        tree = ProcessTree(process.pid)
        assert process.stdin is not None
        process.stdin.close()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert tree.size().processes == 0


class Counts(Observer):
    """Counts its ticks."""

    def __init__(self) -> None:
        self.ticks = 0

    def tick(self) -> None:
        self.ticks += 1


@pytest.mark.parametrize(("share", "ticks"), [(0, 0), (1000, 5)])
def test_ticks_that_would_cost_too_much_are_left_out(monkeypatch: pytest.MonkeyPatch, share: float, ticks: int) -> None:
    monkeypatch.setattr(watching, "MAX_SHARE", share)
    observer, telemetry = Counts(), telemetry_of(os.getpid())
    watch = Watch([observer, telemetry], 1.0)
    watch.opened()
    for _ in range(5):
        watch.tick()
    watch.closed()
    assert observer.ticks == ticks
    assert len(telemetry.series(0)) == ticks + 2  # the ends of the window are always there


class KillsAWorker(Observer):
    """In the first window it follows, it kills one of the server's processes at its first tick."""

    killed: int | None = None

    def __init__(self, scene: Scene) -> None:
        self._server_pid = scene.server_pid

    def tick(self) -> None:
        if KillsAWorker.killed is None:
            KillsAWorker.killed = psutil.Process(self._server_pid).children()[0].pid
            os.kill(KillsAWorker.killed, signal.SIGKILL)


@pytest.mark.usefixtures("nothing_left")
def test_a_worker_that_is_replaced_makes_the_trial_invalid(tmp_path: Path) -> None:
    watcher = Watcher()
    a_conductor(
        tmp_path / "r",
        watcher,
        SITE,
        (*OBSERVERS, KillsAWorker),
        servers=["gunicorn-gthread:workers=2"],
        patterns=["sleep:delay=0.01"],
        users=[4],
        blocks=1,
        duration_s=1.0,
    ).conduct()
    replaced, again = watcher.trials
    assert replaced.measurement is not None
    assert again.measurement is not None
    assert replaced.measurement.server_processes_gone == 1
    assert "worker_replaced" in replaced.invalidated_by
    assert again.measurement.server_processes_gone == 0
    assert "worker_replaced" not in again.flags
    series = RunDirectory(tmp_path / "r").read_telemetry(replaced)
    assert series[0].processes == 3
    assert series[-1].at_s >= replaced.measurement.actual_s
    assert again.measurement.database_backends is None


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with (
        Workspace("test", tmp_path_factory.mktemp("logs")) as workspace,
        database.running_database("postgres", workspace, ()) as server,
        server.database(0, workspace.folder / "place", lambda *_: None) as found,
    ):
        yield found


@contextmanager
def client(found: Database, name: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(found.url, application_name=name, autocommit=True) as connection:
        yield connection


def test_connections_are_counted_by_name_and_one_that_is_left_shows(postgres: Database) -> None:
    backends = postgres.backends
    assert backends is not None
    assert backends.count() == {}  # it does not count itself
    with client(postgres, "leaky"), client(postgres, "tidy"):
        connections = DatabaseConnections(backends)
        connections.opened()
        connections.closed()
        both = {"leaky": 1, "tidy": 1}
        assert connections.facts(SPAN) == {"database_backends": {"peak": both, "left": both}}
        with client(postgres, "leaky"):
            assert backends.count() == {"leaky": 2, "tidy": 1}
        poll(lambda: backends.count() == {"leaky": 1, "tidy": 1})
    poll(lambda: backends.count() == {})
    assert backends.cpu_ns() > 0


def test_an_answer_to_an_earlier_window_is_not_this_one_s(postgres: Database) -> None:
    """As when the server died in the middle of the one before."""
    backends = postgres.backends
    assert backends is not None
    with client(postgres, "before"):
        DatabaseConnections(backends).opened()
        poll(lambda: bool(select.select([postgres.connection.fileno()], [], [], 0)[0]))  # type: ignore[union-attr]
    with connected(postgres.url) as connection:
        other = Backends(connection, ours=False)
        poll(lambda: other.count().keys() == {APPLICATION})
    connections = DatabaseConnections(backends)
    connections.opened()
    connections.closed()
    assert "before" not in connections.facts(SPAN)["database_backends"]["peak"]


def test_nobody_waits_for_an_answer_while_a_window_is_open(postgres: Database) -> None:
    backends = postgres.backends
    assert backends is not None
    assert backends.answer() is None  # to no question
    poll(lambda: backends.count() == {})  # the connections of other tests end a moment after they are closed
    backends.ask()
    backends.ask()
    poll(lambda: backends.answer() == {})
    assert backends.answer() is None  # once


def test_a_question_that_takes_too_long_is_no_answer_and_no_failure(postgres: Database) -> None:
    """The database ends it, as it ends any statement at its time-out."""
    with connected(postgres.url) as connection, client(postgres, "locker") as locker:
        backends = Backends(connection, ours=False)
        connection.execute("SET statement_timeout = '50ms'")
        locker.execute("BEGIN; LOCK TABLE pg_catalog.pg_authid IN ACCESS EXCLUSIVE MODE")
        backends.ask()
        found = backends.awaited()
        with pytest.raises(RunFailed, match="the question took longer than"):
            backends.count()
        locker.execute("ROLLBACK")
        assert found is None
        assert backends.awaited() is None  # none is due


def test_a_database_that_is_gone_is_one_clear_line(postgres: Database) -> None:
    with connected(postgres.url) as connection, client(postgres, "admin") as admin:
        backends = Backends(connection, ours=False)
        assert backends.cpu_ns() == 0
        admin.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.info.backend_pid])
        with pytest.raises(RunFailed, match=r"the database does not answer telemetry: .*terminat") as caught:
            backends.count()
    assert "\n" not in str(caught.value)


def test_the_database_tells_version_and_settings(postgres: Database) -> None:
    found = database_description(postgres)
    assert found["server_version"][0].isdigit()
    assert found["settings"]["max_connections"] == "500"
    assert {"shared_buffers", "fsync", "synchronous_commit", "jit", "wal_level"} <= set(found["settings"])


def test_a_database_that_does_not_tell_them_is_one_clear_line(tmp_path: Path) -> None:
    file = tmp_path / "none"
    file.write_text("nothing that SQLite reads\n" * 100)
    with pytest.raises(RunFailed, match="the database does not tell its settings: file is not a database"):
        database_description(Database(url=f"sqlite:///{file}"))


@pytest.mark.usefixtures("nothing_left")
def test_a_run_on_postgres_counts_the_site_s_connections(tmp_path: Path) -> None:
    watcher = Watcher()
    conductor = a_conductor(
        tmp_path / "r",
        watcher,
        SITE,
        servers=["gunicorn-gthread:threads=4"],
        patterns=["orm_read", "plain"],
        blocks=1,
        duration_s=0.6,
        database="postgres",
    )
    run = conductor.conduct()
    assert run.machine["database"] == RunDirectory(tmp_path / "r").read_run().machine["database"]
    assert run.machine["database"]["settings"]["max_connections"] == "500"
    by_pattern: dict[str, Trial] = {trial.cell.pattern.partition(":")[0]: trial for trial in watcher.trials}
    for pattern, trial in by_pattern.items():
        assert trial.measurement is not None
        counted = trial.measurement.database_backends
        if pattern == "plain":
            assert counted is None
            continue
        assert counted is not None
        assert set(counted["peak"]) == set(counted["left"]) == {"djbench site"}
        assert 1 <= counted["left"]["djbench site"] <= 16  # what the site's pool holds
    assert set(by_pattern) == {"orm_read", "plain"}


@pytest.mark.usefixtures("nothing_left")
def test_a_run_on_sqlite_has_its_version_and_no_connections(tmp_path: Path) -> None:
    watcher = Watcher()
    conductor = a_conductor(
        tmp_path / "r", watcher, SITE, servers=["gunicorn-gthread"], patterns=["orm_read"], blocks=1
    )
    run = conductor.conduct()
    assert run.machine["database"]["server_version"].startswith("SQLite 3.")
    assert run.machine["database"]["settings"] == {"journal_mode": "wal"}
    for trial in watcher.trials:
        assert trial.measurement is not None
        assert trial.measurement.database_backends is None
        assert trial.measurement.server.pss_mib is None or trial.measurement.server.pss_mib > 1
        assert trial.measurement.telemetry_share > 0
