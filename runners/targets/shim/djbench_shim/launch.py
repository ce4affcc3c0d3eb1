"""``python -m djbench_shim.launch -m MODULE …``: starts a server with packages that its interpreter lacks.

``-c CODE …`` and ``FILE …`` work as well. DJBENCH_PACKAGES has the folders of those packages. They come last on
``sys.path``, so that the project's own packages win. Processes that are forked have the same path, and
``multiprocessing`` passes it on to those that it spawns.
"""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path
from types import ModuleType


def main() -> None:
    """Add the folders, and run what the command line names."""
    sys.path.extend(folder for folder in os.environ.get("DJBENCH_PACKAGES", "").split(os.pathsep) if folder)
    run_as_main(sys.argv[1:])


def run_as_main(arguments: list[str]) -> None:
    """Run a module, code or a file as Python's own command line would."""
    kind = arguments[0]
    if kind == "-m":
        sys.argv = arguments[1:]
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    elif kind == "-c":
        sys.argv = [kind, *arguments[2:]]
        _run_code(arguments[1])
    else:
        sys.argv = arguments
        sys.path[0] = str(Path(kind).resolve().parent)
        runpy.run_path(kind, run_name="__main__")


def _run_code(code: str) -> None:
    """In a module of its own: in this one, processes that ``multiprocessing`` spawns would import this file again."""
    sys.modules["__main__"] = ModuleType("__main__")
    exec(compile(code, "<string>", "exec"), vars(sys.modules["__main__"]))  # noqa: S102 - as python -c does


if __name__ == "__main__":
    main()
