"""Claims about requests that wait: for a file, for calls, for a stream.

They are about latency and not throughput: the answers of users who wait in step come all at once, so that a window of a
few rounds, which goes from one answer to another, tells how long a round lasts and not how many answers it has.
"""

from results.claims.claim import Claim
from results.claims.claim_checks import Bound, Fails, Holds, Loses, Works
from runners.procedures.claims.claim_cells import GTHREAD, MANY_THREADS, ONE_THREAD, SYNC_WORKER, UVICORN, cell, holding

# As long as the catalog allows, so that reading takes long enough for somebody to wait for it.
_FILE = "file_read:size=16777216"
_SLEEP = "sleep:delay=0.2"
_FOUR = "fan_out:calls=4,delay=0.25"
_NO_SLOT = "no slot of this server was free"


def claims_on_waiting() -> tuple[Claim, ...]:
    """Each of them, its cells looked up in the catalog."""
    return (
        *(_while_waiting(), _ten_calls(), _itself(), _four_calls(), _in_milliseconds(), _clients(), _many_waiting()),
        *(_streams(), _held_open(), _background()),
    )


def _while_waiting() -> Claim:
    return Claim(
        name="answers-while-waiting",
        words="One process answers a trivial request while another request waits for its file.",
        example=2,
        source="opening a file while another view answers",
        checks=(
            Bound(
                says="an event loop: a trivial answer beside 2 users who read a file, compared with reading it",
                quantity="median latency",
                cell=cell(UVICORN, "plain", "async", 1, beside=_FILE, beside_users=2),
                over=cell(UVICORN, _FILE, "async", 2),
                high=1.0,
            ),
            Bound(
                says="one sync worker: a trivial answer beside 2 users who read a file, compared with reading it",
                quantity="median latency",
                cell=cell(SYNC_WORKER, "plain", "sync", 1, beside=_FILE, beside_users=2),
                over=cell(SYNC_WORKER, _FILE, "sync", 1),
                low=1.0,
            ),
            Bound(
                says="an event loop: a trivial answer beside 4 users who wait 0.2 s each",
                quantity="median latency",
                cell=cell(UVICORN, "plain", "async", 1, beside=_SLEEP, beside_users=4),
                high=100.0,
            ),
            Bound(
                says="one sync worker: a trivial answer beside 4 users who wait 0.2 s each",
                quantity="median latency",
                cell=cell(SYNC_WORKER, "plain", "sync", 1, beside=_SLEEP, beside_users=4),
                low=200.0,
            ),
        ),
        why=(
            "An awaited read or wait gives the event loop back, so that the one process can answer other requests. A "
            "sync worker belongs to its request until the answer is sent: all others wait in the queue of the socket. "
            "Threads do the same job as the event loop, as long as one of them is free. But nobody waits for a file "
            "that the system has in memory: the process copies it, and other requests wait for that."
        ),
    )


def _ten_calls() -> Claim:
    together, in_turn = (cell(UVICORN, "fan_out:calls=10,delay=1", style, 1) for style in ("async", "sync"))
    return Claim(
        name="ten-calls",
        words="Ten calls of 1 s take about 1 s with asyncio.gather, and about 10 s one after the other.",
        example=4,
        source="an API that takes 1 s, aggregated by an async view with 10 concurrent calls",
        checks=(
            Bound(says="ten calls with gather", quantity="median latency", cell=together, low=950.0, high=1300.0),
            Bound(
                says="ten calls one after the other",
                quantity="median latency",
                cell=in_turn,
                low=9500.0,
                high=11_000.0,
            ),
            Bound(
                says="one after the other compared with gather",
                quantity="median latency",
                cell=in_turn,
                over=together,
                low=8.0,
            ),
        ),
        why=(
            "Calls that wait for somebody else's server cost next to nothing here while they wait, so they can all "
            "wait at the same time. That is what gather does, and what a pool of threads does as well (the claim "
            "four-calls has both): it is the overlap that helps, and async is one way to write it."
        ),
    )


