"""Which procedure a plan is measured by."""

from runners.planning.plan import Plan
from runners.procedures.blocks import FixedBlocks
from runners.procedures.narrowing import UntilNarrow
from runners.procedures.procedure import Procedure


def procedure_of(plan: Plan) -> Procedure:
    """As many blocks as the plan says; if it gives a range, as many as narrow intervals need."""
    return FixedBlocks(plan=plan) if plan.fixed else UntilNarrow(plan=plan)
