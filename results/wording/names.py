"""How cells are called in tables and sentences. Pure."""

from collections.abc import Iterable

from results.records.schema import Cell
from results.wording.text import SENTENCE_LETTERS, for_chart, isolated


def short_names(cells: Iterable[Cell]) -> dict[str, str]:
    """A short name for each server: without its parameters where no other configuration of it was measured.

    More than one process always shows: a comparison of four processes with one is not one of servers.
    """
    processes = {cell.server: cell.processes for cell in cells}
    names = [server.partition(":")[0] for server in processes]
    return {
        server: with_processes(server if names.count(name) > 1 else name, count)
        for (server, count), name in zip(processes.items(), names, strict=True)
    }


def with_processes(label: str, processes: int) -> str:
    """A server's label that says of how many processes it is, if that is more than one and does not stand there yet."""
    if processes == 1 or f"workers={processes}" in label.partition(":")[2].split(","):
        return label
    return f"{label} ({processes} processes)"


def in_sentence(name: object, letters: int = SENTENCE_LETTERS) -> str:
    """A name as titles and hints of charts have it: one line, not too long, and apart from the text around it."""
    return isolated(for_chart(str(name), letters))


def style_on(style: object, server: object) -> str:
    """Such as ``async on uvicorn``, for titles and hints of charts."""
    return f"{in_sentence(style)} on {in_sentence(server)}"
