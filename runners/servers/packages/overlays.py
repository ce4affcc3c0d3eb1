"""Overlays: folders of djbench's cache with packages that a project's interpreter lacks.

An overlay belongs to the kind of interpreter, to the packages that it has, and to those that are wanted. It never
changes after it was made. Nothing is installed that the interpreter has, so no package is there in two versions.
"""

import hashlib
import json
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from djbench.supply import Overlay
from runners.hosts.cache_folder import cache_folder
from runners.machine.interpreter import packages
from runners.machine.software import InterpreterFacts
from runners.servers.packages.wheels import NoWheels, fitting_versions, install_wheels

_UNFINISHED = ".unfinished-"
# No installation takes longer.
_LONGEST_S = 3600.0


def overlay_place(wanted: frozenset[str], facts: InterpreterFacts) -> Path:
    """The folder of the overlay with the wanted packages, whether or not it was made yet."""
    identity = json.dumps([facts.machine_code, dict(facts.packages), sorted(wanted)], sort_keys=True)
    return cache_folder("overlays") / hashlib.sha256(identity.encode()).hexdigest()[:16]


def overlay_with(wanted: frozenset[str], interpreter: str, facts: InterpreterFacts) -> Overlay:
    """The overlay with the wanted packages, made if it is not there. Raises NoWheels."""
    place = overlay_place(wanted, facts)
    if not place.is_dir():
        _make(place, wanted, interpreter, facts.packages)
    return Overlay(folder=place, packages=packages(str(place)))


def _make(place: Path, wanted: frozenset[str], interpreter: str, own: Mapping[str, str]) -> None:
    """Make an overlay at once: whoever looks there sees all of it or nothing."""
    try:
        with _scratch(place) as scratch:
            versions = fitting_versions(wanted, own, interpreter, scratch)
            lacking = {name: version for name, version in versions.items() if name not in own}
            if not lacking:
                raise NoWheels("they are installed there, and Python does not find their modules")
            install_wheels(lacking, interpreter, scratch, scratch / "packages")
            _put(scratch / "packages", place)
    except OSError as error:
        raise NoWheels(f"{error.strerror or error}: {error.filename or place}") from None


def _put(made: Path, place: Path) -> None:
    try:
        made.rename(place)
    except OSError:
        if not place.is_dir():  # else another djbench was quicker
            raise


@contextmanager
def _scratch(place: Path) -> Iterator[Path]:
    """A folder beside the place for what is not complete. Removes those that killed processes have left, too."""
    place.parent.mkdir(parents=True, exist_ok=True)
    for leftover in place.parent.glob(f"*{_UNFINISHED}*"):
        with suppress(FileNotFoundError):  # another djbench has removed it
            if time.time() - leftover.stat().st_mtime > _LONGEST_S:
                shutil.rmtree(leftover, ignore_errors=True)
    with TemporaryDirectory(prefix=f"{place.name}{_UNFINISHED}", dir=place.parent) as scratch:
        yield Path(scratch)
