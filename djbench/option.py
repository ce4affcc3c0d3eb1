"""What there is to say of an option, and the forms of its values. The options themselves: ``djbench.options``."""

import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from djbench.rate import canonical_rate
from djbench.spec import SpecError

MIN_BLOCKS, MAX_BLOCKS = 1, 1000
MAX_BUDGET_S = 7 * 24 * 3600.0
ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """All there is to say of an option. Its key, kind and default are those of the field that it annotates."""

    #: As it is typed, such as ``--warmup``.
    name: str
    #: What it does, with an example; the rest of its line follows from the other fields.
    summary: str
    #: The panel of the help that shows it.
    panel: str
    #: The commands that take it.
    commands: Sequence[str] = ("run",)
    #: What holds without it, for the help; "" for the declared default.
    unset: str = ""
    #: Do profiles usually set it? A command that is to give the same run then says its value, the default or not.
    profiled: bool = False
    #: The lowest number.
    minimum: float = 0
    #: The highest number.
    maximum: float = math.inf
    #: Is the lowest number itself too low?
    above: bool = False
    #: The words there are; none: any text.
    choices: tuple[str, ...] = ()
    #: Does the word ``all`` stand for every choice?
    or_all: bool = False
    #: Brings a value, a text or a number, into its one form. Raises ValueError that says what would be right.
    form: Callable[[object], Any] | None = None
    #: Keys of a profile; with none of them set, the option does nothing.
    needs: tuple[str, ...] = ()
    #: The key of a load's JSON that has its value; "" for what is no part of a load.
    of_load: str = ""
    #: The profile's key and the record's, such as ``warmup_s``.
    key: str = ""
    #: The type of a value.
    kind: type[str] | type[int] | type[float] = str
    #: Can it be given several times?
    many: bool = False
    #: Does every profile have to set it?
    required: bool = False
    #: What holds when neither a profile nor a command sets it.
    default: Any = None

    @property
    def words(self) -> tuple[str, ...]:
        """The words that can be given."""
        return (*self.choices, ALL) if self.or_all else self.choices

    @property
    def line(self) -> str:
        """The help: what it does, whether it can be repeated, and the default."""
        default = self.unset or ("as the profile says" if self.required else as_typed(self.default))
        words = f": {_either(self.words)}" if self.words else ""
        return f"{self.summary}{words} ({'repeatable; ' if self.many else ''}default: {default})."

    def checked(self, value: object) -> Any:
        """One value in its one form. Raises ValueError that says what would be right."""
        if value is None and self.default is None and not self.required:
            return None
        if self.form:
            return self.form(value)
        if self.kind is str:
            if not isinstance(value, str) or (self.words and value not in self.words):
                raise ValueError(f"give {_either(self.words) or 'a text'}")
            return value
        if not self._fits(value):
            raise ValueError(f"give {self._numbers()}")
        return value

    def read(self, text: object) -> object:
        """The number that a text of a command line stands for, or what was given, for ``checked`` to judge."""
        if self.form or self.kind is str or not isinstance(text, str):
            return text
        try:
            return self.kind(text)
        except ValueError:
            return text

    def listed(self, values: object) -> list[Any]:
        """The values of one that can be repeated. Raises ValueError that shows a list."""
        if isinstance(values, list):
            return values
        try:
            one = self.checked(self.read(values))
        except ValueError:
            one = values
        raise ValueError(f"give a list, such as [{json.dumps(one, default=str)}]")

    def gathered(self, values: Sequence[Any]) -> tuple[Any, ...]:
        """All values of one that can be repeated; of words each once, in the choices' order. Raises ValueError."""
        if self.required and not values:
            raise ValueError("give at least one")
        if not self.choices:
            return tuple(values)
        return tuple(word for word in self.choices if word in values or ALL in values)

    def _fits(self, value: object) -> bool:
        if isinstance(value, bool) or not isinstance(value, int if self.kind is int else (int, float)):
            return False
        return (self.minimum < value if self.above else self.minimum <= value) and value <= self.maximum

    def _numbers(self) -> str:
        kind = "a whole number" if self.kind is int else "a number"
        if self.above:
            return f"{kind} above {self.minimum:g}, at most {self.maximum:,.0f}"
        if math.isinf(self.maximum):
            return f"{kind}, {self.minimum:g} or more"
        return f"{kind} from {self.minimum:g} to {self.maximum:,.0f}"


def as_typed(value: object) -> str:
    """A value as somebody would type it."""
    return f"{value:g}" if isinstance(value, float) else "none" if value in (None, ()) else str(value)


def _either(words: Sequence[str]) -> str:
    """``a, b or c``."""
    return " or ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def rate_form(value: object) -> str:
    """A rate in its one form; a plain number may be written as one. Raises ValueError."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise ValueError("a rate is a number or a text, such as '100..2000/60s'")  # noqa: TRY004  as of every value
    try:
        return canonical_rate(value)
    except SpecError as error:
        raise ValueError(str(error).removeprefix(f"rate {value}: ")) from None


def blocks_form(value: object) -> str:
    """A number of blocks: ``10``, or ``6..20`` for as many as the intervals need. Raises ValueError."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    match = re.fullmatch(r"(\d+)(?:\.\.(\d+))?", text.strip()) if isinstance(text, str) else None
    if match is None:
        raise ValueError("give a number such as 10, or a range such as '6..20'")
    fewest, most = int(match[1]), int(match[2] or match[1])
    if not MIN_BLOCKS <= fewest <= most <= MAX_BLOCKS:
        raise ValueError(f"give {MIN_BLOCKS} to {MAX_BLOCKS}, the lower number first")
    return str(fewest) if fewest == most else f"{fewest}..{most}"


_TIME = re.compile(r"(?=.)(?:(?P<h>\d+(?:\.\d+)?)h)?(?:(?P<m>\d+(?:\.\d+)?)m)?(?:(?P<s>\d+(?:\.\d+)?)s)?")


def budget_form(value: object) -> float:
    """Seconds, from a number or a text such as ``90s``, ``10m`` or ``1h30m``. Raises ValueError."""
    text = str(value).strip() if isinstance(value, int | float | str) and not isinstance(value, bool) else ""
    match = _TIME.fullmatch(f"{text}s" if text.replace(".", "", 1).isdigit() else text)
    if match is None:
        raise ValueError("give a time such as 90s, 10m or 1h30m")
    hours, minutes, seconds = (float(match[unit] or 0) for unit in "hms")
    budget_s = 3600 * hours + 60 * minutes + seconds
    if not 0 < budget_s <= MAX_BUDGET_S:
        raise ValueError("give a time above 0, at most 168h")
    return budget_s
