"""Which project the commands measure: the one place of the command line that chooses it."""

from djbench.target import Target
from runners.targets.built_in import built_in


def chosen_target() -> Target:
    """The project that is measured: the built-in site. Raises UsageError for a description that is wrong."""
    return built_in()
