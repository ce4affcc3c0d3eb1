"""Parameters with units, and the spec strings that set them.

A spec string names one thing and sets some of its parameters: ``name[:key=value[,key=value…]]``, for example
``sleep:delay=0.05``. Servers and patterns share this grammar. The canonical form sets every parameter, in declared
order, so two specs are equal if their strings are. ``key=value|value`` stands for one spec with each value.
"""

import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

Value = int | float | str


class SpecError(ValueError):
    """A spec string, a name or a value is wrong. The message is one line and says what would be right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One named setting."""

    #: The key in a spec string.
    name: str
    #: The value if a spec does not set it. Its type is the type of every value.
    default: Value
    #: What it sets, in a few words.
    summary: str
    #: The unit of a number, such as ``seconds``; empty for a count.
    unit: str = ""
    #: The smallest allowed number.
    minimum: float = 0
    #: The largest allowed number.
    maximum: float = math.inf
    #: The allowed words, if the default is a word.
    choices: tuple[str, ...] = ()

    def parse(self, text: str) -> Value:
        """The value that ``text`` stands for. Raises SpecError if it has the wrong type or is out of range."""
        if isinstance(self.default, str):
            if text in self.choices:
                return text
            raise SpecError(f"{self.name}={text}: must be one of {', '.join(self.choices)}")
        kind, words = (int, "a whole number") if isinstance(self.default, int) else (float, "a number")
        expected = f"{words}{f' of {self.unit}' if self.unit else ''} {self._range()}"
        try:
            value = kind(text)
        except ValueError:
            raise SpecError(f"{self.name}={text}: must be {expected}") from None
        if not self.minimum <= value <= self.maximum:  # NaN fails this too
            raise SpecError(f"{self.name}={text}: must be {expected}")
        return value

    def _range(self) -> str:
        if math.isinf(self.maximum):
            return f"of at least {self.minimum:g}"
        return f"from {self.minimum:g} to {self.maximum:g}"


def require_sound(owner: str, parameters: Sequence[Parameter]) -> None:
    """Raises SpecError if a parameter is there twice, can have no value, or has a default that does not fit."""
    names = [parameter.name for parameter in parameters]
    for parameter in parameters:
        if names.count(parameter.name) > 1:
            raise SpecError(f"{owner}: the parameter {parameter.name} is declared twice")
        if isinstance(parameter.default, str) != bool(parameter.choices):
            raise SpecError(f"{owner}: {parameter.name}: a text takes choices, and a number minimum and maximum")
        try:
            parameter.parse(text_of(parameter.default))
        except SpecError as error:
            raise SpecError(f"{owner}: the default {error}") from None


def text_of(value: Value) -> str:
    """A value as spec strings and URLs have it: the shortest form that reads back as the same number."""
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def unknown(kind: str, name: str, names: Iterable[str]) -> SpecError:
    """The error for a name that does not exist, with the nearest one that does."""
    candidates = list(names)
    nearest = difflib.get_close_matches(name, candidates, n=1, cutoff=0.5)
    hint = f"; did you mean '{nearest[0]}'?" if nearest else ""
    return SpecError(f"unknown {kind} '{name}'{hint} (known: {', '.join(candidates) or 'none'})")


def split_spec(text: str) -> tuple[str, dict[str, str]]:
    """``"sleep:delay=1"`` to ``("sleep", {"delay": "1"})``. Raises SpecError if the text does not fit the grammar."""
    name, colon, rest = text.strip().partition(":")
    if not name or (colon and not rest):
        raise SpecError(f"'{text}' is not a spec; write name or name:key=value,key=value")
    texts: dict[str, str] = {}
    for pair in rest.split(",") if rest else ():
        key, equals, value = pair.partition("=")
        key, value = key.strip(), value.strip()
        if not key or not equals or not value:
            raise SpecError(f"'{text}': '{pair}' is not key=value")
        if key in texts:
            raise SpecError(f"'{text}' sets {key} twice")
        texts[key] = value
    return name, texts


def expand(text: str) -> list[str]:
    """A spec with alternatives to those it stands for: ``"sleep:delay=1|2"`` to ``["sleep:delay=1", "sleep:delay=2"]``.

    Several parameters with alternatives give every combination; the last one changes fastest.
    """
    name, colon, rest = text.partition(":")
    alternatives = []
    for pair in rest.split(","):
        key, equals, value = pair.partition("=")
        alternatives.append([f"{key}{equals}{one}" for one in value.split("|")])
    return [name + colon + ",".join(pairs) for pairs in product(*alternatives)]


def resolve(owner: str, parameters: Sequence[Parameter], texts: Mapping[str, str]) -> dict[str, Value]:
    """Every parameter's value, in declared order: from its text if it has one, or its default.

    Raises SpecError for a text without a parameter of ``owner`` and for a value that does not fit.
    """
    for key in texts:
        if all(key != parameter.name for parameter in parameters):
            raise unknown(f"parameter of {owner}", key, [parameter.name for parameter in parameters])
    try:
        return {p.name: p.parse(texts[p.name]) if p.name in texts else p.default for p in parameters}
    except SpecError as error:
        raise SpecError(f"{owner}: {error}") from None


def canonical(name: str, values: Mapping[str, Value]) -> str:
    """The canonical spec string: the name and every parameter, in the order of ``values``."""
    if not values:
        return name
    return f"{name}:" + ",".join(f"{key}={text_of(value)}" for key, value in values.items())
