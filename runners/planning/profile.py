"""Profiles: TOML files that say what a run measures and how. The built-in ones can be copied and edited."""

import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from djbench.errors import UsageError
from djbench.load import DEFAULT_CONNECTIONS, Arrivals, canonical_rate
from djbench.spec import SpecError, unknown
from results.analysis.stopping import DEFAULT_MAX_BLOCKS
from runners.conducting.validity import DISTURBANCES, Disturbance
from runners.services.cache import LOCAL

MIN_BLOCKS, MAX_BLOCKS = 1, 1000
MAX_USERS = 10_000
MAX_SECONDS = 3600.0
MAX_BUDGET_S = 7 * 24 * 3600.0
MAX_GENERATORS = 64
MAX_CORES = 1024
# A warm-up that does not get steady ends after so many times its length.
WARMUP_LIMIT = 4

_BUILT_IN = ("quick", "standard", "full")  # from the shortest to the longest


def _rate(value: object) -> str:
    """A rate in its canonical form; a plain number may be written as one."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise ValueError("a rate is a number or a text, such as '100..2000/60s'")  # noqa: TRY004  for pydantic to collect
    try:
        return canonical_rate(value)
    except SpecError as error:
        raise ValueError(str(error).removeprefix(f"rate {value}: ")) from None


def _blocks(value: object) -> str:
    """A number of blocks in its canonical form: ``10``, or ``6..20`` for as many as the intervals need."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    match = re.fullmatch(r"(\d+)(?:\.\.(\d+))?", text.strip()) if isinstance(text, str) else None
    if match is None:
        raise ValueError("give a number such as 10, or a range such as '6..20'")
    least, most = int(match[1]), int(match[2] or match[1])
    if not MIN_BLOCKS <= least <= most <= MAX_BLOCKS:
        raise ValueError(f"give {MIN_BLOCKS} to {MAX_BLOCKS}, the lower number first")
    return str(least) if least == most else f"{least}..{most}"


_DURATION = re.compile(r"(?=.)(?:(?P<h>\d+(?:\.\d+)?)h)?(?:(?P<m>\d+(?:\.\d+)?)m)?(?:(?P<s>\d+(?:\.\d+)?)s)?")


def _duration(value: object) -> float | None:
    """Seconds, from a number or a text such as ``90s``, ``10m`` or ``1h30m``."""
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    text = value.strip() if isinstance(value, str) else ""
    match = _DURATION.fullmatch(f"{text}s" if text.replace(".", "", 1).isdigit() else text)
    if match is None:
        raise ValueError("give a time such as 90s, 10m or 1h30m")
    hours, minutes, seconds = (float(match[unit] or 0) for unit in "hms")
    return 3600 * hours + 60 * minutes + seconds


def _accepted(value: object) -> object:
    """Each once, in one order; ``all`` is every one of them."""
    if not isinstance(value, list | tuple):
        return value
    return sorted(DISTURBANCES) if list(value) == ["all"] else sorted(set(value), key=str)


Rate = Annotated[str, BeforeValidator(_rate)]
Blocks = Annotated[str, BeforeValidator(_blocks)]
Budget = Annotated[Annotated[float, Field(gt=0, le=MAX_BUDGET_S)] | None, BeforeValidator(_duration)]
Users = Annotated[int, Field(ge=1, le=MAX_USERS)]


