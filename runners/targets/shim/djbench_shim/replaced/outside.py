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
_NO_MAIL = f"{_MAIL}dummy.EmailBackend"
# Tasks that stay in the process; and results that stay where a run put database and cache, or that nobody keeps.
_QUIET_BROKERS = ("memory://",)
_QUIET_RESULTS = ("django-db", "django-cache", "cache+memory", "disabled")
_DRAMATIQ_BROKER = "dramatiq.brokers.stub.StubBroker"
_DRAMATIQ_RESULTS = "dramatiq.results.backends.stub.StubBackend"
_NEVER = "tasks wait in memory and are never carried out"
# Handlers of the standard library that send records elsewhere.
_SENDING = ("SMTPHandler", "HTTPHandler", "SocketHandler", "DatagramHandler", "SysLogHandler")
_NO_SEARCH = {
    "HAYSTACK_CONNECTIONS": ("ENGINE", "haystack.backends.simple_backend.SimpleEngine"),
    "WAGTAILSEARCH_BACKENDS": ("BACKEND", "wagtail.search.backends.database"),
}


def mail(settings: Mapping[str, Any], run: RunFacts) -> Iterator[Replacement]:  # noqa: ARG001  as every topic
    """Mail is thrown away. Django has the setting MAILERS since 6.1, and refuses EMAIL_BACKEND beside it."""
    mailers = settings.get("MAILERS")
    if mailers is None:
        backend = settings.get("EMAIL_BACKEND", f"{_MAIL}smtp.EmailBackend")
        if backend not in _QUIET_MAIL:
            yield Replacement("EMAIL_BACKEND", _NO_MAIL, backend, "mail is thrown away")
        return
    sending = {alias: str(mailer.get("BACKEND")) for alias, mailer in mailers.items()}
    sending = {alias: backend for alias, backend in sending.items() if backend not in _QUIET_MAIL}
    if sending:
        value = {**mailers, **{alias: {"BACKEND": _NO_MAIL} for alias in sending}}
        yield Replacement("MAILERS", value, ", ".join(sending.values()), "mail is thrown away")


def broker(settings: Mapping[str, Any], run: RunFacts) -> Iterator[Replacement]:
    """Celery's tasks go into the process's memory, where nobody carries them out; and nobody keeps results."""
    for name, value in settings.items():
        if _reaches(name, value, r"(\w+_)?BROKER(_READ|_WRITE)?_URL", _QUIET_BROKERS, run):
            yield Replacement(name, "memory://", _scheme(value), _NEVER)
        elif _reaches(name, value, r"(\w+_)?RESULT_BACKEND", _QUIET_RESULTS, run):
            yield Replacement(name, "disabled://", _scheme(value), "results of tasks are not kept")


def _reaches(name: str, value: Any, names: str, quiet: tuple[str, ...], run: RunFacts) -> bool:
    """Whether it is a setting of these names, and leads to somebody's server.

    Other settings are not looked at: a translated text has none before Django is set up.
    """
    if not re.fullmatch(names, name) or isinstance(value, dict):  # a dictionary is not Celery's
        return False
    if "://" not in str(value) or str(value).startswith(quiet):  # a backend without an address, or one that stays
        return False
    return bool(reached_addresses(value, run.service_ports))


