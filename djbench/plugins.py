"""What other packages can add to djbench. Every extension point is in this file.

A package adds an object through an entry point that has the object's name. An object that cannot be used stops nothing
else: ``djbench list`` shows the reason, and so does a run that asks for it.
"""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Generic, TypeVar

from djbench.errors import error_line
from djbench.pattern import Pattern
from djbench.server import Server
from djbench.spec import SpecError

Offer = TypeVar("Offer", Server, Pattern)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin(Generic[Offer]):
    """One object that an installed package offers."""

    #: Names the object and the module that has it.
    entry: EntryPoint
    #: The type that the object must have.
    kind: type[Offer]

    def __str__(self) -> str:
        return f"the entry point {self.entry.name} of {self.entry.group} ({self.entry.value})"

    @property
    def origin(self) -> str:
        """The package and its object, such as ``mine 1.0, my_pattern:PATTERN``."""
        package = self.entry.dist
        return f"{package.name} {package.version}, {self.entry.value}" if package else self.entry.value

    def load(self) -> Offer:
        """The object. Raises SpecError with one line if its module fails or it is something else."""
        try:
            offer = self.entry.load()
        except Exception as error:  # a module of another package can fail in any way
            raise SpecError(f"{self} cannot be loaded: {error_line(error)}") from error
        if not isinstance(offer, self.kind) or offer.name != self.entry.name:
            raise SpecError(f"{self} is not a {self.kind.__name__} named {self.entry.name}")
        return offer


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionPoint(Generic[Offer]):
    """A group of entry points and what they offer."""

    #: The name of the group in a package's metadata.
    group: str
    #: The type of the objects.
    kind: type[Offer]

    def plugins(self) -> Mapping[str, Plugin[Offer]]:
        """What installed packages offer, by name. This loads nothing."""
        entries = sorted(entry_points(group=self.group))
        return {entry.name: Plugin(entry=entry, kind=self.kind) for entry in entries}

    def load(self, name: str, own: Container[str], check: Callable[[Offer], None]) -> Offer:
        """The object of that name. Raises SpecError if djbench has one of its own, or if ``check`` refuses it."""
        plugin = self.plugins()[name]
        if name in own:
            raise SpecError(f"{plugin} has the name of a {self.kind.__name__.lower()} of djbench's own")
        offer = plugin.load()
        try:
            check(offer)
        except SpecError as error:
            raise SpecError(f"{plugin} cannot be used: {error}") from None
        return offer

    def load_all(self, own: Container[str], check: Callable[[Offer], None]) -> Mapping[str, Offer | SpecError]:
        """Every object by its name, or the reason why it cannot be used."""
        offers: dict[str, Offer | SpecError] = {}
        for name in self.plugins():
            try:
                offers[name] = self.load(name, own, check)
            except SpecError as error:
                offers[name] = error
        return offers


#: Servers to measure: ``djbench run --server NAME`` starts one with the command line that it describes.
SERVER_PLUGINS = ExtensionPoint(group="djbench.servers", kind=Server)
#: Patterns for the built-in site: it serves the views of one, and ``djbench run --pattern NAME`` measures them.
PATTERN_PLUGINS = ExtensionPoint(group="djbench.patterns", kind=Pattern)
