"""Asks a project's URLs with Django's test client, without a server.

Each request is asked by a process of its own: one that hangs or crashes takes no other answer with it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from pathlib import Path
from select import select
from typing import Any, NoReturn

from django.conf import settings
from django.core.signals import got_request_exception
from django.shortcuts import resolve_url
from django.test import Client
from django.urls import get_resolver

from djbench_shim.dialogue import answer_with
from djbench_shim.survey import counting
from djbench_shim.survey.first_rows import first_rows, path_with_rows

# More of an answer than this is not read.
_MOST_BYTES = 16 * 1024 * 1024
_PART_BYTES = 65_536
_END = b"\n"


def answers_to(questions: dict[str, Any]) -> dict[str, Any]:
    """The answer to each of the requests, and where Django sends who has to log in.

    A request whose path has blanks is asked if the database has rows to fill them in with.
    """
    client = _loaded_client()
    rows = first_rows(questions["tables"])
    calls_at_start = _calls_so_far()
    paths = ((request, path_with_rows(request["path"], rows)) for request in questions["requests"])
    requests = [{**request, "path": path} for request, path in paths if path is not None]
    answers = [_asked_apart(client, request, questions["timeout_s"]) for request in requests]
    return {"login_url": _login_url(), "calls_at_start": calls_at_start, "answers": answers}


def _loaded_client() -> Client:
    """A client whose middleware and URLs are loaded once, for all processes that ask."""
    client = Client(raise_request_exception=False, SERVER_NAME="127.0.0.1")
    client.handler.load_middleware()
    assert get_resolver().url_patterns is not None, "Django raises ImproperlyConfigured without URLs"
    return client


def _login_url() -> str:
    return str(resolve_url(settings.LOGIN_URL)) if settings.LOGIN_URL else ""


def _asked_apart(client: Client, request: dict[str, Any], timeout_s: float) -> dict[str, Any]:
    """The answer to a request, asked by a process of its own."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _answer_and_end(client, request, writing)
    os.close(writing)
    text = _line_of(reading, time.monotonic() + timeout_s)
    os.close(reading)
    if text is None:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    known = {"name": request["name"], "path": request["path"], "calls": _calls_so_far()}
    if text is None:
        return {**known, "error": f"no answer within {timeout_s:g} s"}
    if not text.endswith(_END):
        return {**known, "error": f"its process ended by itself ({_end_of(status)})"}
    return {**known, **json.loads(text)}


def _end_of(status: int) -> str:
    if os.WIFSIGNALED(status):
        return f"signal {os.WTERMSIG(status)}"
    return f"exit code {os.WEXITSTATUS(status)}"


def _line_of(pipe: int, deadline_s: float) -> bytes | None:
    """What the child writes until the line or the child ends; None if the time is up first."""
    text = b""
    while not text.endswith(_END):
        ready, _, _ = select([pipe], [], [], max(0.0, deadline_s - time.monotonic()))
        if not ready:
            return None
        part = os.read(pipe, _PART_BYTES)
        if not part:
            break
        text += part
    return text


def _calls_so_far() -> list[str]:
    """The hosts that were called since the last look (``djbench_shim.calls`` notes them)."""
    file = Path(os.environ["DJBENCH_CALLS"])
    if not file.exists():
        return []
    hosts = sorted(set(file.read_text(encoding="utf-8").splitlines()))
    file.unlink()
    return hosts


def _answer_and_end(client: Client, request: dict[str, Any], pipe: int) -> NoReturn:
    """The child's part."""
    try:
        text = json.dumps(_asked(client, request)).encode() + _END
        while text:
            text = text[os.write(pipe, text) :]
    finally:
        os._exit(0)  # without what the project does at its end, and without waiting for its threads


def _asked(client: Client, request: dict[str, Any]) -> dict[str, Any]:
    """What a request was answered with, and what it did to the database."""
    errors: list[str] = []

    def note(**_: Any) -> None:
        errors.append(_last_line(sys.exc_info()[1]))

    got_request_exception.connect(note, weak=False)
    headers = {"HTTP_" + name.upper().replace("-", "_"): value for name, value in request["headers"].items()}
    counting.start()
    try:
        response = client.generic(request["method"], request["path"], **headers)
        length = _length(response)
    except Exception as error:  # noqa: BLE001  a project's code can raise anything
        return {"error": _last_line(error), **counting.counts}
    return {
        "status": response.status_code,
        "length": length,
        "content_type": response.get("Content-Type", ""),
        "location": response.get("Location", ""),
        "error": errors[-1] if errors else "",
        **counting.counts,
    }


def _length(response: Any) -> int:
    """The length of a body, read to its end."""
    if not response.streaming:
        return len(response.content)
    length = 0
    for part in response:
        length += len(part)
        if length > _MOST_BYTES:
            break
    return length


def _last_line(error: BaseException | None) -> str:
    """The last line of its traceback; the lines of its message are one."""
    return " ".join(traceback.format_exception_only(type(error), error)[-1].split())


if __name__ == "__main__":
    answer_with(answers_to)
