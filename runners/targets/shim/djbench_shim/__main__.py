"""``python -m djbench_shim manage.py migrate``: a command of the project, with the shim's settings.

A manage.py can set DJANGO_SETTINGS_MODULE to the project's own settings. Then it would migrate the configured
database. Here Django loads the shim's, whatever the file says. ``-m MODULE`` and ``-c CODE`` work as Python's own do.
"""

from __future__ import annotations

import sys

from djbench_shim.launch import run_as_main
from djbench_shim.loading import pin_settings


def main() -> None:
    """Run the file, module or code as Python itself would."""
    pin_settings()
    run_as_main(sys.argv[1:])


if __name__ == "__main__":
    main()
