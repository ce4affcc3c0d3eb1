"""Claims about requests that hardly wait: what async views cost and gain there, and what works where."""

from results.claims import Bound, Claim, Works
from results.stats import SAME_BAND
from runners.claims.cells import GTHREAD, NOTHING, SYNC_WORKER, UVICORN, cell

_LITTLE = 1 + NOTHING


def claims() -> tuple[Claim, ...]:
    """Each of them, its cells looked up in the catalogue."""
    return (
        *(_trivial(), _trivial_same_server(), _async_orm(), _under_wsgi(), _sync_to_async(), _login()),
        *(_middleware(), _cpu(), _websocket(), _servers(), _transactions()),
    )


def _trivial() -> Claim:
    return Claim(
        name="trivial-view",
        words="Async alone makes no trivial view faster: an async view under ASGI does not beat a sync one under WSGI.",
        example=1,
        source="current date and time, as a plain view",
        checks=(
            Bound(
                says="async on uvicorn over sync on gunicorn's threads",
                quantity="throughput",
                cell=cell(UVICORN, "plain", "async"),
                over=cell(GTHREAD, "plain", "sync"),
                high=_LITTLE,
            ),
        ),
        why=(
            "A view that waits for nothing has nothing to give the event loop back for. What is left is the way "
            "through server and handler, and Django's ASGI handler does more per request than its WSGI handler: it "
            "makes tasks, a thread-sensitive context, and an iterator for the answer."
        ),
    )


def _trivial_same_server() -> Claim:
    return Claim(
        name="trivial-view-same-server",
        words="On one and the same ASGI server, too, async makes a trivial view no faster than sync.",
        example=1,
        source="current date and time, as a plain view",
        checks=(
            Bound(
                says="async over sync, both on uvicorn",
                quantity="throughput",
                cell=cell(UVICORN, "plain", "async"),
                over=cell(UVICORN, "plain", "sync"),
                high=_LITTLE,
            ),
        ),
        why=(
            "Under ASGI Django runs a sync view in a thread of its own for the request, so that it cannot block the "
            "event loop. Starting and awaiting that thread costs more than a trivial view itself. Once a site is "
            "served by ASGI its cheap views are better async; that says nothing for moving it there."
        ),
    )


def _async_orm() -> Claim:
    return Claim(
        name="async-orm",
        words="The async ORM costs something: an async view that reads from the database is slower than a sync one.",
        example=3,
        source="ORM calls in a view",
        checks=(
            Bound(
                says="aget, afirst, async for on uvicorn over get, first, list on gunicorn's threads",
                quantity="throughput",
                cell=cell(UVICORN, "orm_read", "async"),
                over=cell(GTHREAD, "orm_read", "sync"),
                high=1 - SAME_BAND,
            ),
        ),
        why=(
            "The a* methods run the sync ORM in a thread, one hop there and back per call, and the calls of one "
            "request one after the other. The database answers no sooner for it. What an async view gains is that the "
            "event loop is free meanwhile, which helps other requests only when the database is what they wait for."
        ),
    )


def _under_wsgi() -> Claim:
    waits = "sleep:delay=0.05"
    return Claim(
        name="async-under-wsgi",
        words="An async view under WSGI works, in an event loop made for that one request, and gains nothing.",
        example=9,
        source="sync and async views side by side in one code base, async under WSGI",
        checks=(
            Works(says="async under WSGI", cell=cell(GTHREAD, "plain", "async")),
            Works(says="sync under ASGI", cell=cell(UVICORN, "plain", "sync")),
            Bound(
                says="a trivial view, async over sync, both on gunicorn's threads",
                quantity="throughput",
                cell=cell(GTHREAD, "plain", "async"),
                over=cell(GTHREAD, "plain", "sync"),
                high=_LITTLE,
            ),
            Bound(
                says="a view that waits 0.05 s, 64 users, async over sync, both on gunicorn's threads: no sooner",
                quantity="median latency",
                cell=cell(GTHREAD, waits, "async", 64),
                over=cell(GTHREAD, waits, "sync", 64),
                low=1 - NOTHING,
            ),
        ),
        why=(
            "The thread that has taken the request runs the event loop and waits until that is done, so the slot is "
            "held as by a sync view; making the loop comes on top. Calls within one request can still overlap. It is a "
            "way to keep one code base, not to hold more requests."
        ),
    )


def _sync_to_async() -> Claim:
    return Claim(
        name="sync-to-async",
        words="Sync ORM calls inside sync_to_async are as fast as the ORM's own async methods.",
        example=10,
        source="async ORM through sync_to_async",
        checks=(
            Bound(
                says="three queries in one sync_to_async over aget, afirst, async for; both on uvicorn",
                quantity="throughput",
                cell=cell(UVICORN, "orm_read", "sync_to_async"),
                over=cell(UVICORN, "orm_read", "async"),
                low=1 - NOTHING,
                high=_LITTLE,
            ),
        ),
        why=(
            "Both run the same sync code in a thread. The difference is how often: the a* methods go there and back "
            "for each query, one sync_to_async around all of them goes once. The more queries a view makes, the more "
            "the one hop saves."
        ),
    )


