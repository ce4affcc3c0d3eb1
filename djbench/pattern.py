"""A pattern as a value: what there is of it, and what a request for it looks like. No Django."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from math import inf, isinf, prod
from typing import Literal
from urllib.parse import urlencode

from djbench.request import Request
from djbench.spec import Parameter, SpecError, Value, canonical, require_sound, resolve, text_of

_BOUNDARY = "djbench-boundary-0123456789abcdef"
# The styles whose views are coroutines.
ASYNC_STYLES = frozenset({"async", "sync_to_async", "blocking", "aiohttp", "httpx_per_request"})
# What a site can have in front of its views: nothing, sessions and users, or "KIND:DEPTH", so many of one kind of
# middleware.
LOGIN = "login"
MIDDLEWARE_KINDS = ("none", "sync", "async", "both", "mixin")
MAX_DEPTH = 100
SERVICES = frozenset({"database", "upstream", "files"})
# Names stand in URLs, in specs, and those of styles in the names of functions.
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """One kind of I/O. ``styles`` maps each style to how its view does that I/O.

    uses: the services the pattern cannot answer without, of ``database``, ``upstream``, ``files``.
    waits: for each style the parameters whose product is the time an answer waits, in seconds; of none: no wait.
    writes: answering leaves state behind, which the site's reset endpoint clears.
    stack: what the site has to be started with in front of its views, with the parameters filled in.
    headers: what a request has to carry. upload: the parameter that says how long a file it carries is.
    needs: styles that work under one interface only, each with that interface and what it is without.
    websocket: no view but an application that speaks over a WebSocket; a request is a message and its answer.
    events: the parameter that says how many events an answer is made of, for one that can be held open; event_end:
    what each ends with, nothing for the messages of a WebSocket. Each has its number in it, in at least six digits, and
    comes one ``delay`` after the one before. outlasts: work goes on after the answer, and is counted (djbench.work).
    views: the module that has them. Only the site imports it, so that it may import models.
    """

    name: str
    summary: str
    styles: Mapping[str, str]
    parameters: tuple[Parameter, ...] = ()
    uses: frozenset[str] = frozenset()
    waits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    writes: bool = False
    stack: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    upload: str | None = None
    needs: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    websocket: bool = False
    events: str | None = None
    event_end: bytes = b""
    outlasts: bool = False
    views: str = ""

    def __post_init__(self) -> None:
        """Raises SpecError when its parts do not fit together, which would show only when it is measured."""
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
        """Do its events go out one by one? Django takes all of an iterator of the other kind before the first one."""
        return self.events is not None and interface == ("asgi" if style in ASYNC_STYLES else "wsgi")


def _unknown_names(pattern: Pattern) -> Iterator[str]:
    """What it names that there is not."""
    known = {parameter.name for parameter in pattern.parameters}
    for name in (pattern.name, *pattern.styles):
        if not _NAME.fullmatch(name):
            yield f"'{name}' is no name; lower-case letters, digits and _ are"
    if not pattern.styles:
        yield "it has no style"
    for style in {*pattern.waits, *pattern.needs} - set(pattern.styles):
        yield f"waits and needs name the style {style}, which it has not"
    for name in {*(name for names in pattern.waits.values() for name in names), pattern.upload or ""} - {*known, ""}:
        yield f"waits and upload name the parameter {name}, which it has not"
    for service in pattern.uses - SERVICES:
        yield f"uses names {service}; there are {', '.join(sorted(SERVICES))}"


def _wrong_stacks(pattern: Pattern) -> Iterator[str]:
    """What its stack can come to that no site can be started with: a run would lose its servers to that."""
    named = [parameter for parameter in pattern.parameters if f"{{{parameter.name}" in pattern.stack]
    try:
        for values in product(*(_ends(parameter) for parameter in named)):
            given = {parameter.name: value for parameter, value in zip(named, values, strict=True)}
            if not _is_stack(stack := pattern.stack.format_map(given)):
                kinds = ", ".join(MIDDLEWARE_KINDS)
                yield f"stack can be '{stack}'; it is '', {LOGIN}, or KIND:DEPTH of {kinds} and 0 to {MAX_DEPTH}"
                return
    except (KeyError, ValueError, IndexError, AttributeError, TypeError) as error:
        known = ", ".join(sorted(parameter.name for parameter in pattern.parameters))
        yield f"stack asks for {error}; there are {known or 'no parameters'}"


def _ends(parameter: Parameter) -> tuple[Value, ...]:
    """Every word of a text; of a number its bounds, as far as a depth's reach beyond what there is, and its default."""
    if isinstance(parameter.default, str):
        return parameter.choices
    kind = type(parameter.default)
    return kind(max(parameter.minimum, -1)), parameter.default, kind(min(parameter.maximum, MAX_DEPTH + 1))


