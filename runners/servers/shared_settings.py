"""What the servers' entries share: parameters, and limits that make servers comparable."""

from djbench.spec import Parameter

WORKERS = Parameter(
    name="workers",
    default=1,
    minimum=1,
    maximum=1024,
    summary="worker processes; one by default, so that servers are compared on equal terms",
)

LOOP = Parameter(
    name="loop",
    default="uvloop",
    choices=("uvloop", "asyncio"),
    summary="event loop; servers pick uvloop if it is installed",
)

# How long an idle connection is kept, in seconds: longer than the pauses of a measurement, and than the minute of a
# load balancer, which gets a reset for some requests if the server closes first. gunicorn's own default is 2.
KEEP_ALIVE_S = "75"

# At least as many connections as there may be users, idle ones too. Where a limit is lower those beyond it are not
# accepted before another one closes, and users do not close theirs.
CONNECTIONS = "10000"

# Connections that may wait to be accepted, for servers whose own default is so low (hypercorn 100, daphne 50, cheroot
# 5) that of users who come together some would be turned away by the kernel and try again a second later. Linux
# allows no more by default (net.core.somaxconn), and uWSGI does not start with more than is allowed.
BACKLOG = "4096"

# Requests on one connection: more than any window has.
REQUESTS = "1000000000"


def threads(own_default: str) -> Parameter:
    """The threads of a server whose own default is told in the summary."""
    summary = f"threads that run views; 16 for equal slots ({own_default})"
    return Parameter(name="threads", default=16, minimum=1, maximum=4096, summary=summary)
