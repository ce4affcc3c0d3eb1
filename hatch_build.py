"""The build hook: a wheel has the rooms under ``djbench/``, an editable install leaves them where they are.

The files are added one by one, and only to the version ``standard``: ``force-include`` in pyproject.toml would leave
stale copies in an editable install.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# Where each room goes. Names as in djbench/rooms.py, which a build environment need not be able to import.
_PLACES = {
    "scenarios": "djbench/_rooms/scenarios",
    "runners": "djbench/_rooms/runners",
    "results": "djbench/_rooms/results",
    "target_site": "djbench/_site/target_site",
}
_LEFT_OUT = ("results/runs", "results/comparisons")


class RoomsHook(BuildHookInterface[Any]):
    """Adds the rooms to a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before a build."""
        if version == "standard":
            build_data["force_include"].update(_files(Path(self.root)))


def _files(root: Path) -> Iterator[tuple[str, str]]:
    """Each file of the rooms and its place in the wheel."""
    for room, place in _PLACES.items():
        for file in sorted((root / room).rglob("*")):
            inside = file.relative_to(root).as_posix()
            if file.is_file() and "__pycache__" not in file.parts and not inside.startswith(_LEFT_OUT):
                yield str(file), f"{place}/{file.relative_to(root / room).as_posix()}"
