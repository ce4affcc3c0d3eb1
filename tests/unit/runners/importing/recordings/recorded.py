"""Entries of HAR files, as tools write them."""

import json
from typing import Any

from runners.importing.imported import Imported
from runners.importing.recordings.har_file import parse_har
from runners.importing.recordings.recorded_journey import journey_of

SITE = "https://shop.example"


def named(pairs: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs.items()]


def entry(
    method: str = "GET",
    path: str = "/",
    *,
    at_s: float = 0,
    site: str = SITE,
    headers: dict[str, str] | None = None,
    post: dict[str, Any] | None = None,
    status: int = 200,
    answer: str = "<p>",
    answer_type: str = "text/html; charset=utf-8",
    answer_headers: dict[str, str] | None = None,
    **keys: Any,
) -> dict[str, Any]:
    """An entry, sent so many seconds after midnight, that took half a second."""
    request = {"method": method, "url": f"{site}{path}", "headers": named(headers or {}), "postData": post}
    response = {
        "status": status,
        "headers": named({"Content-Type": answer_type, **(answer_headers or {})}),
        "content": {"mimeType": answer_type, "text": answer},
    }
    started = f"2026-03-01T00:00:{at_s:09.6f}Z"
    return {"startedDateTime": started, "time": 500, "request": request, "response": response, **keys}


def har(*entries: object) -> bytes:
    return json.dumps({"log": {"version": "1.2", "entries": entries}}).encode()


def imported(*entries: object, host: str = "") -> Imported:
    return journey_of(parse_har(har(*entries), "a.har"), "visit", host, "a.har")


def steps(*entries: object) -> list[dict[str, Any]]:
    """The steps of a recording with these entries."""
    journey: Any = imported(*entries).entries[-1].content
    return list(journey["steps"])
