"""How a request can end. Standard library only."""

from enum import StrEnum
from typing import Final


class Outcome(StrEnum):
    """One word per way. All but OK are errors: counted by kind, and kept apart from the latencies of right answers."""

    #: The right answer.
    OK = "ok"
    #: An answer with another status than expected.
    STATUS = "status"
    #: An answer with another body than expected.
    BODY = "body"
    #: No whole answer within the time-out.
    TIMEOUT = "timeout"
    #: No connection.
    CONNECT = "connect"
    #: The connection broke, or the server closed it, before the whole answer was there.
    RESET = "reset"
    #: An answer that is not HTTP/1.1.
    PROTOCOL = "protocol"
    #: Under open load: never sent, because no connection became free within the time-out.
    DROPPED = "dropped"


#: Each outcome's number in the raw samples.
CODES: Final = {outcome: code for code, outcome in enumerate(Outcome)}
