"""The catalog, and that the site keeps what it promises."""

from importlib.util import find_spec

import pytest

from target_site.catalog import PATTERNS, parse_pattern
from target_site.parameters import SpecError


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
    assert {"sync", "blocking"} & set(pattern.styles)
    assert find_spec(f"target_site.patterns.{pattern.name}")
    assert pattern.uses <= {"database", "upstream", "files"}
    assert str(parse_pattern(pattern.name)).startswith(pattern.name)
