"""What the site says of itself in its description file, as far as its own processes need it. No Django."""

import tomllib
from functools import cache
from pathlib import Path

from djbench.catalog import Catalog, patterns_of

_DESCRIPTION = tomllib.loads(Path(__file__).with_name("djbench.toml").read_text(encoding="utf-8"))

CATALOG = Catalog(
    own=patterns_of(_DESCRIPTION["patterns"], _DESCRIPTION["views"]),
    services=frozenset(service["name"] for service in _DESCRIPTION["services"]),
)
# Where each process of the site counts its background work, in the data folder; * stands for the process.
WORK_FILES: str = _DESCRIPTION["work_files"]
# The site asks at every request.
pattern_named = cache(CATALOG.named)
