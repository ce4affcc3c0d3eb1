"""The kinds of requests in a log: what is asked for in the same way, with other values. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from runners.importing.logs.traffic import Traffic
from runners.importing.logs.url_groups import UrlGroup, grouped_urls
from runners.importing.naming import name_of_path
from runners.importing.secrecy import is_opaque, is_secret
from runners.importing.url_routes import RouteTable

_SEVERAL_IDS = re.compile(r"\bid(?:/id)+\b")
# Paths whose tokens work once.
_ONE_TIME = re.compile(r"reset|confirm|activat|verif|token|invit|unsubscri|magic|oauth|sso", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestKind:
    """One kind of request."""

    #: The HTTP method.
    method: str
    #: Its URLs.
    group: UrlGroup
    #: The numbers of its requests, by the values of what varies.
    rows: Counter[tuple[str, ...]] = field(default_factory=Counter)
    #: The same by the status of the answer.
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def requests(self) -> int:
        """How many there were."""
        return self.rows.total()

    @property
    def status(self) -> int:
        """The status of most answers."""
        return max(self.statuses, key=lambda status: (self.statuses[status], -status))

    @property
    def shown_path(self) -> str:
        """Its path with the names of what varies, for people."""
        return self.group.filled([f"{{{name}}}" for name in self.group.names])

    @property
    def name(self) -> str:
        """A name by its path."""
        return name_of_path(_SEVERAL_IDS.sub("id", self.group.path.replace("{}", "id")), self.method)

    @property
    def secret_places(self) -> frozenset[int]:
        """The places of its values that have secrets, which are not copied."""
        slots = len(self.group.names) - len(self.group.parameters)
        names = (*([""] * slots), *self.group.parameters)
        works_once = _ONE_TIME.search(self.group.path)
        return frozenset(
            place
            for row in self.rows
            for place, (name, value) in enumerate(zip(names, row, strict=True))
            if is_secret(name, value) or (works_once and place < slots and is_opaque(value))
        )


def kinds_in(traffic: Traffic, routes: RouteTable) -> Iterable[RequestKind]:
    """The kinds of the requests that count. routes: the project's."""
    urls: dict[str, Counter[str]] = defaultdict(Counter)
    for request, number in traffic.requests.items():
        urls[request.method][request.url] += number
    grouped = {method: grouped_urls(numbers, routes) for method, numbers in urls.items()}
    kinds: dict[tuple[str, UrlGroup], RequestKind] = {}
    for request, number in traffic.requests.items():
        place = grouped[request.method][request.url]
        key = request.method, place.group
        kind = kinds.setdefault(key, RequestKind(method=request.method, group=place.group))
        kind.rows[place.values] += number
        kind.statuses[request.status] += number
    return kinds.values()
