"""The load generator's process: runs one Locust load after another, as the conductor asks (see ``job``).

``python -m scenarios.generator``. It uses Locust as a library, so that one process can run several windows, requests
in flight at the end are awaited and not cut off, and no rounded statistics are kept beside the exact ones.
"""

import locust  # noqa: I001  first: it patches the standard library for gevent

import gc
import logging
import sys
import time
from pathlib import Path

from gevent.event import Event as Signal
from gevent.fileobject import FileObjectPosix
from locust.env import Environment

from scenarios import job as messages
from scenarios.job import EVENT, JOB, Job
from scenarios.recording import Recorder
from scenarios.users import Answer, Session, SiteUser
from scenarios.window import Phase, Window


def _say(event: messages.Event) -> None:
    sys.stdout.write(EVENT.dump_json(event).decode() + "\n")
    sys.stdout.flush()


class _Measurement:
    """Connects what users report with the window's phases, the recorder and the conductor."""

    def __init__(self, job: Job) -> None:
        self._window = Window(
            users=job.load.users,
            started_ns=time.perf_counter_ns(),
            warmup_s=job.warmup_s,
            warmup_limit_s=job.warmup_limit_s,
            duration_s=job.duration_s,
        )
        self._recorder = Recorder(Path(job.samples))
        self.closed = Signal()
        self.warmup_requests = 0
        self._gaps_before = (0, 0)
        self.session = Session(
            job.workload,
            host=job.host,
            port=job.port,
            timeout_s=job.timeout_s,
            users=job.load.users,
            spread_s=job.warmup_s / 2,
            seed=job.seed,
            report=self._report,
        )

    def _report(self, answer: Answer) -> None:
        window = self._window
        if window.phase is Phase.WARMING:
            self.warmup_requests += 1
        elif window.phase is Phase.OPEN or answer.sent_ns < window.closed_ns:
            self._recorder.add(
                intended_ns=answer.intended_ns,
                sent_ns=answer.sent_ns,
                done_ns=answer.done_ns,
                size=answer.size,
                status=answer.status,
                request=answer.request,
                outcome=answer.outcome,
            )
        begun = window.answered(answer.user, answer.done_ns)
        if begun is Phase.OPEN:
            self._gaps_before = (self.session.gaps, self.session.gaps_ns)
            _say(messages.Opened(at_ns=answer.done_ns, cpu_ns=time.process_time_ns()))
        elif begun is Phase.CLOSED:
            self._closed()

    def _closed(self) -> None:
        self.session.stopping = True
        gaps, gaps_ns = self.session.gaps - self._gaps_before[0], self.session.gaps_ns - self._gaps_before[1]
        _say(
            messages.Closed(
                at_ns=self._window.closed_ns, cpu_ns=time.process_time_ns(), gap_ns=gaps_ns / gaps if gaps else 0.0
            )
        )
        self.closed.set()

    def give_up(self) -> None:
        """Close a window that no answer closes any more."""
        if self._window.phase is Phase.CLOSED:
            return
        if self._window.phase is Phase.WARMING:
            _say(messages.Opened(at_ns=time.perf_counter_ns(), cpu_ns=time.process_time_ns()))
        self._window.close(time.perf_counter_ns())
        self._closed()

    def finish(self) -> None:
        """Stop what the load started and write the rest of the samples."""
        self.session.close()
        self._recorder.close()


def run(job: Job) -> messages.Drained:
    """Run one window and wait for its last answer."""
    measurement = _Measurement(job)
    session = measurement.session
    user_class = type("BoundSiteUser", (SiteUser,), {"session": session})
    environment = Environment(user_classes=[user_class])
    runner = environment.create_local_runner()
    runner.start(job.load.users, spawn_rate=job.load.users)
    # Whatever happens, the window is over by then: each part can be late by no more than one time-out.
    if not measurement.closed.wait(timeout=job.warmup_limit_s + job.duration_s + 2 * job.timeout_s):
        measurement.give_up()
    runner.user_greenlets.join(timeout=job.timeout_s + 1)
    unfinished = session.busy
    runner.quit()
    measurement.finish()
    return messages.Drained(
        warmup_requests=measurement.warmup_requests,
        unfinished=unfinished,
        connects=sum(connection.connects for connection in session.connections),
        reconnects=sum(connection.reconnects for connection in session.connections),
    )


def main() -> None:
    """Answer jobs until stdin ends."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # Locust warns of every ramp steeper than 100 users a second; starting all users at once is what a window wants.
    logging.getLogger("locust.runners").setLevel(logging.ERROR)
    gc.collect()
    gc.freeze()  # what is loaded by now need not be walked by a collection in the middle of a window
    _say(messages.Ready())
    with FileObjectPosix(sys.stdin.fileno(), "rb", closefd=False) as jobs:
        for line in jobs:
            _say(run(JOB.validate_json(line)))


if __name__ == "__main__":
    assert locust.__version__  # imported for its effect
    main()
