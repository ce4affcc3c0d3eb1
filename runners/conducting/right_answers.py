"""The right answer to each pattern: the first one seen in the run, which every style and server must repeat."""

import hashlib
from collections.abc import Mapping
from types import MappingProxyType

from djbench.errors import ServerFailed
from djbench.pattern import PatternSpec
from runners.servers.instance import Instance

# So much of a body is shown in a message.
_SHOWN_BYTES, _SHOWN_OF_ERROR_BYTES = 80, 200


class RightAnswers:
    """Asks servers, and compares. ``before``: of a run that goes on, the digest of the right body by pattern."""

    def __init__(self, before: Mapping[str, str] = MappingProxyType({})) -> None:
        self._bodies: dict[str, bytes] = {}
        self._before = before

    def verify(self, instance: Instance, pattern: PatternSpec, style: str, timeout_s: float) -> bytes:
        """Ask once. Returns the body; raises ServerFailed when the answer is not the right one."""
        request = pattern.request(style)
        received = instance.ask(request, timeout_s)
        status, body = received.status, received.body
        if status != request.expected_status:
            shown = body[:_SHOWN_OF_ERROR_BYTES].decode(errors="replace").strip()
            raise ServerFailed(f"{request.line} answered {status}: {shown}")
        if reason := self._why_wrong(str(pattern), body):
            raise ServerFailed(f"{request.line} answered {body[:_SHOWN_BYTES]!r}{reason}")
        return body

    def _why_wrong(self, pattern: str, body: bytes) -> str | None:
        """What follows the body in a message; None for the right one."""
        if pattern not in self._bodies and digest(body) != self._before.get(pattern, digest(body)):
            return ", and something else before the run was resumed"
        expected = self._bodies.setdefault(pattern, body)
        return None if body == expected else f" where other styles and servers say {expected[:_SHOWN_BYTES]!r}"


def digest(body: bytes) -> str:
    """What a record keeps of a body."""
    return hashlib.sha256(body).hexdigest()
