"""Mail, task queues, search and logs: nothing leaves the process."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from djbench_shim.replaced.addresses import reached_addresses
from djbench_shim.replaced.replacement import Replacement, RunFacts

_MAIL = "django.core.mail.backends."
# The mail goes nowhere, or stays in the process.
_QUIET_MAIL = tuple(f"{_MAIL}{name}.EmailBackend" for name in ("console", "dummy", "locmem"))
# Tasks that stay in the process; and results that stay where a run put database and cache, or that nobody keeps.
_QUIET_BROKERS = ("memory://",)
_QUIET_RESULTS = ("django-db", "django-cache", "cache+memory", "disabled")
# Handlers of the standard library that send records elsewhere.
_SENDING = ("SMTPHandler", "HTTPHandler", "SocketHandler", "DatagramHandler", "SysLogHandler")
_NO_SEARCH = {
    "HAYSTACK_CONNECTIONS": ("ENGINE", "haystack.backends.simple_backend.SimpleEngine"),
    "WAGTAILSEARCH_BACKENDS": ("BACKEND", "wagtail.search.backends.database"),
}


def mail(settings: Mapping[str, Any], run: RunFacts) -> Iterator[Replacement]:  # noqa: ARG001  as every topic
    """Mail is thrown away."""
    backend = settings.get("EMAIL_BACKEND", f"{_MAIL}smtp.EmailBackend")
    if backend not in _QUIET_MAIL:
        yield Replacement("EMAIL_BACKEND", f"{_MAIL}dummy.EmailBackend", backend, "mail is thrown away")


def broker(settings: Mapping[str, Any], run: RunFacts) -> Iterator[Replacement]:
    """Celery's tasks go into the process's memory, where nobody carries them out; and nobody keeps results."""
    for name, value in settings.items():
        if _reaches(name, value, r"(\w+_)?BROKER(_READ|_WRITE)?_URL", _QUIET_BROKERS, run):
            yield Replacement(name, "memory://", _scheme(value), "tasks are queued in memory and never carried out")
        elif _reaches(name, value, r"(\w+_)?RESULT_BACKEND", _QUIET_RESULTS, run):
            yield Replacement(name, "disabled://", _scheme(value), "results of tasks are not kept")


def _reaches(name: str, value: Any, names: str, quiet: tuple[str, ...], run: RunFacts) -> bool:
    """Whether it is a setting of these names, and leads to somebody's server."""
    if not value or not re.fullmatch(names, name) or str(value).startswith(quiet):
        return False
    return bool(reached_addresses(value, run.service_ports))


def tasks(settings: Mapping[str, Any], run: RunFacts) -> Iterator[Replacement]:  # noqa: ARG001  as every topic
    """Dramatiq's and Huey's tasks likewise."""
    dramatiq = settings.get("DRAMATIQ_BROKER")
    stub = "dramatiq.brokers.stub.StubBroker"
    if dramatiq and dramatiq.get("BROKER") != stub:
        value = {**dramatiq, "BROKER": stub, "OPTIONS": {}}
        yield Replacement("DRAMATIQ_BROKER", value, str(dramatiq.get("BROKER")), "tasks are never carried out")
    huey = settings.get("HUEY")
    if isinstance(huey, dict):
        value = {"huey_class": "huey.MemoryHuey", "name": huey.get("name", "djbench"), "immediate": False}
        yield Replacement("HUEY", value, str(huey.get("huey_class", "huey.RedisHuey")), "tasks are never carried out")


def search(settings: Mapping[str, Any], run: RunFacts) -> Iterator[Replacement]:  # noqa: ARG001  as every topic
    """Search in the temporary database instead of a search server."""
    for name, (key, harmless) in _NO_SEARCH.items():
        configured = settings.get(name) or {}
        others = {alias: str(table.get(key)) for alias, table in configured.items() if table.get(key) != harmless}
        if others:
            value = {**configured, **{alias: {key: harmless} for alias in others}}
            yield Replacement(name, value, ", ".join(others.values()), harmless)


def logs_sent(settings: Mapping[str, Any], run: RunFacts) -> Iterator[Replacement]:  # noqa: ARG001  as every topic
    """Log records are not sent to other machines, nor to the system's log."""
    logging = settings.get("LOGGING") or {}
    handlers = logging.get("handlers") or {}
    sending = {name: handler["class"] for name, handler in handlers.items() if _sends(handler)}
    if sending:
        nowhere = {name: {"class": "logging.NullHandler"} for name in sending}
        value = {**logging, "handlers": {**handlers, **nowhere}}
        yield Replacement("LOGGING", value, ", ".join(sending.values()), "these handlers send nothing")


def _sends(handler: Mapping[str, Any]) -> bool:
    return str(handler.get("class", "")).rpartition(".")[2] in _SENDING


def _scheme(url: Any) -> str:
    """What comes before an address, which may have a password in it."""
    return f"{str(url).partition('://')[0]}://…"
