"""Where a Django project is on disk: its manage.py, its settings module, its applications and its interpreter."""

import ast
import shlex
import shutil
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from djbench.errors import UsageError
from runners.targets.interpreters import ENVIRONMENTS

_MANAGE = "manage.py"
_VARIABLE = "DJANGO_SETTINGS_MODULE"
#: Why the Python of djbench itself was taken: nothing said which one is the project's.
DJBENCHS_OWN = "the Python that runs djbench"


@dataclass(frozen=True, slots=True, kw_only=True)
class DjangoProject:
    """A project as it lies there."""

    #: Where its djbench.toml goes.
    folder: Path
    #: Where manage.py is, and where its processes start.
    home: Path
    #: Is there a manage.py?
    managed: bool
    #: Its settings module.
    settings: str
    #: What names that module.
    settings_source: str
    #: The Python that runs it. A link is not followed: an environment's Python is one.
    python: Path
    #: Why that one.
    python_source: str

    @property
    def check_command(self) -> str:
        """A command that shows why its settings do not import."""
        return check_command(self.home, str(self.python), self.settings)

    def application(self, interface: str, setting: str) -> str | None:
        """Its application as ``module:name``, from the setting that names it, or from the usual place; None without."""
        parents = [self.settings.rsplit(".", level)[0] for level in range(self.settings.count(".") + 1)]
        usual = [f"{package}.{interface}.application" for package in parents[1:]]
        for dotted in filter(None, (setting, *usual)):
            module, _, name = dotted.rpartition(".")
            installed = dotted == setting and not self._has_package(module.partition(".")[0])
            if installed or _defines(_source(self._file_of(module)), name):
                return f"{module}:{name}"
        return None

    def deployed_settings(self, applications: Iterable[str]) -> str:
        """Other settings that the file of an application names: those that are deployed; empty if there are none."""
        files = (self._file_of(application.partition(":")[0]) for application in applications)
        named = (settings_in(_source(file)) for file in files)
        return next((module for module in named if module and module != self.settings), "")

    def _has_package(self, name: str) -> bool:
        """Does that package, or module, lie in the project's folder? Else it is installed."""
        return (self.home / name).is_dir() or (self.home / f"{name}.py").is_file()

    def _file_of(self, module: str) -> Path:
        return self.home / f"{module.replace('.', '/')}.py"


def check_command(home: Path, python: str, settings: str) -> str:
    """A command that shows why settings do not import. home: where manage.py is, if there is one."""
    managed = (home / _MANAGE).is_file()
    words = [python, _MANAGE, "check", "--settings", settings] if managed else [python, "-c", f"import {settings}"]
    return f"cd {shlex.quote(str(home))} && {shlex.join(words)}"


def find_project(
    folder: Path, environment: Mapping[str, str], *, python: str | None = None, settings: str | None = None
) -> DjangoProject:
    """The project in a folder, or in the one folder below it that has a manage.py. Raises UsageError.

    environment: variables of this process. python, settings: what somebody chose.
    """
    folder = folder.resolve()
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}; name the one with {_MANAGE}: djbench init DIR")
    home = _home(folder)
    candidates = _settings_candidates(home or folder, folder, environment, settings)
    module, source = next(((module, source) for module, source in candidates if module), ("", ""))
    if home is None and not module:
        raise UsageError(_no_project(folder))
    if not module:
        raise UsageError(f"{home}/{_MANAGE} names no settings module; name it with --settings, e.g. mysite.settings")
    interpreter, reason = _python(folder, home or folder, environment, python)
    return DjangoProject(
        folder=folder,
        home=home or folder,
        managed=home is not None,
        settings=module,
        settings_source=source,
        python=interpreter,
        python_source=reason,
    )


def _home(folder: Path) -> Path | None:
    """The folder with manage.py. Raises UsageError if several could be meant."""
    if (folder / _MANAGE).is_file():
        return folder
    below = sorted(file.parent for file in folder.glob(f"[!.]*/{_MANAGE}"))
    if len(below) > 1:
        names = ", ".join(place.name for place in below)
        raise UsageError(f"{folder} has several projects ({names}); name one: djbench init {below[0].name}")
    return below[0] if below else None


