"""What a conductor waits for while a generator applies a load, and for how long. Pure."""

from dataclasses import dataclass

from scenarios.job import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """One stage of a window."""

    #: What goes on, such as ``connecting 5000 users``.
    what: str
    #: What is waited for if it takes longer than usual.
    late: str
    #: How long it takes if nothing holds it up, in seconds.
    usual_s: float
    #: How long it can take, in seconds.
    longest_s: float
    #: How long what comes after it takes at least, in seconds.
    then_s: float = 0.0

    def left_s(self, waited_s: float) -> float:
        """About how long until all is over, in seconds. A wait that is late lasts as long again, but has an end."""
        if waited_s < self.usual_s:
            return self.usual_s - waited_s + self.then_s
        return min(waited_s, max(0.0, self.longest_s - waited_s)) + self.then_s


def opening(job: Job) -> Wait:
    """Until the window opens."""
    what = job.load.warming_up
    length_s = job.load.window_s(job.duration_s)
    return Wait(what=what, late=what, usual_s=job.warmup_s, longest_s=job.warmup_limit_s(), then_s=length_s)


def closing(job: Job) -> Wait:
    """Until the window closes."""
    length_s = job.load.window_s(job.duration_s)
    late = "waiting for the answer that ends the window"
    return Wait(what="measuring", late=late, usual_s=length_s, longest_s=job.window_limit_s())


def draining(job: Job) -> Wait:
    """Until the last answer is in."""
    what = "waiting for the last answers"
    return Wait(what=what, late=what, usual_s=0.0, longest_s=job.drain_limit_s())
