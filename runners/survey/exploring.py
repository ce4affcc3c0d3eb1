"""Explores a project on disk, without a description: settings, URLs, and how they answer on a temporary database."""

from collections.abc import Callable
from dataclasses import dataclass

from djbench.errors import UsageError
from djbench.request import Request
from runners.hosts.workspace import Workspace
from runners.survey.database_kinds import database_kind
from runners.survey.drafting.outline import Outline
from runners.survey.drafting.request_drafts import RequestDraft, answered, askable, can_be_asked, drafts_of
from runners.survey.drafting.value_drafts import tables_of
from runners.survey.inspection import SettingsFacts, UrlFacts
from runners.survey.surveying import Surveyor
from runners.targets.interpreters import require_interpreter


@dataclass(frozen=True, slots=True, kw_only=True)
class Exploration:
    """What was found out of a project."""

    #: What its description says beside the requests.
    outline: Outline
    #: Its own settings.
    settings: SettingsFacts
    #: What Django knows once it is set up.
    urls: UrlFacts
    #: Its requests; none if its database cannot be replaced.
    drafts: list[RequestDraft]
    #: Hosts that it calls when it starts.
    calls_at_start: list[str]


def explored(outline: Outline, note: Callable[[str], None], *, refuses: bool = True) -> Exploration:
    """Explore a project. Raises UsageError if it does not start.

    outline: the project, and what somebody says of it. note: is told what is being done. refuses: raise UsageError also
    if a temporary database cannot take the place of its own; else nothing is asked.
    """
    require_interpreter(str(outline.project.python))
    with Workspace("look") as workspace:
        settings = _surveyor(outline, workspace, note).settings_facts()
        try:
            database = database_kind(settings.own_databases)
        except UsageError:
            if refuses:
                raise
            surveyor = _surveyor(outline, workspace, note)
            urls = surveyor.url_facts(surveyor.without_database(settings))
            return Exploration(outline=outline, settings=settings, urls=urls, drafts=[], calls_at_start=[])
        outline = outline.with_facts(settings, database)
        surveyor = _surveyor(outline, workspace, note)
        with surveyor.prepared(database) as place:
            at_place = place.site_environment(pool_size=1)
            urls = surveyor.url_facts(at_place)
            drafts = drafts_of(askable(urls, settings), urls)
            asked = [draft for draft in drafts if can_be_asked(draft)]
            tables = tables_of(value for draft in asked for value in draft.values)
            requests = [Request(name=draft.name, path=draft.path) for draft in asked]
            answers = surveyor.answers(requests, at_place, tables)
    return Exploration(
        outline=outline,
        settings=settings,
        urls=urls,
        drafts=answered(drafts, answers),
        calls_at_start=answers.calls_at_start,
    )


def _surveyor(outline: Outline, workspace: Workspace, note: Callable[[str], None]) -> Surveyor:
    folder = workspace.folder / f"described-{outline.database}"
    folder.mkdir(exist_ok=True)
    return Surveyor.watching(
        outline.target(folder),
        settings=outline.project.settings,
        check_command=outline.project.check_command,
        workspace=workspace,
        note=note,
    )
