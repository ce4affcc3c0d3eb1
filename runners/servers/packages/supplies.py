"""Which packages each server finds with a target's interpreter, and which servers lack something."""

import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from djbench.server import Server, ServerSpec
from djbench.supply import Overlay, Supply
from djbench.target import Target
from runners.machine.software import InterpreterFacts, interpreter_facts
from runners.servers.packages.older_versions import too_old
from runners.servers.packages.overlays import overlay_place, overlay_with
from runners.servers.packages.wheels import NoIndex, NoWheels


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """Why a server cannot run with an interpreter."""

    #: What is wrong.
    reason: str
    #: What to do about it; empty if nothing can be done.
    fix: str = ""

    def __str__(self) -> str:
        return f"{self.reason}; {self.fix}" if self.fix else self.reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """What an interpreter has of what some servers need."""

    #: The interpreter's path.
    interpreter: str
    #: What it says of itself.
    facts: InterpreterFacts
    #: The packages that it lacks, by the server's name.
    lacking: Mapping[str, frozenset[str]]

    def to_install(self) -> dict[str, frozenset[str]]:
        """What an overlay still has to be made for, by the server's name."""
        return {
            name: packages
            for name, packages in self.lacking.items()
            if packages and not overlay_place(packages, self.facts).is_dir()
        }


def stock_of(interpreter: str, servers: Iterable[Server]) -> Stock:
    """What the interpreter has for these servers: one question. Raises UsageError if it does not answer."""
    chosen = {server.name: server for server in servers}
    facts = interpreter_facts(interpreter, {module for server in chosen.values() for module in server.modules})
    lacking = {
        name: frozenset(package for module, package in server.modules.items() if module not in facts.importable)
        for name, server in chosen.items()
    }
    return Stock(interpreter=interpreter, facts=facts, lacking=lacking)


def supplied(
    target: Target, servers: Iterable[ServerSpec], says: Callable[[str], None]
) -> tuple[Target, dict[str, Lack]]:
    """The target with what these servers find there, and those that lack something, by the server's name.

    What the interpreter lacks is installed in overlays, if the target takes them. says: is told before that, which can
    take a minute. Raises UsageError if the interpreter does not answer.
    """
    specs = {spec.server.name: spec for spec in servers}
    stock = stock_of(target.interpreter, (spec.server for spec in specs.values()))
    if target.overlaid and (coming := stock.to_install()):
        says(_announcement(stock, coming))
    overlays = _overlays(stock) if target.overlaid else {}
    outcomes = {name: _outcome(spec, stock, overlays) for name, spec in specs.items()}
    supplies = {name: outcome for name, outcome in outcomes.items() if isinstance(outcome, Supply)}
    lacks = {name: outcome for name, outcome in outcomes.items() if isinstance(outcome, Lack)}
    return replace(target, supplies={**target.supplies, **supplies}), lacks


def _overlays(stock: Stock, leaving_out: Iterable[frozenset[str]] = ()) -> dict[frozenset[str], Overlay | NoWheels]:
    """An overlay for each set of packages that some servers lack, or why there is none."""
    overlays: dict[frozenset[str], Overlay | NoWheels] = {}
    unreachable: NoIndex | None = None
    for packages in sorted({*stock.lacking.values()} - {*leaving_out, frozenset()}, key=sorted):
        try:
            if unreachable and not overlay_place(packages, stock.facts).is_dir():
                raise unreachable
            overlays[packages] = overlay_with(packages, stock.interpreter, stock.facts)
        except NoWheels as error:
            overlays[packages] = error
            unreachable = error if isinstance(error, NoIndex) else unreachable
    return overlays


def prospects(target: Target, servers: Iterable[ServerSpec]) -> dict[str, Supply | Lack]:
    """What each of these servers would find in a run, or would lack, by its name. Nothing is installed.

    Raises UsageError if the interpreter does not answer.
    """
    specs = {spec.server.name: spec for spec in servers}
    stock = stock_of(target.interpreter, (spec.server for spec in specs.values()))
    coming = stock.to_install() if target.overlaid else {}
    overlays = _overlays(stock, leaving_out=coming.values()) if target.overlaid else {}
    return {
        name: _awaited(coming[name]) if name in coming else _outcome(spec, stock, overlays)
        for name, spec in specs.items()
    }


def _awaited(packages: frozenset[str]) -> Lack:
    wanted = ", ".join(sorted(packages))
    return Lack(reason="not installed yet", fix=f"a run installs {wanted} beside the project's packages")


def program_for(program: str, interpreter: str, supply: Supply) -> Path | None:
    """Where the program is: in the overlay, beside the interpreter as in a virtual environment, or on the PATH."""
    beside = Path(interpreter).parent / program
    if supply.overlay and (script := supply.overlay.program(program)):
        return script
    if beside.is_file():
        return beside
    on_path = shutil.which(program)
    return Path(on_path) if on_path else None


def _announcement(stock: Stock, coming: Mapping[str, frozenset[str]]) -> str:
    packages = sorted({package for wanted in coming.values() for package in wanted})
    return f"installing {', '.join(packages)} for {_python(stock)}, beside the project's packages (once)"


def _outcome(spec: ServerSpec, stock: Stock, overlays: Mapping[frozenset[str], Overlay | NoWheels]) -> Supply | Lack:
    """What the server finds, or what it lacks."""
    lacking = stock.lacking[spec.server.name]
    if lacking and lacking not in overlays:
        command = f"{stock.interpreter} -m pip install {' '.join(sorted(lacking))}"
        return Lack(reason="a package is missing", fix=f"install it with: {command}")
    overlay = overlays[lacking] if lacking else None
    if isinstance(overlay, NoWheels):
        packages = ", ".join(sorted(lacking))
        return Lack(reason=f"{packages} cannot be installed for {_python(stock)}: {overlay}")
    supply = Supply(own=stock.facts.packages, overlay=overlay)
    return _lack(spec, stock.interpreter, supply) or supply


def _lack(spec: ServerSpec, interpreter: str, supply: Supply) -> Lack | None:
    """What is wrong although the packages are there."""
    program = spec.server.program
    if program and not program_for(program, interpreter, supply):
        return Lack(reason=f"there is no {program}", fix=f"put {program} on the PATH")
    arguments = spec.arguments(host="127.0.0.1", port=1, application="a:b")
    reason = too_old(arguments, spec.server, supply.versions)
    return Lack(reason=reason) if reason else None


def _python(stock: Stock) -> str:
    return f"Python {stock.facts.description['python']}"
