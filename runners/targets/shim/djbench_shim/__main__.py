"""``python -m djbench_shim manage.py migrate``: a command of the project, with the shim's settings.

A manage.py can set DJANGO_SETTINGS_MODULE to the project's own settings. Then it would migrate the configured
database. Here Django loads the shim's, whatever the file says. ``-m MODULE`` and ``-c CODE`` work as Python's own do.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

from djbench_shim.loading import pin_settings


def main() -> None:
    """Run the file, module or code as Python itself would."""
    pin_settings()
    kind, words = (sys.argv[1], sys.argv[2:]) if sys.argv[1] in ("-m", "-c") else ("", sys.argv[1:])
    sys.argv = ["-c", *words[1:]] if kind == "-c" else words
    if kind == "-m":
        runpy.run_module(words[0], run_name="__main__", alter_sys=True)
    elif kind == "-c":
        exec(words[0], {"__name__": "__main__"})  # noqa: S102  the project's own description has it
    else:
        sys.path[0] = str(Path(words[0]).resolve().parent)
        runpy.run_path(words[0], run_name="__main__")


if __name__ == "__main__":
    main()
