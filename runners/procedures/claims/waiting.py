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
                says="an event loop: the trivial answer, beside 2 who read a file, comes before their files do",
                quantity="median latency",
                cell=cell(UVICORN, "plain", "async", 1, beside=_FILE, beside_users=2),
                over=cell(UVICORN, _FILE, "async", 2),
                high=1.0,
            ),
            Bound(
                says="one sync worker: the trivial answer waits for the files of the others first",
                quantity="median latency",
                cell=cell(SYNC_WORKER, "plain", "sync", 1, beside=_FILE, beside_users=2),
                over=cell(SYNC_WORKER, _FILE, "sync", 1),
                low=1.0,
            ),
            Bound(
                says="an event loop: beside 4 who wait 0.2 s each, the trivial answer takes less than half of that",
                quantity="median latency",
                cell=cell(UVICORN, "plain", "async", 1, beside=_SLEEP, beside_users=4),
                high=100.0,
            ),
            Bound(
                says="one sync worker: beside them it takes at least one such wait",
                quantity="median latency",
                cell=cell(SYNC_WORKER, "plain", "sync", 1, beside=_SLEEP, beside_users=4),
                low=200.0,
            ),
        ),
        why=(
            "An awaited read or wait gives the event loop back, so that the one process takes up whatever else has "
            "come. A sync worker is held by its request until that is answered: everybody else stands in the queue of "
            "the socket. Threads do the same job as the event loop, as long as one of them is free. But a file that "
            "the system has in memory is not waited for: it is copied, and what a process computes, in its threads or "
            "in the event loop, keeps the others waiting."
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
            Bound(says="with gather", quantity="median latency", cell=together, low=950.0, high=1300.0),
            Bound(says="one after the other", quantity="median latency", cell=in_turn, low=9500.0, high=11_000.0),
            Bound(
                says="one after the other over gather",
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
                says="one thread: the view holds it, and its inner calls wait for it in vain",
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
        words="Four calls at once take as long as the slowest of them, a quarter of one after the other.",
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
                says="at once over one after the other, both httpx",
                quantity="median latency",
                cell=together,
                over=in_turn,
                low=0.24,
                high=0.33,
            ),
            Bound(
                says="without async: at once, in a pool of threads, over one after the other, both in sync views",
                quantity="median latency",
                cell=threads,
                over=in_turn,
                low=0.24,
                high=0.33,
            ),
            Bound(
                says="httpx at once over requests one after the other",
                quantity="median latency",
                cell=together,
                over=requests,
                low=0.24,
                high=0.33,
            ),
        ),
        why=(
            "With all calls under way at the same time the answer is there when the last of them is: the sum of the "
            "waits becomes their maximum. Four equal ones become a quarter, and nothing makes them shorter than one. "
            "Whether coroutines wait for them or threads makes no difference to that."
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
                says="64 users who wait 1 s each, on one event loop: all of them at the same time",
                quantity="median latency",
                cell=cell(UVICORN, "sleep:delay=1", "async", 64),
                high=1200.0,
            ),
            Bound(
                says="64 users who wait 2 s each, on one event loop: at the same time",
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
                says="64 users who each take a stream of 0.5 s, on an event loop: all of them at the same time",
                quantity="median latency",
                cell=cell(UVICORN, stream, "async", 64),
                high=700.0,
            ),
            Bound(
                says="the same on sixteen threads, in four rounds, over sixty-four threads of the same server, in one",
                quantity="median latency",
                cell=cell(GTHREAD, stream, "sync", 64),
                over=cell(MANY_THREADS, stream, "sync", 64),
                low=2.5,
            ),
        ),
        why=(
            "A streaming answer holds its thread from the first part to the last, even when it does nothing but wait "
            "for the next one; the others wait for a thread. In an event loop an open stream costs memory, and CPU "
            "time only when a part is sent."
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
            "A stream that is never over keeps its thread for good. The streams beyond the threads get nothing, and "
            "who else comes waits behind them: the report says what a plain request beside them met. In an event loop "
            "each is a coroutine that sleeps until its next event is due."
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
            "Work that a view starts and does not await keeps no answer waiting; when the server ends, gunicorn "
            "finishes what threads are at, uvicorn loses it, in threads and in tasks, and how much is said."
        ),
        example=16,
        source="background work without a task queue",
        checks=(
            Bound(
                says="a thread works for 1 s, on gunicorn's threads: the answer is there in a tenth of that",
                quantity="median latency",
                cell=threads,
                high=100.0,
            ),
            Bound(
                says="a task works for 1 s, on uvicorn: the answer is there in a tenth of that",
                quantity="median latency",
                cell=task,
                high=100.0,
            ),
            Loses(says="what threads are at when gunicorn ends", cell=threads, some=False),
            Loses(says="what tasks are at when uvicorn ends", cell=task, some=True),
            Loses(says="what threads are at when uvicorn ends", cell=threads_on_uvicorn, some=True),
        ),
        why=(
            "The answer is on its way before the work is done, and that is also its price: nobody hears whether it "
            "succeeded. Python waits for the threads of a pool when it comes to its end, as gunicorn's worker does; "
            "uvicorn ends by the signal that it was sent, and nothing is waited for. An asyncio task is gone with its "
            "event loop. djbench's site counts what was begun and what was ended, else nobody would know. What must "
            "not be lost belongs into a queue."
        ),
    )
