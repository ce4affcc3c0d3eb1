"""``python -m djbench_shim manage.py migrate``: a command of the project, with the shim's settings.

A manage.py can set DJANGO_SETTINGS_MODULE to the project's own settings. Then it would migrate the configured
database. Here Django loads the shim's, whatever the file says. ``python -m djbench_shim -m MODULE`` works as well.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

from djbench_shim.loading import pin_settings


def main() -> None:
    """Run the file or module as Python itself would."""
    pin_settings()
    if sys.argv[1:2] == ["-m"]:
        sys.argv = sys.argv[2:]
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = sys.argv[1:]
        sys.path[0] = str(Path(sys.argv[0]).resolve().parent)
        runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
