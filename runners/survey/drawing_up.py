"""From a project on disk to the text of its djbench.toml: settings are read, and URLs are asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from djbench.request import Request
from runners.hosts.workspace import Workspace
from runners.survey.database_kinds import database_kind
from runners.survey.description_text import description_text
from runners.survey.discovery import DjangoProject
from runners.survey.inspection import Route
from runners.survey.outline import Outline
from runners.survey.request_drafts import RequestDraft, askable, can_be_asked, drafts_of
from runners.survey.surveying import Surveyor


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnUp:
    """A description that was drawn up for a project."""

    #: The text of the file.
    text: str
    #: Its requests, also those that are comments.
    drafts: Sequence[RequestDraft]


def drawn_up(
    project: DjangoProject, *, environment: Mapping[str, str], data: str, note: Callable[[str], None]
) -> DrawnUp:
    """Draw up the description. Raises UsageError if the project does not start, or cannot be measured.

    environment: variables that its processes get. data: what is in its database. note: is told what is being done.
    """
    outline = Outline(project=project, environment=environment, data=data)
    with Workspace("init") as workspace:
        settings = _surveyor(outline, workspace, note).settings_facts()
        database = database_kind(settings.own_databases)
        outline = outline.with_facts(settings, database)
        surveyor = _surveyor(outline, workspace, note)
        with surveyor.prepared(database) as place:
            environment = place.site_environment(pool_size=1)
            urls = surveyor.url_facts(environment)
            routes = askable(urls, settings)
            answers = surveyor.answers(requests_of(routes), environment)
    drafts = drafts_of(routes, answers, urls)
    return DrawnUp(text=description_text(outline, drafts), drafts=drafts)


def requests_of(routes: Mapping[str, Route]) -> list[Request]:
    """A request for each route that can be asked as it is."""
    return [Request(name=name, path=str(route.path)) for name, route in routes.items() if can_be_asked(route)]


def _surveyor(outline: Outline, workspace: Workspace, note: Callable[[str], None]) -> Surveyor:
    folder = workspace.folder / f"described-{outline.database}"
    folder.mkdir(exist_ok=True)
    return Surveyor(
        target=outline.target(folder),
        settings=outline.project.settings,
        check_command=outline.project.check_command,
        workspace=workspace,
        note=note,
    )
