"""background: an answer at once, and work that goes on after it in the same process.

What nobody waits for can be lost when the process ends: a thread of an executor is joined, if the interpreter comes to
its end and is not ended by a signal; an asyncio task ends with its event loop. How much was begun and how much was
ended stands in a file, where it outlasts the process.
"""

import asyncio
import mmap
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from djbench.work import COUNTS
from target_site.responses import answer, values
from target_site.site_catalog import WORK_FILES

# As many threads as there is work at a time: nothing limits tasks either.
_POOL = ThreadPoolExecutor(max_workers=10_000, thread_name_prefix="background")
_TASKS: set[asyncio.Task[None]] = set()  # the event loop itself keeps weak references only


class _Ledger:
    """This process's work, counted in memory that is a file."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun = self._ended = 0
        self._pages: mmap.mmap | None = None

    def begins(self) -> None:
        """One more is to be done."""
        with self._lock:
            self._begun += 1
            self._note()

    def ends(self) -> None:
        """One of them is done."""
        with self._lock:
            self._ended += 1
            self._note()

    def _note(self) -> None:
        if self._pages is None:  # not before, for a server may fork
            path = settings.DATA_DIR / WORK_FILES.replace("*", str(os.getpid()))
            path.write_bytes(bytes(COUNTS.size))
            with path.open("r+b") as file:
                self._pages = mmap.mmap(file.fileno(), 0)
        COUNTS.pack_into(self._pages, 0, self._begun, self._ended)


_LEDGER = _Ledger()


def payload(delay_s: float) -> dict[str, object]:
    """The answer: how long the work will take."""
    return {"pattern": "background", "delay": delay_s}


def _in_thread(delay_s: float) -> None:
    time.sleep(delay_s)
    _LEDGER.ends()


async def _in_task(delay_s: float) -> None:
    await asyncio.sleep(delay_s)
    _LEDGER.ends()


def threads_view(request: HttpRequest) -> HttpResponse:
    """A thread goes on with it."""
    delay_s = float(values(request, "background")["delay"])
    _LEDGER.begins()
    _POOL.submit(_in_thread, delay_s)
    return answer(payload(delay_s))


async def async_view(request: HttpRequest) -> HttpResponse:
    """A task of the event loop goes on with it."""
    delay_s = float(values(request, "background")["delay"])
    _LEDGER.begins()
    task = asyncio.get_running_loop().create_task(_in_task(delay_s))
    _TASKS.add(task)
    task.add_done_callback(_TASKS.discard)
    return answer(payload(delay_s))
