"""From the requests of a recording to the steps of a journey. Pure."""

import json
import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlencode

from runners.importing.imported import TomlValue
from runners.importing.naming import NewNames, name_of_path
from runners.importing.recordings.answered_ids import ID
from runners.importing.recordings.recorded_exchange import FORM, Exchange, Payload
from runners.importing.recordings.taken_values import TakenValues
from runners.importing.secrecy import Secrets, secrets_in, secrets_in_path, secrets_in_text, texts_of
from runners.importing.toml_values import is_writable

LONGEST_THINK_S = 30.0
_CSRF_FIELD, _CSRF_HEADER, _CSRF_COOKIE = "csrfmiddlewaretoken", "x-csrftoken", "csrftoken"
# What a browser or a proxy writes by itself, and what only says where a request came from.
_BROWSER_HEADER = re.compile(
    r"accept-(?:encoding|language|charset)|cache-control|pragma|user-agent|referer|origin|sec-.*|upgrade-insecure-requests|"
    r"dnt|priority|if-.*|cookie|content-type|x-csrftoken|x-forwarded-.*|forwarded|via|x-real-ip|purpose|x-client-data|"
    r"hx-current-url|alt-used|traceparent|tracestate|baggage|sentry-trace|x-request-id|x-correlation-id|newrelic|"
    r"x-datadog-.*|expect|x-http2-.*",
    re.IGNORECASE,
)
# No answer was recorded, or the browser had it already.
_NO_ANSWER_OF_ITS_OWN = (0, 304)
_HEADER_NAME, _HEADER_VALUE = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"), re.compile(r"[\t\x20-\x7e\x80-\xff]*")


def recorded_secrets(exchanges: Sequence[Exchange]) -> Secrets:
    """Every secret of a recording."""
    return Secrets(pair for exchange in exchanges for pair in _secrets(exchange))


def _secrets(exchange: Exchange) -> Iterator[tuple[str, str]]:
    for name, value in exchange.headers.items():
        if name == _CSRF_HEADER:
            yield "csrf_token", value
        elif name != "cookie":
            yield from secrets_in(name, value)
    for name, value in (*exchange.cookies.items(), *exchange.set_cookies.items()):
        if name == _CSRF_COOKIE or len(value) >= 16:
            yield f"cookie_{name}", value
        else:
            yield from secrets_in(name, value)
    yield from secrets_in_path(exchange.path)
    for name, value in exchange.payload.fields:
        if name == _CSRF_FIELD:
            yield "csrf_token", value
        else:
            yield from secrets_in(name, value)
    if exchange.payload.is_json:
        yield from secrets_in("", exchange.payload.json)
    else:
        yield from secrets_in_text(exchange.payload.text)


def steps_of(
    exchanges: Sequence[Exchange], pauses_s: Sequence[float], secrets: Secrets, values: TakenValues
) -> list[TomlValue]:
    """The steps, each as its table. pauses_s: what was before each, as recorded."""
    names = NewNames()
    steps: list[dict[str, TomlValue]] = []
    for number, exchange in enumerate(exchanges):
        plain = "/".join("id" if ID.fullmatch(part) else part for part in secrets.path(exchange.plain_path).split("/"))
        name = names.new(name_of_path(plain, exchange.method))
        think_s = round(min(max(pauses_s[number], 0.0), LONGEST_THINK_S), 1)
        steps.append({"name": name, **_step(number, exchange, think_s, secrets, values)})
    for number, step in enumerate(steps):
        if takes := values.takes(number):
            step["take"] = takes
    return [*steps]


def _step(
    number: int, exchange: Exchange, think_s: float, secrets: Secrets, values: TakenValues
) -> dict[str, TomlValue]:
    """A step without its name and without what its answer gives. What is the default is left out."""
    content_type, content = _content(number, exchange, secrets, values)
    status = 200 if exchange.status in _NO_ANSWER_OF_ITS_OWN else exchange.status
    keys: dict[str, tuple[TomlValue, TomlValue]] = {
        "method": (exchange.method, "GET"),
        "think_s": (think_s, 0.0),
        "headers": ({**content_type, **_own_headers(exchange, secrets)}, {}),
        "csrf": (_csrf(exchange), ""),
        "status": (status, 200),
    }
    differing = {key: value for key, (value, default) in keys.items() if value != default}
    return {"path": secrets.path(values.path(number)), **differing, **content}


def _csrf(exchange: Exchange) -> str:
    """Where the request has Django's CSRF token."""
    if any(name == _CSRF_FIELD for name, _ in exchange.payload.fields):
        return "form"
    return "header" if _CSRF_HEADER in exchange.headers else ""


def _own_headers(exchange: Exchange, secrets: Secrets) -> dict[str, TomlValue]:
    """The headers that the site's own code may look at."""
    headers: dict[str, TomlValue] = {}
    for name, value in exchange.headers.items():
        written = "-".join(word.capitalize() for word in name.split("-"))
        if name == "accept":
            value = "text/html" if value.startswith("text/html") else value  # noqa: PLW2901  all browsers mean this
        if _BROWSER_HEADER.fullmatch(name) or (name, value) == ("accept", "*/*"):
            continue
        if _HEADER_NAME.fullmatch(written) and _HEADER_VALUE.fullmatch(value):
            headers[written] = secrets.value(name, value)
    return headers


def _content(
    number: int, exchange: Exchange, secrets: Secrets, values: TakenValues
) -> tuple[dict[str, TomlValue], dict[str, TomlValue]]:
    """The header that says what the body is, where it is needed, and the key with the body."""
    payload = exchange.payload
    if payload.form is not None:
        fields = [
            (name, secrets.value(name, values.field(number, name, value)))
            for name, value in payload.form
            if name != _CSRF_FIELD
        ]
        return _form(fields)
    if not payload.text:
        return {}, {}
    if payload.is_json:
        return _json(number, payload, secrets, values)
    return {"Content-Type": payload.media_type}, {"body": secrets.body(payload.text)}


def _json(
    number: int, payload: Payload, secrets: Secrets, values: TakenValues
) -> tuple[dict[str, TomlValue], dict[str, TomlValue]]:
    """JSON as a table, or, if TOML cannot write it or a number in it is a blank, as text."""
    tree = secrets.tree(values.json(number, payload.json))
    numbers = {f"{{{name}}}" for name in values.numbers}
    is_table = isinstance(tree, dict) and is_writable(tree) and "json" in payload.media_type
    if is_table and numbers.isdisjoint(texts_of(tree)):
        return {}, {"json": tree}
    text = json.dumps(tree, ensure_ascii=False)
    for blank in numbers:
        text = text.replace(f'"{blank}"', blank)
    return {"Content-Type": payload.media_type}, {"body": text}


def _form(fields: Sequence[tuple[str, str]]) -> tuple[dict[str, TomlValue], dict[str, TomlValue]]:
    """A form as a table, or, if it has a field several times, as text."""
    if len(dict(fields)) == len(fields):
        return {}, ({"form": {**dict(fields)}} if fields else {})
    return {"Content-Type": FORM}, {"body": urlencode(fields, safe="{}.")}
