"""The load generator's process: applies one load after another, as the conductor asks (see ``job``).

``python -P -m djbench scenarios.generator`` alone; ``--master PORT --workers N`` with that many workers, each with
``--worker PORT``. It uses Locust as a library, so that one process can run several
windows, requests in flight at the end are awaited and not cut off, and no rounded statistics are kept beside the
exact ones. With workers, Locust's master and workers distribute the users and carry the messages between coordinator
and parts; alone, Locust's local runner hands the same messages over at once.
"""

import locust  # noqa: F401, I001  first: it patches the standard library for gevent

import argparse
import gc
import logging
import sys
import time
from collections.abc import Callable
from typing import Any

import gevent
from gevent.event import Event as Signal
from gevent.fileobject import FileObjectPosix
from locust.env import Environment
from locust.runners import MasterRunner, Runner

from scenarios import job as messages
from scenarios.engine.applied import AppliedLoad, Assignment
from scenarios.engine.arriving import OpenPart
from scenarios.engine.closed import ClosedPart
from scenarios.engine.journeys import JourneyPart
from scenarios.engine.locustfiles.locustfile_part import LocustfilePart
from scenarios.engine.kept import KeptConnections
from scenarios.engine.streams import HeldStreams
from scenarios.job import EVENT, JOB, PART, Job
from djbench.load import ClosedLoad, HeldLoad, Load, OpenLoad
from scenarios.engine.users import SiteUser
from scenarios.window import Window

HOST = "127.0.0.1"
_WORKERS_WAIT_S = 30.0
# From the message to the first request: on one machine messages take about a millisecond.
_LEAD_S, _LEAD_OF_WORKERS_S = 0.02, 0.5
# To make a variant of a request ready to be sent; of slices the first one does it for all.
_VARIANT_S = 1e-4
# A slice's own first part is discarded, and what comes late comes in it.
_LEAD_OF_SLICES_S = 0.005


class GeneratorError(Exception):
    """The load cannot be applied as asked."""


def _say(event: messages.Event) -> None:
    sys.stdout.write(EVENT.dump_json(event).decode() + "\n")
    sys.stdout.flush()


def _listen(runner: Runner, name: str, handle: Callable[[str, Any], None]) -> None:
    """Call ``handle`` with the sender and the data of each message of this name.

    Concurrently, which is: in a greenlet of its own, where Locust does not catch what goes wrong.
    """
    runner.register_message(name, lambda environment, msg: handle(msg.node_id, msg.data), concurrent=True)  # noqa: ARG005


_PARTS: dict[type[Load], type[ClosedPart | OpenPart | HeldStreams]] = {
    ClosedLoad: ClosedPart,
    OpenLoad: OpenPart,
    HeldLoad: HeldStreams,
}


def _part_of(job: Job) -> type[ClosedPart | OpenPart | HeldStreams]:
    """What applies the load of a job."""
    journey = job.workload.journey
    if journey is None:
        return _PARTS[type(job.load)]
    return LocustfilePart if journey.locustfile else JourneyPart


