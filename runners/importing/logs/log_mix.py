"""The traffic of a log as requests with weights, and the values that they draw from. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from math import sqrt
from urllib.parse import quote

from djbench.errors import UsageError
from results.wording.text import clipped, count
from runners.importing.entry_text import one_line
from runners.importing.imported import FILL_IN, Imported, ImportedTable, TomlValue
from runners.importing.logs.hourly_rate import HourlyRate, hourly_rates, rate_table
from runners.importing.logs.log_line import KNOWN_FORMATS
from runners.importing.logs.request_kinds import RequestKind, kinds_in
from runners.importing.logs.traffic import Traffic
from runners.importing.naming import NewNames
from runners.importing.url_routes import RouteTable

MOST_VALUES = 1000
_LARGEST_WEIGHT = 1_000_000
_Z_95 = 1.959964
# With a smaller share of lines in a known format, a file is no access log.
_FEWEST_KNOWN = 0.05


def mix_of(traffic: Traffic, most: int, routes: RouteTable, source: str) -> Imported:
    """The requests of a log. most: how many kinds of them, the most frequent first. routes: the project's.

    Raises UsageError that names ``source`` if it is no access log, or has nothing that counts.
    """
    _require_log(traffic, source)
    kinds = sorted(kinds_in(traffic, routes), key=lambda kind: -kind.requests)
    if not kinds:
        raise UsageError(f"{source} has no request that counts; left out: {_sum(traffic.left_out)}")
    rates = hourly_rates(traffic)
    return Imported(
        entries=tuple(_all_tables(kinds, most)),
        notes=(*_line_notes(traffic), *_kind_notes(kinds, most), _rate_note(rates)),
        details=tuple(rate_table(rates)),
    )


def _require_log(traffic: Traffic, source: str) -> None:
    """Raises UsageError for a file of which next to no line has a known format."""
    if traffic.lines - traffic.unknown <= _FEWEST_KNOWN * traffic.lines:
        first = f"; the first line: {_shown(traffic.first_unknown)}" if traffic.lines else ""
        raise UsageError(f"{source} is not in a format that djbench knows ({KNOWN_FORMATS}){first}")


def _all_tables(kinds: Sequence[RequestKind], most: int) -> Iterator[ImportedTable]:
    """The tables of the most frequent kinds, with weights that a description takes."""
    total = sum(kind.requests for kind in kinds)
    scale = -(-kinds[0].requests // _LARGEST_WEIGHT)
    names = NewNames()
    for kind in kinds[:most]:
        yield from _tables(kind, names.new(kind.name), total, max(1, kind.requests // scale))


def _rate_note(rates: Sequence[HourlyRate]) -> str:
    if not rates:
        return "the log has no times, so nothing is known of the rate"
    busiest = max(rates, key=lambda rate: rate.rate_rps)
    return f"the busiest hour, {busiest.name}: djbench run --pattern mix --rate {busiest.rate_rps:.3g}"


def _tables(kind: RequestKind, name: str, total: int, weight: int) -> Iterator[ImportedTable]:
    """The request of a kind, and before it the values that it draws from."""
    comments = [_share(kind.requests, total)]
    content: dict[str, TomlValue] = {"path": kind.group.filled(_blanks(kind, name))}
    if kind.method != "GET":
        content["method"] = kind.method
    content["weight"] = weight
    if kind.status != 200:
        content["status"] = kind.status
    to_fill_in = bool(kind.secret_places) or kind.method not in ("GET", "HEAD", "DELETE", "OPTIONS")
    draft = {"commented": to_fill_in, "to_fill_in": to_fill_in}
    if to_fill_in:
        comments.append("Fill in what the log does not have (secrets, a body), and remove the # to use it.")
    if len(kind.rows) > 1 or kind.secret_places:
        yield ImportedTable(kind="values", name=name, content=_values(kind), comments=_value_comments(kind), **draft)
    yield ImportedTable(kind="requests", name=name, content=content, comments=tuple(comments), **draft)


def _blanks(kind: RequestKind, name: str) -> Sequence[str]:
    """What stands in the place of what varies: blanks, or the only values there are."""
    if len(kind.rows) == 1 and not kind.secret_places:
        return [quote(value, safe="") for value in next(iter(kind.rows))]
    if len(kind.group.names) == 1:
        return [f"{{{name}}}"]
    return [f"{{{name}.{part}}}" for part in kind.group.names]


def _values(kind: RequestKind) -> dict[str, TomlValue]:
    secret_places = kind.secret_places  # a look at all rows
    rows = [
        [FILL_IN if place in secret_places else value for place, value in enumerate(row)]
        for row, _ in kind.rows.most_common(MOST_VALUES)
    ]
    distinct = [*dict.fromkeys(map(tuple, rows))]
    if len(kind.group.names) == 1:
        return {"list": [_number_or_text(row[0]) for row in distinct]}
    names = kind.group.names
    return {"rows": [{name: _number_or_text(part) for name, part in zip(names, row, strict=True)} for row in distinct]}


def _number_or_text(text: str) -> TomlValue:
    return int(text) if text.isdecimal() and text == str(int(text)) and len(text) < 19 else text


def _value_comments(kind: RequestKind) -> tuple[str, ...]:
    """How much of the requests the values stand for. They are drawn evenly, which the log's were not."""
    if kind.secret_places:
        return ()
    covered = sum(number for _, number in kind.rows.most_common(MOST_VALUES)) / kind.requests
    if len(kind.rows) <= MOST_VALUES:
        return (f"All {len(kind.rows):,} in the log, drawn evenly.",)
    return (f"The {MOST_VALUES:,} most frequent of {len(kind.rows):,}: {covered:.0%} of these requests. Drawn evenly.",)


def _share(requests: int, total: int) -> str:
    """A share with its 95 % interval (Wilson), as if requests came independently of each other."""
    share = requests / total
    spread = _Z_95 * sqrt(share * (1 - share) / total + _Z_95**2 / (4 * total**2))
    middle, scale = share + _Z_95**2 / (2 * total), 1 + _Z_95**2 / total
    low, high = max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)
    return f"{requests:,} requests, {share:.2%} (95 % interval {low:.2%} to {high:.2%})"


def _line_notes(traffic: Traffic) -> Iterator[str]:
    answers = ", ".join(f"{number:,} {digit}xx" for digit, number in sorted(traffic.statuses.items()))
    yield f"{count(traffic.lines, 'line')}; answers: {answers}"
    if traffic.unknown:
        yield f"{count(traffic.unknown, 'line')} in no known format; the first: {_shown(traffic.first_unknown)}"
    if traffic.left_out:
        yield f"left out: {_sum(traffic.left_out)}"


def _kind_notes(kinds: Sequence[RequestKind], most: int) -> Iterator[str]:
    if rest := kinds[most:]:
        share = sum(kind.requests for kind in rest) / sum(kind.requests for kind in kinds)
        yield f"{count(len(rest), 'rarer kind')} of requests left out, {share:.1%} of all; more with --most"
    mixed = [kind for kind in kinds[:most] if len(kind.statuses) > 1]
    if mixed:
        kinds_mixed = f"{count(len(mixed), 'kind')} of requests had different statuses, such as {mixed[0].shown_path}"
        yield f"{kinds_mixed}; the most frequent is expected"


def _shown(line: str) -> str:
    return clipped(one_line(line), 80)


def _sum(left_out: Counter[str]) -> str:
    return ", ".join(f"{number:,} {reason}" for reason, number in left_out.most_common()) or "nothing"
