"""The choice of the site's cache."""

import sys

import pytest

from djbench.errors import UsageError
from runners.services import cache


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ("memcached://127.0.0.1", "give local, or a redis:// URL"),
        ("redis://", "give local, or a redis:// URL"),
        ("redis://[::1", "give local, or a redis:// URL"),
        ("redis://127.0.0.1:port/0", "give local, or a redis:// URL"),
        ("redis://127.0.0.1/0?password=secret", "give local, or a redis:// URL"),
        ("redis://user:secret@127.0.0.1/0", "a URL with a password would be kept"),
        ("redis://user:secret@127.0.0.1:abc/0", "give local, or a redis:// URL"),
        ("redis://10.0.0.1:6379/0", "the load is for this machine only"),
        ("redis://cache.example/0", "the load is for this machine only"),
    ],
)
def test_a_wrong_choice_is_refused_in_one_line(choice: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        cache.check_cache(choice, sys.executable)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)
