"""What differs between the machines of two runs, or of one run begun and resumed. Pure."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

# What is different each time, and says what a machine was doing and not what it is; and what does not decide how fast
# something is: the commit, for a change of the documentation makes another, where the code has a hash of its own, and
# the start of the machine, after which a run may go on.
_PASSING = frozenset({"boot_sha256", "conditions", "environment", "load_average", "source", "swap_used_mib"})
# A kernel keeps a little more or less of the memory for itself from one start to the next.
_SAME_MEMORY = 0.01


class Difference(NamedTuple):
    """What changed, by its dotted name, and its values in words."""

    #: What changed, by its dotted name.
    name: str
    #: The value before, in words.
    before: str
    #: The value after, in words.
    after: str

    def __str__(self) -> str:
        return f"{self.name} {self.before} -> {self.after}"


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What makes two fingerprints' numbers not comparable, such as ``packages.django 5.2.1 -> 5.2.2``."""
    return [str(difference) for difference in differing(before, after)]


def differing(
    before: Mapping[str, Any], after: Mapping[str, Any], passing: Collection[str] = _PASSING
) -> list[Difference]:
    """The same one by one. ``passing``: the topics that do not matter.

    A topic that one of the two does not have at all is left out: an older djbench did not look for it. Within a topic
    everything counts, such as a package that has come or gone; for packages see ``_comparable_packages``. Overlays
    count for servers that both runs had.
    """
    before, after = _comparable_packages(before, after)
    before, after = _with_overlays_of(before, after), _with_overlays_of(after, before)
    return [
        Difference(name, fact_text(old), fact_text(new))
        for key in before
        if key in after and key not in passing
        for name, old, new in _changes(key, before[key], after[key])
    ]


def _comparable_packages(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Both without the packages that only one of them looked for.

    An older djbench looked for a choice of packages. Its fingerprints lack the topic ``all_packages``. A package that
    only the complete list has was perhaps installed then, too; one that only the short list has is gone.
    """
    old_is_short, new_is_short = (not fingerprint.get("all_packages") for fingerprint in (before, after))
    if old_is_short == new_is_short:
        return before, after
    if old_is_short:
        return before, _with_packages_of(after, before)
    return _with_packages_of(before, after), after


def _with_packages_of(complete: Mapping[str, Any], short: Mapping[str, Any]) -> Mapping[str, Any]:
    """The complete fingerprint, with those of its packages that the short list has."""
    names = short.get("packages") or {}
    versions = complete.get("packages") or {}
    return {**complete, "packages": {name: version for name, version in versions.items() if name in names}}


def _with_overlays_of(own: Mapping[str, Any], other: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fingerprint, with the overlays of those of its servers that the other one has, too."""
    servers = other.get("overlays") or {}
    overlays = own.get("overlays") or {}
    return {**own, "overlays": {name: packages for name, packages in overlays.items() if name in servers}}


def _changes(name: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    """Each single value that changed, under its dotted name."""
    if isinstance(old, Mapping) or isinstance(new, Mapping):
        olds, news = (value if isinstance(value, Mapping) else {} for value in (old, new))
        for key in dict.fromkeys((*olds, *news)):
            yield from _changes(f"{name}.{key}", olds.get(key), news.get(key))
    elif old != new and not (name == "memory_mib" and _close(old, new)):
        yield name, old, new


def _close(old: Any, new: Any) -> bool:
    return bool(old and new) and abs(new / old - 1) <= _SAME_MEMORY


def fact_text(value: Any) -> str:
    """A value in words."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ",".join(map(fact_text, value)) or "none"
    return str(value)
