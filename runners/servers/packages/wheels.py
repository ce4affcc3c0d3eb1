"""Wheels of the package index, chosen and installed by uv for an interpreter that is not ours.

uv looks where pip would (``djbench.pip_settings``). It touches neither the interpreter's environment nor a lock.
"""

import os
import re
import subprocess
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from packaging.version import InvalidVersion, Version
from uv import find_uv_bin

from djbench.errors import error_line
from djbench.pip_settings import pip_configuration, uv_command, uv_environment

_INSTALL_S = 300.0
_WHEELS = ("--quiet", "--no-progress", "--only-binary", ":all:")
_LONGEST = 400  # characters of a reason
_URL = re.compile(r"`?\w+://[^\s)`]+[`:]?")
_DECORATION = re.compile(r"^\W*(?:(?:error|cause):\s*)?")
_UNREACHABLE = re.compile("Failed to fetch|Request failed|error sending request")


class NoWheels(Exception):
    """Packages cannot be installed. The message is one line, without an address."""


class NoIndex(NoWheels):
    """The index does not answer, so that nothing else can be installed either."""


def fitting_versions(wanted: Iterable[str], own: Mapping[str, str], interpreter: str, folder: Path) -> dict[str, str]:
    """The versions of the wanted packages, and of all that they need, beside the interpreter's own packages.

    folder: where uv runs, so that it does not read a project's settings. Raises NoWheels.
    """
    stand_ins = folder / "own"
    stand_ins.mkdir()
    constraints = folder / "constraints.txt"
    constraints.write_text(
        "\n".join(_stand_in(stand_ins, name, version) for name, version in _sound(own)), encoding="utf-8"
    )
    options = ("--python", interpreter, "--constraints", str(constraints), "--no-header", "--no-annotate")
    lines = _uv(folder, wanted, "compile", "-", *options, links=[stand_ins]).splitlines()
    return dict(line.split("==", 1) for line in lines if "==" in line)


def install_wheels(versions: Mapping[str, str], interpreter: str, folder: Path, into: Path) -> None:
    """Install these packages and nothing that they need into a folder. Raises NoWheels."""
    pins = [f"{name}=={version}" for name, version in versions.items()]
    options = ("--python", interpreter, "--target", str(into), "--no-deps")
    _uv(folder, pins, "install", "--requirements", "-", *options)


def _sound(own: Mapping[str, str]) -> Iterator[tuple[str, Version]]:
    """The interpreter's packages, without one whose version breaks the rules for versions: uv would fail at it."""
    for name, version in own.items():
        with suppress(InvalidVersion):
            yield name, Version(version)


def _stand_in(folder: Path, name: str, version: Version) -> str:
    """Write an empty wheel for a package that is there: the index need not have its version. Returns the constraint."""
    escaped = f"{name.replace('-', '_')}-{version}"
    about = {
        "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: djbench\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "",
    }
    with zipfile.ZipFile(folder / f"{escaped}-py3-none-any.whl", "w") as wheel:
        for file, text in about.items():
            wheel.writestr(f"{escaped}.dist-info/{file}", text)
    return f"{name}=={version}"


def _uv(folder: Path, requirements: Iterable[str], *arguments: str, links: Iterable[Path] = ()) -> str:
    """What uv prints, asked with requirements on its stdin. links: further folders with wheels. Raises NoWheels."""
    try:
        options = _pip_options(tuple(item for item in os.environ.items() if item[0].startswith("PIP_")))
        environment = uv_environment(options, os.environ)
        environment["UV_FIND_LINKS"] = ",".join(filter(None, (environment.get("UV_FIND_LINKS"), *map(str, links))))
        done = subprocess.run(
            uv_command(Path(find_uv_bin()), options, *arguments, *_WHEELS),
            check=False,
            input="\n".join(sorted(requirements)),
            env=environment,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=_INSTALL_S,
        )
    except subprocess.TimeoutExpired:
        raise NoIndex(f"uv was not ready within {_INSTALL_S:g} s") from None
    except (OSError, subprocess.SubprocessError) as error:
        raise NoWheels(f"uv does not run: {error_line(error)}") from None
    if done.returncode:
        raise (NoIndex if _UNREACHABLE.search(done.stderr) else NoWheels)(reason_of(done.stderr))
    return done.stdout


@cache
def _pip_options(_variables: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """What is configured for pip with these variables; nothing where there is no pip."""
    return pip_configuration() if find_spec("pip") else {}


def reason_of(text: str) -> str:
    """Why uv failed, in one line, from what it has written."""
    lines = [_DECORATION.sub("", line).strip() for line in text.partition("\nhint:")[0].splitlines()]
    first, *rest = [line for line in lines if line] or ["uv does not say why"]
    line = " ".join([f"{first.rstrip(':')}:", *rest]) if rest else first
    line = _URL.sub("the index", line)
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
