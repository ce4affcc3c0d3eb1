"""What a made-up run's report says first."""

from results.analysis.summary import Summary
from results.reporting.answers import Answer
from results.reporting.conclusions import conclude
from results.reporting.front.first_screen import front_of


def answers_of(summary: Summary) -> list[Answer]:
    """One per pattern and load, in the order of the plan."""
    return [standing.answer for standing in front_of(conclude(summary)).standings]
