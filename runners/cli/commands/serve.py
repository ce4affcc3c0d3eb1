"""``djbench serve``: the target under one server, in the foreground, with its services."""

import time
from typing import Annotated

import typer
from rich.console import Console

from djbench.catalog import Catalog
from djbench.errors import ServerFailed, UsageError
from djbench.option import Option
from djbench.options import OPTIONS
from djbench.pattern import Pattern, PatternSpec
from djbench.rooms import rooms_folder
from djbench.server import Server
from runners.cli.notes import note
from runners.cli.project import ProjectFolder, chosen_target
from runners.cli.typer_options import OWN, number_option, typer_option
from runners.hosts.cpus import CpuSets
from runners.hosts.ports import free_port, somebody_listens
from runners.hosts.process import ProcessFailed
from runners.hosts.workspace import Workspace
from runners.servers import instance
from runners.servers.lookup import parse_server
from runners.servers.packages.supplies import supplied
from runners.services.contents.filled_workload import filled_workload
from runners.services.contents.fillings import Fillings
from runners.services.database import database_for
from runners.services.running import running_services

DEFAULT_PORT = 8000
_NO_FILLINGS = Fillings()
_LOCUSTFILE = rooms_folder() / "scenarios" / "locustfile.py"


def serve_command(
    server: Annotated[str, typer.Argument(help="A server, e.g. uvicorn or gunicorn-gthread:threads=4.")],
    pattern: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            help="Start the site for this pattern, e.g. middleware:kind=sync,depth=3. Default: one without middleware.",
        ),
    ] = None,
    port: Annotated[
        int,
        number_option(
            Option(
                name="--port",
                summary="Port on 127.0.0.1, e.g. 9000; 0 takes a free one",
                panel=OWN,
                kind=int,
                maximum=65_535,
                default=DEFAULT_PORT,
            )
        ),
    ] = DEFAULT_PORT,
    database: Annotated[str | None, typer_option(OPTIONS["database"], panel=OWN)] = None,
    project: ProjectFolder = None,
) -> None:
    """Run your project, or djbench's own site, under a server, in the foreground, to try it by hand. Ctrl-C ends it."""
    spec = parse_server(server)
    target = chosen_target(project)
    choice = database_for(target, database, OPTIONS["database"].default)
    chosen = target.catalog.parse(pattern) if pattern else target.probe
    target, lacks = supplied(target, [spec], note)
    for name, lack in lacks.items():
        raise UsageError(f"{name} cannot run: {lack}")
    if port and somebody_listens(port):
        raise UsageError(f"port {port} is in use; choose another with --port, or --port 0 for a free one")
    everywhere = CpuSets((), ())
    uses = {"database", *(service.name for service in target.services)}
    console = Console(highlight=False, soft_wrap=True)
    with (
        Workspace("serve") as workspace,
        running_services(target, choice, workspace, everywhere, uses) as around,
        instance.running_server(
            spec,
            target,
            workspace,
            environment=around.place(0).site_environment(
                pool_size=spec.pool_size(around.max_connections), stack=chosen.stack, patterns=[chosen.pattern.name]
            ),
            cpus=(),
            log="server",
            port=port or free_port(),
        ) as site,
    ):
        console.print(f"{spec} serves {target.name} at {site.address}/ (log: {workspace.logs / 'server.log'})")
        for line in (
            *addresses(target.catalog, spec.server, chosen, site.address, around.place(0).fillings),
            by_hand(spec.server, chosen, site.address),
        ):
            console.print(line, markup=False)
        console.print("Ctrl-C ends it.")
        try:
            while True:
                site.process.require_alive()
                time.sleep(0.2)
        except ProcessFailed as error:
            raise ServerFailed(str(error)) from None


def addresses(
    catalog: Catalog, server: Server, chosen: PatternSpec, address: str, fillings: Fillings = _NO_FILLINGS
) -> list[str]:
    """What there is to ask: every pattern and style that works under the server, the chosen pattern as it was given.

    Of a pattern from outside that cannot be used, why. Blanks are filled in as the first of ``fillings`` has it.
    """
    lines: list[str] = []
    for offer in (*catalog.own.values(), *catalog.offered().values()):
        if not isinstance(offer, Pattern):
            lines.append(f"  {offer}")
            continue
        spec = chosen if offer.name == chosen.pattern.name else catalog.parse(offer.name)
        for style in _styles(server, spec):
            place = address.replace("http:", "ws:") if offer.websocket else address
            requests = filled_workload(spec.workload(style), fillings).requests
            lines += [f"  {place}{request.drawn(0).path}" for request in requests]
    return list(dict.fromkeys(lines))


def by_hand(server: Server, chosen: PatternSpec, address: str) -> str:
    """How to load the chosen pattern with Locust's own command, in a style that works; or why that is not possible."""
    pattern = chosen.pattern
    if pattern.workloads:
        return f"load it with: djbench run --pattern {chosen}"
    if pattern.websocket:
        return f"{pattern.name} speaks over a WebSocket, which the locustfile does not; load it with djbench run"
    styles = _styles(server, chosen)
    if not styles:
        return f"no style of {pattern.name} works under {server.name}"
    style = "async" if "async" in styles else styles[0]
    return f"load by hand: locust -f {_LOCUSTFILE} --host {address} --pattern {chosen} --style {style}"


def _styles(server: Server, spec: PatternSpec) -> list[str]:
    return [style for style in spec.pattern.styles if server.refuses(spec.pattern, style) is None]
