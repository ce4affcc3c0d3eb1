"""What there is to say of a request's answer: does it say what it should, and does the page show anything? Pure."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from djbench.request import Request
from results.wording.text import count
from runners.survey.inspection import PageAnswer, PageAnswers
from runners.survey.remarks import Level, Remark


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedPage:
    """A request that was asked, and what its description says of it."""

    #: The request as it was sent.
    request: Request
    #: Does the description say that it writes?
    writes: bool


def page_remarks(pages: Sequence[DescribedPage], answers: PageAnswers) -> Iterator[Remark]:
    """A remark on each request."""
    known = answers.by_name()
    for page in pages:
        if page.request.name in known:
            yield _page_remark(page, known[page.request.name])


def start_remarks(hosts: Sequence[str]) -> Iterator[Remark]:
    """A remark on hosts that the project calls when it starts."""
    if hosts:
        yield Remark(
            topic="calls",
            what=f"it calls {', '.join(hosts)} when it starts",
            level=Level.REFUSED,
            why="a run calls no other host unless it is allowed",
            fix=f"turn that off in the settings, or {_allowing(hosts)}",
        )


def _allowing(hosts: Sequence[str]) -> str:
    return f"allow it with may_call = {json.dumps(hosts)}"


def _page_remark(page: DescribedPage, answer: PageAnswer) -> Remark:
    """The first of the things that are wrong with an answer; else what it took."""
    line = f"{page.request.line}: {answer.status or 'no answer'}, {work_of(answer)}, {answer.length} bytes"
    for level, why, fix in _doubts(page, answer):
        return Remark(topic=page.request.name, what=line, level=level, why=why, fix=fix)
    return Remark(topic=page.request.name, what=line)


def _doubts(page: DescribedPage, answer: PageAnswer) -> Iterator[tuple[Level, str, str]]:
    """What is wrong, the worst first: how much it matters, what it is, and the fix."""
    if answer.calls:
        yield Level.REFUSED, f"it calls other hosts: {', '.join(answer.calls)}", _allowing(answer.calls)
    if answer.error:
        yield Level.NOTE, answer.error, "fix the view, or take the request out"
    if answer.status != page.request.expected_status:
        where = f" and leads to {answer.location}" if answer.location else ""
        yield (
            Level.NOTE,
            f"it answers {answer.status}{where}, not {page.request.expected_status}",
            f"give it a user, or set status = {answer.status}",
        )
    if answer.writes and not page.writes:
        yield Level.NOTE, f"it writes ({count(answer.writes, 'statement')})", "say so with writes = true"
    if answer.queries and not answer.rows and not answer.writes:
        yield (
            Level.NOTE,
            "it reads no row: the page shows no data, and is faster than with data",
            'load data in prepare, or give data = "copy" or "dump:FILE"',
        )


def work_of(answer: PageAnswer) -> str:
    """What the database did for an answer."""
    return f"{count(answer.rows, 'row')} read by {count(answer.queries, 'query', 'queries')}"
