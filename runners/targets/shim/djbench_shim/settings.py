"""The project's settings, with what a run replaces: the module that DJANGO_SETTINGS_MODULE names."""

from __future__ import annotations

import os

from djbench_shim.loading import load_settings
from djbench_shim.replaced.replacement import Replacement

loaded = load_settings(os.environ)
globals().update(loaded.values)


def replacements() -> tuple[Replacement, ...]:
    """What the run replaced, in words that hold no secret."""
    return loaded.replacements
