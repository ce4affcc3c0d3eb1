"""Which requests a project's URLs make: what can be measured as it is, and what somebody has to say first."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain, count

from runners.survey.drafting.value_drafts import ValueDraft, filled_path, value_drafts
from runners.survey.inspection import PageAnswer, PageAnswers, Route, SettingsFacts, UrlFacts
from runners.targets.describing.project_patterns import RESERVED

# Apps whose pages are for the people who run a site.
_BACK_OFFICES = ("admin", "wagtailadmin")
_TOOLS = ("djdt", "silk", "django_browser_reload", "hijack")
_TOOL_PATHS = ("/__debug__/", "/__reload__/")
_FILES = ("django.views.static.serve", "django.contrib.staticfiles.views.serve")
_LONGEST_NAME = 40


class Obstacle(StrEnum):
    """Why a request cannot be measured as it is."""

    #: Nothing: it is in the mix.
    NOTHING = ""
    #: Its path has arguments.
    VALUES = "values"
    #: It redirects to the login page.
    LOGIN = "login"
    #: It calls other hosts.
    CALLS = "calls"
    #: It takes no GET.
    METHOD = "method"
    #: It raises an exception, or does not answer.
    FAILS = "fails"
    #: It answers with another status than 200.
    STATUS = "status"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDraft:
    """A request as djbench.toml has it."""

    #: Its name there.
    name: str
    #: The path, with blanks to fill in.
    path: str
    #: Where it comes from.
    route: Route
    #: Why it is a comment.
    obstacle: Obstacle
    #: The answer to it; None if it was not asked.
    answer: PageAnswer | None = None
    #: What its blanks are drawn from.
    values: tuple[ValueDraft, ...] = ()


def askable(urls: UrlFacts, settings: SettingsFacts) -> dict[str, Route]:
    """The routes that a run can be about, each under the name of its request."""
    names: dict[str, Route] = {}
    offices = _back_office_prefixes(urls.routes)
    paths: set[str] = set()
    for route in urls.routes:
        if route.path is None or route.path in paths or _is_left_out(route, settings, offices):
            continue
        paths.add(route.path)
        names[_name(route, {*names, *RESERVED})] = route
    return names


def drafts_of(routes: dict[str, Route], urls: UrlFacts) -> list[RequestDraft]:
    """The requests of these routes, before any of them was asked."""
    return [_draft(name, route, urls) for name, route in routes.items()]


def answered(drafts: Iterable[RequestDraft], answers: PageAnswers) -> list[RequestDraft]:
    """The same, once they were asked."""
    known = answers.by_name()
    return [
        replace(draft, answer=answer, obstacle=_obstacle(draft.route, answer, answers.login_url))
        for draft, answer in ((draft, known.get(draft.name)) for draft in drafts)
    ]


def can_be_asked(draft: RequestDraft) -> bool:
    """Can it be asked, without harm that it announces, if the database has rows for its blanks?"""
    return draft.route.answers_get and all(value.model for value in draft.values)


def _draft(name: str, route: Route, urls: UrlFacts) -> RequestDraft:
    values = tuple(value_drafts(route, urls.models))
    path = filled_path(str(route.path), values)
    return RequestDraft(name=name, path=path, route=route, obstacle=_obstacle(route, None, ""), values=values)


def _obstacle(route: Route, answer: PageAnswer | None, login_url: str) -> Obstacle:
    if not route.answers_get:
        return Obstacle.METHOD
    if answer is None:
        return Obstacle.VALUES if route.arguments else Obstacle.FAILS
    if answer.calls:
        return Obstacle.CALLS
    if answer.status is None or answer.status >= 500:
        return Obstacle.FAILS
    if goes_to_login(answer, login_url):
        return Obstacle.LOGIN
    return Obstacle.NOTHING if answer.status == 200 else Obstacle.STATUS


def goes_to_login(answer: PageAnswer, login_url: str) -> bool:
    """Does an answer redirect to the login page?"""
    place, _, query = answer.location.partition("?")
    asks = bool(login_url) and place == login_url.partition("?")[0]
    return answer.status in (301, 302, 303, 307, 308) and (asks or ("login" in place and "next=" in query))


def _back_office_prefixes(routes: Iterable[Route]) -> tuple[str, ...]:
    """The paths below which a back office lies."""
    starts = [
        route.path
        for route in routes
        if route.path and not route.arguments and route.path != "/" and _is_start_of_back_office(route)
    ]
    return tuple(starts)


def _is_start_of_back_office(route: Route) -> bool:
    office = any(name in _BACK_OFFICES for name in route.namespaces) or route.view.startswith("django.contrib.admin.")
    return (office and route.name == "index") or route.name == "wagtailadmin_home"


def _is_left_out(route: Route, settings: SettingsFacts, offices: tuple[str, ...]) -> bool:
    path = str(route.path)
    urls = (settings.static_url, settings.media_url)
    files = (f"/{url.strip('/')}/" for url in urls if url.strip("/") and "//" not in url)
    return (
        route.view in _FILES
        or path.startswith((*files, *offices, *_TOOL_PATHS))
        or bool({*route.namespaces} & {*_BACK_OFFICES, *_TOOLS})
        or "format" in route.arguments  # the same as JSON, HTML …, as Django REST framework offers it
    )


def _name(route: Route, taken: Iterable[str]) -> str:
    """A name for a request: that of the URL, if nobody else has it, or one with its namespace, or with a number."""
    taken = set(taken)
    own = _as_name(route.name)
    path = _as_name(re.sub(r"\{[^}]*\}", " ", str(route.path))) or "home"
    spaced = _as_name("_".join((*route.namespaces[-1:], route.name))) if own else ""
    choices = [choice for choice in (own, spaced, path) if choice]
    numbered = (f"{choices[0]}_{number}" for number in count(2))
    return next(choice for choice in chain(choices, numbered) if choice not in taken)


def _as_name(text: str) -> str:
    """As a request's name can be: lower-case letters, digits and _, and a letter first."""
    letters = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_0123456789")
    return letters[:_LONGEST_NAME].rstrip("_")


def measurable(drafts: Sequence[RequestDraft]) -> list[RequestDraft]:
    """Those that can be measured as they are."""
    return [draft for draft in drafts if draft.obstacle is Obstacle.NOTHING]


def commonest_failure(drafts: Iterable[RequestDraft]) -> str:
    """What most of the requests that fail say; empty if none does."""
    errors = Counter(draft.answer.error for draft in drafts if draft.answer and draft.obstacle is Obstacle.FAILS)
    return next((error for error, _ in errors.most_common(1)), "")
