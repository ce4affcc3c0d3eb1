"""The packages that a server finds when it starts: the interpreter's own, and those that are laid beside them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """A folder with packages that an interpreter lacks. They come after its own."""

    #: The folder.
    folder: Path
    #: The version of each, by its normalised name.
    packages: Mapping[str, str]

    def program(self, name: str) -> Path | None:
        """The script of that name which one of its packages brings; None if there is none."""
        script = self.folder / "bin" / name
        return script if script.is_file() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """What one server finds."""

    #: The version of each package of the interpreter, by its normalised name.
    own: Mapping[str, str] = field(default_factory=dict)
    #: What the interpreter lacks; None if it has everything.
    overlay: Overlay | None = None

    def origins(self, packages: Iterable[str]) -> list[str]:
        """Name and version of those of the packages that are there. An overlay's are marked."""
        return [
            f"{name} {self.versions[name]}{'' if name in self.own else ' (overlay)'}"
            for name in dict.fromkeys(packages)
            if name in self.versions
        ]

    @property
    def versions(self) -> Mapping[str, str]:
        """The version of each package as the server imports it."""
        return {**(self.overlay.packages if self.overlay else {}), **self.own}