def _login() -> Claim:
    return Claim(
        name="login",
        words="A class-based view with an async get works behind login_required, as one with a sync get does.",
        example=11,
        source="class-based view with async get and login_required",
        checks=(
            Works(says="sync get on uvicorn", cell=cell(UVICORN, "cbv_login", "sync")),
            Works(says="async get on uvicorn", cell=cell(UVICORN, "cbv_login", "async")),
        ),
        why=(
            "View.as_view makes a coroutine function when its handlers are, and login_required knows both kinds; the "
            "user comes by request.auser(). That anonymous visitors are turned away alike is in djbench's tests, for "
            "it is no question of speed."
        ),
    )


def _middleware() -> Claim:
    def behind(kind: str) -> str:
        return f"middleware:kind={kind},depth=3"

    return Claim(
        name="sync-middleware",
        words="Sync-only middleware costs an async view something.",
        example=12,
        source="some middleware is sync-only",
        checks=(
            Bound(
                says="an async view on uvicorn behind three sync-only middlewares over three that can do both",
                quantity="throughput",
                cell=cell(UVICORN, behind("sync"), "async"),
                over=cell(UVICORN, behind("both"), "async"),
                high=1 - SAME_BAND,
            ),
        ),
        why=(
            "Django adapts a middleware that cannot be awaited by running it in a thread, and from there the async "
            "view by going back to the event loop: two changes of thread for the request, paid once for a row of sync "
            "ones that follow each other."
        ),
    )


def _cpu() -> Claim:
    work, users = "cpu:rounds=50000", 4
    return Claim(
        name="cpu-bound",
        words="Async does not help CPU-bound work.",
        example=13,
        source="CPU-bound work",
        checks=(
            Bound(
                says="async over sync, both on uvicorn",
                quantity="throughput",
                cell=cell(UVICORN, work, "async", users),
                over=cell(UVICORN, work, "sync", users),
                high=_LITTLE,
            ),
            Bound(
                says="async on uvicorn over sync in one sync worker",
                quantity="throughput",
                cell=cell(UVICORN, work, "async", users),
                over=cell(SYNC_WORKER, work, "sync", users),
                high=_LITTLE,
            ),
        ),
        why=(
            "A process of Python with its global lock computes one thing at a time, whether threads or coroutines ask "
            "for it. In an event loop it is worse for the others, who wait until the computation is over. More "
            "processes help."
        ),
    )


def _websocket() -> Claim:
    return Claim(
        name="websocket",
        words="WebSockets work beside Django's views, under ASGI.",
        example=15,
        source="websockets",
        checks=(
            Works(says="messages and answers on uvicorn", cell=cell(UVICORN, "websocket", "async")),
            Works(says="messages and answers on daphne", cell=cell("daphne", "websocket", "async")),
        ),
        why=(
            "Django's own handler speaks HTTP alone and refuses a WebSocket; an ASGI application in front of it, or "
            "Channels, takes those connections. Under WSGI there is no way to say it: a request has one answer."
        ),
    )


def _servers() -> Claim:
    return Claim(
        name="servers",
        words="The same site is served by daphne, by uvicorn and by the development server.",
        example=17,
        source="served by daphne, uvicorn; development server",
        checks=(
            Works(says="daphne", cell=cell("daphne", "plain", "async")),
            Works(says="uvicorn", cell=cell(UVICORN, "plain", "async")),
            Works(says="runserver", cell=cell("runserver", "plain", "sync")),
        ),
        why=(
            "An ASGI or WSGI application does not know its server. That it works says nothing of how fast it is: the "
            "report has the numbers; the development server is there to be compared with and for nothing else."
        ),
    )


def _transactions() -> Claim:
    return Claim(
        name="transactions",
        words="Transactions stay sync: in an async view they work inside sync_to_async, and gain nothing by it.",
        example=18,
        source="transactions stay sync",
        checks=(
            Works(says="transaction.atomic in a sync view", cell=cell(GTHREAD, "orm_transaction", "sync")),
            Works(
                says="the same inside sync_to_async in an async view",
                cell=cell(UVICORN, "orm_transaction", "sync_to_async"),
            ),
            Bound(
                says="inside sync_to_async on uvicorn over sync on gunicorn's threads",
                quantity="throughput",
                cell=cell(UVICORN, "orm_transaction", "sync_to_async"),
                over=cell(GTHREAD, "orm_transaction", "sync"),
                high=_LITTLE,
            ),
        ),
        why=(
            "A transaction belongs to a connection, and a connection to a thread, so that all of it has to run in one "
            "thread: one sync function inside sync_to_async. It does what the sync view does, with a hop more."
        ),
    )
