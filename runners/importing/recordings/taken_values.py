"""Values that a request of a recording has from an earlier answer: ids in paths and forms. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from runners.importing.imported import TomlValue
from runners.importing.naming import as_name, field_name, free_name
from runners.importing.recordings.answered_ids import ID, ID_KEY, UUID, AnsweredIds
from runners.importing.recordings.recorded_exchange import Exchange, redirect_target
from runners.importing.secrecy import Secrets

# The numbers in the management form of a formset are no ids.
_NO_ID_FIELD = re.compile(r"(?:TOTAL|INITIAL|MIN_NUM|MAX_NUM)_FORMS$")
# Forms and scripts are looked for in so many answers before, and in so much of each: their patterns take time.
_SEARCHED_ANSWERS, _SEARCHED = 20, 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """A value that an answer gave."""

    name: str
    value: str
    #: What stands before it in paths; of a form's field, its name.
    place: str


class TakenValues:
    """What each answer of a recording gives to later requests. Ask for the requests in their order."""

    def __init__(self, exchanges: Sequence[Exchange], secrets: Secrets) -> None:
        self._exchanges = exchanges
        self._secrets = secrets
        self._ids = AnsweredIds(exchanges)
        self._takes: dict[int, dict[str, TomlValue]] = {}
        self._taken: list[_Taken] = []
        #: The names of numbers in JSON, which stand there without quotes.
        self.numbers: set[str] = set()
        #: Paths, and keys of JSON, with an id that no earlier answer has.
        self.without_source: list[str] = []

    def takes(self, step: int) -> dict[str, TomlValue]:
        """What the answer to that step gives, as the table ``take`` of the step."""
        return self._takes.get(step, {})

    def path(self, step: int) -> str:
        """The path and query of a step, with blanks for the ids that earlier answers have."""
        path, mark, query = self._exchanges[step].path.partition("?")
        segments = path.split("/")
        if any(map(ID.fullmatch, segments)) and (blank := self._redirect(step)):
            return f"/{blank}"
        for place, segment in enumerate(segments):
            if ID.fullmatch(segment):
                segments[place] = self._segment(step, path.split("/"), place)
        return "/".join(segments) + mark + query

    def field(self, step: int, name: str, value: str) -> str:
        """The value of a form's field, or the blank for it if an earlier page offers it for that field."""
        if not ID.fullmatch(value) or _NO_ID_FIELD.search(name):
            return value
        if known := self._known(value, name):
            return known
        for earlier, page in self._pages_before(step):
            for expression in _field_expressions(name, value) if name in page else ():
                if any(match[1] == value for match in re.finditer(expression, page)):
                    return self._keep(earlier, as_name(name, "field"), expression, value, name)
        return value

    def json(self, step: int, value: Any, key: str = "") -> Any:
        """A JSON value, with blanks for the ids that earlier JSON answers have."""
        if isinstance(value, dict):
            return {name: self.json(step, part, str(name)) for name, part in value.items()}
        if isinstance(value, list):
            return [self.json(step, part, key) for part in value]
        text = str(value)
        if isinstance(value, bool | float) or not ID.fullmatch(text) or (text.isdecimal() and not ID_KEY.search(key)):
            return value
        name = as_name(key, "value")
        blank = (
            self._known(text, key) or self._from_json(step, name, text, key) or self._from_script(step, name, text, key)
        )
        if blank and isinstance(value, int):
            self.numbers.add(blank.strip("{}"))
        if not blank:
            self.without_source.append(f"{key} {text}")
        return blank or value

    def _known(self, value: str, place: str) -> str:
        name = next((taken.name for taken in self._taken if (taken.value, taken.place) == (value, place)), "")
        return f"{{{name}}}" if name else ""

    def _keep(self, step: int, name: str, source: TomlValue, value: str, place: str) -> str:
        """Take a value from that answer, and the blank for it."""
        free = free_name(name, {taken.name for taken in self._taken})
        self._takes.setdefault(step, {})[free] = source
        self._taken.append(_Taken(name=free, value=value, place=place))
        return f"{{{free}}}"

    def _redirect(self, step: int) -> str:
        """The blank for the path that the step before redirects to, if this is that path."""
        before = self._exchanges[step - 1] if step else None
        path = self._exchanges[step].path
        if before is None or redirect_target(before) != path:
            return ""
        return self._keep(step - 1, "next_page", {"header": "Location"}, path, f"redirect of step {step}")

    def _segment(self, step: int, segments: Sequence[str], place: int) -> str:
        """The id at a place of a path, or its blank."""
        value, prefix = segments[place], "/".join(segments[:place]) + "/"
        if known := self._known(value, prefix):
            return known
        name = field_name(segments[place - 1])
        for length in (len(segments), place + 1):  # a link to the whole path, or to the path as far as the id
            link, end = "/".join(segments[:length]), "" if length == len(segments) else "/"
            source = self._ids.step_with_link(link, step)
            if source is not None and (expression := self._link(source, segments[:length], place, end)):
                return self._keep(source, name, expression, value, prefix)
        if blank := self._from_json(step, name, value, prefix):
            return blank
        self.without_source.append("/".join(segments))
        return value

    def _link(self, step: int, segments: Sequence[str], place: int, end: str) -> str:
        """A regular expression for the link to these segments, whose group is the id; empty if the answer has none.

        end: what may follow the link beside a quote, a query or a fragment.
        """
        page = self._exchanges[step].answer
        match = re.search(rf"""(["']){re.escape("/".join(segments))}(["'?#{end}])""", page)
        if match is None:
            return ""
        parts = [
            f"({_form(segment)})" if index == place else _general(segment) for index, segment in enumerate(segments)
        ]
        expression = match[1] + "/".join(parts) + re.escape(match[2])
        return expression if self._secrets.text(expression) == expression else ""

    def _from_script(self, step: int, name: str, value: str, key: str) -> str:
        """The blank for an id that an earlier page has behind its key, as in a script; empty without any."""
        expression = rf"""\b{re.escape(key)}["']?\s*[:=]\s*["']?({_form(value)})\b"""
        for earlier, page in self._pages_before(step):
            if key in page and any(match[1] == value for match in re.finditer(expression, page)):
                return self._keep(earlier, name, expression, value, key)
        return ""

    def _from_json(self, step: int, name: str, value: str, place: str) -> str:
        """The blank for an id that an earlier JSON answer has; empty without any."""
        source = self._ids.place_in_json(value, step)
        return self._keep(source[0], name, {"json": source[1]}, value, place) if source else ""

    def _pages_before(self, step: int) -> Iterator[tuple[int, str]]:
        """The answers to the steps before, the last one first."""
        for earlier in reversed(range(max(0, step - _SEARCHED_ANSWERS), step)):
            yield earlier, self._exchanges[earlier].answer[:_SEARCHED]


def _general(segment: str) -> str:
    return _form(segment) if ID.fullmatch(segment) else re.escape(segment)


def _form(value: str) -> str:
    return r"\d+" if value.isdecimal() else UUID


def _field_expressions(name: str, value: str) -> Iterator[str]:
    """For the value of a field in a page: as Django writes it, with attributes in any order, and for a choice."""
    field, form = re.escape(name), f"({_form(value)})"
    yield f'name="{field}" value="{form}"'
    yield rf"""name=["']?{field}["']?\s[^<>]*?\bvalue=["']?{form}["']?[\s/>]"""
    yield rf"""\bvalue=["']?{form}["']?\s[^<>]*?\bname=["']?{field}["']?[\s/>]"""
    yield rf"""<select[^<>]*?\bname=["']?{field}["']?[\s>](?:(?!</select)[\s\S])*?\bvalue=["']?{form}["']?[\s/>]"""
