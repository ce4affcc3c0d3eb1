"""The HTTP clients of the views: what each of them costs to make."""

import asyncio
import ssl
from collections.abc import Callable

import httpx
import pytest

from target_site import clients


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows by one whenever TLS settings are loaded."""
    found: list[str] = []
    load = ssl.create_default_context

    def counted(*args: object, **given: object) -> ssl.SSLContext:
        found.append("loaded")
        return load(*args, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(ssl, "create_default_context", counted)
    return found


@pytest.mark.parametrize(
    ("make", "times"),
    [
        (clients.client_per_request, 1),  # as in the examples that the style is for
        (
            clients._new_async_client,
            0,
        ),  # of an async view under WSGI: it has a loop of its own, and the shared settings
    ],
)
def test_only_a_client_per_request_loads_tls_settings(
    loaded: list[str], make: Callable[[], httpx.AsyncClient], times: int
) -> None:
    asyncio.run(make().aclose())
    assert len(loaded) == times


def test_each_call_of_a_request_has_a_client_that_its_process_keeps() -> None:
    first, second = clients.sync_client(0), clients.sync_client(1)
    assert clients.sync_client(0) is first
    assert second is not first
