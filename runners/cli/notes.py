"""What is worth a line on stderr before a command does its work."""

from rich.console import Console
from rich.markup import escape

from runners.hosts.cpus import CpuSets
from runners.machine.conditions import disturbing
from runners.machine.readings import take


def note(message: str) -> None:
    """Print a line that a reader of stdout alone can do without."""
    _print(Console(stderr=True, highlight=False), message)


def note_conditions(cpus: CpuSets, console: Console, *, quiet: bool) -> list[dict[str, str]]:
    """Look around, print a line for each condition that can disturb, and return topic and finding of each."""
    conditions = disturbing(take(cpus))
    if not quiet:
        for condition in conditions:
            _print(console, f"{condition.topic}: {condition.finding}; {condition.fix}")
    return [{"topic": condition.topic, "found": condition.finding} for condition in conditions]


def _print(console: Console, message: str) -> None:
    console.print(escape(f"note: {message}"), style="yellow", soft_wrap=True)
