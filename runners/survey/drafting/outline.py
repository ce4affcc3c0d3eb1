"""What djbench.toml says of a project beside its requests, and the target that it makes."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import tomlkit

from djbench.errors import UsageError
from djbench.target import Target
from runners.survey.discovery import DjangoProject
from runners.survey.inspection import SettingsFacts
from runners.targets.describing.description import FILE_NAME, read_target

# What is asked for in a description that only serves to look around.
_SOME_REQUEST = {"requests": {"home": {"path": "/"}}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The keys of a description, but for the requests."""

    #: The project.
    project: DjangoProject
    #: The project's own applications by interface.
    applications: Mapping[str, str] = field(default_factory=dict)
    #: The kind of database that takes the place of the configured one.
    database: str = "none"
    #: What is in it before ``prepare``.
    data: str = "empty"
    #: The commands that fill it.
    prepare: tuple[tuple[str, ...], ...] = ()
    #: Hosts other than this machine that it may call.
    may_call: tuple[str, ...] = ()
    #: Variables that its processes get.
    environment: Mapping[str, str] = field(default_factory=dict)
    #: Settings that are replaced for a run, each with the reason.
    overrides: tuple[tuple[str, Any, str], ...] = ()

    def with_facts(self, settings: SettingsFacts, database: str) -> "Outline":
        """The same, once the settings are known."""
        named = {"wsgi": settings.wsgi_application, "asgi": settings.asgi_application}
        applications = {interface: self.project.application(interface, dotted) for interface, dotted in named.items()}
        return replace(
            self,
            applications={interface: name for interface, name in applications.items() if name},
            database=database,
            prepare=tuple(_prepare(self.project, settings, database)),
            overrides=tuple(_overrides(settings)),
        )

    def keys(self, folder: Path) -> dict[str, Any]:
        """The keys as they stand in a file in that folder."""
        home = _relative(self.project.home, folder)
        return {
            "name": self.project.folder.name,
            "settings": self.project.settings,
            **self.applications,
            "python": _relative(self.project.python, folder),
            "path": [home],
            "working_directory": home,
            "database": self.database,
            "data": self._data(folder),
            "prepare": [list(command) for command in self.prepare],
            "may_call": list(self.may_call),
            "environment": dict(self.environment),
            "overrides": {name: value for name, value, _ in self.overrides},
        }

    def target(self, folder: Path) -> Target:
        """The target, described by a file in an empty folder that is not the project's.

        Raises UsageError for what somebody says of the project that cannot stand in a description.
        """
        file = folder / FILE_NAME
        file.write_text(tomlkit.dumps({**self.keys(folder), **_SOME_REQUEST}), encoding="utf-8")
        try:
            return read_target(file)
        except UsageError as error:
            raise UsageError(re.sub(rf"^{re.escape(str(file))}: (line \d+: )?", "", str(error))) from None

    def _data(self, folder: Path) -> str:
        """What is in the database. The file of a dump is named from the project's folder."""
        kind, colon, file = self.data.partition(":")
        return f"{kind}:{_relative(self.project.folder / file, folder)}" if colon else kind


def _relative(path: Path, folder: Path) -> str:
    """A path below the folder as the file has it; any other one is absolute. Links are not followed."""
    return os.path.relpath(path, folder) if path.is_relative_to(folder) else str(path)


def _prepare(project: DjangoProject, settings: SettingsFacts, database: str) -> Iterator[tuple[str, ...]]:
    """The commands that fill a database and write the files that pages need."""
    manage = ("{python}", "manage.py") if project.managed else ("{python}", "-m", "django")
    if database != "none":
        yield (*manage, "migrate", "--noinput")
    if needs_collected_files(settings):
        yield (*manage, "collectstatic", "--noinput")


def needs_collected_files(settings: SettingsFacts) -> bool:
    """Do pages fail without collectstatic? They name files by what is in the manifest."""
    storage = settings.storages.get("staticfiles", "")
    return "django.contrib.staticfiles" in settings.apps and ("Manifest" in storage or "whitenoise" in storage)


def _overrides(settings: SettingsFacts) -> Iterator[tuple[str, Any, str]]:
    """The settings that a run has to replace, with the reason for each."""
    yield "DEBUG", False, "with DEBUG Django keeps queries in memory, and shows its own error pages"
    yield "ALLOWED_HOSTS", ["*"], "load goes to 127.0.0.1"
    if settings.ssl_redirect:
        yield "SECURE_SSL_REDIRECT", False, "load comes over HTTP, not HTTPS"
    if settings.prepend_www:
        yield "PREPEND_WWW", False, "load goes to 127.0.0.1"
    if settings.session_cookie_secure:
        yield "SESSION_COOKIE_SECURE", False, "load comes over HTTP, not HTTPS"
    if settings.csrf_cookie_secure:
        yield "CSRF_COOKIE_SECURE", False, "load comes over HTTP, not HTTPS"
