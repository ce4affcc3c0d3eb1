"""The ids that the answers of a recording have, in links and in JSON. Each answer is looked through once. Pure."""

import json
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from runners.importing.recordings.recorded_exchange import Exchange

UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
#: What is an id: a number or a UUID.
ID = re.compile(rf"\d+|{UUID}")
#: The keys under which a number is an id.
ID_KEY = re.compile(r"(?:^|_)(?:id|pk|uuid|guid)$", re.IGNORECASE)
_LINK = re.compile(r"""["'](/[^"'?#\s<>]{1,500})["'?#]""")


class AnsweredIds:
    """Where ids came from."""

    def __init__(self, exchanges: Sequence[Exchange]) -> None:
        self._links: dict[str, list[int]] = defaultdict(list)
        self._json: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for step, exchange in enumerate(exchanges):
            for path in {part for link in set(_LINK.findall(exchange.answer)) for part in _parts(link)}:
                self._links[path].append(step)
            if "json" in exchange.answer_type:
                for value, path in _json_ids(_parsed(exchange.answer)):
                    self._json[value].append((step, path))

    def step_with_link(self, path: str, before: int) -> int | None:
        """The last step before that one whose answer links to the path, or to one below; None without any."""
        steps = self._links.get(path, [])
        place = bisect_left(steps, before)
        return steps[place - 1] if place else None

    def place_in_json(self, value: str, before: int) -> tuple[int, str] | None:
        """The last step before that one whose JSON has the id, and its path there; None without any."""
        places = self._json.get(value, [])
        place = bisect_left(places, (before,))
        if not place:
            return None
        step = places[place - 1][0]
        return places[bisect_left(places, (step,))]


def _parts(link: str) -> Iterator[str]:
    """A link, if it has an id, and its beginnings that end with one."""
    segments = link.split("/")
    places = [place for place, segment in enumerate(segments) if ID.fullmatch(segment)]
    if places:
        yield link
    for place in places:
        yield "/".join(segments[: place + 1])


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _json_ids(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """The ids in a JSON value with their paths: UUIDs under any key, numbers under one for ids."""
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            if "." not in str(key):
                yield from _json_ids(part, (*path, str(key)))
    elif isinstance(value, str | int) and not isinstance(value, bool) and path and ID.fullmatch(str(value)):
        key = next((part for part in reversed(path) if not part.isdecimal()), "")
        if not str(value).isdecimal() or ID_KEY.search(key):
            yield str(value), ".".join(path)
