"""Claims and what a run said to them, as one page, as Markdown and as JSON."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from results.analysis.summary import Summary
from results.claims.claim import Claim
from results.claims.claim_checks import ClaimOutcome
from results.claims.judging import JudgedClaim, judge_claims
from results.records.store import RunDirectory, write_whole
from results.reporting.method import conditions, repeat_command, unfinished
from results.reporting.pages import render

RULE = (
    "A check holds if its whole 95 % interval lies within what is expected. It does not hold if the whole interval "
    "lies outside. It is too close to call if the interval has both. A claim is as good as the worst of its checks. "
    "What is expected was written down before anything was measured; there is no adjustment for the number of claims."
)
# The frame's badges (templates/base.html.jinja).
_BADGES = {ClaimOutcome.HOLDS: "good", ClaimOutcome.FAILS: "bad"}


def write_claims(directory: RunDirectory, summary: Summary, claims: Sequence[Claim]) -> tuple[list[JudgedClaim], Path]:
    """Judge the claims and write claims.json, claims.md and claims.html; what was found, and the page.

    Raises StoreError.
    """
    judged = judge_claims(claims, summary, directory.read_trials_of(summary.run))
    context = _context(summary, judged)
    content = {
        "run": summary.run.id,
        "status": summary.run.status,
        "failure": summary.run.failure,
        "seed": summary.run.seed,
        "blocks": len(summary.run.blocks),
        "claims": [claim.to_json() for claim in judged],
    }
    write_whole(directory.path / "claims.json", (json.dumps(content, indent=2) + "\n").encode())
    for name in ("claims.md", "claims.html"):
        write_whole(directory.path / name, render(name, context).encode())
    return judged, directory.path / "claims.html"


def _context(summary: Summary, judged: Sequence[JudgedClaim]) -> dict[str, Any]:
    counts = {outcome: sum(claim.outcome is outcome for claim in judged) for outcome in ClaimOutcome}
    return {
        "run": summary.run,
        "blocks": len(summary.run.blocks),
        "judged": judged,
        "counts": [f"{outcome}: {count}" for outcome, count in counts.items() if count],
        "badge_of": lambda outcome: _BADGES.get(outcome, "unsure"),
        "rule": RULE,
        "unfinished": unfinished(summary.run),
        "repeat": repeat_command(summary.run),
        "conditions": conditions(summary.run),
    }
