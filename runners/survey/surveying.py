"""Asks a project's own interpreter what there is to know: its settings, its URLs, and answers without a server."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Self

from djbench.data import Query
from djbench.errors import RunFailed, UsageError
from djbench.request import Request
from djbench.target import Fact, Target
from runners.hosts.cpus import CpuSets
from runners.hosts.process import ProcessFailed
from runners.hosts.workspace import Workspace
from runners.services.configured import last_line
from runners.services.contents.shim_answers import shim_answer
from runners.services.place import Place
from runners.services.running import running_services
from runners.survey.inspection import PageAnswers, SettingsFacts, UrlFacts

# A request that has no answer by then is not one to measure.
_ANSWER_S = 10.0
# What a project takes to import all of its modules.
_START_S = 120.0
_NO_TABLES: Mapping[str, Query] = MappingProxyType({})
_EVERYWHERE = CpuSets((), ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Surveyor:
    """Asks one project. Nothing that it asks reaches the configured database or another host."""

    #: The project, which notes and refuses calls to other hosts.
    target: Target
    #: Its settings module.
    settings: str
    #: A command that shows why Django does not start.
    check_command: str
    #: Where its processes leave their logs.
    workspace: Workspace
    #: Is told what is being done.
    note: Callable[[str], None]

    @classmethod
    def watching(
        cls, target: Target, *, settings: str, check_command: str, workspace: Workspace, note: Callable[[str], None]
    ) -> Self:
        """One that lets the project call no host but those that it may call."""
        facts = {
            Fact.CALLS: str(workspace.folder / "calls"),
            Fact.MAY_CALL: " ".join(sorted(target.may_call)),
            Fact.DATA_FOLDER: str(workspace.folder / "survey"),  # until there is a place with a folder of its own
        }
        watched = replace(target, environment={**target.environment, **target.variables_for(facts)})
        return cls(target=watched, settings=settings, check_command=check_command, workspace=workspace, note=note)

    def settings_facts(self) -> SettingsFacts:
        """The project's own settings. Raises UsageError if they do not import."""
        self.note(f"reading {self.settings}")
        environment = {**self.target.environment, "DJANGO_SETTINGS_MODULE": self.settings}
        with self._explained(f"the settings {self.settings} do not import"):
            return SettingsFacts.model_validate(
                self._answer("survey.settings_facts", self.settings, environment, _START_S)
            )

    @property
    def overrides(self) -> dict[str, Any]:
        """The settings that the description replaces."""
        return dict(json.loads(self.target.environment["DJBENCH_OVERRIDES"]))

    def without_database(self, settings: SettingsFacts) -> dict[str, str]:
        """An environment in which every database is one that cannot be asked."""
        databases = {alias: {"ENGINE": "django.db.backends.dummy"} for alias in settings.databases}
        overrides = {**self.overrides, "DATABASES": databases}
        return {**self.target.environment, "DJBENCH_OVERRIDES": json.dumps(overrides)}

    @contextmanager
    def prepared(self, database: str) -> Iterator[Place]:
        """A place with a temporary database of that kind. Raises UsageError if it cannot be prepared."""
        self.note("preparing a temporary database" if database != "none" else "preparing")
        uses = {service.name for service in self.target.services} | ({"database"} if database != "none" else set())
        choice = "sqlite" if database == "none" else database
        try:
            with running_services(self.target, choice, self.workspace, _EVERYWHERE, uses) as services:
                yield services.place(0)
        except RunFailed as error:
            raise UsageError(f"the project cannot be prepared: {_summary(str(error))}") from None

    def url_facts(self, environment: Mapping[str, str]) -> UrlFacts:
        """Its URLs and middleware. Raises UsageError if Django does not start."""
        self.note("reading URLs")
        with self._explained(f"Django does not start with {self.settings}"):
            facts = self._answer("survey.url_facts", None, environment, _START_S)
        return UrlFacts.model_validate(facts)

    def answers(
        self, requests: Sequence[Request], environment: Mapping[str, str], tables: Mapping[str, Query] = _NO_TABLES
    ) -> PageAnswers:
        """How it answers requests, each asked by itself.

        tables: what fills the blanks of paths. A request whose blanks have no row is not asked.
        """
        self.note(f"asking {len(requests)} URLs")
        question = {
            "timeout_s": _ANSWER_S,
            "tables": {name: {"model": query.model, "fields": query.fields} for name, query in tables.items()},
            "requests": [
                {
                    "name": request.name,
                    "method": request.method,
                    "path": request.path,
                    "headers": dict(request.headers),
                }
                for request in requests
            ],
        }
        with self._explained("the URLs cannot be asked"):
            answer = self._answer("survey.asking", question, environment, _START_S + _ANSWER_S * len(requests))
        return PageAnswers.model_validate(answer)

    def _answer(self, module: str, question: object, environment: Mapping[str, str], timeout_s: float) -> object:
        return shim_answer(
            self.target,
            module,
            question,
            workspace=self.workspace,
            environment=environment,
            timeout_s=timeout_s,
        )

    @contextmanager
    def _explained(self, failure: str) -> Iterator[None]:
        """Raises UsageError with the last line of the log, and the command that shows all of it."""
        try:
            yield
        except ProcessFailed as error:
            reason = last_line(str(error))
            if reason.startswith("ModuleNotFoundError"):
                reason += f"; if {self.target.interpreter} is not the project's Python, name that one with --python"
            raise UsageError(f"{failure}: {reason}; see it with: {self.check_command}") from None


def _summary(message: str) -> str:
    """What failed, and the last line of its log."""
    first, last = message.splitlines()[0].partition(";")[0], last_line(message)
    return first if last == message.splitlines()[0] else f"{first}: {last}"
