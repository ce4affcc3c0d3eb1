"""``djbench serve``: the target under one server, in the foreground, with its services."""

import time
from typing import Annotated

import typer
from rich.console import Console

from djbench.errors import ServerFailed, UsageError
from djbench.options import OPTIONS
from djbench.pattern import Pattern, PatternSpec
from djbench.rooms import rooms_folder
from djbench.server import Server
from runners.cli.typer_options import typer_option
from runners.hosts.cpus import CpuSets
from runners.hosts.ports import free_port, somebody_listens
from runners.hosts.process import ProcessFailed
from runners.hosts.workspace import Workspace
from runners.servers import instance
from runners.servers.installed import missing
from runners.servers.lookup import parse_server
from runners.services.database import check_database
from runners.services.running import running_services
from runners.targets.built_in import built_in

_LOCUSTFILE = rooms_folder() / "scenarios" / "locustfile.py"


def serve_command(
    server: Annotated[str, typer.Argument(help="A server, e.g. uvicorn or gunicorn-gthread:threads=4.")],
    pattern: Annotated[
        str,
        typer.Option(
            metavar="TEXT",
            help="Start the site for this pattern; matters for middleware:kind=sync,depth=3 and for cbv_login.",
        ),
    ] = "plain",
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="NUMBER", help="Port on 127.0.0.1; 0 takes a free one.")
    ] = 8000,
    database: Annotated[str, typer_option(OPTIONS["database"], panel="Options")] = OPTIONS["database"].default,
) -> None:
    """Run the target site under a server, in the foreground, to try it by hand. Ctrl-C ends it."""
    spec = parse_server(server)
    check_database(database)
    chosen = built_in().catalog.parse(pattern)
    if install := missing([spec.server], built_in().interpreter).get(spec.server.name):
        raise UsageError(f"{spec.server.name} is not installed; install it with: {install}")
    if port and somebody_listens(port):
        raise UsageError(f"port {port} is in use; choose another with --port, or --port 0 for a free one")
    everywhere = CpuSets((), ())
    uses = {"database", *(service.name for service in built_in().services)}
    console = Console(highlight=False, soft_wrap=True)
    with (
        Workspace("serve") as workspace,
        running_services(built_in(), database, workspace, everywhere, uses) as around,
        instance.running_server(
            spec,
            built_in(),
            workspace,
            environment=around.site_environment(
                pool_size=spec.pool_size(around.max_connections), stack=chosen.stack, patterns=[chosen.pattern.name]
            ),
            cpus=(),
            log="server",
            port=port or free_port(),
        ) as site,
    ):
        console.print(f"{spec} serves the target site at {site.address}/ (log: {workspace.logs / 'server.log'})")
        for line in (*addresses(spec.server, chosen, site.address), by_hand(spec.server, chosen, site.address)):
            console.print(line, markup=False)
        console.print("Ctrl-C ends it.")
        try:
            while True:
                site.process.require_alive()
                time.sleep(0.2)
        except ProcessFailed as error:
            raise ServerFailed(str(error)) from None


def addresses(server: Server, chosen: PatternSpec, address: str) -> list[str]:
    """What there is to ask: every pattern and style that works under the server, the chosen pattern as it was given.

    Of a pattern from outside that cannot be used, why.
    """
    lines = []
    catalog = built_in().catalog
    for offer in (*catalog.own.values(), *catalog.offered().values()):
        if not isinstance(offer, Pattern):
            lines.append(f"  {offer}")
            continue
        spec = chosen if offer.name == chosen.pattern.name else catalog.parse(offer.name)
        for style in _styles(server, spec):
            lines.append(f"  {address.replace('http:', 'ws:') if offer.websocket else address}{spec.path(style)}")
    return lines


def by_hand(server: Server, chosen: PatternSpec, address: str) -> str:
    """How to load the chosen pattern with Locust's own command, in a style that works; or why that is not possible."""
    pattern = chosen.pattern
    if pattern.websocket:
        return f"{pattern.name} speaks over a WebSocket, which the locustfile does not; load it with djbench run"
    styles = _styles(server, chosen)
    if not styles:
        return f"no style of {pattern.name} works under {server.name}"
    style = "async" if "async" in styles else styles[0]
    return f"load by hand: locust -f {_LOCUSTFILE} --host {address} --pattern {chosen} --style {style}"


def _styles(server: Server, spec: PatternSpec) -> list[str]:
    return [style for style in spec.pattern.styles if server.refuses(spec.pattern, style) is None]
