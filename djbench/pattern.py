"""A pattern as a value: its styles and parameters, and its requests."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from math import inf, isinf, prod
from typing import Literal
from urllib.parse import urlencode

from djbench.request import Request, Workload
from djbench.spec import Parameter, SpecError, Value, canonical, require_sound, resolve, text_of

_BOUNDARY = "djbench-boundary-0123456789abcdef"
#: The styles whose views are coroutines.
ASYNC_STYLES = frozenset({"async", "sync_to_async", "blocking", "aiohttp", "httpx_per_request"})
#: The style of a project's request of which nobody has said how its view is written, and of a mix and a journey.
VIEW = "view"
#: The pattern whose users draw from all of a project's requests by their weights.
MIX = "mix"
#: A stack of sessions and users, in front of a site's views.
LOGIN = "login"
#: A stack is also ``KIND:DEPTH``: one kind of middleware, and how many of it.
MIDDLEWARE_KINDS = ("none", "sync", "async", "both", "mixin")
#: The largest depth of a stack.
MAX_DEPTH = 100
# Names stand in URLs, in specs, and those of styles in the names of functions.
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """One kind of I/O, as views of one or more styles that answer with the same bytes."""

    #: The first part of its spec string and of its URL, and a package's entry point: lower-case letters, digits and _.
    name: str
    #: What it does, in a line.
    summary: str
    #: Each style's name, and how its view does that I/O.
    styles: Mapping[str, str]
    #: The settings that a spec string can give.
    parameters: tuple[Parameter, ...] = ()
    #: What it cannot answer without: ``database``, ``files``, or a service of its target, such as ``upstream``.
    uses: frozenset[str] = frozenset()
    #: For each style the parameters whose product is the time an answer waits, in seconds. No entry: no wait.
    waits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Answering leaves something behind, which the site's reset endpoint clears.
    writes: bool = False
    #: What stands in front of the views: nothing, ``login``, or ``KIND:DEPTH``. Parameters in braces are filled in.
    stack: str = ""
    #: Headers that each request needs.
    headers: tuple[tuple[str, str], ...] = ()
    #: The parameter with the length of the file that a request carries, in bytes. None: it carries no file.
    upload: str | None = None
    #: Styles that work under one interface only: that interface, and the reason.
    needs: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    #: It has no view but an application that speaks over a WebSocket. A request is a message and its answer.
    websocket: bool = False
    #: The parameter with the number of events in an answer, for a pattern that can be held open. One event comes a
    #: ``delay`` after the other, and each has its number in it, in at least six digits. None: it cannot be held open.
    events: str | None = None
    #: What each event ends with; empty for the messages of a WebSocket.
    event_end: bytes = b""
    #: Work goes on after the answer, and the site counts it (``djbench.work``).
    outlasts: bool = False
    #: The module with its views. Only the site imports it, so it may import models.
    views: str = ""
    #: For each style what its users request. Empty for a pattern whose request follows from its name, style and
    #: parameters.
    workloads: Mapping[str, Workload] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raises SpecError if its parts do not fit together: otherwise only a measurement would show it."""
        require_sound(self.name, self.parameters)
        for complaint in (*_unknown_names(self), *_wrong_stacks(self), *_lacks(self)):
            raise SpecError(f"{self.name}: {complaint}")

    def values(self, texts: Mapping[str, str]) -> dict[str, Value]:
        """Every parameter's value: from the texts of a spec string or of a URL's query, or its default.

        Raises SpecError for a text without a parameter and for a value that does not fit.
        """
        return resolve(self.name, self.parameters, texts)

    def runs(self, style: str, interface: str) -> bool:
        """Does this style work under that interface?"""
        return style not in self.needs or self.needs[style][0] == interface

    def can_be_held(self, style: str, interface: str) -> bool:
        """Do its events go out one by one? Django consumes an iterator of the wrong kind before it sends anything."""
        return self.events is not None and interface == ("asgi" if style in ASYNC_STYLES else "wsgi")


def _unknown_names(pattern: Pattern) -> Iterator[str]:
    """What it names that does not exist."""
    parameters = {parameter.name for parameter in pattern.parameters}
    for name in (pattern.name, *pattern.styles):
        if not _NAME.fullmatch(name):
            yield f"'{name}' is not a name: use lower-case letters, digits and _"
    if not pattern.styles:
        yield "it has no style"
    for style in {*pattern.waits, *pattern.needs} - set(pattern.styles):
        yield f"waits and needs name the style {style}, which it does not have"
    waits = {name for names in pattern.waits.values() for name in names}
    for name in {*waits, pattern.upload or ""} - {*parameters, ""}:
        yield f"waits and upload name the parameter {name}, which it does not have"


def _wrong_stacks(pattern: Pattern) -> Iterator[str]:
    """A stack that its parameters can give and that no site starts with: a run would lose its servers to it."""
    named = [parameter for parameter in pattern.parameters if f"{{{parameter.name}" in pattern.stack]
    try:
        for values in product(*(_ends(parameter) for parameter in named)):
            blanks = {parameter.name: value for parameter, value in zip(named, values, strict=True)}
            if not _is_stack(stack := pattern.stack.format_map(blanks)):
                kinds = ", ".join(MIDDLEWARE_KINDS)
                yield f"stack can be '{stack}'; write '', {LOGIN}, or KIND:DEPTH of {kinds} and 0 to {MAX_DEPTH}"
                return
    except (KeyError, ValueError, IndexError, AttributeError, TypeError) as error:
        names = ", ".join(sorted(parameter.name for parameter in pattern.parameters))
        yield f"stack asks for {error}; there are {names or 'no parameters'}"