def _no_project(folder: Path) -> str:
    above = next((parent for parent in folder.parents if (parent / _MANAGE).is_file()), None)
    where = f"did you mean {above}?" if above else "name the project's folder: djbench init DIR"
    return f"{folder} has no Django project: there is no {_MANAGE} in it or in a folder below; {where}"


def _settings_candidates(
    home: Path, folder: Path, environment: Mapping[str, str], settings: str | None
) -> Iterator[tuple[str, str]]:
    """Settings modules with what names each, the one that counts most first."""
    yield settings or "", "--settings"
    yield environment.get(_VARIABLE, ""), _VARIABLE
    if (home / _MANAGE).is_file():
        yield settings_in(_source(home / _MANAGE)), _MANAGE
    for place in dict.fromkeys((home, folder)):
        yield _settings_of_pyproject(place / "pyproject.toml"), "pyproject.toml"


def settings_in(source: str) -> str:
    """The settings module that a manage.py sets, ``setdefault`` or plainly; empty if it sets none."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return ""
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Attribute(attr="setdefault"),
                args=[ast.Constant(value="DJANGO_SETTINGS_MODULE"), ast.Constant(value=str(module))],
            ):
                return module
            case ast.Assign(
                targets=[ast.Subscript(slice=ast.Constant(value="DJANGO_SETTINGS_MODULE"))],
                value=ast.Constant(value=str(module)),
            ):
                return module
    return ""


def _settings_of_pyproject(file: Path) -> str:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return next(_values_of(content, _VARIABLE.lower()), "")


def _values_of(table: Mapping[str, Any], key: str) -> Iterator[str]:
    """The texts under a key anywhere in a table, however it is written."""
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _values_of(value, key)
        elif name.lower() == key and isinstance(value, str):
            yield value


def _python(folder: Path, home: Path, environment: Mapping[str, str], choice: str | None) -> tuple[Path, str]:
    """The interpreter, and why that one. Raises UsageError if the chosen one is not there."""
    if choice is not None:
        on_path = shutil.which(choice) if "/" not in choice else None
        chosen = Path(on_path or choice).expanduser().absolute()
        interpreter = chosen / "bin" / "python" if chosen.is_dir() else chosen
        if not interpreter.is_file():
            raise UsageError(f"--python {choice}: there is no such interpreter; give a path, e.g. .venv/bin/python")
        return interpreter, "--python"
    for place in _places(folder, home):
        for name in filter(None, (environment.get("UV_PROJECT_ENVIRONMENT"), *ENVIRONMENTS)):
            if (place / name / "pyvenv.cfg").is_file() and (interpreter := place / name / "bin" / "python").is_file():
                return interpreter, f"the environment {name}"
    active = environment.get("VIRTUAL_ENV", "")
    ours = Path(active) == Path(sys.prefix)  # then it says nothing of the project
    if active and not ours and (interpreter := Path(active) / "bin" / "python").is_file():
        return interpreter, "VIRTUAL_ENV"
    return Path(sys.executable), DJBENCHS_OWN


def _places(folder: Path, home: Path) -> Iterator[Path]:
    """Where a project's environment can lie: beside it, or at the top of its checkout."""
    yield from dict.fromkeys((folder, home))
    for place in (folder, *folder.parents):
        if (place / ".git").exists():
            yield place
            return


def _source(file: Path) -> str:
    """The text of a module; empty if it cannot be read."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


def _defines(source: str, name: str) -> bool:
    """Does a module bind that name?"""
    try:
        tree = ast.parse(source)
    except (ValueError, SyntaxError):
        return False
    return any(isinstance(node, ast.Name | ast.alias) and name in _bound(node) for node in ast.walk(tree))


def _bound(node: ast.Name | ast.alias) -> tuple[str, ...]:
    if isinstance(node, ast.Name):
        return (node.id,) if isinstance(node.ctx, ast.Store) else ()
    return (node.asname or node.name,)
