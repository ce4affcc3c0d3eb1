"""URLs of an access log in groups: which parts of their paths vary, and which parameters they have. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote

from runners.importing.naming import as_name, field_name, free_name
from runners.importing.secrecy import is_opaque
from runners.importing.url_routes import RouteTable

_TRACKING = re.compile(r"utm_.*|fbclid|gclid|msclkid|mc_[ce]id|_ga|_gl|csrfmiddlewaretoken", re.IGNORECASE)
_NUMBER_OR_UUID = re.compile(r"\d+|[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
# So many words in one place of a path, each of them rare, are values and not names of pages.
_MANY_WORDS, _RARE = 20, 0.05
# Longer paths are taken as they are.
_LONGEST = 30
Segments = tuple[str, ...]
#: The segments of a path behind its first slash; None for one that varies.
Template = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class UrlGroup:
    """URLs that are one kind of request."""

    #: What is the same in their paths, with an empty pair of braces for each part that varies.
    path: str
    #: A name for each part that varies, and then for each parameter of the query.
    names: tuple[str, ...]
    #: The names of the parameters in the query.
    parameters: tuple[str, ...] = ()

    def filled(self, values: Sequence[str]) -> str:
        """The path and query with these texts in the place of what varies."""
        slots = len(self.names) - len(self.parameters)
        pairs = zip(map(quote, self.parameters), values[slots:], strict=True)
        query = "&".join(f"{name}={value}" for name, value in pairs)
        return self.path.format(*values[:slots]) + (f"?{query}" if query else "")


@dataclass(frozen=True, slots=True)
class GroupedUrl:
    """A URL in its group."""

    #: The group.
    group: UrlGroup
    #: The texts of what varies: of the path, and then of the query.
    values: tuple[str, ...]


def grouped_urls(urls: Mapping[str, int], routes: RouteTable) -> dict[str, GroupedUrl]:
    """The group of each URL, by the project's routes, else by the look of all. urls: with their numbers of requests."""
    grouped: dict[str, GroupedUrl] = {}
    paths: Counter[Segments] = Counter()
    for url, number in urls.items():
        if routed := routes.routed(url.partition("?")[0]):
            names = tuple(as_name(name, "value") for name in routed.names)
            grouped[url] = _with_query(UrlGroup(routed.template, names), routed.values, url)
        else:
            paths[_segments(url)] += number
    templates = _templates(paths)
    for url in urls.keys() - grouped.keys():
        segments = _segments(url)
        template = templates[segments]
        varying = [part for part, same in zip(segments, template, strict=True) if same is None]
        grouped[url] = _with_query(_group(template), varying, url)
    return grouped


def _with_query(group: UrlGroup, parts: Iterable[str], url: str) -> GroupedUrl:
    """A URL in its group, of which all have the same parameters in their query."""
    pairs = parse_qsl(url.partition("?")[2], keep_blank_values=True)
    query = {name: value for name, value in sorted(pairs) if not _TRACKING.fullmatch(name)}
    names = list(group.names)
    for name in query:
        names.append(free_name(as_name(name, "parameter"), names))
    return GroupedUrl(UrlGroup(group.path, tuple(names), tuple(query)), (*map(unquote, parts), *query.values()))


def _segments(url: str) -> Segments:
    return tuple(url.partition("?")[0][1:].split("/"))


def _varies(segment: str) -> bool:
    return bool(_NUMBER_OR_UUID.fullmatch(segment)) or is_opaque(segment)


def _templates(paths: Mapping[Segments, int], place: int = 0) -> dict[Segments, Template]:
    """The template of each path: ids vary, and so do words of which there are many in one place."""
    templates: dict[Segments, Template] = {}
    places: dict[str | None, Counter[Segments]] = defaultdict(Counter)
    for segments, number in paths.items():
        if place == len(segments) or len(segments) > _LONGEST:
            templates[segments] = segments
        else:
            segment = segments[place]
            places[None if _varies(segment) else segment][segments] += number
    total = sum(sum(inside.values()) for inside in places.values())
    rare = [word for word, inside in places.items() if word and sum(inside.values()) < _RARE * total]
    if len(rare) > _MANY_WORDS:
        for word in rare:
            places[None].update(places.pop(word))
    for word_or_none, inside in places.items():
        for segments, template in _templates(inside, place + 1).items():
            templates[segments] = (*template[:place], word_or_none, *template[place + 1 :])
    return templates


def _group(template: Template) -> UrlGroup:
    names: list[str] = []
    before = ""
    for segment in template:
        if segment is None:
            names.append(free_name(field_name(before) if before else "id", names))
        else:
            before = segment
    return UrlGroup("/" + "/".join("{}" if segment is None else segment for segment in template), tuple(names))
