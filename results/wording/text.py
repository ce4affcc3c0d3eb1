"""Numbers and names as text, for pages, charts, Markdown and spreadsheets alike. Pure."""

import re

from results.analysis.stats import Estimate

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
    """A ratio with digits enough to see on which side of 1 it is: ``1.31``, ``0.997``, ``12.4``, ``1,230``."""
    if ratio >= 999.5:
        return f"{ratio:,.0f}"
    if ratio >= 10 or ratio < 0.1:
        return f"{ratio:.3g}"
    return f"{ratio:.3f}" if abs(ratio - 1) < 0.1 else f"{ratio:.2f}"


def exact_ratio(ratio: float) -> str:
    """The same with three decimals, for where the interval stands beside it."""
    return f"{ratio:.3f}" if 0.01 <= ratio < 10 else number(ratio)


def with_interval(ratio: Estimate) -> str:
    """A ratio with its interval: ``1.234 times (95 % interval 1.201 to 1.268, 6 blocks)``."""
    mean = f"{exact_ratio(ratio.mean)} times"
    if ratio.low is None or ratio.high is None:
        return f"{mean} (too few blocks for an interval)"
    return f"{mean} (95 % interval {exact_ratio(ratio.low)} to {exact_ratio(ratio.high)}, {ratio.n} blocks)"


def clipped(text: str, letters: int = SENTENCE_LETTERS) -> str:
    """The text's beginning and end where it is longer than that."""
    if len(text) <= letters:
        return text
    end = letters // 4
    return f"{text[: letters - end - 1]}…{text[-end:]}"


# What opens or closes a stretch of another writing direction (Unicode standard annex 9, 2.1 to 2.5).
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")
# Control characters, what separates lines and paragraphs, and what no XML file may hold.
_NO_SIGNS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


def plain(name: str) -> str:
    """A name as one line of signs: spaces for control characters and line breaks, nothing for turns of direction."""
    return _NO_SIGNS.sub(" ", _DIRECTIONS.sub("", name))


def isolated(name: str) -> str:
    """A name that cannot turn the writing direction of the sentence around it (Unicode annex 9: FSI and PDI).

    Neither by its letters nor by ending the isolation that it stands in.
    """
    shown = plain(name)
    return shown if shown.isascii() else f"\u2068{shown}\u2069"


# With these a spreadsheet takes a field for a formula, or for what comes before one (OWASP, CSV injection); the page's
# script knows the same.
_FORMULA = re.compile("[=+\\-@\t\r\n]")


def for_spreadsheet(value: object) -> object:
    """A field of a CSV file, so that no text in it is a formula; anything else as it is."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def for_chart(name: str, letters: int = CHART_LETTERS) -> str:
    """A name as a chart can draw it: one line, not too long, without signs that have no shape."""
    return clipped("".join(sign if sign.isprintable() else " " for sign in name).strip() or "–", letters)


def server_name(server: str) -> str:
    """A server configuration's server, whose colour it has: ``uvicorn`` of ``uvicorn:workers=2``."""
    return server.partition(":")[0]


def count(number_of: int, one: str, many: str | None = None) -> str:
    """``1 cell``, ``2 cells``."""
    return f"{number_of} {one if number_of == 1 else many or f'{one}s'}"


def first_line(text: str | None) -> str:
    """The first line of a reason, whose others are a server's log; empty if there is no text."""
    return next(iter((text or "").splitlines()), "")


# What XML 1.0 has no place for, not even escaped (its section 2.2).
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
