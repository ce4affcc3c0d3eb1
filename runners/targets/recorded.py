"""What a run's record keeps of a project, from its target."""

import hashlib
import json
import os
from pathlib import Path

from djbench.deployed_project import YOUR_PROJECT, DeployedProject
from djbench.request import Request
from djbench.target import Target
from results.records.target_facts import TargetFacts
from runners.machine.software import checkout_of, source


def facts_of_target(target: Target) -> TargetFacts | None:
    """What a report is to say of the project; None for the built-in site, which reports know."""
    if not target.fresh_state:
        return None
    folder = target.description.parent
    # Of the description the digest tells what it says.
    state = source(checkout_of(folder) or folder, [folder], without=target.description) or {
        "commit": "",
        "dirty": False,
    }
    return TargetFacts(
        name=target.name,
        digest=description_digest(target.description),
        commit=state.get("commit", ""),
        dirty=state.get("dirty", False),
        interpreter=target.interpreter,
        settings=target.environment["DJBENCH_SETTINGS"],
        replaced=tuple(json.loads(target.environment["DJBENCH_OVERRIDES"])),
        applications=dict(target.deploys),
        working_directory=os.path.relpath(target.working_directory or folder, folder),
        database=target.database,
        data=target.data,
        may_call=tuple(sorted(target.may_call)),
        requests={request.name: request.line for request in _requests(target)},
        weights={name: float(weight) for name, weight in target.weights.items()},
        runs=str(target.runs),
    )


def deployed(facts: TargetFacts | None) -> DeployedProject:
    """The project as deployment files name it; a placeholder for the built-in site."""
    if facts is None:
        return YOUR_PROJECT
    return DeployedProject(
        name=facts.name,
        settings=facts.settings,
        applications=facts.applications,
        working_directory=facts.working_directory,
    )


def description_digest(file: Path) -> str:
    """SHA-256 of a description file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _requests(target: Target) -> list[Request]:
    specs = [target.catalog.parse(name) for name in target.catalog.own]
    return [request for spec in specs for style in spec.pattern.styles for request in spec.workload(style).requests]
