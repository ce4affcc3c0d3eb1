"""How cells are called in tables and sentences: the one place that puts a style and a server together. Pure."""

from collections.abc import Callable, Iterable, Mapping

from djbench.cell import Cell
from djbench.pattern import VIEW
from results.wording.text import SENTENCE_LETTERS, clipped, count, isolated, plain

Written = Callable[[str], str]
"""Makes a name fit for where it stands, such as ``in_sentence``."""


def short_names(cells: Iterable[Cell]) -> dict[str, str]:
    """A short name for each server: without its parameters if no other configuration of it was measured.

    More than one process always shows: a comparison of four processes with one is not one of servers.
    """
    processes = {cell.server: cell.processes for cell in cells}
    names = [server.partition(":")[0] for server in processes]
    return {
        server: with_processes(server if names.count(name) > 1 else name, number_of)
        for (server, number_of), name in zip(processes.items(), names, strict=True)
    }


def with_processes(label: str, processes: int) -> str:
    """A server's label that says of how many processes it is, if that is more than one and does not stand there yet."""
    if processes == 1 or f"workers={processes}" in label.partition(":")[2].split(","):
        return label
    return f"{label} ({processes} processes)"


def in_sentence(name: object, letters: int = SENTENCE_LETTERS) -> str:
    """A name as a sentence has it: one line, not too long, and apart from the text around it."""
    return isolated(clipped(plain(str(name)), letters))


def style_on(style: object, server: object, *, written: Written = in_sentence) -> str:
    """A style and a server, such as ``async on uvicorn``. The server alone, if there is no choice of a style."""
    return written(str(server)) if style == VIEW else f"{written(str(style))} on {written(str(server))}"


def style_text(style: str) -> str:
    """A style in a column of its own: a dash if there is no choice of one."""
    return "–" if style == VIEW else style


def curve_name(server: object, style: object) -> str:
    """The same at the end of a chart's curve, where room is short: ``uvicorn async``."""
    return str(server) if style == VIEW else f"{server} {style}"


def contest_name(style: object, base: object, server: object) -> str:
    """What a chart calls the comparison of two styles: ``async / sync on uvicorn``."""
    return style_on(f"{style} / {base}", server, written=str)


def question_name(pattern: str, load: object, *, written: Written = in_sentence) -> str:
    """What cells of one table group are about, such as ``plain, 16 users``."""
    return f"{written(pattern)}, {written(str(load))}"


def cell_name(
    cell: Cell,
    labels: Mapping[str, str] | None = None,
    *,
    slots: bool = False,
    question: bool = False,
    written: Written = in_sentence,
) -> str:
    """A cell in words, such as ``async on uvicorn (16 slots), plain, 16 users``.

    Args:
        cell: Whose name it is.
        labels: A name for each server; None for its whole spec.
        slots: Say how many slots it has, if they are bounded.
        question: Say its pattern and load, too.
        written: How names that somebody chose are made fit for the place.
    """
    name = style_on(cell.style, labels[cell.server] if labels else cell.server, written=written)
    if slots and cell.slots is not None:
        name += f" ({count(cell.slots, 'slot')})"
    if question:
        name += f", {question_name(cell.pattern, cell.load, written=written)}"
    return f"{name}, {cell.label}" if cell.label else name
