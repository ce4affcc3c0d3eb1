"""Installs packages into the environment whose Python runs this file: with uv, or with pip where uv does not run.

The Makefile calls it before anything is installed. It needs nothing but the standard library and this checkout.
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from djbench.pip_settings import PIP, pip_configuration, uv_command, uv_environment

# Places beside the index. Their copies of a release may lack the files for other platforms, so no lock comes from them.
_BESIDE_THE_INDEX = ("extra-index-url", "find-links")
_UV = Path(sys.executable).with_name("uv")


def for_a_lock(options: Mapping[str, str]) -> dict[str, str]:
    """The options that apply when versions are chosen for everybody, not for this machine alone."""
    return {name: value for name, value in options.items() if name not in _BESIDE_THE_INDEX}


def get_uv(arguments: Sequence[str]) -> int:
    """Let pip install uv, as the arguments say. If that fails or uv does not run, say that pip will do all the work."""
    try:
        for command in ([*PIP, "install", "--quiet", "--only-binary", ":all:", *arguments], [str(_UV), "--version"]):
            subprocess.run(command, check=True, capture_output=True, text=True)
    except subprocess.CalledProcessError as error:
        _do_without_uv(error.stderr.strip().rpartition("\n")[2])
    except OSError as error:
        _do_without_uv(str(error))
    return 0


def _do_without_uv(reason: str) -> None:
    _UV.unlink(missing_ok=True)
    print(f"no uv here ({reason}), so pip installs the packages: minutes instead of seconds", file=sys.stderr)


def install(arguments: Sequence[str]) -> int:
    """Install what the arguments say, which uv and pip take alike. Returns the exit code."""
    if _UV.exists():
        if _uv(pip_configuration(), "install", "--quiet", "--python", sys.executable, *arguments) == 0:
            return 0
        print("uv could not install this, so pip tries: minutes instead of seconds", file=sys.stderr)
    return subprocess.call([*PIP, "install", "--quiet", *arguments])


def compile_lock(arguments: Sequence[str]) -> int:
    """Choose the versions of a lock, as the arguments of ``uv pip compile`` say. Returns the exit code."""
    if not _UV.exists():
        sys.exit("make lock needs uv, which pip could not install here")
    return _uv(for_a_lock(pip_configuration()), "compile", *arguments)


def _uv(options: Mapping[str, str], *arguments: str) -> int:
    return subprocess.call(uv_command(_UV, options, *arguments), env=uv_environment(options, os.environ))


_TASKS = {"get-uv": get_uv, "install": install, "compile": compile_lock}


def main(arguments: Sequence[str]) -> int:
    """One of the Makefile's tasks, with what it is to be done with."""
    task = _TASKS.get(arguments[0]) if arguments else None
    if not task:
        sys.exit(f"usage: installer.py {'|'.join(_TASKS)} ARGUMENTS")
    return task(arguments[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
