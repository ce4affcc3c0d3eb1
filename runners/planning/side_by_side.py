"""Whether servers can stand side by side: there must be connections to the database and memory for all. Pure."""

from collections.abc import Sequence

from djbench.server import NOT_POOLED, ServerSpec

# As a share of memory (PSS), measured with every server of the registry on the built-in site under load: a process that
# answers took 59 to 91 MiB, one beside it 2 to 18, and PostgreSQL 1 to 2 for each connection.
_ANSWERING_MIB, _HELPER_MIB, _CONNECTION_MIB = 100, 20, 2
# The conductor, a generator, PostgreSQL itself and the simulated API took about 300 MiB.
_OTHERS_MIB = 512


def memory_needed_mib(standing: Sequence[ServerSpec], pooled: int) -> int:
    """About how much memory a run needs while these servers stand. pooled: connections in the pool of each process."""
    processes = sum(spec.processes for spec in standing)
    helpers = sum(spec.server.helpers for spec in standing)
    return _OTHERS_MIB + processes * (_ANSWERING_MIB + pooled * _CONNECTION_MIB) + helpers * _HELPER_MIB


def why_not_side_by_side(
    standing: Sequence[ServerSpec], *, wanted: int, most: int | None, available_mib: int | None
) -> str | None:
    """Why these servers have to stand one after the other, in a clause; None if they can stand side by side.

    ``wanted``: connections for the pool of each process. ``most``: connections that the database allows; None if it is
    not PostgreSQL. ``available_mib``: memory for new processes; None if the system does not say.
    """
    return _too_few_connections(standing, most) or _too_little_memory(standing, wanted, most, available_mib)


def _too_few_connections(standing: Sequence[ServerSpec], most: int | None) -> str | None:
    """Each server must get what all of them need at least, or what it would get alone if that is less."""
    least = max(spec.pool_size(None) for spec in standing)
    if most is None or all(
        spec.pool_size(most, wanted=least, standing=standing) >= spec.pool_size(most, wanted=least) for spec in standing
    ):
        return None
    pooled = least * sum(spec.processes for spec in standing)
    others = NOT_POOLED + len(standing) - 1
    return (
        f"the database allows {most} connections; {len(standing)} servers side by side need {pooled}, "
        f"and {others} more are for others"
    )


def _too_little_memory(
    standing: Sequence[ServerSpec], wanted: int, most: int | None, available_mib: int | None
) -> str | None:
    pooled = 0 if most is None else max(spec.pool_size(most, wanted=wanted, standing=standing) for spec in standing)
    needed_mib = memory_needed_mib(standing, pooled)
    if available_mib is None or needed_mib <= available_mib:
        return None
    return (
        f"{len(standing)} servers side by side need about {needed_mib} MiB of memory, and {available_mib} are available"
    )
