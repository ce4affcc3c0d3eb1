"""Runs what Python's own command line can name, with packages of further folders at the end of ``sys.path``.

``python -m djbench_shim.launch -m MODULE …``, ``-c CODE …`` or ``FILE …``. DJBENCH_PACKAGES has the folders. They come
last, so that the project's own packages win. Processes that are forked have the same path, and ``multiprocessing``
passes it on to those that it spawns.
"""

import os
import runpy
import sys
from types import ModuleType


def main(arguments: list[str]) -> None:
    """Run what the arguments name as ``__main__``, and the rest is its arguments."""
    sys.path.extend(folder for folder in os.environ.get("DJBENCH_PACKAGES", "").split(os.pathsep) if folder)
    kind = arguments.pop(0)
    if kind == "-m":
        sys.argv[:] = arguments
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
    elif kind == "-c":
        sys.argv[:] = ["-c", *arguments[1:]]
        _run_code(arguments[0])
    else:
        sys.argv[:] = [kind, *arguments]
        runpy.run_path(kind, run_name="__main__")


def _run_code(code: str) -> None:
    """A module of its own: as this one, a process that ``multiprocessing`` spawns would run this file again."""
    sys.modules["__main__"] = ModuleType("__main__")
    exec(compile(code, "<string>", "exec"), vars(sys.modules["__main__"]))  # noqa: S102 - as python -c


if __name__ == "__main__":
    main(sys.argv[1:])
