"""What an answer looks like by itself: has it the expected status, and can it be the page that was meant?"""

from djbench.errors import ServerFailed
from djbench.request import Request
from runners.conducting.verifying.suspicions import headings_of, suspicion
from runners.hosts.process import ManagedProcess
from runners.servers.instance import Received

_SHOWN_BYTES = 200


def require_status(request: Request, received: Received, process: ManagedProcess) -> None:
    """Raises ServerFailed for another status than the expected one. process: the server's, whose log may say why."""
    if received.status == request.expected_status:
        return
    log = process.log_tail() if received.status >= 500 else ""
    raise ServerFailed(f"{request.line} answered {received.status}{_why(request, received, log)}{log}")


def require_plausible(request: Request, received: Received) -> None:
    """Raises ServerFailed for what has the expected status and can hardly be the page that was meant."""
    if reason := suspicion(request, received.body, received.media_type):
        raise ServerFailed(
            f'{request.line} answered {received.status} {reason}; if that is right, give it compare = "status"'
        )


def _why(request: Request, received: Received, log: str) -> str:
    """What follows another status than the expected one: a redirect's goal, the exception, or what the page says."""
    if received.location:
        user = "" if request.user else ', or give it a user (user = "…") if it asks for a login'
        return f", a redirect to {received.location}: ask for that path itself{user}"
    if exception := _exception_in(log):
        return f": {exception}"
    headings = "; ".join(dict.fromkeys(headings_of(received.body)))
    return f": {headings or ' '.join(received.body[:_SHOWN_BYTES].decode(errors='replace').split())}"


def _exception_in(log: str) -> str:
    """The last line of a traceback that ends a log's last lines, each of which begins with two spaces."""
    *_, before, last = ["", "", *log.splitlines()]
    return last.strip() if before.startswith("    ") and not last.startswith("   ") else ""
