"""Profiles: TOML files that say what a run measures and how. The built-in ones can be copied and edited.

A profile selects servers, patterns, styles and loads to combine. Each table ``[[also]]`` selects others for the same
run: what it does not say is as the profile says.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainValidator,
    ValidationError,
    create_model,
)

from djbench.errors import UsageError
from djbench.option import Option, as_typed
from djbench.options import OPTIONS, SELECTING, Profile, with_only_its_loads
from djbench.spec import unknown
from results.analysis.stopping import DEFAULT_MAX_BLOCKS
from runners.toml_file import parse_toml, problem_text, toml_text

# From the shortest to the longest, and the one for a project of the reader's.
_BUILT_IN = ("quick", "standard", "full", "project")
_KEYS = {key: key for key in OPTIONS}
_NAMES = {key: option.name for key, option in OPTIONS.items()}


def _written(option: Option) -> Any:
    """The type of a key: whatever the option's own check accepts."""
    value = Annotated[Any, PlainValidator(option.checked)]
    if not option.many:
        return value
    return Annotated[list[value], BeforeValidator(option.listed), AfterValidator(option.gathered)]


def _says_something(table: BaseModel) -> BaseModel:
    if not table.model_fields_set:
        raise ValueError(f"it says nothing; give some of {', '.join(SELECTING)}")
    return table


_DEFINITIONS: dict[str, Any] = {
    key: (_written(option), ... if option.required else option.default) for key, option in OPTIONS.items()
}
_IN_TABLES: dict[str, Any] = {key: (_DEFINITIONS[key][0], None) for key in SELECTING}
_CONFIG = ConfigDict(extra="forbid", strict=True)
_Table: type[BaseModel] = create_model("_Table", __config__=_CONFIG, **_IN_TABLES)
_Written: type[BaseModel] = create_model(
    "_Written",
    __config__=_CONFIG,
    description=(str, ...),
    also=(list[Annotated[_Table, AfterValidator(_says_something)]], []),  # type: ignore[valid-type]
    **_DEFINITIONS,
)


def built_in_profiles() -> Mapping[str, str]:
    """The text of every built-in profile by name."""
    folder = files("runners.planning") / "profiles"
    return {name: (folder / f"{name}.toml").read_text(encoding="utf-8") for name in _BUILT_IN}


def load(name: str) -> Profile:
    """A built-in profile by name, or one in a file by its path. Raises UsageError with file, line and key."""
    if name.endswith(".toml") or "/" in name:
        return parse(toml_text(Path(name), "profile"), name)
    profiles = built_in_profiles()
    if name not in profiles:
        raise UsageError(f"{unknown('profile', name, profiles)}; a file of your own ends in .toml")
    return parse(profiles[name], f"{name}.toml")


def parse(text: str, source: str) -> Profile:
    """A profile from its TOML text. Raises UsageError that names ``source``, the line and the key."""
    profile = _profile(parse_toml(text, _Written, source))
    for contradiction in contradictions(profile, _KEYS):
        raise UsageError(f"{source}: {contradiction}")
    return profile


def with_options(base: Profile, changes: Mapping[str, Any]) -> Profile:
    """The profile with other values, by key, in all of its tables, too.

    Tables that have patterns of their own are about those, and are left out when the patterns are others. Raises
    UsageError that names the option of the value that is wrong.
    """
    tables = [table for table in base.also if "patterns" not in changes or table.patterns == base.patterns]
    profile = replace(_changed(base, changes), also=tuple(_changed(table, changes) for table in tables))
    for contradiction in contradictions(profile, _NAMES):
        raise UsageError(contradiction)
    return profile


def _changed(base: Profile, changes: Mapping[str, Any]) -> Profile:
    """The profile with other values, by key, and without its tables. Raises UsageError that names an option."""
    values = {key: getattr(base, key) for key in ("description", *OPTIONS)}
    values.update(changes)
    try:
        return checked({key: list(value) if isinstance(value, tuple) else value for key, value in values.items()})
    except ValidationError as error:
        problem = error.errors()[0]
        raise UsageError(
            f"{_NAMES[str(problem['loc'][0])]} {_typed(problem['input'])}: {problem_text(problem)}"
        ) from None


def _typed(value: object) -> str:
    return " ".join(map(as_typed, value)) if isinstance(value, list) else as_typed(value)


def checked(values: Mapping[str, Any]) -> Profile:
    """A profile of these values, each as a person writes it. Raises ValidationError."""
    return _profile(_Written.model_validate(values))


def _profile(written: BaseModel) -> Profile:
    """The profile, whose tables have from it what they do not say."""
    values = dict(written)
    tables = [{key: getattr(table, key) for key in table.model_fields_set} for table in values.pop("also")]
    profile = Profile(**values)
    return replace(profile, also=tuple(replace(profile, **with_only_its_loads(table)) for table in tables))


def contradictions(profile: Profile, names: Mapping[str, str]) -> Iterator[str]:
    """What does not fit together, each in a line. names: what its reader calls the keys."""
    for place, part in profile.parts.items():
        for contradiction in (*_load_contradictions(part, names), *_method_contradictions(part, names)):
            yield f"{place}{contradiction}"


def _method_contradictions(profile: Profile, names: Mapping[str, str]) -> Iterator[str]:
    if profile.longest_warmup_s < profile.warmup_s:
        yield (
            f"the longest warm-up is {profile.longest_warmup_s:g} s and the shortest {profile.warmup_s:g} s; "
            f"raise {names['warmup_limit_s']}"
        )
    if profile.budget_s is not None and profile.min_blocks == profile.max_blocks:
        range_ = f"{profile.min_blocks}..{max(DEFAULT_MAX_BLOCKS, 2 * profile.min_blocks)}"
        yield (
            f"{names['budget_s']} does nothing with a fixed number of blocks; "
            f"give a range in {names['blocks']}, such as {range_}"
        )


def _load_contradictions(profile: Profile, names: Mapping[str, str]) -> Iterator[str]:
    if not profile.users and not profile.rates and not profile.hold:
        yield f"there is no load; give {names['users']}, {names['rates']} or {names['hold']}"
        return
    if (profile.beside is None) != (profile.beside_users is None):
        yield f"give both {names['beside']} and {names['beside_users']}: the pattern and how many users request it"
    if profile.beside and not profile.users:
        yield f"{names['beside']} repeats closed loads, and there is none; give {names['users']}"
    connections = [profile.connections] if profile.rates else []
    loads = {"users": profile.users, "streams": profile.hold, "connections": connections}
    for noun, numbers in loads.items():
        if min(numbers, default=profile.generators) < profile.generators:
            yield (
                f"{profile.generators} generators need at least {profile.generators} {noun}; "
                f"lower {names['generators']}"
            )
