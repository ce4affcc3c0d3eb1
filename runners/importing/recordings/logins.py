"""Logins in a recording: which steps log in or out, and whether there was a session. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runners.importing.recordings.recorded_exchange import Exchange, redirect_target

_SESSION_COOKIE = re.compile(r"session|^sid$", re.IGNORECASE)
_PASSWORD_FIELD = re.compile(r"passw|^pwd$", re.IGNORECASE)
_LOGOUT_PATH = re.compile(r"(?:^|/)(?:logout|log-out|log_out|signout|sign-out|sign_out)(?:/|$)", re.IGNORECASE)
_TOKEN_KEY = re.compile(r'"(?:access|access_token|auth_token|token|key|jwt)"\s*:\s*"', re.IGNORECASE)
_REDIRECTS = (302, 303)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSteps:
    """What is left of a recording when a session is minted for it."""

    #: The steps without those that log in or out.
    exchanges: tuple[Exchange, ...]
    #: Was there a session?
    has_session: bool
    #: What was left out, a sentence each.
    notes: tuple[str, ...]


def without_logins(exchanges: Sequence[Exchange]) -> SessionSteps:
    """Leave out what logs in and out: a run mints sessions, so that a journey does not measure password hashing."""
    paths = {exchange.plain_path for exchange in exchanges if _logs_in(exchange) or _gets_token(exchange)}
    logins = [
        exchange
        for exchange in exchanges
        if redirect_target(exchange).partition("?")[0] in paths
        or (exchange.plain_path in paths and _is_of_login(exchange))
    ]
    logouts = [exchange for exchange in exchanges if _logs_out(exchange)]
    left = {id(exchange) for exchange in (*logins, *logouts)}
    has_session = any(_logs_in(exchange) or _has_session(exchange.cookies) for exchange in exchanges)
    return SessionSteps(
        exchanges=tuple(exchange for exchange in exchanges if id(exchange) not in left),
        has_session=has_session,
        notes=_notes(len(logins), len(logouts), has_session, exchanges),
    )


def _notes(logins: int, logouts: int, has_session: bool, exchanges: Sequence[Exchange]) -> tuple[str, ...]:
    notes = []
    if logins:
        notes.append(f"steps that log in are left out ({logins}): a run gives each user of the journey a session")
    if logouts:
        notes.append(f"steps that log out are left out ({logouts}): they would end that session")
    if not has_session and not any(exchange.cookies or exchange.set_cookies for exchange in exchanges):
        notes.append("the recording has no cookies; if its pages need a login, add a user to the journey by hand")
    return tuple(notes)


def _has_session(cookies: Mapping[str, str]) -> bool:
    return any(value and _SESSION_COOKIE.search(name) for name, value in cookies.items())


def _has_password(exchange: Exchange) -> bool:
    return exchange.method == "POST" and any(map(_PASSWORD_FIELD.search, exchange.payload.names))


def _logs_in(exchange: Exchange) -> bool:
    """A password that begins a session: by its cookie, or, in a recording without cookies, by its redirect."""
    if not _has_password(exchange):
        return False
    if _has_session(exchange.set_cookies):
        return not _has_session(exchange.cookies)
    return exchange.status in _REDIRECTS and not exchange.cookies and not exchange.set_cookies


def _gets_token(exchange: Exchange) -> bool:
    """A password that a token is the answer to."""
    return _has_password(exchange) and "json" in exchange.answer_type and bool(_TOKEN_KEY.search(exchange.answer))


def _is_of_login(exchange: Exchange) -> bool:
    """Of the requests to a path that logs in: those with a password, and the page that asks for it."""
    return _has_password(exchange) or (exchange.method == "GET" and (not exchange.answer or "passw" in exchange.answer))


def _logs_out(exchange: Exchange) -> bool:
    """It deletes the session's cookie, or its path says so."""
    deletes = any(_SESSION_COOKIE.search(name) and not value for name, value in exchange.set_cookies.items())
    return deletes or bool(_LOGOUT_PATH.search(exchange.plain_path))
