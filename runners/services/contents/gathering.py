"""Gets the fillings of a prepared database from the project's interpreter: rows by its models, users with sessions."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from djbench.data import Query, Row, User
from djbench.errors import UsageError
from djbench.pattern import Pattern
from djbench.request import Request
from djbench.target import Target
from runners.hosts.process import ProcessFailed
from runners.hosts.workspace import Workspace
from runners.services.contents.fillings import Credentials, Fillings
from runners.services.contents.shim_answers import shim_answer
from runners.services.failures import failure_of


def gathered(target: Target, *, workspace: Workspace, environment: Mapping[str, str]) -> Fillings:
    """The fillings. The environment is that in which the target finds the database.

    Raises UsageError if a query finds no row, a user is not there, or the project's interpreter fails.
    """
    # First, so that a query can ask for the users that are made.
    credentials, csrf_header = _credentials(target, workspace, environment)
    queries = {name: values for name, values in target.values.items() if isinstance(values, Query)}
    rows: dict[str, tuple[Row, ...]] = {
        name: values for name, values in target.values.items() if not isinstance(values, Query)
    }
    if queries:
        question = {name: asdict(query) for name, query in queries.items()}
        answer = _answer(target, "model_rows", "the queries of values", question, workspace, environment)
        rows |= {name: _rows(name, queries[name], answer[name], target) for name in queries}
    return Fillings(rows=rows, credentials=credentials, csrf_header=csrf_header)


def _rows(name: str, query: Query, texts: list[list[str]], target: Target) -> tuple[Row, ...]:
    """The rows of a query. A field that is alone has no name, and its own."""
    if not texts:
        lookups = ", ".join(f"{key} = {value!r}" for key, value in query.filter.items())
        chosen = f" with {lookups}" if lookups else ""
        raise UsageError(
            f"values {name}: the prepared database has no {query.model}{chosen} that has {' and '.join(query.fields)}; "
            f'its data is {target.data!r}: load rows in prepare, or give data = "copy" or "dump:FILE"'
        )
    alone = len(query.fields) == 1
    return tuple({**dict(zip(query.fields, row, strict=True)), **({"": row[0]} if alone else {})} for row in texts)


def _credentials(
    target: Target, workspace: Workspace, environment: Mapping[str, str]
) -> tuple[dict[str, tuple[Credentials, ...]], str]:
    """The credentials of each users table, and of nobody if a request needs them; the name of the CSRF header."""
    anonymous = any(request.csrf and not request.user for request in _requests(target))
    if not target.users and not anonymous:
        return {}, Fillings().csrf_header
    question = {"anonymous": anonymous, "users": {table: _asked(user) for table, user in target.users.items()}}
    answer = _answer(target, "user_sessions", "the sessions of users", question, workspace, environment)
    credentials = {
        table: tuple(Credentials(**entry) for entry in entries) for table, entries in answer["sessions"].items()
    }
    return credentials, answer["csrf_header"]


def _answer(
    target: Target, module: str, what: str, question: Any, workspace: Workspace, environment: Mapping[str, str]
) -> Any:
    """As ``shim_answer`` has it. Raises UsageError also if the project's interpreter fails."""
    try:
        return shim_answer(target, module, question, workspace=workspace, environment=environment)
    except ProcessFailed as error:
        raise failure_of(what, error, workspace, module) from None


def _asked(user: User) -> dict[str, Any]:
    """A users table as the shim reads it."""
    return {**asdict(user), "names": usernames(user)}


def usernames(user: User) -> list[str]:
    """``member``, or ``member-1`` and so on if there are several."""
    return [user.username] if user.count == 1 else [f"{user.username}-{number + 1}" for number in range(user.count)]


def _requests(target: Target) -> Iterator[Request]:
    patterns: Iterator[Pattern] = iter(target.catalog.own.values())
    for pattern in patterns:
        for workload in pattern.workloads.values():
            yield from workload.requests