def _is_stack(text: str) -> bool:
    kind, _, depth = text.partition(":")
    return text in ("", LOGIN) or (kind in MIDDLEWARE_KINDS and depth.isdecimal() and int(depth) <= MAX_DEPTH)


def _lacks(pattern: Pattern) -> Iterator[str]:
    """What a WebSocket, or what is to be held open, takes and it has not."""
    known = {parameter.name: parameter for parameter in pattern.parameters}
    if pattern.events and ("delay" not in known or isinf(getattr(known.get(pattern.events), "maximum", inf))):
        yield "events take a parameter of that name with a maximum, and a parameter delay"
    if pattern.events and not pattern.websocket and not pattern.event_end:
        yield "events over HTTP take event_end, by which one is told from the next"
    if pattern.websocket and not isinstance(getattr(known.get("size"), "default", None), int):
        yield "a WebSocket takes a whole-number parameter size, of its messages in bytes"
    if pattern.websocket and any(pattern.needs.get(style, ("",))[0] != "asgi" for style in pattern.styles):
        yield "a WebSocket takes needs, which says of each style that it works under asgi only, and why"


@dataclass(frozen=True, slots=True)
class PatternSpec:
    """A pattern with every parameter set."""

    pattern: Pattern
    values: Mapping[str, Value]

    def __str__(self) -> str:
        return canonical(self.pattern.name, self.values)

    def wait_s(self, style: str) -> float:
        """How long an answer waits for its I/O when nothing else is slow; 0 where that is not known."""
        names = self.pattern.waits.get(style)
        return prod(float(self.values[name]) for name in names) if names else 0.0

    @property
    def stack(self) -> str:
        """What the site has to be started with."""
        return self.pattern.stack.format_map(self.values)

    @property
    def method(self) -> str:
        """POST for what carries a file, else GET."""
        return "POST" if self.pattern.upload else "GET"

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """What a request carries beside what every request does."""
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

    def request_line(self, style: str) -> str:
        """The request as messages name it: ``GET /sleep/async?delay=1``, or ``WebSocket`` and the path."""
        return f"{'WebSocket' if self.pattern.websocket else self.method} {self.path(style)}"

    @property
    def right_status(self) -> int:
        """The status of a right answer; over a WebSocket, that of the handshake."""
        return 101 if self.pattern.websocket else 200

    def request(self, style: str, expected_body: bytes | None = None) -> Request:
        """The request that runs this pattern in that style. Without ``expected_body`` any body is right."""
        return Request(
            name=f"{self} {style}",
            method=self.method,
            path=self.path(style),
            headers=self.headers,
            body=self.body,
            expected_status=self.right_status,
            expected_body=expected_body,
            websocket=self.pattern.websocket,
        )

    @property
    def shortest(self) -> "PatternSpec":
        """The same with as few events as there can be."""
        return self._with_events("minimum")

    @property
    def endless(self) -> "PatternSpec":
        """The same with as many events as there can be, to be held open."""
        return self._with_events("maximum")

    @property
    def most_events(self) -> int:
        """How many events there are when it is held open for as long as it lasts."""
        return int(self.endless.values[self.pattern.events or ""])

    def _with_events(self, bound: Literal["minimum", "maximum"]) -> "PatternSpec":
        parameter = next(each for each in self.pattern.parameters if each.name == self.pattern.events)
        return PatternSpec(self.pattern, {**self.values, parameter.name: int(getattr(parameter, bound))})

    @property
    def event_gap_s(self) -> float:
        """From one event to the next, as it is meant to be."""
        return float(self.values["delay"])
