"""The claims about sync and async views that ``djbench claims`` puts to the test."""

from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType

from djbench.spec import unknown
from results.claims.claim import Claim
from runners.procedures.claims import waiting, working


@cache
def registry() -> Mapping[str, Claim]:
    """Every claim by name, in the order of the examples.

    Raises SpecError for a cell that the catalog or the servers do not have.
    """
    claims = sorted((*waiting.claims_on_waiting(), *working.claims_on_working()), key=lambda claim: claim.example)
    return MappingProxyType({claim.name: claim for claim in claims})


def chosen(names: Sequence[str]) -> list[Claim]:
    """The claims of these names, in the order of the registry; all without any. Raises SpecError."""
    claims = registry()
    for name in names:
        if name not in claims:
            raise unknown("claim", name, claims)
    return [claim for name, claim in claims.items() if not names or name in names]
