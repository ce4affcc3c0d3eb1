"""Findings and standings of a run, as every output has them. Pure."""

from dataclasses import dataclass

from results.reporting.answers import answer_of
from results.reporting.conclusions import Conclusions
from results.reporting.front.findings import Finding, findings
from results.reporting.front.standings import Standing, standing_of
from results.reporting.questions import questions
from results.wording.names import short_names


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """What a reader sees first."""

    #: What was found, in sentences.
    findings: tuple[Finding, ...]
    #: One per pattern and load, in the order of the plan.
    standings: tuple[Standing, ...]


def front_of(conclusions: Conclusions) -> Front:
    """The first screen of a run."""
    summary = conclusions.summary
    labels = short_names(cell.cell for cell in summary.cells)
    standings = tuple(
        standing_of(question, answer_of(question), conclusions.advice) for question in questions(summary, labels)
    )
    return Front(findings=tuple(findings(summary, standings)), standings=standings)
