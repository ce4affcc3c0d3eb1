"""TCP ports on 127.0.0.1: one that is free, and whether somebody listens on one."""

import socket


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def somebody_listens(port: int) -> bool:
    """Does anything accept connections on 127.0.0.1:port?"""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