def _itself() -> Claim:
    return Claim(
        name="calls-itself",
        words="A view that calls its own server works where a slot is free for the inner calls, and stalls elsewhere.",
        example=5,
        source="the aggregator calling the same server",
        checks=(
            Fails(
                says="one thread: the view holds it, and its inner calls wait for it",
                cell=cell(ONE_THREAD, "self_aggregate", "sync", 1),
                reason=_NO_SLOT,
            ),
            Works(says="sixteen threads of the same server, one user", cell=cell(GTHREAD, "self_aggregate", "sync", 1)),
            Works(says="an event loop", cell=cell(UVICORN, "self_aggregate", "async", 1)),
        ),
        why=(
            "The outer request keeps its slot until the inner ones are answered, and those need slots of their own. "
            "With one slot nobody can ever answer; the site's view gives up after 3 s with status 504 and says so. "
            "With more slots it works until as many outer requests come together as there are slots. An event loop has "
            "no slots to run out of."
        ),
    )


def _four_calls() -> Claim:
    together, aiohttp, threads, in_turn, requests = (
        cell(UVICORN, _FOUR, style, 1) for style in ("async", "aiohttp", "threads", "sync", "requests")
    )
    return Claim(
        name="four-calls",
        words="Four calls at once take as long as the slowest of them: a quarter of the time of one after the other.",
        example=6,
        source="four calls to a third-party API",
        checks=(
            Bound(
                says="four calls of 0.25 s at once, httpx",
                quantity="median latency",
                cell=together,
                low=240.0,
                high=325.0,
            ),
            Bound(
                says="four calls of 0.25 s at once, aiohttp",
                quantity="median latency",
                cell=aiohttp,
                low=240.0,
                high=325.0,
            ),
            Bound(
                says="at once compared with one after the other, both with httpx",
                quantity="median latency",
                cell=together,
                over=in_turn,
                low=0.24,
                high=0.33,
            ),
            Bound(
                says="sync views: at once in a pool of threads, compared with one after the other",
                quantity="median latency",
                cell=threads,
                over=in_turn,
                low=0.24,
                high=0.33,
            ),
            Bound(
                says="httpx at once compared with requests one after the other",
                quantity="median latency",
                cell=together,
                over=requests,
                low=0.24,
                high=0.33,
            ),
        ),
        why=(
            "If all calls run at the same time, the view waits for the slowest call, and not for the sum of all. Four "
            "equal calls take a quarter of the time, and never less than one call. It makes no difference whether "
            "coroutines or threads wait for them."
        ),
    )


def _in_milliseconds() -> Claim:
    return Claim(
        name="four-calls-in-milliseconds",
        words="With asyncio, what took seconds (four calls, one after the other) takes a couple of milliseconds.",
        example=6,
        source="four calls to a third-party API, '6 seconds become a couple of milliseconds'",
        checks=(
            Bound(
                says="four calls of 0.25 s at once, httpx",
                quantity="median latency",
                cell=cell(UVICORN, _FOUR, "async", 1),
                high=10.0,
            ),
            Bound(
                says="four calls of 0.25 s at once, aiohttp",
                quantity="median latency",
                cell=cell(UVICORN, _FOUR, "aiohttp", 1),
                high=10.0,
            ),
        ),
        why=(
            "No client and no event loop makes somebody else's server answer sooner: the aggregate cannot beat its "
            "slowest call. A few milliseconds are what starting the calls takes, or an answer that was never awaited."
        ),
    )


def _clients() -> Claim:
    call = "http_call:delay=0.05"
    return Claim(
        name="http-clients",
        words="A view can call an API by requests or httpx when it is sync, and by httpx or aiohttp when it is async.",
        example=7,
        source="single call to an external API",
        checks=(
            Works(says="sync, httpx", cell=cell(UVICORN, call, "sync")),
            Works(says="sync, requests", cell=cell(UVICORN, call, "requests")),
            Works(says="async, httpx", cell=cell(UVICORN, call, "async")),
            Works(says="async, aiohttp", cell=cell(UVICORN, call, "aiohttp")),
        ),
        why=(
            "Each of them waits for the same answer. What differs is the CPU time that a client takes for a call, "
            "which the report has, and whether its connections are kept: a new client for each request, as many "
            "examples have it, pays for a connection each time."
        ),
    )


