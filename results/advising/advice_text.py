"""An advice in sentences, the same on the page, in Markdown and on the terminal. Pure."""

from dataclasses import dataclass

from results.advising.advice import Advice
from results.advising.choosing import MAX_LOSS
from results.advising.deployment import Deployment
from results.wording.names import in_sentence, question_name

BASIS = (
    "The advice is the cheapest of the best configurations: least CPU time per request first, then least memory. The "
    "best configurations are those that this run does not tell apart from the fastest one, and that cannot be over "
    f"{100 * MAX_LOSS:g} % slower."
)
UNSETTLED = "Not settled yet. This run would settle it:"
OTHERWISE = "When another one would be better"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceText:
    """What to run for one pattern or mix under one load."""

    #: The pattern or mix, and the load.
    question: str
    #: What to run, with its figures; or that there is no advice, and why.
    headline: str
    #: Is there something to run?
    advised: bool
    #: Why, against what, at which price: a sentence each.
    reasons: tuple[str, ...]
    #: When the advice would be another one, and what has no part in it: a sentence each.
    conditions: tuple[str, ...]
    #: The command of a run that would settle what this one leaves open; None if nothing is.
    settle: str | None


def advice_in_words(advice: Advice) -> AdviceText:
    """The advice in sentences."""
    contender = advice.recommended
    headline, reasons = f"no advice: {advice.reason}.", []
    if contender is not None:
        headline = f"run {contender.name}: {contender.figures}."
        reasons = [f"Why: {advice.reason}."]
        reasons += [f"Runner-up: {advice.against_runner_up}."] if advice.runner_up else []
        reasons += [f"Price: {contender.price}."]
    left_out = (f"{in_sentence(server)} is left out: {reason}." for server, reason in advice.left_out.items())
    return AdviceText(
        question=question_name(advice.subject, advice.load),
        headline=headline,
        advised=contender is not None,
        reasons=tuple(reasons),
        conditions=(*advice.conditions, *left_out),
        settle=advice.settle,
    )


def deployment_heading(deployment: Deployment) -> str:
    """What stands above a server's command line."""
    how = in_sentence(deployment.place, 400) or "with your project's name in place of yourproject"
    return f"To run {in_sentence(deployment.server)}, {how}:"
