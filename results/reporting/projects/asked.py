"""What one pattern of a project asks for, and how much of a right answer is compared, in sentences. Pure."""

from collections.abc import Iterator

from results.reporting.questions import Question
from results.wording.compared import compared_text
from results.wording.names import in_sentence
from results.wording.text import number


def what_is_asked(question: Question) -> Iterator[str]:
    """Nothing for a pattern of the built-in site, whose bodies are compared as a whole."""
    lines = dict.fromkeys(question.asks.values())
    if len(lines) == 1:
        yield f"It asks {in_sentence(next(iter(lines)))}."
    elif lines:
        yield f"It asks {', '.join(f'{in_sentence(line)} ({style})' for style, line in question.asks.items())}."
    yield from _think_time(question)
    for name, share in shares_compared(question).items():
        if text := compared_text(share):
            yield f"{in_sentence(name)}: {text}" if name else f"Right answers: {text}"


def _think_time(question: Question) -> Iterator[str]:
    think_ms = max((window.think_ms for cell in question.cells for window in cell.measurements), default=0.0)
    if think_ms:
        yield (
            f"Its users think {number(think_ms, 3)} ms before a request on average, which limits its throughput. "
            "Look at the answer times and the CPU time."
        )


def shares_compared(question: Question) -> dict[str, float]:
    """The smallest share that was compared under any server; by request, if there are several."""
    shares: dict[str, float] = {}
    for cell in question.cells:
        of_cell = [(request.name, request.compared) for request in cell.by_request] or [("", cell.compared)]
        for name, share in of_cell:
            if share is not None:
                shares[name] = min(share, shares.get(name, share))
    return shares
