"""The choice of the site's cache."""

import socket
from importlib.util import find_spec

import pytest

from runners import cache
from runners.errors import UsageError


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ("memcached://127.0.0.1", "give local, or a redis:// URL"),
        ("redis://", "give local, or a redis:// URL"),
        ("redis://[::1", "give local, or a redis:// URL"),
        ("redis://127.0.0.1:port/0", "give local, or a redis:// URL"),
        ("redis://127.0.0.1/0?password=secret", "give local, or a redis:// URL"),
        ("redis://user:secret@127.0.0.1/0", "a URL with a password would be kept"),
        ("redis://10.0.0.1:6379/0", "the load is for this machine only"),
        ("redis://cache.example/0", "the load is for this machine only"),
    ],
)
def test_a_wrong_choice_is_refused_in_one_line(choice: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        cache.check(choice)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(find_spec("redis") is None, reason="the package redis is missing; `make setup` installs it")
def test_what_answers_on_this_machine_is_taken() -> None:
    cache.check("local")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        cache.check(f"redis://127.0.0.1:{port}/0")
        cache.check(f"redis://localhost:{port}/0")
    with pytest.raises(UsageError, match="nobody answers there"):
        cache.check(f"redis://127.0.0.1:{port}/0")