def _many_waiting() -> Claim:
    return Claim(
        name="many-waiting",
        words="One process with async views holds many waiting requests at once.",
        example=8,
        source="sleeping 1 s or 2 s in an async view",
        checks=(
            Bound(
                says="64 users who wait 1 s each, on one event loop: all at the same time",
                quantity="median latency",
                cell=cell(UVICORN, "sleep:delay=1", "async", 64),
                high=1200.0,
            ),
            Bound(
                says="64 users who wait 2 s each, on one event loop: all at the same time",
                quantity="median latency",
                cell=cell(UVICORN, "sleep:delay=2", "async", 64),
                high=2400.0,
            ),
            Bound(
                says="64 users who wait 1 s each, on sixteen threads: in four rounds",
                quantity="median latency",
                cell=cell(GTHREAD, "sleep:delay=1", "sync", 64),
                low=3500.0,
            ),
        ),
        why=(
            "A request that waits in an event loop is a small object; one that waits in a thread holds the thread. By "
            "Little's law a server answers at most slots / wait requests a second, here 16 / 1 s, whatever its name. A "
            "threaded server needs as many threads as there are requests (the claim streams has sixteen beside "
            "sixty-four), and each thread takes memory."
        ),
    )


def _streams() -> Claim:
    stream = "stream:parts=5,delay=0.1"
    return Claim(
        name="streams",
        words="An event loop holds many long-lived answers; threads hold as many as there are threads.",
        example=14,
        source="long-lived connections",
        checks=(
            Bound(
                says="64 users who each take a stream of 0.5 s, on one event loop: all at the same time",
                quantity="median latency",
                cell=cell(UVICORN, stream, "async", 64),
                high=700.0,
            ),
            Bound(
                says="64 users who each take a stream of 0.5 s, on 16 threads compared with 64 threads",
                quantity="median latency",
                cell=cell(GTHREAD, stream, "sync", 64),
                over=cell(MANY_THREADS, stream, "sync", 64),
                low=2.5,
            ),
        ),
        why=(
            "A streaming answer holds its thread from the first part to the last, even while it only waits for the "
            "next one. Other requests wait for a thread. In an event loop an open stream costs memory, and CPU time "
            "only when a part is sent."
        ),
    )


def _held_open() -> Claim:
    events, streams = "sse:delay=0.2", 100
    return Claim(
        name="held-open",
        words="Server-sent events and WebSockets: an event loop holds a hundred open, sixteen threads hold sixteen.",
        example=14,
        source="long-lived connections, server-sent events",
        checks=(
            Holds(
                says="100 event streams on one event loop",
                cell=holding(UVICORN, events, "async", streams),
                low=streams,
                high=streams,
            ),
            Holds(
                says="100 event streams on sixteen threads",
                cell=holding(GTHREAD, events, "sync", streams),
                low=16,
                high=16,
            ),
            Holds(
                says="100 WebSockets on one event loop",
                cell=holding(UVICORN, "websocket:delay=0.2", "async", streams),
                low=streams,
                high=streams,
            ),
        ),
        why=(
            "A stream that never ends keeps its thread. Streams for which there is no thread get nothing, and later "
            "requests wait behind them: the report says how long a plain request took. In an event loop each stream is "
            "a coroutine that sleeps until its next event is due."
        ),
    )


def _background() -> Claim:
    work = "background:delay=1"
    threads, task, threads_on_uvicorn = (
        cell(server, work, style, 1)
        for server, style in ((GTHREAD, "threads"), (UVICORN, "async"), (UVICORN, "threads"))
    )
    return Claim(
        name="background",
        words=(
            "An answer does not wait for work that a view starts and does not await. When the server ends, gunicorn "
            "finishes the work of threads. uvicorn loses the work of threads and of tasks."
        ),
        example=16,
        source="background work without a task queue",
        checks=(
            Bound(
                says="a thread works for 1 s, on gunicorn's threads: the answer does not wait for it",
                quantity="median latency",
                cell=threads,
                high=100.0,
            ),
            Bound(
                says="a task works for 1 s, on uvicorn: the answer does not wait for it",
                quantity="median latency",
                cell=task,
                high=100.0,
            ),
            Loses(says="the work of threads on gunicorn", cell=threads, some=False),
            Loses(says="the work of tasks on uvicorn", cell=task, some=True),
            Loses(says="the work of threads on uvicorn", cell=threads_on_uvicorn, some=True),
        ),
        why=(
            "The answer is sent before the work is done. The price: nobody hears whether the work succeeded. Python "
            "waits for the threads of a pool when a process ends normally, as gunicorn's worker does. uvicorn ends by "
            "the signal that it gets, and waits for nothing. An asyncio task ends with its event loop. djbench's site "
            "counts the work that began and the work that ended. Put work that must not be lost into a queue."
        ),
    )
