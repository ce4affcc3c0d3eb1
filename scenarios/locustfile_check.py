"""Can a reader's locustfile be used? Asked before a run, in a process of its own: importing the file runs it.

``python -P -m djbench scenarios.locustfile_check PATH`` prints nothing if it can. Else it prints one line and exits
with 2.
"""

import locust  # noqa: F401, I001  first: it patches the standard library for gevent

import sys
from contextlib import redirect_stdout

from scenarios.engine.locustfiles.reader_users import LocustfileError, reader_users


def main() -> None:
    """Import the file and look."""
    try:
        with redirect_stdout(sys.stderr):  # what the file prints is no answer of ours
            reader_users(sys.argv[1])
    except LocustfileError as error:
        sys.stdout.write(f"{error}\n")
        sys.exit(2)