class Profile(BaseModel):
    """A profile's keys. Times in seconds.

    styles: which of each pattern's styles, or ``["all"]``. isolation ``trial``: a fresh server for every trial;
    ``block``: one start per server and block, shared by its cells, which is faster and says less.
    budget_cores: give every server so many CPUs, and a worker process for each where it has those.
    slots: set every server that has slots to so many, one configuration for each number; the others stay unbounded.
    users: closed loads. beside, beside_users: each of them once more, with so many further users who ask for another
    pattern meanwhile: what the first ones meet then, over what they meet alone.
    hold: held loads, each so many streams that stay open, of patterns that can be held.
    rates: open loads, each a number of arrivals per second, a ramp or steps (djbench.load);
    arrivals, connections: how they come, and the most requests at a time. generators: how many processes send.
    blocks: how often every cell is measured: a number, or a range such as ``"6..20"``, which ends when the intervals
    are narrow enough (results.analysis). budget_s: the longest the run may take once each cell has had the least
    number of blocks, as a number or as ``"10m"``.
    accept: disturbances with which a trial counts all the same, for a machine that is never calm; ``["all"]`` is all.
    database, cache: what the site uses (runners.services.database, runners.services.cache).
    warmup_s, warmup_limit_s: a warm-up lasts until the load is steady, but at least and at most so long; the limit is
    four times the least by default.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    description: str
    servers: Annotated[list[str], Field(min_length=1)]
    patterns: Annotated[list[str], Field(min_length=1)]
    styles: Annotated[list[str], Field(min_length=1)]
    budget_cores: Annotated[int, Field(ge=1, le=MAX_CORES)] | None = None
    slots: list[Annotated[int, Field(ge=1, le=MAX_USERS)]] = []
    users: list[Users] = []
    beside: str | None = None
    beside_users: Annotated[int, Field(ge=1, le=MAX_USERS)] | None = None
    hold: list[Users] = []
    rates: list[Rate] = []
    arrivals: Arrivals = "poisson"
    connections: Annotated[int, Field(ge=1, le=MAX_USERS)] = DEFAULT_CONNECTIONS
    generators: Annotated[int, Field(ge=1, le=MAX_GENERATORS)] = 1
    blocks: Blocks
    budget_s: Budget = None
    warmup_s: Annotated[float, Field(ge=0, le=MAX_SECONDS)]
    warmup_limit_s: Annotated[float, Field(ge=0, le=MAX_SECONDS)] | None = None
    duration_s: Annotated[float, Field(gt=0, le=MAX_SECONDS)]
    timeout_s: Annotated[float, Field(gt=0, le=MAX_SECONDS)] = 60.0
    isolation: Literal["trial", "block"] = "trial"
    accept: Annotated[list[Disturbance], BeforeValidator(_accepted)] = []
    database: str = "postgres"
    cache: str = LOCAL

    @model_validator(mode="after")
    def _some_load(self) -> Self:
        if not self.users and not self.rates and not self.hold:
            raise ValueError("there is no load: give users such as [16], rates such as ['200'], or hold such as [100]")
        if (self.beside is None) != (self.beside_users is None) or (self.beside and not self.users):
            raise ValueError("beside is a pattern, beside_users how many ask for it, and users who is beside them")
        fewest = min([*self.users, *self.hold, *([self.connections] if self.rates else [])])
        if fewest < self.generators:
            raise ValueError(
                f"{self.generators} generators have to share {fewest} users, connections or streams; give fewer"
            )
        if self.warmup_limit_s is not None and self.warmup_limit_s < self.warmup_s:
            raise ValueError(f"a warm-up of at least {self.warmup_s:g} s cannot end after {self.warmup_limit_s:g} s")
        if self.budget_s is not None and self.min_blocks == self.max_blocks:
            range_ = f"{self.min_blocks}..{max(DEFAULT_MAX_BLOCKS, 2 * self.min_blocks)}"
            raise ValueError(f"a budget does nothing with a fixed number of blocks; give a range, such as {range_}")
        return self

    @property
    def min_blocks(self) -> int:
        """How often every cell is measured at least."""
        return int(self.blocks.partition("..")[0])

    @property
    def max_blocks(self) -> int:
        """How often a cell is measured at most."""
        return int(self.blocks.rpartition("..")[2])

    @property
    def longest_warmup_s(self) -> float:
        """How long a warm-up lasts that does not get steady."""
        return min(MAX_SECONDS, self.warmup_s * WARMUP_LIMIT) if self.warmup_limit_s is None else self.warmup_limit_s


def built_in() -> Mapping[str, str]:
    """The text of every built-in profile by name."""
    folder = files("runners.planning") / "profiles"
    return {name: (folder / f"{name}.toml").read_text() for name in _BUILT_IN}


def load(name: str) -> Profile:
    """A built-in profile by name, or one in a file by its path. Raises UsageError with file, line and key."""
    if name.endswith(".toml") or "/" in name:
        try:
            return parse(Path(name).read_text(), name)
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise UsageError(f"cannot read the profile {name}: {reason}") from None
    profiles = built_in()
    if name not in profiles:
        raise UsageError(f"{unknown('profile', name, profiles)}; a file of your own ends in .toml")
    return parse(profiles[name], f"{name}.toml")


def parse(text: str, source: str) -> Profile:
    """A profile from its TOML text. Raises UsageError that names ``source``, the line and the key."""
    try:
        return Profile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{source}: not valid TOML: {error}") from None
    except ValidationError as error:
        raise UsageError(f"{source}: {_first(error, text)}") from None


def _first(error: ValidationError, text: str) -> str:
    # A misspelt key is also a missing one; the misspelling is what to show.
    problem: Mapping[str, Any] = min(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
    if not problem["loc"]:
        return said(problem)
    key, *index = problem["loc"]
    line = next(
        (n for n, row in enumerate(text.splitlines(), 1) if re.match(rf"\s*\"?{re.escape(str(key))}\"?\s*=", row)), None
    )
    where = f"line {line}: {key}" if line else str(key)
    item = f", item {index[0] + 1}" if index and isinstance(index[0], int) else ""
    if problem["type"] == "extra_forbidden":
        return f"line {line}: {unknown('key', str(key), Profile.model_fields)}"
    if problem["type"] == "missing":
        return f"the key {key} is missing"
    return f"{where}{item}: {said(problem)}, not {problem['input']!r}"


def said(problem: Mapping[str, Any]) -> str:
    """What pydantic says of one error, to go on with after a colon."""
    message = str(problem["msg"]).removeprefix("Value error, ")
    return message[0].lower() + message[1:]
