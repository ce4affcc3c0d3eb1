"""The software that takes part in a measurement: the interpreter, packages, source, and what their environment says."""

import hashlib
import json
import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import djbench
from djbench.errors import UsageError, error_line
from djbench.rooms import ROOMS, rooms_folder
from djbench.target import Target
from runners.machine import interpreter
from runners.targets.environment import child_environment

_ASK_S = 30.0
# Of the variables that the processes of a run get (runners.targets), those that hold no secret and name no place.
_TELLING_VARIABLES = ("LANG", "LC_ALL", "TZ")


@dataclass(frozen=True, slots=True, kw_only=True)
class InterpreterFacts:
    """What an interpreter says of itself."""

    #: What the record of a run keeps of it (``runners.machine.interpreter``).
    description: Mapping[str, Any]
    #: What compiled packages have to fit.
    machine_code: str
    #: Those of the modules asked for that it can import.
    importable: frozenset[str]

    @property
    def packages(self) -> Mapping[str, str]:
        """The version of every installed distribution, by its normalised name."""
        packages: Mapping[str, str] = self.description["packages"]
        return packages


def interpreter_facts(path: str, modules: Iterable[str] = ()) -> InterpreterFacts:
    """What the interpreter there says of itself, as it starts in a run: one question for all of it.

    Raises UsageError if it does not answer.
    """
    command = [path, "-B", interpreter.__file__, *sorted(set(modules))]  # -B: nothing is written beside its modules
    try:
        done = subprocess.run(command, env=child_environment({}), capture_output=True, check=True, timeout=_ASK_S)
        answer = json.loads(done.stdout)
        return InterpreterFacts(
            description=answer["description"],
            machine_code=answer["machine_code"],
            importable=frozenset(answer["importable"]),
        )
    except (OSError, subprocess.SubprocessError, ValueError, LookupError, TypeError) as error:
        raise UsageError(f"the interpreter {path} does not say what it is: {error_line(error)}") from None


def interpreter_description(path: str) -> dict[str, Any]:
    """What the interpreter there is; every value is None if it does not answer."""
    try:
        return dict(interpreter_facts(path).description)
    except UsageError:
        return dict.fromkeys(interpreter.KEYS)


def importable(path: str, modules: Iterable[str]) -> frozenset[str]:
    """Those of the modules that the interpreter there can import. Raises UsageError if it does not answer."""
    return interpreter_facts(path, modules).importable


def overlays(target: Target) -> dict[str, dict[str, str]]:
    """The packages that servers find beside the interpreter's own, with their versions, by the server's name."""
    return {name: dict(supply.overlay.packages) if supply.overlay else {} for name, supply in target.supplies.items()}


def environment(children: Mapping[str, str]) -> dict[str, str]:
    """Of the variables that the processes of a run get, those that say something of how they work."""
    return {name: children[name] for name in _TELLING_VARIABLES if name in children}


def checkout_of(folder: Path) -> Path | None:
    """The checkout that a folder is a part of; None if it is not under version control."""
    return next((place for place in (folder, *folder.parents) if (place / ".git").exists()), None)


def source(checkout: Path, folders: Iterable[Path], without: Path | None = None) -> dict[str, Any] | None:
    """The commit that is checked out there, and whether the folders differ from it; None if there is no checkout.

    without: a file that may differ.
    """
    if not (checkout / ".git").exists():
        return None
    ours = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    inside = [str(folder) for folder in folders if folder.is_relative_to(checkout)]
    inside += [f":(exclude,literal){without}"] if without else []

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(checkout), *arguments]
        return subprocess.run(command, env=ours, capture_output=True, text=True, check=True).stdout.strip()

    try:
        return {"commit": git("rev-parse", "HEAD"), "dirty": bool(git("status", "--porcelain", "--", *inside))}
    except (OSError, subprocess.CalledProcessError):
        return None


def code_folders(target: Target) -> dict[str, Path]:
    """The folders with the code that takes part: the words, the rooms and the target, each by its name."""
    rooms = {room: rooms_folder() / room for room in ROOMS}
    return {"djbench": Path(djbench.__file__).parent, **rooms, target.name: target.description.parent}


def code_hash(folders: Mapping[str, Path], *others: Path) -> str:
    """SHA-256 over the modules in these folders, names and contents, and over other files: what runs."""
    digest = hashlib.sha256()
    modules = {name: module for room, folder in folders.items() for name, module in _modules(room, folder, folders)}
    for name, file in [*sorted(modules.items()), *((file.name, file) for file in others)]:
        content = file.read_bytes()
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _modules(room: str, folder: Path, folders: Mapping[str, Path]) -> Iterator[tuple[str, Path]]:
    """The modules of a room by their names, without those of rooms inside it, as an installed djbench has them."""
    inside = [other for other in folders.values() if other != folder and other.is_relative_to(folder)]
    for place, subfolders, files in os.walk(folder):
        subfolders[:] = [name for name in subfolders if not _holds_packages(Path(place, name))]
        for module in (Path(place, name) for name in files if name.endswith(".py")):
            if module.is_file() and not any(module.is_relative_to(other) for other in inside):
                yield f"{room}/{module.relative_to(folder).as_posix()}", module


def _holds_packages(folder: Path) -> bool:
    """Is it an environment, or something else that is installed or hidden beside a project's code?"""
    return folder.name.startswith(".") or folder.name == "node_modules" or (folder / "pyvenv.cfg").is_file()


def lock_hash(checkout: Path) -> str | None:
    """SHA-256 of the checkout's requirements.lock, None where there is none."""
    try:
        return hashlib.sha256((checkout / "requirements.lock").read_bytes()).hexdigest()
    except OSError:
        return None
