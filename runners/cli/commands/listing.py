"""``djbench list``: the servers, patterns and profiles, for people or as JSON.

What installed packages offer comes last, with its origin; of what cannot be used stands there why.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from djbench.options import OPTIONS, SELECTING
from djbench.pattern import Pattern
from djbench.plugins import PATTERN_PLUGINS, SERVER_PLUGINS, ExtensionPoint, Offer
from djbench.server import Server
from djbench.spec import Parameter, SpecError, text_of, unknown
from djbench.supply import Supply
from djbench.target import Target
from runners.cli.project import ProjectFolder, chosen_target
from runners.cli.typer_options import AsJson
from runners.planning import profile
from runners.servers import lookup
from runners.servers.packages.supplies import Lack, prospects
from runners.servers.registry import SERVERS

KINDS = ("servers", "patterns", "profiles")


def list_command(
    what: Annotated[str, typer.Argument(metavar="servers|patterns|profiles", help="List one kind only.")] = "",
    project: ProjectFolder = None,
    as_json: AsJson = False,
) -> None:
    """List the servers, patterns and profiles there are, with their parameters."""
    if what and what not in KINDS:
        raise unknown("list", what, KINDS)
    kinds = [what] if what else list(KINDS)
    target = chosen_target(project)
    entries = {"servers": lambda: _servers(target), "patterns": lambda: _patterns(target), "profiles": _profiles}
    if as_json:
        content: dict[str, Any] = {kind: entries[kind]() for kind in kinds}
        print(json.dumps(content[what] if what else content, indent=2))
        return
    console = Console(highlight=False, soft_wrap=True)
    for kind in kinds:
        console.print(f"[bold]{kind}[/bold]")
        for entry in entries[kind]():
            _print_entry(console, entry)


def _print_entry(console: Console, entry: dict[str, Any]) -> None:
    origin = f"  [dim]from {escape(entry['origin'])}[/dim]" if entry.get("origin") else ""
    if "error" in entry:
        console.print(f"  [cyan]{escape(entry['name'])}[/cyan]  [red]{escape(entry['error'])}[/red]{origin}")
        return
    missing = f" [yellow]({escape(entry['install'])})[/yellow]" if entry.get("install") else ""
    interface = f" ({entry['interface']})" if "interface" in entry else ""
    console.print(f"  [cyan]{entry['name']}[/cyan]{interface}  {escape(entry['summary'])}{missing}{origin}")
    if isinstance(styles := entry.get("styles"), dict):
        for style, how in styles.items():
            console.print(f"      style {style}: {escape(how)}")
    if "processes" in entry:
        slots = entry["slots"] or f"unbounded, {entry['unbounded']}"
        processes = entry["processes"] or "one, which uses one core at most"
        console.print(f"      slots: {escape(slots)}; processes: {processes}; defaults: {escape(entry['source'])}")
    for parameter in entry.get("parameters", ()):
        unit = f" {parameter['unit']}" if parameter["unit"] else ""
        choices = f" (one of {', '.join(parameter['choices'])})" if parameter["choices"] else ""
        default = text_of(parameter["default"])
        console.print(f"      {parameter['name']}={default}{unit}  {escape(parameter['summary'])}{choices}")


def _parameters(parameters: Iterable[Parameter]) -> list[dict[str, Any]]:
    return [
        {
            "name": parameter.name,
            "default": parameter.default,
            "unit": parameter.unit,
            "choices": list(parameter.choices),
            "summary": parameter.summary,
        }
        for parameter in parameters
    ]


def _from_packages(
    point: ExtensionPoint[Offer], offers: Mapping[str, Offer | SpecError], described: Callable[[Offer], dict[str, Any]]
) -> list[dict[str, Any]]:
    """What packages offer, each with its origin, or with the reason why it cannot be used."""
    plugins = point.plugins()
    return [
        {
            **({"name": name, "error": str(offer)} if isinstance(offer, SpecError) else described(offer)),
            "origin": plugins[name].origin,
        }
        for name, offer in offers.items()
    ]


def _servers(target: Target) -> list[dict[str, Any]]:
    outside = lookup.outside()
    usable = [offer for offer in outside.values() if isinstance(offer, Server)]
    outlook = prospects(target, [server.spec({}) for server in (*SERVERS.values(), *usable)])

    def described(server: Server) -> dict[str, Any]:
        return _server(server, outlook[server.name])

    ours = [{**described(server), "origin": None} for server in SERVERS.values()]
    return ours + _from_packages(SERVER_PLUGINS, outside, described)


def _server(server: Server, prospect: Supply | Lack) -> dict[str, Any]:
    """A server's entry. prospect: what it finds or lacks with the target's interpreter."""
    lack = prospect if isinstance(prospect, Lack) else None
    return {
        "name": server.name,
        "summary": server.summary,
        "interface": server.interface,
        "slots": " x ".join(server.slots) if server.slots else None,
        "unbounded": None if server.slots else server.unbounded,
        "processes": server.processes,
        "source": server.source,
        "environment": dict(server.environment),
        "apps": list(server.apps),
        "cannot": dict(server.cannot),
        "no_websockets": server.no_websockets,
        "parameters": _parameters(server.parameters),
        "colour": server.colour,
        "unfit": server.unfit,
        "installed": lack is None,
        "install": None if lack is None else str(lack),
    }


def _patterns(target: Target) -> list[dict[str, Any]]:
    catalog = target.catalog
    ours = [{**_pattern(pattern), "origin": None} for pattern in catalog.own.values()]
    return ours + _from_packages(PATTERN_PLUGINS, catalog.offered(), _pattern)


def _pattern(pattern: Pattern) -> dict[str, Any]:
    return {
        "name": pattern.name,
        "summary": pattern.summary,
        "styles": dict(pattern.styles),
        "parameters": _parameters(pattern.parameters),
        "uses": sorted(pattern.uses),
    }


def _profiles() -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "summary": loaded.description,
            **{key: getattr(loaded, key) for key in OPTIONS},
            "also": [{key: getattr(part, key) for key in SELECTING} for part in loaded.also],
        }
        for name, loaded in ((name, profile.load(name)) for name in profile.built_in_profiles())
    ]
