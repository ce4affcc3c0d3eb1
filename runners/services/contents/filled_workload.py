"""Fills the blanks of a project's requests: a variant for each choice of rows and of a user. Pure."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from math import prod
from random import Random
from typing import Any
from urllib.parse import quote, quote_plus

from djbench.blanks import blanks_of, filled_text, request_blanks
from djbench.data import Row
from djbench.journey import Journey
from djbench.request import Request, Variant, Workload
from runners.services.contents.fillings import Credentials, Fillings

MOST_VARIANTS = 1000
_NOBODY = Credentials()
# Every server, and every run, gets the same variants: their answers are compared.
_SEED = 1


def filled_workload(workload: Workload, fillings: Fillings) -> Workload:
    """The workload with all blanks filled in that there are values for.

    The steps of a journey have the same number of variants, and those of one number are of the same rows. Its users
    carry their sessions from step to step.
    """
    if not fillings.rows and not fillings.credentials:
        return workload
    if workload.journey is None:
        return replace(workload, requests=tuple(_filled(request, fillings) for request in workload.requests))
    names = _drawn_from(workload.requests, fillings)
    draws = [(_named(names, rows), _NOBODY) for rows in _combinations([fillings.rows[name] for name in names])]
    steps = tuple(_with_variants(request, draws, fillings) for request in workload.requests)
    users = dict.fromkeys(request.user for request in workload.requests if request.user)
    sessions = tuple(_cookies(workload.journey, who) for user in users for who in fillings.credentials[user])
    return replace(workload, requests=steps, journey=replace(workload.journey, sessions=sessions))


def _cookies(journey: Journey, who: Credentials) -> str:
    """What a user's browser has before the first step: the session, and the CSRF cookie if a step needs a token."""
    csrf_cookie = who.csrf_cookie if any(step.csrf for step in journey.steps) else ""
    return "; ".join(filter(None, [who.session_cookie, csrf_cookie]))


def _filled(request: Request, fillings: Fillings) -> Request:
    """The request alone, with a variant for each choice; as it is if it has nothing to choose."""
    names = _drawn_from([request], fillings)
    users = fillings.credentials[request.user] if request.user or request.csrf else (_NOBODY,)
    tables: list[Sequence[Any]] = [*(fillings.rows[name] for name in names), users]
    draws = [(_named(names, rows), who) for *rows, who in _combinations(tables)]
    return _with_variants(request, draws, fillings)


def _drawn_from(requests: Sequence[Request], fillings: Fillings) -> list[str]:
    """The values tables that blanks of the requests name."""
    names = (blank.partition(".")[0] for request in requests for blank in request_blanks(request))
    return [name for name in dict.fromkeys(names) if name in fillings.rows]


def _named(names: Sequence[str], rows: Sequence[Row]) -> Mapping[str, Row]:
    return dict(zip(names, rows, strict=True))


def _combinations(tables: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """One of each table: every choice there is, or as many as there may be, drawn."""
    if prod(map(len, tables)) <= MOST_VARIANTS:
        return list(product(*tables))
    chance = Random(_SEED)  # noqa: S311  not a secret
    return [tuple(chance.choice(table) for table in tables) for _ in range(MOST_VARIANTS)]


def _with_variants(
    request: Request, choices: Sequence[tuple[Mapping[str, Row], Credentials]], fillings: Fillings
) -> Request:
    """The request in all of these variants. One that is the same in all of them has none."""
    variants = [_variant(request, rows, who, fillings) for rows, who in choices]
    if len(set(variants)) > 1:
        return replace(request, variants=tuple(variants))
    (variant,) = set(variants)
    headers = {**dict(request.headers), **dict(variant.headers)}
    return replace(request, path=variant.path, body=variant.body, headers=tuple(headers.items()))


def _variant(request: Request, rows: Mapping[str, Row], who: Credentials, fillings: Fillings) -> Variant:
    in_body = _BODY_FORMS.get(_media_type(request), _as_text)
    in_header = _values(rows, _as_text)
    headers = [(name, filled_text(value, in_header)) for name, value in request.headers if blanks_of(value)]
    body = request.body.decode("utf-8", "surrogateescape")
    return Variant(
        path=filled_text(request.path, _values(rows, _in_url)),
        body=filled_text(body, _values(rows, in_body)).encode("utf-8", "surrogateescape"),
        headers=(*headers, *_proof(request, who, fillings)),
    )


def _proof(request: Request, who: Credentials, fillings: Fillings) -> list[tuple[str, str]]:
    """The headers that say who sends it. Cookies of its own stay."""
    cookies = [value for name, value in request.headers if name.lower() == "cookie"]
    cookies += [who.session_cookie, who.csrf_cookie if request.csrf else ""]
    token = [(fillings.csrf_header, who.csrf_token)] if request.csrf else []
    sent = "; ".join(filter(None, cookies))
    return [*([("Cookie", sent)] if who != _NOBODY else []), *token]


def _media_type(request: Request) -> str:
    types = [value for name, value in request.headers if name.lower() == "content-type"]
    return types[0].partition(";")[0].strip().lower() if types else ""


def _values(rows: Mapping[str, Row], form: Callable[[str], str]) -> Callable[[str], str | None]:
    """What a blank is filled in with: a row's value in that form, or None for a blank that is no value's."""

    def value_of(blank: str) -> str | None:
        name, _, field = blank.partition(".")
        value = rows.get(name, {}).get(field)
        return None if value is None else form(value)

    return value_of


def _as_text(value: str) -> str:
    return value


def _in_url(value: str) -> str:
    return quote(value, safe="/")


def _in_json(value: str) -> str:
    """Inside the quotes that stand around the blank."""
    return json.dumps(value)[1:-1]


_BODY_FORMS: Mapping[str, Callable[[str], str]] = {
    "application/json": _in_json,
    "application/x-www-form-urlencoded": quote_plus,
}