def tasks(settings: Mapping[str, Any], run: RunFacts) -> Iterator[Replacement]:  # noqa: ARG001  as every topic
    """Tasks of Dramatiq, Huey and Django likewise. Those that Django keeps in the database stay there."""
    dramatiq, huey = settings.get("DRAMATIQ_BROKER"), settings.get("HUEY")
    if dramatiq and dramatiq.get("BROKER") != _DRAMATIQ_BROKER:
        value = {**dramatiq, "BROKER": _DRAMATIQ_BROKER, "OPTIONS": {}}
        yield Replacement("DRAMATIQ_BROKER", value, str(dramatiq.get("BROKER")), _NEVER)
    results = settings.get("DRAMATIQ_RESULT_BACKEND")
    if results and results.get("BACKEND") != _DRAMATIQ_RESULTS:
        value = {**results, "BACKEND": _DRAMATIQ_RESULTS, "BACKEND_OPTIONS": {}}
        yield Replacement("DRAMATIQ_RESULT_BACKEND", value, str(results.get("BACKEND")), "memory of each process")
    if isinstance(huey, dict):
        value = {"huey_class": "huey.MemoryHuey", "name": huey.get("name", "djbench"), "immediate": False}
        yield Replacement("HUEY", value, str(huey.get("huey_class", "huey.RedisHuey")), _NEVER)
    backends = settings.get("TASKS") or {}
    sent = {alias: _unsent(table) for alias, table in backends.items() if not _stays(table)}
    if sent:
        was = ", ".join(str(backends[alias].get("BACKEND")) for alias in sent)
        yield Replacement("TASKS", {**backends, **sent}, was, _NEVER)


def _stays(table: Mapping[str, Any]) -> bool:
    return any(name in str(table.get("BACKEND")).lower() for name in ("immediate", "dummy", "database"))


def _unsent(table: Mapping[str, Any]) -> dict[str, Any]:
    """The same queues, without a worker. Older Djangos have tasks from the package django-tasks."""
    package = "django_tasks" if str(table.get("BACKEND")).startswith("django_tasks") else "django.tasks"
    queues = {"QUEUES": table["QUEUES"]} if "QUEUES" in table else {}
    return {"BACKEND": f"{package}.backends.dummy.DummyBackend", **queues}


def search(settings: Mapping[str, Any], run: RunFacts) -> Iterator[Replacement]:  # noqa: ARG001  as every topic
    """Search in the temporary database instead of a search server."""
    for name, (key, harmless) in _NO_SEARCH.items():
        configured = settings.get(name) or {}
        others = {alias: str(table.get(key)) for alias, table in configured.items() if table.get(key) != harmless}
        if others:
            value = {**configured, **{alias: {key: harmless} for alias in others}}
            yield Replacement(name, value, ", ".join(others.values()), harmless)


def logs_sent(settings: Mapping[str, Any], run: RunFacts) -> Iterator[Replacement]:  # noqa: ARG001  as every topic
    """Log records are not sent to other machines, nor to the system's log, nor with a mail backend of their own."""
    logging = settings.get("LOGGING") or {}
    handlers = logging.get("handlers") or {}
    quiet = {name: _quiet(handler) for name, handler in handlers.items()}
    changed = [str(handlers[name].get("class")) for name in handlers if quiet[name] != handlers[name]]
    if changed:
        yield Replacement("LOGGING", {**logging, "handlers": quiet}, ", ".join(changed), "these handlers send nothing")


def _quiet(handler: Mapping[str, Any]) -> Mapping[str, Any]:
    if str(handler.get("class", "")).rpartition(".")[2] in _SENDING:
        return {"class": "logging.NullHandler"}
    return {name: value for name, value in handler.items() if name != "email_backend"}


def irreplaceable_servers(settings: Mapping[str, Any], run: RunFacts) -> list[str]:
    """Addresses in the settings of packages that need a server and cannot do without, but for services of the run."""
    tables = [settings.get(name) for name in ("CACHEOPS_REDIS", "CONSTANCE_REDIS_CONNECTION")]
    tables.append((settings.get("Q_CLUSTER") or {}).get("redis"))
    for name in ("RQ_QUEUES", "ELASTICSEARCH_DSL", "OPENSEARCH_DSL"):
        tables += (settings.get(name) or {}).values()
    return [address for table in tables if table for address in reached_addresses(table, run.service_ports)]


def _scheme(url: Any) -> str:
    """What comes before an address, which may have a password in it."""
    return f"{str(url).partition('://')[0]}://…"
