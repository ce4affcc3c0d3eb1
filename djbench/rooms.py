"""Where the rooms lie, and how a process of ours enters one.

An installed djbench has nothing but ``djbench`` in site-packages, for a Django project may have apps called ``results``
or ``scenarios``. The rooms lie in ``djbench/_rooms`` and the built-in site in ``djbench/_site``. In a checkout all of
them lie at the top level. This module puts the rooms on ``sys.path`` and loads them by name: the words import no room.
"""

import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

ROOMS = ("scenarios", "runners", "results")

_HERE = Path(__file__).resolve().parent


def rooms_folder() -> Path:
    """The folder that holds the rooms: ``_rooms`` of an installed djbench, or the checkout."""
    installed = _HERE / "_rooms"
    return installed if installed.is_dir() else _HERE.parent


def site_folder() -> Path:
    """The folder that holds the built-in site: ``_site`` of an installed djbench, or the checkout."""
    installed = _HERE / "_site"
    return installed if installed.is_dir() else _HERE.parent


def site_description() -> Path:
    """The description of the built-in site, by which it comes in as any other project does."""
    return site_folder() / "target_site" / "djbench.toml"


def enter(module: str) -> ModuleType:
    """Put the rooms first on ``sys.path`` and import a module of one, such as ``runners.cli.app``."""
    if str(rooms_folder()) not in sys.path[:1]:
        sys.path.insert(0, str(rooms_folder()))
    return import_module(module)


def load_apart(module: str) -> ModuleType:
    """Load a room's module into a process that is not ours, such as ``scenarios.lean`` as ``djbench._scenarios.lean``.

    ``sys.path`` stays as it is, and the process can have a package with the room's name. The module and those that it
    imports have to use relative imports within the room.
    """
    room, _, name = module.partition(".")
    package = f"djbench._{room}"
    if package not in sys.modules:
        spec = spec_from_file_location(package, rooms_folder() / room / "__init__.py")
        assert spec is not None, "the file's name ends in .py"
        assert spec.loader is not None, "the file's name ends in .py"
        sys.modules[package] = module_from_spec(spec)
        spec.loader.exec_module(sys.modules[package])
    return import_module(f"{package}.{name}")


def command_of(module: str, *arguments: str) -> list[str]:
    """The command line of a child process that runs ``main`` of a room's module.

    ``-P`` keeps the working directory off ``sys.path``: a folder named djbench there would be taken for this package.
    """
    return [sys.executable, "-P", "-m", "djbench", module, *arguments]
