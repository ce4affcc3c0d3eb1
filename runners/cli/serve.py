"""``djbench serve``: the target under one server, in the foreground, with its services."""

import time
from pathlib import Path

from rich.console import Console

from runners import database, instance, services
from runners.errors import ServerFailed, UsageError
from runners.machine.cpus import CpuSets
from runners.machine.ports import free_port, somebody_listens
from runners.process import ProcessFailed
from runners.servers import parse_server
from runners.target import BUILT_IN
from runners.workspace import Workspace
from target_site.catalog import PATTERNS, parse_pattern


def serve_command(text: str, *, port: int, database_choice: str, pattern_text: str) -> None:
    """Serve until Ctrl-C. Raises UsageError, RunFailed, ServerFailed."""
    spec = parse_server(text)
    database.check(database_choice)
    chosen = parse_pattern(pattern_text)
    if (install := spec.server.missing()) is not None:
        raise UsageError(f"{spec.server.name} is not installed; install it with: {install}")
    if port and somebody_listens(port):
        raise UsageError(f"port {port} is in use; choose another with --port, or --port 0 for a free one")
    everywhere = CpuSets((), ())
    console = Console(highlight=False, soft_wrap=True)
    with (
        Workspace("serve") as workspace,
        services.running(BUILT_IN, database_choice, workspace, everywhere, {"database", "upstream", "files"}) as around,
        instance.running(
            spec,
            BUILT_IN,
            workspace,
            environment={**around.environment, "DJBENCH_STACK": chosen.stack},
            cpus=(),
            log="server",
            port=port or free_port(),
        ) as server,
    ):
        console.print(f"{spec} serves the target site at {server.address}/ (log: {workspace.logs / 'server.log'})")
        specs = {name: parse_pattern(name) for name in PATTERNS} | {chosen.pattern.name: chosen}
        for pattern in specs.values():
            address = server.address.replace("http:", "ws:") if pattern.pattern.websocket else server.address
            for style in pattern.pattern.styles:
                if pattern.pattern.runs(style, spec.server.interface):
                    console.print(f"  {address}{pattern.path(style)}")
        locustfile = Path(__file__).resolve().parents[2] / "scenarios" / "locustfile.py"
        console.print(f"load by hand: locust -f {locustfile} --host {server.address} --pattern {chosen} --style async")
        console.print("Ctrl-C ends it.")
        try:
            while True:
                server.process.require_alive()
                time.sleep(0.2)
        except ProcessFailed as error:
            raise ServerFailed(str(error)) from None
