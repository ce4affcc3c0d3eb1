"""``djbench look``: what matters of a project, and how each of its requests is answered."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from djbench.blanks import blanks_of
from djbench.errors import UsageError
from djbench.pattern import MIX, Pattern
from djbench.request import Request
from djbench.target import Target
from runners.hosts.workspace import Workspace
from runners.services.contents.filled_workload import filled_workload
from runners.services.contents.fillings import Fillings
from runners.survey.database_kinds import database_kind
from runners.survey.discovery import DjangoProject, check_command
from runners.survey.drafting.outline import Outline
from runners.survey.drafting.request_drafts import measurable
from runners.survey.exploring import explored
from runners.survey.inspection import PageAnswers
from runners.survey.page_remarks import DescribedPage, page_remarks, start_remarks
from runners.survey.remarks import Remark, Sights, remarks_on
from runners.survey.surveying import Surveyor


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a look at a project tells."""

    #: What matters of the project.
    project: list[Remark]
    #: How each request is answered.
    requests: list[Remark]


def look_at_project(project: DjangoProject, note: Callable[[str], None]) -> Look:
    """Look at a project that has no description yet, at the URLs that can be asked as they are."""
    exploration = explored(Outline(project=project), note, refuses=False)
    ready = measurable(exploration.drafts)
    pages = [
        DescribedPage(
            request=Request(name=draft.name, path=draft.answer.path if draft.answer else draft.path),
            writes=bool(draft.answer and draft.answer.writes),  # init would say so
        )
        for draft in ready
    ]
    answers = PageAnswers(answers=[draft.answer for draft in ready if draft.answer])
    overrides = {name: value for name, value, _ in exploration.outline.overrides}
    sights = Sights(settings=exploration.settings, urls=exploration.urls, overrides=overrides)
    project_remarks = [*remarks_on(sights), *start_remarks(exploration.calls_at_start)]
    return Look(project=project_remarks, requests=list(page_remarks(pages, answers)))


def look_at_target(target: Target, note: Callable[[str], None]) -> Look:
    """Look at a project as its description says. Raises UsageError if it does not start."""
    with Workspace("look") as workspace:
        surveyor = surveyor_of(target, workspace, note)
        settings = surveyor.settings_facts()
        try:
            database = database_kind(settings.own_databases)
        except UsageError:  # one of the remarks says so
            pages, answers = list[DescribedPage](), PageAnswers()
            urls = surveyor.url_facts(surveyor.without_database(settings))
        else:
            with surveyor.prepared(target.database or database) as place:
                environment = place.site_environment(pool_size=1)
                urls = surveyor.url_facts(environment)
                pages = list(described_pages(target, place.fillings))
                answers = surveyor.answers([page.request for page in pages], environment)
    sights = Sights(settings=settings, urls=urls, overrides=surveyor.overrides)
    project_remarks = [*remarks_on(sights), *start_remarks(answers.calls_at_start)]
    return Look(project=project_remarks, requests=list(page_remarks(pages, answers)))


def described_pages(target: Target, fillings: Fillings) -> Iterator[DescribedPage]:
    """The GET requests of a description, each as it is sent first. What an earlier answer has to tell is left out."""
    for pattern in target.catalog.own.values():
        if pattern.name != MIX:
            yield from _pages_of(pattern, fillings)


def _pages_of(pattern: Pattern, fillings: Fillings) -> Iterator[DescribedPage]:
    for style, workload in pattern.workloads.items():
        filled = filled_workload(workload, fillings)
        cookies = filled.journey.sessions[:1] if filled.journey else ()
        name = pattern.name if len(pattern.workloads) == 1 else f"{pattern.name} {style}"
        for request in (request.drawn(0) for request in filled.requests):
            whole = f"{name}: {request.name}" if filled.journey else name
            headers = (*request.headers, *(("Cookie", cookie) for cookie in cookies if request.user))
            if request.method == "GET" and not blanks_of(request.path):
                yield DescribedPage(request=replace(request, name=whole, headers=headers), writes=pattern.writes)


def surveyor_of(target: Target, workspace: Workspace, note: Callable[[str], None]) -> Surveyor:
    """What asks the project that a description describes."""
    home = target.working_directory or target.description.parent
    settings = target.environment["DJBENCH_SETTINGS"]
    return Surveyor.watching(
        target,
        settings=settings,
        check_command=check_command(home, target.interpreter, settings),
        workspace=workspace,
        note=note,
    )
