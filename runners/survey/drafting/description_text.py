"""The text of a project's djbench.toml: what can be measured as it is, and as comments what needs a word first."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import tomlkit

from results.records.store import write_whole
from runners.survey.drafting.outline import Outline
from runners.survey.drafting.request_drafts import Obstacle, RequestDraft
from runners.survey.drafting.value_drafts import tables_of
from runners.survey.inspection import PageAnswer
from runners.survey.page_remarks import work_of

_LONGEST_COMMENT = 200
_MEMBER = "member"
_DATA = '"empty", "copy" of the SQLite file that the settings name, or "dump:FILE" with plain SQL'


def description_text(outline: Outline, drafts: Sequence[RequestDraft], calls_at_start: Sequence[str] = ()) -> str:
    """The text of the file. calls_at_start: hosts that the project calls when it starts."""
    blocks = [
        _head(outline),
        _data(outline),
        _calls(outline, calls_at_start),
        _environment(outline),
        _overrides(outline),
    ]
    blocks += [_users(drafts), _values(drafts), _requests(drafts)]
    return "\n\n".join("\n".join(lines) for block in blocks if (lines := list(block))) + "\n"


def _head(outline: Outline) -> Iterator[str]:
    keys, project = outline.keys(outline.project.folder), outline.project
    yield "# How djbench measures this project. Paths are relative to this file."
    yield "# See what matters: djbench look. Measure: djbench run."
    yield from ("", _key("name", keys["name"]))
    yield _key("settings", keys["settings"], f"from {project.settings_source}; better those that you deploy")
    if deployed := project.deployed_settings(outline.applications.values()):
        yield f"# {_comment(f'The file of its application names {deployed}: to measure these, write them here.')}"
    for interface in ("wsgi", "asgi"):
        if interface in keys:
            yield _key(interface, keys[interface])
        else:
            yield f"# {interface}: no application was found; djbench makes Django's own"
    yield _key("python", keys["python"], f"from {project.python_source}")
    if keys["working_directory"] != ".":
        yield _key("path", keys["path"], "folders from which its modules are imported")
        yield _key("working_directory", keys["working_directory"], "where its processes start")


def _data(outline: Outline) -> Iterator[str]:
    if outline.database != "none":
        yield "# A temporary database takes the place of the configured one, which is not touched."
        yield _key("database", outline.database)
        yield f"# What is in it before prepare: {_DATA}."
        yield _key("data", outline.data)
    if outline.prepare:
        yield "# Commands that fill it before a run. Pages show what is in it: load your data here."
        yield "prepare = ["
        yield from (f"    {_value(list(command))}," for command in outline.prepare)
        yield "]"


def _calls(outline: Outline, calls_at_start: Sequence[str]) -> Iterator[str]:
    if outline.may_call:
        yield _key("may_call", list(outline.may_call), "other hosts that it may call")
    if calls_at_start:
        hosts = _value([*outline.may_call, *calls_at_start])
        why = f"It calls {', '.join(calls_at_start)} when it starts. Let it, or turn that off in the settings:"
        yield f"# {_comment(why)}"
        yield f"# may_call = {hosts}"


def _environment(outline: Outline) -> Iterator[str]:
    if outline.environment:
        yield "# Variables that its processes get."
        yield "[environment]"
        yield from (_key(name, value) for name, value in outline.environment.items())


def _overrides(outline: Outline) -> Iterator[str]:
    yield "# Settings that are replaced for a run."
    yield "[overrides]"
    yield from (_key(name, value, reason) for name, value, reason in outline.overrides)


def _users(drafts: Iterable[RequestDraft]) -> Iterator[str]:
    """A user to log in as, if a page asks for that."""
    if any(draft.obstacle is Obstacle.LOGIN or draft.route.login_required for draft in drafts):
        yield '# A user in the temporary database, for requests with user = "member". Remove the # to use it.'
        yield f"# [users.{_MEMBER}]"
        yield '# username = "djbench"'
        yield '# permissions = []  # such as "polls.add_choice"; or superuser = true'


def _values(drafts: Iterable[RequestDraft]) -> Iterator[str]:
    """The tables that paths are drawn from, each once. Those of requests that can be measured are no comments."""
    values = [value for draft in drafts for value in draft.values]
    used = {value.name for draft in drafts if draft.obstacle is Obstacle.NOTHING for value in draft.values}
    if values:
        yield "# What paths with arguments are drawn from. Fill in, and remove the # to use it."
    for name, query in tables_of(values).items():
        mark = "" if name in used else "# "
        yield f"{mark}[values.{name}]"
        yield f"{mark}{_key('query', query.model)}"
        yield f"{mark}{_key('fields', list(query.fields))}"
    for name, example in {value.name: value.example for value in values if not value.model}.items():
        yield f"# [values.{name}]"
        yield f"# {_key('list', [example], 'values that exist in the temporary database')}"


def _requests(drafts: Sequence[RequestDraft]) -> Iterator[str]:
    ready = [draft for draft in drafts if draft.obstacle is Obstacle.NOTHING]
    yield "# Requests that answer 200 as they are. weight: how often each is sent in the mix (default 1)."
    if not ready:
        yield "# There is none: fill in one of those below."
    for draft in ready:
        yield from ("", *_request(draft))
    others = [draft for draft in drafts if draft.obstacle is not Obstacle.NOTHING]
    if others:
        yield from ("", "# Requests that need a word first. Fill in, and remove the # to measure them.")
    for draft in others:
        yield from ("", *(f"# {line}" for line in _request(draft)))


def _request(draft: RequestDraft) -> Iterator[str]:
    yield f"[requests.{draft.name}]  # {_comment(_remark(draft))}"
    yield _key("path", draft.path)
    if draft.obstacle is Obstacle.METHOD:
        yield _key("method", next((name for name in draft.route.methods if name != "OPTIONS"), "POST"))
    if draft.obstacle is Obstacle.METHOD and not draft.route.csrf_exempt:
        yield _key("csrf", True)
    yield _key("style", draft.route.style)
    if draft.obstacle is Obstacle.LOGIN or (draft.obstacle is not Obstacle.NOTHING and draft.route.login_required):
        yield _key("user", _MEMBER)
    if draft.answer and draft.answer.writes:
        yield _key("writes", True)


def _remark(draft: RequestDraft) -> str:
    """The view, and what there is to say of its answer."""
    return ": ".join(filter(None, (draft.route.view, _REMARKS[draft.obstacle](draft, draft.answer or _NO_ANSWER))))


def _other_status(_: RequestDraft, answer: PageAnswer) -> str:
    where = f" and leads to {answer.location}" if answer.location else ""
    return f"answers {answer.status}{where}; if that is right, add status = {answer.status}"


_NO_ANSWER = PageAnswer(name="", error="it was not asked")
# What there is to say of a request, by what stands in its way.
_REMARKS: Mapping[Obstacle, Callable[[RequestDraft, PageAnswer], str]] = {
    Obstacle.NOTHING: lambda _, answer: work_of(answer),
    Obstacle.VALUES: lambda *_: "name values that exist",
    Obstacle.LOGIN: lambda *_: f"asks for a login: use [users.{_MEMBER}]",
    Obstacle.CALLS: lambda _, answer: f"calls {', '.join(answer.calls)}: allow it with may_call = [...]",
    Obstacle.METHOD: lambda draft, _: (
        f'takes {", ".join(draft.route.methods)}: add a body, e.g. form = {{ name = "value" }}'
    ),
    Obstacle.FAILS: lambda _, answer: f"fails: {answer.error or answer.status}",
    Obstacle.STATUS: _other_status,
}


def _key(name: str, value: Any, comment: str = "") -> str:
    return f"{name} = {_value(value)}" + (f"  # {_comment(comment)}" if comment else "")


def _value(value: Any) -> str:
    return str(tomlkit.item(value).as_string())


def _comment(text: str) -> str:
    """A text as a comment can have it: one line without control characters, and not a long one."""
    line = "".join(letter if letter.isprintable() else " " for letter in " ".join(text.split()))
    return line if len(line) <= _LONGEST_COMMENT else f"{line[: _LONGEST_COMMENT - 1]}…"


def write_description(text: str, folder: Path, name: str) -> Path:
    """Write the file, whole or not at all. Raises StoreError if it cannot be written."""
    file = folder / name
    write_whole(file, text.encode())
    return file
