"""Claims about requests that hardly wait: what async views cost and gain there, and what works where.

A style is compared with another on one server, else the ratio would be that of two servers: Django's ASGI handler takes
longer than its WSGI handler for a view that does nothing. What a move costs, of both at once, has checks of its own.
"""

from results.claims.claim import Claim
from results.claims.claim_checks import Bound, Works
from runners.procedures.claims.claim_cells import BOTH, GTHREAD, SAME_HIGH, SAME_LOW, SYNC_WORKER, UVICORN, cell


def claims_on_working() -> tuple[Claim, ...]:
    """Each of them, its cells looked up in the catalog."""
    return (
        *(_trivial(), _trivial_moved(), _async_orm(), _under_wsgi(), _sync_to_async(), _login()),
        *(_middleware(), _cpu(), _websocket(), _servers(), _transactions()),
    )


def _trivial() -> Claim:
    return Claim(
        name="trivial-view",
        words="Async alone makes no trivial view faster: on the same server, async does not beat sync.",
        example=1,
        source="current date and time, as a plain view",
        checks=(
            Bound(
                says="an async view compared with a sync one, both on gunicorn's threads",
                quantity="throughput",
                cell=cell(GTHREAD, "plain", "async"),
                over=cell(GTHREAD, "plain", "sync"),
                high=SAME_HIGH,
            ),
            Bound(
                says="an async view compared with a sync one, both on uvicorn",
                quantity="throughput",
                cell=cell(UVICORN, "plain", "async"),
                over=cell(UVICORN, "plain", "sync"),
                high=SAME_HIGH,
            ),
        ),
        why=(
            "A view that waits for nothing gains nothing from an event loop. Under WSGI, Django makes an event loop "
            "for each async view, which costs time. Under ASGI the sync view pays: Django runs it in a thread of its "
            "own, so that it cannot block the event loop. That thread costs more than a trivial view itself. So if a "
            "site is served by ASGI, its cheap views are better async. That is no reason to move a site to ASGI."
        ),
    )


def _trivial_moved() -> Claim:
    return Claim(
        name="trivial-view-moved",
        words="A trivial view gets no faster by moving it from sync under WSGI to async under ASGI.",
        example=1,
        source="current date and time, as a plain view",
        checks=(
            Bound(
                says=f"{BOTH}: async on uvicorn compared with sync on gunicorn's threads",
                quantity="throughput",
                cell=cell(UVICORN, "plain", "async"),
                over=cell(GTHREAD, "plain", "sync"),
                high=SAME_HIGH,
            ),
        ),
        why=(
            "A trivial view takes hardly any time itself: the server and Django's handler take it. The ASGI handler "
            "does more per request than the WSGI handler: it makes tasks, a thread-sensitive context, and an iterator "
            "for the answer."
        ),
    )


def _async_orm() -> Claim:
    return Claim(
        name="async-orm",
        words=(
            "The async ORM costs something: a view that reads through it is slower than one with the sync ORM. That is "
            "so on the same server, and after a move from threads to an event loop."
        ),
        example=3,
        source="ORM calls in a view",
        checks=(
            Bound(
                says="the async ORM compared with the sync ORM, both on uvicorn",
                quantity="throughput",
                cell=cell(UVICORN, "orm_read", "async"),
                over=cell(UVICORN, "orm_read", "sync"),
                high=SAME_LOW,
            ),
            Bound(
                says=f"{BOTH}: the async ORM on uvicorn compared with the sync ORM on gunicorn's threads",
                quantity="throughput",
                cell=cell(UVICORN, "orm_read", "async"),
                over=cell(GTHREAD, "orm_read", "sync"),
                high=SAME_LOW,
            ),
        ),
        why=(
            "The a* methods run the sync ORM in a thread, with one change of thread and back for each call. The calls "
            "of one request run one after the other. A sync view changes to a thread once for all its calls, and on a "
            "threaded server it is in one already. The database answers no sooner. The event loop is free while a "
            "query runs, but it is also free while a sync view waits in its thread."
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
                says="a trivial view, async compared with sync, both on gunicorn's threads",
                quantity="throughput",
                cell=cell(GTHREAD, "plain", "async"),
                over=cell(GTHREAD, "plain", "sync"),
                high=SAME_HIGH,
            ),
            Bound(
                says="a view that waits 0.05 s, 64 users, async compared with sync, both on gunicorn's threads",
                quantity="median latency",
                cell=cell(GTHREAD, waits, "async", 64),
                over=cell(GTHREAD, waits, "sync", 64),
                low=SAME_LOW,
            ),
        ),
        why=(
            "The thread that has taken the request runs the event loop and waits until it is done. So an async view "
            "holds the slot as a sync view does, and making the loop costs time in addition. Calls within one request "
            "can still overlap. It is a way to keep one code base, not to hold more requests."
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
                says="three queries in one sync_to_async compared with the async ORM, both on uvicorn",
                quantity="throughput",
                cell=cell(UVICORN, "orm_read", "sync_to_async"),
                over=cell(UVICORN, "orm_read", "async"),
                low=SAME_LOW,
                high=SAME_HIGH,
            ),
        ),
        why=(
            "Both run the same sync code in a thread. They differ in how often they change to it: the a* methods do so "
            "for each query, and one sync_to_async around all of them does so once. The more queries a view makes, the "
            "more this saves."
        ),
    )


