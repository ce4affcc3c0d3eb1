"""What a Python interpreter is: its version, how it was built, its GIL and its JIT, and what is installed for it.

Standard library only, and no import of ours: the interpreter that serves also runs this file as a script. It may be
another one than the conductor's, from Python 3.9 on, and it does not get all of the conductor's environment.

``python interpreter.py MODULE …`` prints what it is, for which machine code it is, and which of the modules it has.
"""

import json
import os
import platform
import sys
import sysconfig
from collections.abc import Iterable
from importlib.metadata import distributions
from importlib.util import find_spec
from typing import Any

# The options of ./configure that change how fast the interpreter is.
_TELLING_OPTIONS = (
    "--enable-optimizations",
    "--with-lto",
    "--with-pydebug",
    "--enable-experimental-jit",
    "--with-tail-call-interp",
)


def state() -> dict[str, Any]:
    """This interpreter. ``jit`` is None before 3.14, which can be asked; ``python_options``: of those that matter."""
    configured = str(sysconfig.get_config_var("CONFIG_ARGS") or "")
    gil = getattr(sys, "_is_gil_enabled", None)  # from 3.13 on; before, there is always one
    jit = getattr(sys, "_jit", None)
    return {
        "python": platform.python_version(),
        "python_build": f"{platform.python_implementation()} {platform.python_compiler()}",
        "python_options": [option for option in _TELLING_OPTIONS if option in configured],
        "python_free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        "gil": True if gil is None else bool(gil()),
        "jit": None if jit is None else bool(jit.is_enabled()),
    }


def packages(*folders: str) -> dict[str, str]:
    """The version of every distribution in the folders, by its normalised name; without folders, of ``sys.path``.

    If two folders have a distribution, the first one counts, as it does for imports.
    """
    versions: dict[str, str] = {}
    for distribution in distributions(path=list(folders) or sys.path):
        name = distribution.metadata["Name"]  # None if an interrupted installation left a folder without metadata
        if name:
            versions.setdefault(name.lower().replace("_", "-").replace(".", "-"), distribution.version)
    return dict(sorted(versions.items()))


def _importable(modules: Iterable[str]) -> list[str]:
    """Those of the modules that this interpreter can find."""
    return [module for module in modules if _can_find(module)]


def _can_find(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ImportError:  # the parent of a dotted name is missing, is not a package, or fails
        return False


def description() -> dict[str, Any]:
    """What the interpreter is and what is installed. ``all_packages``: older records have a choice of packages only."""
    return {**state(), "packages": packages(), "all_packages": True}


def machine_code() -> str:
    """What compiled packages have to fit."""
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    return " ".join([sys.implementation.cache_tag or "", str(suffix), sysconfig.get_platform(), *platform.libc_ver()])


def _answer(modules: Iterable[str]) -> dict[str, Any]:
    """What the script prints. The script's own folder does not count: no server has it on its path."""
    own = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - as sys.path has it
    sys.path[:] = [folder for folder in sys.path if folder != own]
    return {"description": description(), "machine_code": machine_code(), "importable": _importable(modules)}


KEYS = (*state(), "packages", "all_packages")

if __name__ == "__main__":
    json.dump(_answer(sys.argv[1:]), sys.stdout)
