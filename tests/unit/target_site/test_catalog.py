"""The catalog, and that the site keeps what it promises."""

from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import pytest

from djbench.pattern import Pattern
from djbench.spec import Parameter, SpecError
from tests.unit.site import PATTERNS, parse_pattern


def test_a_pattern_knows_its_path() -> None:
    spec = parse_pattern("fan_out:delay=1")
    assert str(spec) == "fan_out:calls=10,delay=1"
    assert spec.path("async") == "/fan_out/async?calls=10&delay=1"
    assert parse_pattern("plain").path("sync") == "/plain/sync"


def test_an_unknown_pattern_names_the_nearest() -> None:
    with pytest.raises(SpecError, match="unknown pattern 'slep'; did you mean 'sleep'"):
        parse_pattern("slep")


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_every_pattern_has_a_style_of_each_kind_and_a_module(pattern) -> None:  # type: ignore[no-untyped-def]
    assert {"async", "sync_to_async"} & set(pattern.styles)
    assert {"sync", "blocking", "threads"} & set(pattern.styles) or pattern.websocket
    assert set(pattern.waits) <= set(pattern.styles)
    assert set(pattern.needs) <= set(pattern.styles)
    assert find_spec(f"target_site.patterns.{pattern.name}")
    assert pattern.uses <= {"database", "upstream", "files"}
    assert str(parse_pattern(pattern.name)).startswith(pattern.name)


@pytest.mark.parametrize("pattern", [each for each in PATTERNS.values() if each.events], ids=str)
def test_what_can_be_held_has_events_without_end(pattern: Pattern) -> None:
    spec = parse_pattern(pattern.name)
    assert pattern.events is not None
    assert spec.endless.values[pattern.events] == 1_000_000
    assert spec.shortest.values[pattern.events] in (0, 1)
    assert {**spec.endless.values, pattern.events: 0} == {**spec.values, pattern.events: 0}
    assert spec.event_gap_s == spec.values["delay"]
    assert pattern.can_be_held("async", "asgi")
    assert not pattern.can_be_held("async", "wsgi")
    assert not pattern.can_be_held("sync", "asgi")


def test_what_is_to_be_held_has_to_say_how() -> None:
    events = Parameter(name="events", default=1, maximum=9, summary="")
    delay = Parameter(name="delay", default=1.0, summary="")

    def held(parameters: tuple[Parameter, ...], end: bytes = b"\n") -> Pattern:
        styles = {"async": ""}
        return Pattern(name="mine", summary="", styles=styles, events="events", event_end=end, parameters=parameters)

    assert held((events, delay)).events == "events"
    with pytest.raises(SpecError, match="mine: events over HTTP need event_end"):
        held((events, delay), b"")
    for parameters in ((), (events,), (delay,), (Parameter(name="events", default=1, summary=""), delay)):
        with pytest.raises(SpecError, match="mine: events needs a parameter of that name with a maximum"):
            held(parameters)


SIZE = Parameter(name="size", default=16, minimum=16, summary="")
KIND = Parameter(name="kind", default="sync", choices=("sync", "cors"), summary="")
ASGI_ONLY = {"async": ("asgi", "there are no WebSockets under WSGI")}


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"websocket": True, "needs": ASGI_ONLY}, "a WebSocket needs a whole-number parameter size"),
        ({"websocket": True, "parameters": (SIZE,)}, "a WebSocket needs an entry in needs"),
        ({"name": "no/name"}, "'no/name' is not a name"),
        ({"styles": {}}, "it has no style"),
        ({"styles": {"a-sync": ""}}, "'a-sync' is not a name"),
        ({"waits": {"sync": ()}}, "waits and needs name the style sync, which it does not have"),
        ({"waits": {"async": ("delay",)}}, "waits and upload name the parameter delay, which it does not have"),
        ({"upload": "length"}, "waits and upload name the parameter length, which it does not have"),
        ({"stack": "{depth}"}, "stack asks for 'depth'; there are no parameters"),
        ({"stack": "sync:{}"}, "stack asks for .*; there are no parameters"),
        ({"stack": "cors"}, "stack can be 'cors'; write '', login, or KIND:DEPTH of none, sync, async, both, mixin"),
        ({"stack": "sync"}, "stack can be 'sync'"),
        ({"stack": "sync:101"}, "stack can be 'sync:101'; .* and 0 to 100"),
        ({"stack": "sync:{size}", "parameters": (SIZE,)}, "stack can be 'sync:101'"),  # it has no maximum
        ({"stack": "sync:{size}", "parameters": (replace(SIZE, minimum=-3, maximum=99),)}, "stack can be 'sync:-1'"),
        ({"stack": "sync:{size}", "parameters": (replace(SIZE, default=1.0, minimum=0),)}, "stack can be 'sync:0.0'"),
        ({"stack": "{kind}:1", "parameters": (KIND,)}, "stack can be 'cors:1'"),
        ({"parameters": (SIZE, SIZE)}, "the parameter size is declared twice"),
        ({"parameters": (Parameter(name="size", default=1, minimum=2, summary=""),)}, "the default size=1: must be"),
    ],
)
def test_a_pattern_whose_parts_do_not_fit_together_is_refused(changes: dict[str, Any], complaint: str) -> None:
    fitting: dict[str, Any] = {"name": "mine", "summary": "", "styles": {"async": ""}}
    Pattern(**fitting)
    Pattern(**fitting, websocket=True, needs=ASGI_ONLY, parameters=(SIZE,))
    Pattern(**fitting, stack="login")
    Pattern(**fitting, stack="mixin:{size}", parameters=(replace(SIZE, maximum=100),))
    with pytest.raises(SpecError, match=complaint):
        Pattern(**{**fitting, **changes})


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_the_summary_of_a_parameter_begins_with_what_it_is(pattern: Pattern) -> None:
    for parameter in pattern.parameters:
        assert parameter.summary.split()[0] not in {"of", "so", "from", "the"}
        assert len(parameter.summary) < 100
