"""What was measured, in words: the project, its requests, and how much of their answers was compared. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any

from djbench.options import CONFIGURED
from results.analysis.summary import Summary
from results.records.schema import Run
from results.records.target_facts import TargetFacts
from results.reporting.projects.asked import shares_compared
from results.reporting.questions import Question
from results.wording.compared import HARDLY_COMPARED, compared_text, share_percent
from results.wording.names import in_sentence

_DIGITS = 12
_DATA = {
    "empty": "It holds what the project's own commands put into it.",
    "copy": "It holds a copy of the project's SQLite file.",
}


def project_line(run: Run) -> str:
    """The project in a few words, for the head of a page; empty for the built-in site."""
    facts = run.target
    if facts is None:
        return ""
    django = f"Django {version}" if (version := _version(run, "django")) else ""
    return ", ".join(filter(None, (_commit(facts), django)))


def _commit(facts: TargetFacts) -> str:
    if not facts.commit:
        return ""
    return f"commit {facts.commit[:_DIGITS]}{' with changes' if facts.dirty else ''}"


def _version(run: Run, package: str) -> str:
    packages = run.machine.get("packages")
    version: Any = packages.get(package) if isinstance(packages, dict) else None
    return str(version) if version else ""


def _python(run: Run) -> str:
    python = run.machine.get("python")
    return f"Python {python}" if isinstance(python, str) else ""


def project_sentences(summary: Summary) -> Iterator[str]:
    """How the project was run: its settings, its database, what it may call, and what a right answer is."""
    facts = summary.run.target
    if facts is None:
        return
    what = ", ".join(filter(None, (project_line(summary.run), _python(summary.run))))
    yield f"The project is {in_sentence(facts.name)}{f' ({what})' if what else ''}."
    yield _settings(facts)
    yield _database(summary.run, facts)
    if facts.may_call:
        yield f"It may call {', '.join(map(in_sentence, facts.may_call))}; calls count as the project's own time."
    yield _checked(summary)


def _checked(summary: Summary) -> str:
    """What was looked at to tell a right answer."""
    shares = [cell.compared for cell in summary.cells if cell.compared is not None]
    least = f" That is at least {share_percent(min(shares))} % of it." if shares and min(shares) > 0 else ""
    return (
        "Of every answer the status was checked, and of its body what does not vary under any server and in any "
        f"style.{least}"
    )


def _settings(facts: TargetFacts) -> str:
    replaced = ", ".join(map(in_sentence, facts.replaced))
    rest = f" Replaced for the run by its description: {replaced}." if replaced else ""
    return f"Settings: {in_sentence(facts.settings)}.{rest}"


def _database(run: Run, facts: TargetFacts) -> str:
    if facts.database == "none":
        return "It has no database."
    if run.settings.database == CONFIGURED:
        return "Its database is the one that its settings name, which was only read."
    kind = in_sentence(facts.database or run.settings.database)
    holds = _DATA.get(facts.data) or f"It was filled from {in_sentence(facts.data.removeprefix('dump:'))}."
    return f"Its database is a temporary one ({kind}) in place of the configured one. {holds}"


def project_facts(run: Run) -> dict[str, str]:
    """Everything that the record has of the project, as text."""
    facts = run.target
    if facts is None:
        return {}
    listed = {
        "name": facts.name,
        "commit": _commit(facts),
        "description": facts.digest[:_DIGITS],
        "interpreter": facts.interpreter,
        "settings": facts.settings,
        "replaced settings": ", ".join(facts.replaced),
        "applications": ", ".join(facts.applications.values()),
        "working directory": facts.working_directory,
        "database": facts.database,
        "data": facts.data,
        "may call": ", ".join(facts.may_call),
        "runs": facts.runs,
    }
    return {key: text for key, text in listed.items() if text}


def hardly_compared(of_run: Sequence[Question]) -> list[str]:
    """A warning for each request of whose right answer less than half is compared."""
    return [
        f"{', '.join(map(in_sentence, filter(None, (question.pattern, name))))}: {compared_text(share)}"
        for question in of_run
        for name, share in shares_compared(question).items()
        if share < HARDLY_COMPARED
    ]
