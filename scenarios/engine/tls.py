"""TLS without I/O: ciphertext in, plain bytes out, for a connection whose sockets are somebody else's business."""

import ssl
from contextlib import suppress
from enum import Enum

_READ_BYTES = 64 * 1024


def client_context(*, verify: bool) -> ssl.SSLContext:
    """How connections are secured: HTTP/1.1 alone is offered. ``verify`` False accepts any certificate."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class End(Enum):
    """How a peer's bytes end: it said so (close_notify), or somebody cut the connection (RFC 8446, 6.1)."""

    SAID = "said"
    CUT = "cut"


class TlsStream:
    """One TLS session. ``established`` once the handshake is over; ``outgoing()`` is what is to be sent next."""

    def __init__(self, context: ssl.SSLContext, host: str) -> None:
        self._from_peer = ssl.MemoryBIO()
        self._to_peer = ssl.MemoryBIO()
        self._object = context.wrap_bio(self._from_peer, self._to_peer, server_hostname=host)
        self.established = False
        self._shake_hands()

    def _shake_hands(self) -> None:
        with suppress(ssl.SSLWantReadError):
            self._object.do_handshake()
            self.established = True

    def received(self, ciphertext: bytes) -> tuple[bytes, End | None]:
        """Take what the socket gave, b"" for its end. Returns the plain bytes, and how they have ended, if so.

        Raises ssl.SSLError for a failed handshake, a certificate that does not verify, or damaged bytes.
        """
        if ciphertext:
            self._from_peer.write(ciphertext)
        else:
            self._from_peer.write_eof()
        if not self.established:
            self._shake_hands()
        if not self.established:
            return b"", None if ciphertext else End.CUT
        plain = bytearray()
        try:
            while data := self._object.read(_READ_BYTES):
                plain += data
        except ssl.SSLWantReadError:
            return bytes(plain), None
        except ssl.SSLEOFError:
            return bytes(plain), End.CUT
        except ssl.SSLZeroReturnError:
            pass
        return bytes(plain), End.SAID

    def encrypt(self, plain: bytes) -> None:
        """Add bytes to what goes out."""
        self._object.write(plain)

    def outgoing(self) -> bytes:
        """Everything that is to be sent, once."""
        return self._to_peer.read()
