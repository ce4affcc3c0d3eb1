"""Wheels of the package index, chosen and installed by uv for an interpreter that is not ours.

uv looks where pip would (``djbench.pip_settings``). It touches neither the interpreter's environment nor a lock.
"""

import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from packaging.version import InvalidVersion, Version
from uv import find_uv_bin

from djbench.pip_settings import pip_configuration, uv_command, uv_environment

_INSTALL_S = 600.0
_WHEELS = ("--quiet", "--no-progress", "--only-binary", ":all:")
_LONGEST = 400  # characters of a reason
_URL = re.compile(r"`?\w+://\S+?(?=:?\s|:?$)")
_DECORATION = re.compile(r"^\W*(?:(?:error|cause):\s*)?")


class NoWheels(Exception):
    """Packages cannot be installed. The message is one line, without an address."""


def fitting_versions(wanted: Iterable[str], own: Mapping[str, str], interpreter: str, folder: Path) -> dict[str, str]:
    """The versions of the wanted packages, and of all that they need, beside the interpreter's own packages.

    folder: where uv runs, so that it does not read a project's settings. Raises NoWheels.
    """
    constraints = folder / "constraints.txt"
    constraints.write_text("".join(f"{name}=={version}\n" for name, version in _public_versions(own)))
    options = ("--python", interpreter, "--constraints", str(constraints), "--no-header", "--no-annotate")
    lines = _uv(folder, wanted, "compile", "-", *options).splitlines()
    return dict(line.split("==", 1) for line in lines if "==" in line)


def install_wheels(versions: Mapping[str, str], interpreter: str, folder: Path, into: Path) -> None:
    """Install these packages and nothing that they need into a folder. Raises NoWheels."""
    pins = [f"{name}=={version}" for name, version in versions.items()]
    options = ("--python", interpreter, "--target", str(into), "--no-deps")
    _uv(folder, pins, "install", "--requirements", "-", *options)


def _public_versions(own: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The versions as an index can know them: without what a site added to one, and none that breaks the rules."""
    for name, version in own.items():
        with suppress(InvalidVersion):
            yield name, Version(version).public


def _uv(folder: Path, requirements: Iterable[str], *arguments: str) -> str:
    """What uv prints, asked with requirements on its stdin. Raises NoWheels."""
    try:
        options = pip_configuration() if find_spec("pip") else {}
        done = subprocess.run(
            uv_command(Path(find_uv_bin()), options, *arguments, *_WHEELS),
            check=False,
            input="\n".join(sorted(requirements)),
            env=uv_environment(options, os.environ),
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=_INSTALL_S,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise NoWheels(f"uv does not run: {error}") from None
    if done.returncode:
        raise NoWheels(reason_of(done.stderr))
    return done.stdout


def reason_of(text: str) -> str:
    """Why uv failed, in one line, from what it has written."""
    lines = [_DECORATION.sub("", line).strip(" :") for line in text.partition("\nhint:")[0].splitlines()]
    line = _URL.sub("the index", ": ".join(line for line in lines if line)) or "uv does not say why"
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
