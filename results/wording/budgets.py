"""What a budget of cores came to, in words, ahead of a run and in its report."""

from collections.abc import Mapping


def budget_text(cores: int | None, processes: Mapping[str, int]) -> str:
    """As sentences, with the servers that cannot use all of it, or have more processes; empty without a budget.

    processes: how many each server has. A process of Python uses one core at most, but for builds without the GIL.
    """
    if cores is None:
        return ""
    fewer = [f"{server} ({count})" for server, count in processes.items() if count < cores]
    more = [f"{server} ({count})" for server, count in processes.items() if count > cores]
    others = f" With fewer processes, which use a core each at most: {', '.join(fewer)}." if fewer else ""
    others += f" With more processes than cores, for a slot is a process: {', '.join(more)}." if more else ""
    return f"Budget of each server: {cores} core{'s' if cores > 1 else ''}.{others}"
