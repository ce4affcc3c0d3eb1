"""``djbench list``: the servers, patterns and profiles, for people or as JSON."""

import json
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.markup import escape

from runners import profile
from runners.servers import SERVERS
from target_site.catalog import PATTERNS
from target_site.parameters import Parameter, text_of, unknown

KINDS = ("servers", "patterns", "profiles")


def list_command(what: str, *, as_json: bool) -> None:
    """Print one kind, or all three. Raises SpecError for a kind that does not exist."""
    if what and what not in KINDS:
        raise unknown("list", what, KINDS)
    kinds = [what] if what else list(KINDS)
    found = {"servers": _servers, "patterns": _patterns, "profiles": _profiles}
    if as_json:
        content: dict[str, Any] = {kind: found[kind]() for kind in kinds}
        print(json.dumps(content[what] if what else content, indent=2))
        return
    console = Console(highlight=False, soft_wrap=True)
    for kind in kinds:
        console.print(f"[bold]{kind}[/bold]")
        for entry in found[kind]():
            _print_entry(console, entry)


def _print_entry(console: Console, entry: dict[str, Any]) -> None:
    missing = f" [yellow](not installed: {escape(entry['install'])})[/yellow]" if entry.get("install") else ""
    interface = f" ({entry['interface']})" if "interface" in entry else ""
    console.print(f"  [cyan]{entry['name']}[/cyan]{interface}  {escape(entry['summary'])}{missing}")
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


def _servers() -> list[dict[str, Any]]:
    return [
        {
            "name": server.name,
            "summary": server.summary,
            "interface": server.interface,
            "slots": " x ".join(server.slots) if server.slots else None,
            "unbounded": None if server.slots else server.unbounded,
            "processes": server.processes,
            "source": server.source,
            "environment": dict(server.environment),
            "cannot": dict(server.cannot),
            "parameters": _parameters(server.parameters),
            "installed": server.missing() is None,
            "install": server.missing(),
        }
        for server in SERVERS.values()
    ]


def _patterns() -> list[dict[str, Any]]:
    return [
        {
            "name": pattern.name,
            "summary": pattern.summary,
            "styles": dict(pattern.styles),
            "parameters": _parameters(pattern.parameters),
            "uses": sorted(pattern.uses),
        }
        for pattern in PATTERNS.values()
    ]


def _profiles() -> list[dict[str, Any]]:
    return [
        {"name": name, "summary": loaded.description, **loaded.model_dump(exclude={"description"})}
        for name, loaded in ((name, profile.load(name)) for name in profile.built_in())
    ]