def _login() -> Claim:
    return Claim(
        name="login",
        words="A class-based view works behind login_required, with a sync get and with an async get.",
        example=11,
        source="class-based view with async get and login_required",
        checks=(
            Works(says="sync get on uvicorn", cell=cell(UVICORN, "cbv_login", "sync")),
            Works(says="async get on uvicorn", cell=cell(UVICORN, "cbv_login", "async")),
        ),
        why=(
            "View.as_view makes a coroutine function if its handlers are coroutine functions, and login_required knows "
            "both kinds. The async view gets its user by request.auser(). Both turn anonymous visitors away: djbench's "
            "tests check that, because it is no question of speed."
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
                says="an async view on uvicorn: three sync-only middlewares compared with three that can do both",
                quantity="throughput",
                cell=cell(UVICORN, behind("sync"), "async"),
                over=cell(UVICORN, behind("both"), "async"),
                high=SAME_LOW,
            ),
        ),
        why=(
            "Django runs a middleware that cannot be awaited in a thread, and goes back to the event loop for the "
            "async view. These are two changes of thread for each request. Several sync middlewares in a row pay for "
            "them once."
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
                says="an async view compared with a sync one, both on uvicorn",
                quantity="throughput",
                cell=cell(UVICORN, work, "async", users),
                over=cell(UVICORN, work, "sync", users),
                high=SAME_HIGH,
            ),
            Bound(
                says=f"{BOTH}: async on uvicorn compared with sync in one sync worker",
                quantity="throughput",
                cell=cell(UVICORN, work, "async", users),
                over=cell(SYNC_WORKER, work, "sync", users),
                high=SAME_HIGH,
            ),
        ),
        why=(
            "A process of Python with its global lock computes one thing at a time, for threads and for coroutines. In "
            "an event loop it is worse for other requests: they wait until the computation is over. More processes "
            "help."
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
            "Django's own handler speaks HTTP only and refuses a WebSocket. An ASGI application in front of it, or "
            "Channels, takes those connections. Under WSGI there are no WebSockets: a request has one answer."
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
            "An ASGI or WSGI application does not know its server. That it works does not say how fast it is: the "
            "report has the numbers. The development server is here only for comparison."
        ),
    )


def _transactions() -> Claim:
    return Claim(
        name="transactions",
        words=(
            "Transactions stay sync: in an async view they work inside sync_to_async, and gain nothing. That is so on "
            "the same server, and after a move from threads to an event loop."
        ),
        example=18,
        source="transactions stay sync",
        checks=(
            Works(says="transaction.atomic in a sync view", cell=cell(GTHREAD, "orm_transaction", "sync")),
            Works(
                says="transaction.atomic inside sync_to_async, in an async view",
                cell=cell(UVICORN, "orm_transaction", "sync_to_async"),
            ),
            Bound(
                says="a transaction in an async view compared with one in a sync view, both on uvicorn",
                quantity="throughput",
                cell=cell(UVICORN, "orm_transaction", "sync_to_async"),
                over=cell(UVICORN, "orm_transaction", "sync"),
                high=SAME_HIGH,
            ),
            Bound(
                says=f"{BOTH}: an async view on uvicorn compared with a sync view on gunicorn's threads",
                quantity="throughput",
                cell=cell(UVICORN, "orm_transaction", "sync_to_async"),
                over=cell(GTHREAD, "orm_transaction", "sync"),
                high=SAME_HIGH,
            ),
        ),
        why=(
            "A transaction belongs to a connection, and a connection to a thread. So all of it has to run in one "
            "thread: in one sync function inside sync_to_async. A sync view does the same work in a thread, too. Under "
            "ASGI Django moves both into a thread, and on a threaded server the sync view is in one already."
        ),
    )
