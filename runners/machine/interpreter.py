"""What a Python interpreter is: its version, how it was built, its GIL and its JIT.

Standard library only, and no import of ours: it is also run as a script by the interpreter that serves, which need not
be the conductor's, and does not get all of the conductor's environment (PYTHON_GIL and PYTHON_JIT among it).
"""

import json
import platform
import sys
import sysconfig
from typing import Any

# What changes how fast the interpreter is, by the options of its ./configure.
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


KEYS = tuple(state())

if __name__ == "__main__":
    json.dump(state(), sys.stdout)
