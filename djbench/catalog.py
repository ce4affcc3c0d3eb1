"""The patterns that a target answers: its own, from its description, and those that installed packages add.

This needs the standard library alone, for the built-in site's own processes read its patterns, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from djbench.pattern import Pattern, PatternSpec
from djbench.spec import Parameter, SpecError, split_spec, unknown

if TYPE_CHECKING:
    from djbench.plugins import ExtensionPoint


_EVERY_TARGET_HAS = frozenset({"database", "files"})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Catalog:
    """Patterns by name."""

    #: The target's own, in the order of its description.
    own: Mapping[str, Pattern]
    #: The names of the target's own services, which patterns can use.
    services: frozenset[str] = frozenset()

    def named(self, name: str) -> Pattern:
        """A pattern of the target, or of a package. Raises SpecError with one line."""
        if name in self.own:
            return self.own[name]
        if name in (plugins := _extension_point().plugins()):
            return _extension_point().load(name, self.own, self._require_usable)
        raise unknown("pattern", name, [*self.own, *plugins])

    def parse(self, text: str) -> PatternSpec:
        """``"sleep:delay=0.1"`` to the pattern and its values. Raises SpecError with one line."""
        name, texts = split_spec(text)
        pattern = self.named(name)
        return PatternSpec(pattern, pattern.values(texts))

    def offered(self) -> Mapping[str, Pattern | SpecError]:
        """The patterns of installed packages, by name, or the reason why one cannot be used."""
        return _extension_point().load_all(self.own, self._require_usable)

    def usable(self) -> list[Pattern]:
        """The target's own patterns, and those of packages that can be used."""
        return [*self.own.values(), *(offer for offer in self.offered().values() if isinstance(offer, Pattern))]

    def require_services(self, pattern: Pattern) -> None:
        """Raises SpecError for a pattern that uses something that the target does not have."""
        services = _EVERY_TARGET_HAS | self.services
        for name in sorted(pattern.uses - services):
            raise SpecError(f"{pattern.name}: uses names {name}; write some of {', '.join(sorted(services))}")

    def _require_usable(self, pattern: Pattern) -> None:
        if not pattern.views:
            raise SpecError('it does not name the module of its views: views="…"')
        self.require_services(pattern)


def _extension_point() -> "ExtensionPoint[Pattern]":
    """Where packages add patterns. Imported when it is needed: most processes of a target never need it."""
    from djbench.plugins import PATTERN_PLUGINS

    return PATTERN_PLUGINS


def patterns_of(tables: Mapping[str, Any], views: str) -> Mapping[str, Pattern]:
    """The patterns that the tables of a description describe. ``views``: the package with their modules.

    Raises SpecError if the parts of one do not fit together.
    """
    return MappingProxyType({name: _pattern(name, table, views) for name, table in tables.items()})


def _pattern(name: str, table: Mapping[str, Any], views: str) -> Pattern:
    """A pattern from its table, whose keys are the fields of Pattern."""
    converted = {
        "parameters": tuple(_parameter(key, value) for key, value in table.get("parameters", {}).items()),
        "uses": frozenset(table.get("uses", ())),
        "waits": {style: tuple(names) for style, names in table.get("waits", {}).items()},
        "headers": tuple(table.get("headers", {}).items()),
        "needs": {style: (need["interface"], need["reason"]) for style, need in table.get("needs", {}).items()},
        "event_end": table.get("event_end", "").encode(),
    }
    return Pattern(**{**table, **converted, "name": name, "views": f"{views}.{name}"})


def _parameter(name: str, table: Mapping[str, Any]) -> Parameter:
    return Parameter(**{**table, "name": name, "choices": tuple(table.get("choices", ()))})
