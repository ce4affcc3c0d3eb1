"""Numbers and names as text, for pages, charts and Markdown alike. Pure."""

# The longest name that a chart's margin has room for, and the longest that a sentence bears.
CHART_LETTERS, SENTENCE_LETTERS = 44, 96


def number(value: float | None, digits: int = 4) -> str:
    """A number with ``digits`` significant digits and thousands apart; a dash for none."""
    if value is None:
        return "–"
    if abs(value) >= 10 ** (digits - 1):
        return f"{value:,.0f}"
    return f"{value:.{digits}g}"


def times(ratio: float) -> str:
    """A ratio with digits enough to see on which side of 1 it is: ``1.31``, ``0.997``, ``12.4``."""
    if ratio >= 10:
        return f"{ratio:.3g}"
    return f"{ratio:.3f}" if abs(ratio - 1) < 0.1 else f"{ratio:.2f}"


def clipped(text: str, letters: int = SENTENCE_LETTERS) -> str:
    """The text's beginning and end where it is longer than that."""
    if len(text) <= letters:
        return text
    end = letters // 4
    return f"{text[: letters - end - 1]}…{text[-end:]}"


def isolated(name: str) -> str:
    """A name that cannot turn the writing direction of the sentence around it (Unicode 9.0 annex 9: FSI and PDI)."""
    return name if name.isascii() else f"\u2068{name}\u2069"


def for_chart(name: str, letters: int = CHART_LETTERS) -> str:
    """A name as a chart can draw it: one line, not too long, without signs that have no shape."""
    return clipped("".join(sign if sign.isprintable() else " " for sign in name).strip() or "–", letters)


def server_name(server: str) -> str:
    """A server configuration's server, whose colour it has: ``uvicorn`` of ``uvicorn:workers=2``."""
    return server.partition(":")[0]


def count(number_of: int, one: str, many: str | None = None) -> str:
    """``1 cell``, ``2 cells``."""
    return f"{number_of} {one if number_of == 1 else many or f'{one}s'}"