def _ends(parameter: Parameter) -> tuple[Value, ...]:
    """All of its words. For a number: its default and its bounds, the latter cut to just outside a stack's depths."""
    if isinstance(parameter.default, str):
        return parameter.choices
    kind = type(parameter.default)
    return kind(max(parameter.minimum, -1)), parameter.default, kind(min(parameter.maximum, MAX_DEPTH + 1))


def _is_stack(text: str) -> bool:
    kind, _, depth = text.partition(":")
    return text in ("", LOGIN) or (kind in MIDDLEWARE_KINDS and depth.isdecimal() and int(depth) <= MAX_DEPTH)


def _lacks(pattern: Pattern) -> Iterator[str]:
    """What a WebSocket needs, or a pattern that can be held open, and this one lacks."""
    parameters = {parameter.name: parameter for parameter in pattern.parameters}
    if pattern.events and ("delay" not in parameters or isinf(getattr(parameters.get(pattern.events), "maximum", inf))):
        yield "events needs a parameter of that name with a maximum, and a parameter delay"
    if pattern.events and not pattern.websocket and not pattern.event_end:
        yield "events over HTTP need event_end, which tells one from the next"
    if pattern.websocket and not isinstance(getattr(parameters.get("size"), "default", None), int):
        yield "a WebSocket needs a whole-number parameter size, the length of its messages in bytes"
    if pattern.websocket and any(pattern.needs.get(style, ("",))[0] != "asgi" for style in pattern.styles):
        yield "a WebSocket needs an entry in needs for each style: it works under asgi only, and why"


@dataclass(frozen=True, slots=True)
class PatternSpec:
    """A pattern with every parameter set."""

    #: The pattern.
    pattern: Pattern
    #: A value for each of its parameters, in their order.
    values: Mapping[str, Value]

    def __str__(self) -> str:
        return canonical(self.pattern.name, self.values)

    def wait_s(self, style: str) -> float:
        """How long an answer waits for its I/O if nothing else is slow; 0 if that is not known."""
        names = self.pattern.waits.get(style)
        return prod(float(self.values[name]) for name in names) if names else 0.0

    @property
    def stack(self) -> str:
        """What the site has to start with in front of its views."""
        return self.pattern.stack.format_map(self.values)

    @property
    def method(self) -> str:
        """POST if a request carries a file, else GET."""
        return "POST" if self.pattern.upload else "GET"

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Headers beside those that every request has."""
        form = (("Content-Type", f"multipart/form-data; boundary={_BOUNDARY}"),) if self.pattern.upload else ()
        return (*self.pattern.headers, *form)

    @property
    def body(self) -> bytes:
        """A form with one file, a WebSocket's message, or nothing."""
        if self.pattern.websocket:
            return f"{self.pattern.name} ".encode().ljust(int(self.values["size"]), b"x")
        if self.pattern.upload is None:
            return b""
        head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="upload.bin"\r\n\r\n'
        content = b"djbench\n" * (int(self.values[self.pattern.upload]) // 8 + 1)
        size_bytes = int(self.values[self.pattern.upload])
        return head.encode() + content[:size_bytes] + f"\r\n--{_BOUNDARY}--\r\n".encode()

    def path(self, style: str) -> str:
        """The URL path and query that runs this pattern in that style."""
        query = urlencode({key: text_of(value) for key, value in self.values.items()})
        return f"/{self.pattern.name}/{style}" + (f"?{query}" if query else "")

    def request(self, style: str, expected_body: bytes | None = None) -> Request:
        """The request that runs this pattern in that style. Without ``expected_body`` any body is right.

        Raises SpecError for a mix or a journey, which has several.
        """
        if self.pattern.workloads:
            first, *others = self.workload(style).requests
            if others:
                raise SpecError(f"{self} is more than one request; name a pattern with a single one")
            return replace(first, expected_body=expected_body)
        return Request(
            name=f"{self} {style}",
            method=self.method,
            path=self.path(style),
            headers=self.headers,
            body=self.body,
            expected_status=101 if self.pattern.websocket else 200,
            expected_body=expected_body,
            websocket=self.pattern.websocket,
        )

    def workload(self, style: str) -> Workload:
        """What users of this pattern request in that style, each request with the name that samples have it under."""
        if not self.pattern.workloads:
            return Workload(requests=(self.request(style),))
        workload, name = self.pattern.workloads[style], f"{self} {style}"
        if len(workload.requests) == 1 and workload.journey is None:
            return replace(workload, requests=(replace(workload.requests[0], name=name),))
        named = tuple(replace(request, name=f"{name}: {request.name}") for request in workload.requests)
        return replace(workload, requests=named)

    @property
    def shortest(self) -> "PatternSpec":
        """The same with the smallest number of events."""
        return self._with_events("minimum")

    @property
    def endless(self) -> "PatternSpec":
        """The same with the largest number of events, to be held open."""
        return self._with_events("maximum")

    @property
    def most_events(self) -> int:
        """How many events an endless answer has."""
        return int(self.endless.values[self.pattern.events or ""])

    def _with_events(self, bound: Literal["minimum", "maximum"]) -> "PatternSpec":
        parameter = next(setting for setting in self.pattern.parameters if setting.name == self.pattern.events)
        return PatternSpec(self.pattern, {**self.values, parameter.name: int(getattr(parameter, bound))})

    @property
    def event_gap_s(self) -> float:
        """From one event to the next, as it should be."""
        return float(self.values["delay"])