class PartRunner:
    """A generator's own part of each load, as the coordinator's messages say."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._part: AppliedLoad | None = None
        self._kept: dict[int, KeptConnections] = {}
        _listen(runner, "begin", lambda _, data: self._begin(data))
        _listen(runner, "open", lambda _, at_ns: self._current.open(at_ns))
        _listen(runner, "close", lambda _, at_ns: self._close(at_ns))
        runner.environment.events.spawning_complete.add_listener(self._all_started)

    @property
    def _current(self) -> AppliedLoad:
        assert self._part is not None, "no load has begun"
        return self._part

    def _begin(self, data: dict[str, Any]) -> None:
        job: Job = data["job"] if isinstance(data["job"], Job) else JOB.validate_json(data["job"])
        self._part = SiteUser.load = _part_of(job)(
            job,
            Assignment(
                index=data["index"],
                of=data["of"],
                start_ns=data["start_ns"],
                warm=lambda at_ns: self._runner.send_message("warm", at_ns),
                due=lambda at_ns: self._runner.send_message("due", at_ns),
                kept=self._kept_for(job),
            ),
        )
        self._runner.send_message("begun", None)

    def _kept_for(self, job: Job) -> KeptConnections | None:
        """The connections that a slice goes on with; None for a load that has one window."""
        if job.standing is None:
            return None
        if job.standing not in self._kept:
            self._kept[job.standing] = KeptConnections(job.timeout_s)
        return self._kept[job.standing]

    def _all_started(self, user_count: int) -> None:  # noqa: ARG002  Locust counts the users of all processes
        self._current.all_started(self._runner.user_count)

    def _close(self, at_ns: int) -> None:
        self._current.close(at_ns)
        gevent.spawn(self._drain, self._current)

    def _drain(self, part: AppliedLoad) -> None:
        part.wait(part.job.drain_limit_s())
        self._runner.send_message("drained", PART.dump_json(part.finish()).decode())


class Coordinator:
    """Applies a load through the parts: one in this process, or one in each worker."""

    def __init__(self, runner: Runner, workers: int = 0) -> None:
        self._runner = runner
        self._workers = workers
        self._numbers: dict[str, int] = {}
        self._start_ns = 0
        self._window = Window(generators=1)
        self._parts: list[messages.Part] = []
        self._waited_for: set[str] = set()
        self._begun = Signal()
        self._opened = Signal()
        self._closed = Signal()
        self._drained = Signal()
        _listen(runner, "begun", lambda name, _: self._has_begun(name))
        _listen(runner, "warm", self._warm)
        _listen(runner, "due", lambda _, at_ns: self._due(at_ns))
        _listen(runner, "drained", lambda _, data: self._part_drained(data))

    def run(self, job: Job) -> messages.Drained:
        """Run one window and wait for its last answer. Raises GeneratorError when the workers are not all there."""
        names = self.wait_for_workers()
        self._numbers = {name: number for number, name in enumerate(names)}
        self._window = Window(generators=len(names))
        self._parts = []
        self._waited_for = set(names)
        for signal in (self._begun, self._opened, self._closed, self._drained):
            signal.clear()
        self._begin(job)
        self._begun.wait()  # a user that Locust starts before its part knows the load would have nothing to do
        users = job.load.locust_users(len(names))
        starting = gevent.spawn(self._runner.start, users, users)
        self._await_window(job)
        self._drained.wait()
        starting.join()
        self._runner.stop()
        self._require(sum(part.users for part in self._parts) == users, "Locust has not started all users")
        return messages.Drained(parts=tuple(sorted(self._parts, key=lambda part: part.generator)))

    def _begin(self, job: Job) -> None:
        """Tell every part. Workers are other processes; in this one the job is handed over as it is."""
        distributed = isinstance(self._runner, MasterRunner)
        packed = JOB.dump_json(job).decode() if distributed else job
        self._start_ns = time.perf_counter_ns() + round(_lead_s(job, distributed=distributed) * 1e9)
        for name, number in self._numbers.items():
            data = {"job": packed, "index": number, "of": len(self._numbers), "start_ns": self._start_ns}
            self._runner.send_message("begin", data, name)

    def _await_window(self, job: Job) -> None:
        """Wait until the window is over. Answers open and close it, but those that take too long do not delay it."""
        opens_ns = self._start_ns + round(job.warmup_limit_s() * 1e9)
        if not self._opened.wait(_seconds_until(opens_ns)) and self._window.warm_up_ends(opens_ns):
            self._open()
        closes_ns = self._window.opened_ns + round(job.window_limit_s() * 1e9)
        if not self._closed.wait(_seconds_until(closes_ns)):
            self._due(closes_ns)

    def wait_for_workers(self) -> list[str]:
        """The workers' names, once all are ready for a load; without workers, this process's. Raises GeneratorError."""
        if not isinstance(self._runner, MasterRunner):
            return ["local"]
        deadline = time.monotonic() + _WORKERS_WAIT_S
        while len(self._runner.clients.ready) < self._workers:
            self._require(time.monotonic() < deadline, f"not all of the {self._workers} workers are there")
            gevent.sleep(0.01)
        return sorted(worker.id for worker in self._runner.clients.ready)

    @staticmethod
    def _require(condition: bool, otherwise: str) -> None:
        if not condition:
            raise GeneratorError(otherwise)

    def _has_begun(self, name: str) -> None:
        self._waited_for.discard(name)
        if not self._waited_for:
            self._begun.set()

    def _warm(self, name: str, at_ns: int) -> None:
        if self._window.warm(self._numbers[name], at_ns):
            self._open()

    def _open(self) -> None:
        self._runner.send_message("open", self._window.opened_ns)
        warmup_s = (self._window.opened_ns - self._start_ns) / 1e9
        _say(messages.Opened(at_ns=self._window.opened_ns, warmup_s=warmup_s))
        self._opened.set()

    def _due(self, at_ns: int) -> None:
        if self._window.due(at_ns):
            self._close()

    def _close(self) -> None:
        self._runner.send_message("close", self._window.closed_ns)
        _say(messages.Closed(at_ns=self._window.closed_ns))
        self._closed.set()

    def _part_drained(self, data: str) -> None:
        self._parts.append(PART.validate_json(data))
        if len(self._parts) == len(self._numbers):
            self._drained.set()


def _lead_s(job: Job, *, distributed: bool) -> float:
    """From the message to the first request."""
    variants_s = _VARIANT_S * sum(len(request.variants) for request in job.workload.requests)
    if job.standing is None:
        return (_LEAD_OF_WORKERS_S if distributed else _LEAD_S) + variants_s
    return _LEAD_OF_SLICES_S + (0.0 if job.offset_s else variants_s)


def _seconds_until(moment_ns: int) -> float:
    """From now; 0 if the moment has passed."""
    return max(0.0, (moment_ns - time.perf_counter_ns()) / 1e9)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="djbench scenarios.generator")
    parser.add_argument("--master", type=int, metavar="PORT", help="send through workers that connect to this port")
    parser.add_argument("--workers", type=int, default=0, help="how many workers to wait for")
    parser.add_argument("--worker", type=int, metavar="PORT", help="be a worker of the master on this port")
    return parser.parse_args()


def main() -> None:
    """Answer jobs until stdin ends; or, as a worker, be there until the master goes."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # Locust warns of every ramp steeper than 100 users a second; starting all users at once is what a window wants.
    logging.getLogger("locust.runners").setLevel(logging.ERROR)
    hub = gevent.get_hub()
    # gevent would print what goes wrong in a callback or greenlet, and go on without it. Here it ends the process.
    hub.SYSTEM_ERROR = (*hub.SYSTEM_ERROR, Exception)
    options = _options()
    environment = Environment(user_classes=[SiteUser])
    if options.worker:
        worker = environment.create_worker_runner(HOST, options.worker)
        PartRunner(worker)
        _freeze()
        worker.greenlet.join()
        return
    if options.master:
        coordinator = Coordinator(environment.create_master_runner(HOST, options.master), options.workers)
        coordinator.wait_for_workers()
    else:
        runner = environment.create_local_runner()
        PartRunner(runner)
        coordinator = Coordinator(runner)
    _freeze()
    _say(messages.Ready())
    with FileObjectPosix(sys.stdin.fileno(), "rb", closefd=False) as jobs:
        for line in jobs:
            _say(coordinator.run(JOB.validate_json(line)))


def _freeze() -> None:
    """What is loaded by now need not be walked by a collection in the middle of a window."""
    gc.collect()
    gc.freeze()
