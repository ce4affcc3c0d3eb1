"""The observers of one window, as one: what watching costs, and when it would cost too much."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from results.records.store import RunDirectory
from runners.watching.observer import Observer, Span

# Of one core. What a tick may take was chosen so that this is not reached by the usual configurations.
MAX_SHARE = 0.01
_INTERVAL_NS = 250_000_000


class Watch(Observer):
    """Hands everything on to its observers.

    They run on the CPUs of the generator and take its time. So their own CPU time is a fact, too, and a tick is left
    out if it would take more than one in a hundred: of servers with a thousand threads there are fewer samples.
    """

    def __init__(self, observers: Sequence[Observer], length_s: float) -> None:
        self._observers = observers
        self._length_ns = length_s * 1e9
        self._opened_ns = 0
        self._cost_ns = self._price_ns = 0
        self._ticked_ns = 0

    def opened(self) -> None:
        """The window has opened."""
        with self._counted():
            self._opened_ns = time.monotonic_ns()
            for observer in self._observers:
                observer.opened()

    def paused(self) -> None:
        """A slice has ended. They look now if they have not for a while: nobody is measured at the moment."""
        if time.monotonic_ns() - self._ticked_ns >= _INTERVAL_NS:
            self.tick()
        with self._counted():
            for observer in self._observers:
                observer.paused()

    def resumed(self) -> None:
        """The next slice begins."""
        with self._counted():
            for observer in self._observers:
                observer.resumed()

    def tick(self) -> None:
        """Let them look, unless that would cost too much."""
        self._ticked_ns = time.monotonic_ns()
        if self._affordable():
            with self._counted():
                for observer in self._observers:
                    observer.tick()

    def closed(self) -> None:
        """The window has closed."""
        with self._counted():
            for observer in self._observers:
                observer.closed()

    def cost_elsewhere_ns(self) -> int:
        """CPU time that all of them have cost other processes, in nanoseconds."""
        return sum(observer.cost_elsewhere_ns() for observer in self._observers)

    def facts(self, span: Span) -> dict[str, Any]:
        """What they saw, and what the watching cost."""
        facts = {"telemetry_share": span.share(self._spent_ns() / 1e9)}
        for observer in self._observers:
            facts |= observer.facts(span)
        return facts

    def artefacts(self, span: Span, directory: RunDirectory, number: int) -> dict[str, str]:
        """The files of all of them."""
        paths: dict[str, str] = {}
        for observer in self._observers:
            paths |= observer.artefacts(span, directory, number)
        return paths

    @contextmanager
    def _counted(self) -> Iterator[None]:
        start_ns = time.thread_time_ns()
        try:
            yield
        finally:
            self._price_ns = time.thread_time_ns() - start_ns
            self._cost_ns += self._price_ns

    def _spent_ns(self) -> int:
        """CPU time that watching has cost so far, here and elsewhere."""
        return self._cost_ns + self.cost_elsewhere_ns()

    def _affordable(self) -> bool:
        """Will what may have been spent when the next tick is due, or at the window's end, suffice?

        For one tick now, for one at the close, and for them to be dearer than the last.
        """
        by_then_ns = min(self._length_ns, time.monotonic_ns() - self._opened_ns + _INTERVAL_NS)
        return self._spent_ns() + 3 * self._price_ns <= MAX_SHARE * by_then_ns
