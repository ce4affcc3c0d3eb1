"""Loads the project's settings, and makes sure that Django uses them as the run replaced them."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from djbench_shim import Refusal
from djbench_shim.calls import CallWatch
from djbench_shim.replaced import replacements_for
from djbench_shim.replaced.outside import irreplaceable_servers
from djbench_shim.replaced.replacement import Replacement, RunFacts
from djbench_shim.replaced.written_files import log_file

SETTINGS = "djbench_shim.settings"
# Django reads the name of the settings module from this variable once `pin_settings` was called.
_PINNED = "DJBENCH_SETTINGS_MODULE"


class LoadedSettings(NamedTuple):
    """The settings of a project, as it has them and as a run has them."""

    #: As the project has them.
    configured: Mapping[str, Any]
    #: As a run has them.
    values: Mapping[str, Any]
    #: What makes the difference.
    replacements: tuple[Replacement, ...]


def pin_settings() -> None:
    """Make Django load the shim's settings, even if the project sets DJANGO_SETTINGS_MODULE to its own later.

    Many a wsgi.py and manage.py does. Measured would be the configured database, and migrated.
    """
    import django.conf

    os.environ[_PINNED] = SETTINGS
    django.conf.ENVIRONMENT_VARIABLE = _PINNED


def require_shim_settings() -> None:
    """Raises Refusal if Django has loaded settings other than the shim's."""
    from django.conf import settings

    loaded = getattr(settings, "SETTINGS_MODULE", None)
    if loaded != SETTINGS:
        raise Refusal(
            f"the project loads its settings itself ({loaded or 'settings.configure()'}), so that a run cannot put a "
            "temporary database in their place; let DJANGO_SETTINGS_MODULE name them"
        )


def load_settings(environment: Mapping[str, str]) -> LoadedSettings:
    """The settings of the module that DJBENCH_SETTINGS names. Raises Refusal if they cannot be replaced."""
    name, run = environment.get("DJBENCH_SETTINGS", ""), RunFacts.of(environment)
    if not name:
        raise Refusal("DJBENCH_SETTINGS does not name the project's settings module")
    if run.data_folder:
        turn_log_files(run.data_folder)
    module = _imported(name)
    configured = {key: getattr(module, key) for key in dir(module) if key.isupper()}
    replacements = replacements_for(configured, run)
    for replacement in replacements:  # in the module too: some code imports it instead of asking django.conf
        setattr(module, replacement.setting, replacement.value)
    if run.data_folder:
        _make_folders(run.data_folder, replacements)
    values = {**configured, **{replacement.setting: replacement.value for replacement in replacements}}
    if environment.get("DJBENCH_CALLS"):
        for address in irreplaceable_servers(values, run):
            CallWatch.of(environment).note_server(address)
    return LoadedSettings(configured, values, tuple(replacements))


def _imported(name: str) -> ModuleType:
    """The settings module. Raises Refusal if Django does not take its values as they stand there."""
    import django.conf

    django_settings = django.conf.settings
    module = _without_configurations(name)
    if django.conf.settings is not django_settings:
        raise Refusal(
            f"{name} replaces django.conf.settings, as dynaconf does, so that a run cannot put a temporary database in "
            "the place of the configured one"
        )
    return module


def _without_configurations(name: str) -> ModuleType:
    """The module, imported. Raises Refusal if it is one of django-configurations, which also refuses such an import."""
    from django.core.exceptions import ImproperlyConfigured

    try:
        module = import_module(name)
        if not _has_configurations(module):
            return module
    except ImproperlyConfigured:
        if "configurations" not in sys.modules:
            raise
    raise Refusal(
        f"{name} has classes of django-configurations, which djbench cannot read; write a settings module with plain "
        "values that imports them, and name it in djbench.toml"
    )


def _has_configurations(module: ModuleType) -> bool:
    base = getattr(sys.modules.get("configurations"), "Configuration", None)
    classes = [value for value in vars(module).values() if isinstance(value, type)]
    return base is not None and any(issubclass(value, base) for value in classes)


def turn_log_files(folder: Path) -> None:
    """Open log files in the run's folder, also those of handlers that no setting names."""
    opened = logging.FileHandler.__init__

    def turned(self: logging.FileHandler, filename: Any, *arguments: Any, **options: Any) -> None:
        opened(self, log_file(filename, folder), *arguments, **options)

    (folder / "logs").mkdir(parents=True, exist_ok=True)
    logging.FileHandler.__init__ = turned  # type: ignore[method-assign]


def _make_folders(folder: Path, replacements: list[Replacement]) -> None:
    """Make the folders that settings name below the run's folder."""
    for replacement in replacements:
        if isinstance(replacement.value, str) and Path(replacement.value).parent == folder:
            Path(replacement.value).mkdir(exist_ok=True)
