"""From a name or a spec string to a server: one of djbench's own, of a TOML file, or of an installed package."""

from collections.abc import Mapping

from djbench.plugins import SERVER_PLUGINS
from djbench.server import Server, ServerSpec
from djbench.spec import SpecError, split_spec, unknown
from runners.servers import files as server_files
from runners.servers.registry import SERVERS


def parse_server(text: str) -> ServerSpec:
    """``"gunicorn-gthread:threads=4"`` to the server and its values. Raises SpecError with one line.

    The name is one of SERVERS, the path of a TOML file, or what an installed package offers.
    """
    name, values = split_spec(text)
    return server_named(name).spec(values)


def server_named(name: str) -> Server:
    """A server by its name, which reads a TOML file each time. Raises SpecError with one line."""
    if name.endswith(".toml"):
        return server_files.from_file(name)
    if name in SERVERS:
        return SERVERS[name]
    if name in (plugins := SERVER_PLUGINS.plugins()):
        return SERVER_PLUGINS.load(name, SERVERS, server_files.require_sound_server)
    raise unknown("server", name, [*SERVERS, *plugins])


def outside() -> Mapping[str, Server | SpecError]:
    """The servers of installed packages, by name, or the reason why one cannot be used."""
    return SERVER_PLUGINS.load_all(SERVERS, server_files.require_sound_server)
