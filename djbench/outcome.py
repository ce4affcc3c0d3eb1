"""How a request can end. Standard library only."""

from enum import StrEnum
from typing import Final


class Outcome(StrEnum):
    """One word per way; all but OK are errors, counted by kind and kept apart from latencies of right answers."""

    OK = "ok"
    STATUS = "status"
    """Answered, with another status than expected."""
    BODY = "body"
    """Answered, with another body than expected."""
    TIMEOUT = "timeout"
    """No whole answer within the time-out."""
    CONNECT = "connect"
    """The connection could not be made."""
    RESET = "reset"
    """The connection broke, or the server closed it, before the whole answer was there."""
    PROTOCOL = "protocol"
    """What came back is not HTTP/1.1."""
    DROPPED = "dropped"
    """Under open load: never sent, because no connection became free within the time-out."""


CODES: Final = {outcome: code for code, outcome in enumerate(Outcome)}
"""Each outcome's number in the raw samples."""
