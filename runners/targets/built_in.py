"""The built-in site, which comes in by its description as any other project does."""

import sys
from functools import cache

from djbench.rooms import site_description
from djbench.target import Target
from runners.targets.describing.description import read_target


@cache
def built_in() -> Target:
    """The built-in site, run by the interpreter that runs djbench."""
    return read_target(site_description(), interpreter=sys.executable)
