"""How cells are called in tables and sentences. Pure."""

from collections.abc import Iterable

from results.records import Cell


def short_names(cells: Iterable[Cell]) -> dict[str, str]:
    """A short name for each server: without its parameters where no other configuration of it was measured.

    More than one process always shows: a comparison of four processes with one is not one of servers.
    """
    processes = {cell.server: cell.processes for cell in cells}
    names = [server.partition(":")[0] for server in processes]
    return {
        server: server if names.count(name) > 1 else name if count == 1 else f"{name} ({count} processes)"
        for (server, count), name in zip(processes.items(), names, strict=True)
    }
