"""Which requests of a recording are the site's own: its host, and what is left out and why. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from djbench.errors import UsageError
from results.wording.text import count
from runners.importing.recordings.recorded_exchange import Exchange
from runners.importing.url_paths import STATIC_FILE
from runners.importing.url_routes import RouteTable

_STATIC_RESOURCES = frozenset({"stylesheet", "image", "media", "font", "script", "manifest", "texttrack", "imageset"})
_STATIC_TYPES = re.compile(r"(?:image|font|audio|video)/|text/css$|(?:text|application)/(?:x-)?javascript$")
_MOST_HOSTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRequests:
    """The site's own part of a recording."""

    #: Its host and port.
    host: str
    #: Its requests that count, in order.
    exchanges: tuple[Exchange, ...]
    #: What was left out, a sentence for each reason.
    notes: tuple[str, ...]


def site_requests(exchanges: Sequence[Exchange], host: str, source: str) -> SiteRequests:
    """The requests of the site on ``host``, or, if that is empty, on the host with the most pages.

    Raises UsageError that names ``source`` if there is none.
    """
    hosts = Counter(exchange.host for exchange in exchanges if exchange.host)
    chosen = _chosen_host(exchanges, hosts, host.lower(), source)
    answered = any(exchange.status for exchange in exchanges if exchange.host == chosen)
    kept: list[Exchange] = []
    left: Counter[str] = Counter()
    for exchange in exchanges:
        if exchange.host == chosen and (reason := _reason(exchange, exchanges, answered=answered)):
            left[reason] += 1
        elif exchange.host == chosen:
            kept.append(exchange)
    if not kept:
        raise UsageError(f"{source} has no request to {chosen} that a journey could have: {_sum(left)}")
    notes = [f"{chosen} is taken for the site; name another one with --host"] if len(hosts) > 1 and not host else []
    if others := {name: number for name, number in hosts.items() if name != chosen}:
        notes.append(f"{count(sum(others.values()), 'request')} to other hosts left out: {_listed(others)}")
    if not answered:
        notes.append("the recording has no answers, so each step is expected to be answered with 200")
    if left:
        notes.append(f"left out: {_sum(left)}")
    return SiteRequests(host=chosen, exchanges=tuple(kept), notes=tuple(notes))


def _chosen_host(exchanges: Iterable[Exchange], hosts: Counter[str], host: str, source: str) -> str:
    """The host that is asked for, or the one with the most pages; of several, the one with the most requests."""
    if not hosts:
        raise UsageError(f"{source} has no request to a site; record one with the network panel open, and export it")
    if host and host not in hosts:
        raise UsageError(f"{source} has no request to {host}; it has requests to {_listed(hosts)}")
    if host:
        return host
    pages = Counter(exchange.host for exchange in exchanges if exchange.is_document and exchange.status)
    return max(hosts, key=lambda name: (pages[name], hosts[name]))


def _listed(hosts: Iterable[str]) -> str:
    names = list(hosts)
    more = f" and {len(names) - _MOST_HOSTS} more" if len(names) > _MOST_HOSTS else ""
    return ", ".join(names[:_MOST_HOSTS]) + more


def _sum(left: Counter[str]) -> str:
    return ", ".join(f"{number} {reason}" for reason, number in left.items())


def _reason(exchange: Exchange, exchanges: Sequence[Exchange], *, answered: bool) -> str:
    """Why a request is left out; empty if it is not. answered: does the recording have answers?"""
    if exchange.status == 101 or exchange.resource == "websocket":
        return "over a WebSocket"
    if exchange.status < 200 and answered:
        return "without an answer"
    if exchange.status > 599 or not (exchange.method.isascii() and exchange.method.isalpha()):
        return "that are no HTTP"
    if exchange.from_cache:
        return "from the browser's cache"
    if exchange.from_worker and any(_is_same(exchange, other) for other in exchanges):
        return "recorded once more by a service worker"
    if exchange.method == "OPTIONS" and "access-control-request-method" in exchange.headers:
        return "asked by the browser before another (CORS)"
    if exchange.resource == "eventsource" or exchange.answer_type == "text/event-stream":
        return "for a stream of events"
    if _is_static(exchange):
        return "for static files"
    return ""


def _is_same(exchange: Exchange, other: Exchange) -> bool:
    """Is it what a service worker sent for an exchange?"""
    return not other.from_worker and (other.host, other.method, other.path, other.payload) == (
        exchange.host,
        exchange.method,
        exchange.path,
        exchange.payload,
    )


def _is_static(exchange: Exchange) -> bool:
    return exchange.method in ("GET", "HEAD") and (
        exchange.resource in _STATIC_RESOURCES
        or bool(_STATIC_TYPES.match(exchange.answer_type))
        or bool(STATIC_FILE.search(exchange.plain_path))
    )


def require_known(exchanges: Sequence[Exchange], routes: RouteTable, source: str) -> list[str]:
    """What there is to say of paths that the project does not have. Raises UsageError if it has none of them."""
    unknown = dict.fromkeys(exchange.plain_path for exchange in exchanges if not routes.routed(exchange.plain_path))
    if len(unknown) == len({exchange.plain_path for exchange in exchanges}):
        hosts = ", ".join(dict.fromkeys(exchange.host for exchange in exchanges))
        path = next(iter(unknown))
        raise UsageError(
            f"{source} is of another site ({hosts}), for the project has no URL for {path}; name the site with --host"
        )
    return [f"the project has no URL for {path}; leave out that step if another program answers it" for path in unknown]
