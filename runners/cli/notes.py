"""What can disturb a run, said ahead of it and kept for its record."""

from rich.console import Console
from rich.markup import escape

from runners.hosts.cpus import CpuSets
from runners.machine.conditions import disturbing
from runners.machine.readings import take


def note_conditions(cpus: CpuSets, console: Console, *, quiet: bool) -> list[dict[str, str]]:
    """Look around, print a line for each condition that can disturb, and return topic and finding of each."""
    conditions = disturbing(take(cpus))
    if not quiet:
        for each in conditions:
            line = f"note: {each.topic}: {each.finding}; {each.fix}"
            console.print(escape(line), style="yellow", soft_wrap=True)
    return [{"topic": each.topic, "found": each.finding} for each in conditions]
