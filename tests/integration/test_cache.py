"""The site's cache is asked before a run begins, over a socket: what answers otherwise than a Redis is refused."""

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from threading import Thread

import pytest

from djbench.errors import UsageError
from runners.services import cache


@contextmanager
def saying(answer: bytes) -> Iterator[int]:
    """Somebody who says that to whatever comes over each connection, at the port that is yielded."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return  # shut down
                with connection:
                    assert connection.recv(100) == b"*1\r\n$4\r\nPING\r\n"
                    connection.sendall(answer)

        thread = Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


NEEDS_REDIS = pytest.mark.skipif(
    find_spec("redis") is None, reason="the package redis is missing; `make setup` installs it"
)


@NEEDS_REDIS
def test_what_answers_on_this_machine_is_taken() -> None:
    cache.check_cache("local", sys.executable)
    with saying(b"+PONG\r\n") as port:
        cache.check_cache(f"redis://127.0.0.1:{port}/0", sys.executable)
        cache.check_cache(f"redis://localhost:{port}/0", sys.executable)
    with pytest.raises(UsageError, match="nobody answers there"):
        cache.check_cache(f"redis://127.0.0.1:{port}/0", sys.executable)


@NEEDS_REDIS
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "no Redis that is ready; to PING it says 'HTTP/1.1 400 Bad Request'"),
        (b"-LOADING Redis is loading\r\n", "no Redis that is ready; to PING it says '-LOADING Redis is loading'"),
        (b"", "no Redis that is ready; to PING it says ''"),
        (b"-NOAUTH Authentication required.\r\n", "it asks for a password"),
    ],
)
def test_what_answers_otherwise_is_refused(answer: bytes, said: str) -> None:
    with saying(answer) as port, pytest.raises(UsageError, match=said):
        cache.check_cache(f"redis://127.0.0.1:{port}/0", sys.executable)
