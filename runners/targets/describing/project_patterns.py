"""From the requests, pairs and journeys of a description to patterns, and the mix that the requests make."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

from djbench.blanks import request_blanks
from djbench.option import ALL
from djbench.pattern import MIX, VIEW, Pattern
from djbench.request import Workload
from djbench.spec import SpecError, unknown
from runners.targets.describing.request_tables import JourneyTable, PairTable, RequestTable
from runners.toml_file import Complaints, KeyPath

#: Names that no request, pair or journey can have, each with what it stands for.
RESERVED: Mapping[str, str] = MappingProxyType(
    {MIX: "the mix of all requests", ALL: f"everything that can be asked for, as in --pattern {ALL}"}
)


class ProjectPatterns:
    """Makes patterns, each with a check of what it names.

    folder: where the description lies. uses: what an answer needs. users, values: the names that requests can use.
    headers: those that every request has.
    """

    def __init__(
        self,
        *,
        folder: Path,
        uses: frozenset[str],
        users: Mapping[str, object],
        values: Mapping[str, frozenset[str]],
        headers: Mapping[str, str],
        complaints: Complaints,
    ) -> None:
        self._folder = folder
        self._uses = uses
        self._users = users
        self._values = values
        self._headers = headers
        self._complaints = complaints
        self._patterns: dict[str, Pattern] = {}

    def patterns(
        self,
        requests: Mapping[str, RequestTable],
        pairs: Mapping[str, PairTable],
        journeys: Mapping[str, JourneyTable],
    ) -> dict[str, Pattern]:
        """All of them, the mix first. Raises UsageError with file, line and key."""
        for name, table in requests.items():
            self._add(("requests", name), partial(self._request, name, table))
        for name, pair in pairs.items():
            self._add(("pairs", name), partial(self._pair, name, pair))
        for name, journey in journeys.items():
            self._add(("journeys", name), partial(self._journey, name, journey))
        return {pattern.name: pattern for pattern in (*self._mix(requests), *self._patterns.values())}

    def _add(self, key: KeyPath, make: Callable[[], Pattern]) -> None:
        """Make a pattern. Raises UsageError for what is wrong with it, and for a name that another one has."""
        name = str(key[1])
        if name in RESERVED or name in self._patterns:
            owner = RESERVED.get(name, "another request, pair or journey")
            raise self._complaints.about(key, f"this is the name of {owner}; give it another one")
        try:
            self._patterns[name] = make()
        except SpecError as error:
            raise self._complaints.about(key, str(error).removeprefix(f"{name}: ")) from None

    def _request(self, name: str, table: RequestTable) -> Pattern:
        workload = self._checked(table.workload(name))
        return self._pattern(name, workload.requests[0].line, {table.style: workload}, writes=table.leaves_something)

    def _pair(self, name: str, pair: PairTable) -> Pattern:
        workloads = {style: self._checked(pair.workload(name, style)) for style in pair.styles}
        lines = dict.fromkeys(workload.requests[0].line for workload in workloads.values())
        writes = any(pair.style(style).leaves_something for style in pair.styles)
        return self._pattern(name, " and ".join(lines), workloads, writes=writes)

    def _journey(self, name: str, table: JourneyTable) -> Pattern:
        file = self._folder / table.locustfile
        if table.locustfile and not file.is_file():
            raise SpecError(f"there is no file {table.locustfile}")
        workload = table.workload(str(file) if table.locustfile else "")
        requests = tuple(replace(request, user=request.user or table.user) for request in workload.requests)
        workload = self._checked(replace(workload, requests=requests))
        summary = ", ".join(request.name for request in requests) or f"the users of {table.locustfile}"
        writes = bool(table.locustfile) or any(step.leaves_something for step in table.steps)
        return self._pattern(name, summary, {table.style: workload}, writes=writes)

    def _mix(self, requests: Mapping[str, RequestTable]) -> Iterator[Pattern]:
        """The pattern of all requests that have a weight; none for a single one, which is its own mix."""
        chosen = {name: table for name, table in requests.items() if table.weight}
        if len(chosen) < 2:
            return
        styles = {table.style for table in chosen.values()}
        style = styles.pop() if len(styles) == 1 else VIEW
        mixed = tuple(request for name, table in chosen.items() for request in table.workload(name).requests)
        writes = any(table.leaves_something for table in chosen.values())
        yield self._pattern(
            MIX, f"{len(mixed)} requests by their weights", {style: Workload(requests=mixed)}, writes=writes
        )

    def _pattern(self, name: str, summary: str, workloads: Mapping[str, Workload], *, writes: bool) -> Pattern:
        return Pattern(
            name=name,
            summary=summary,
            styles=dict.fromkeys(workloads, "as the project has it"),
            uses=self._uses,
            writes=writes,
            workloads={style: self._with_headers(workload) for style, workload in workloads.items()},
        )

    def _with_headers(self, workload: Workload) -> Workload:
        """The workload with the headers that all requests have; a request's own come first."""
        requests = (
            replace(request, headers=tuple({**self._headers, **dict(request.headers)}.items()))
            for request in workload.requests
        )
        return replace(workload, requests=tuple(requests))

    def _checked(self, workload: Workload) -> Workload:
        """The workload. Raises SpecError for a user or a value that the description does not have."""
        journey_values: set[str] = set()
        steps = workload.journey.steps if workload.journey else ()
        for number, request in enumerate(workload.requests):
            if request.user and request.user not in self._users:
                raise unknown("user", request.user, self._users)
            self._require_values(request.path, request_blanks(request), journey_values)
            journey_values.update(take.name for step in steps[number : number + 1] for take in step.takes)
        return workload

    def _require_values(self, path: str, blanks: tuple[str, ...], journey_values: set[str]) -> None:
        """Raises SpecError for a blank of the path that nothing fills; in a body other braces are no blanks."""
        for blank in blanks:
            name, _, field = blank.partition(".")
            if blank in journey_values:
                continue
            if name in self._values and field not in self._values[name]:
                raise SpecError(f"{{{blank}}}: {name} has {_written(name, self._values[name])}")
            if name not in self._values and f"{{{blank}}}" in path:
                raise SpecError(str(unknown("value", name, [*self._values, *sorted(journey_values)])))


def _written(name: str, fields: frozenset[str]) -> str:
    """The blanks that a table of values can fill."""
    return ", ".join(f"{{{name}.{field}}}" if field else f"{{{name}}}" for field in sorted(fields))
