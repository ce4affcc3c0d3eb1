"""What differs about how two runs were made: machine, software, settings, configurations, answers, conditions. Pure."""

import shlex
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from djbench.cell import Cell
from djbench.load import Load
from results.records.fingerprints import Difference, differing, fact_text
from results.records.schema import Run

# Of a machine's record what it was doing, which differs each time; and what the settings have as well.
_PASSING = frozenset({"conditions", "cpus_server", "cpus_support", "load_average", "swap_used_mib"})
# Of the settings, how long a run goes on; a trial of it is the same trial. And how its CPUs were asked for: they are
# settings themselves.
_SAME_TRIAL = frozenset({"min_blocks", "max_blocks", "budget_s", "cpus"})
# Of a project, where it lies and what it is called.
_OF_PLACE = frozenset({"name", "interpreter", "runs"})
_HASH_DIGITS = 12

CellKey = tuple[str, str, str, Load]


def key_of(cell: Cell) -> CellKey:
    """What a cell is found by in another run."""
    return cell.configuration.key, cell.pattern, cell.style, cell.load


def differences_of_runs(base: tuple[Run, Mapping[str, str]], new: tuple[Run, Mapping[str, str]]) -> list[Difference]:
    """Everything that may be why two runs' numbers differ, besides what they were made to compare.

    Each run with the digest of its right answer per pattern. The commit is among them, and so are the conditions that
    could disturb only one of the two.
    """
    (old, old_answers), (after, new_answers) = base, new
    differences = [
        *differing(old.machine, after.machine, _PASSING),
        *differing({"settings": _settings(old)}, {"settings": _settings(after)}, ()),
        *_of_projects(old, after),
        *_of_configurations(old, after),
        *differing(_not_measured(old), _not_measured(after), ()),
        *(
            Difference(f"answer of {pattern}", old_answers[pattern], new_answers[pattern])
            for pattern in old_answers
            if new_answers.get(pattern, old_answers[pattern]) != old_answers[pattern]
        ),
        *_of_conditions(old, after),
    ]
    return [Difference(name, _short(was), _short(became)) for name, was, became in differences]


def _settings(run: Run) -> dict[str, object]:
    return {name: value for name, value in asdict(run.settings).items() if name not in _SAME_TRIAL}


def _not_measured(run: Run) -> dict[str, dict[str, str]]:
    return {"left_out": run.left_out, "broken": run.broken}


def project_name(run: Run) -> str:
    """What the run has measured."""
    return run.target.name if run.target else "the built-in site"


def _of_projects(old: Run, new: Run) -> list[Difference]:
    """What differs about the project: its commit, its description, and what follows from that."""
    return differing({"project": _project(old)}, {"project": _project(new)}, ())


def _project(run: Run) -> dict[str, object]:
    if run.target is None:
        return {}
    facts = asdict(run.target)
    return {"description": facts.pop("digest"), **{name: facts[name] for name in facts if name not in _OF_PLACE}}


def _of_configurations(old: Run, new: Run) -> list[Difference]:
    """Servers of one name that are not the same: a server file may have changed, or a default of djbench."""
    # An older djbench did not keep their commands.
    recorded = _with_commands(old) & _with_commands(new)

    def configurations(run: Run) -> dict[str, dict[str, object]]:
        return {
            cell.server: {
                "interface": cell.interface,
                "slots": cell.slots,
                "processes": cell.processes,
                **({"command": shlex.join(run.servers[cell.server].command)} if cell.server in recorded else {}),
            }
            for cell in run.cells
        }

    return differing(configurations(old), configurations(new), ())


def _with_commands(run: Run) -> set[str]:
    return {server for server, facts in run.servers.items() if facts.command}


def _of_conditions(old: Run, new: Run) -> list[Difference]:
    before, after = _conditions(old), _conditions(new)
    return [
        Difference(f"condition: {topic}", fact_text(before.get(topic)), fact_text(after.get(topic)))
        for topic in dict.fromkeys((*before, *after))
        if before.get(topic) != after.get(topic)
    ]


def _conditions(run: Run) -> dict[str, Any]:
    """What could disturb its numbers, by topic."""
    return {condition["topic"]: condition["found"] for condition in run.machine.get("conditions", [])}


def _short(text: str) -> str:
    """A commit or digest by its first digits."""
    is_hash = len(text) in (40, 64) and set(text) <= set("0123456789abcdef")
    return text[:_HASH_DIGITS] if is_hash else text
