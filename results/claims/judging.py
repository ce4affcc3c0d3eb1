"""Whether a run bears claims out. Pure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from results.analysis.summary import Summary
from results.claims.claim import Claim, commands_of
from results.claims.claim_checks import Check, ClaimOutcome, Judgement
from results.claims.evidence import RunEvidence
from results.records.schema import Trial

# A claim is as good as the worst of its checks.
_WORST_FIRST = (
    *(ClaimOutcome.FAILS, ClaimOutcome.UNMEASURED, ClaimOutcome.INSUFFICIENT),
    *(ClaimOutcome.TOO_CLOSE, ClaimOutcome.HOLDS),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedCheck:
    """A check with what the run says to it."""

    #: What has to be seen.
    check: Check
    #: What was seen.
    judgement: Judgement
    #: For each of its cells, a run that measures it again.
    commands: tuple[str, ...]

    @property
    def outcome(self) -> ClaimOutcome:
        """Does it hold?"""
        return self.judgement.outcome

    @property
    def finding(self) -> str:
        """What was seen: the quantity, if there is one, and its figure."""
        return f"{self.check.subject}{self.judgement.finding}"

    def to_json(self) -> dict[str, Any]:
        """As it stands in claims.json."""
        estimate = self.judgement.estimate
        return {
            **self.check.to_json(),
            "found": self.judgement.finding,
            "estimate": asdict(estimate) if estimate else None,
            "outcome": str(self.outcome),
            "commands": list(self.commands),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedClaim:
    """A claim with what the run says to it."""

    #: What is claimed.
    claim: Claim
    #: Its checks, in their order.
    checks: tuple[JudgedCheck, ...]

    @property
    def outcome(self) -> ClaimOutcome:
        """The worst of its checks'."""
        return min((check.outcome for check in self.checks), key=_WORST_FIRST.index)

    def to_json(self) -> dict[str, Any]:
        """As it stands in claims.json."""
        return {
            **self.claim.to_json(),
            "outcome": str(self.outcome),
            "checks": [check.to_json() for check in self.checks],
        }


def judge_claims(claims: Sequence[Claim], summary: Summary, trials: Sequence[Trial]) -> list[JudgedClaim]:
    """What a run says to each claim. ``trials``: all of the run's that measure, those that do not count, too."""
    run, settings = RunEvidence.of(summary, trials), summary.run.settings
    return [
        JudgedClaim(
            claim=claim,
            checks=tuple(
                JudgedCheck(check=check, judgement=check.judge(run), commands=commands_of(check, settings))
                for check in claim.checks
            ),
        )
        for claim in claims
    ]
