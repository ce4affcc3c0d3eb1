"""Lines of access logs, as servers write them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.importing.logs.log_line import LogLine, parsed_line, time_in

AT_S = 1772374530.0  # 2026-03-01 14:15:30 UTC
CHROME = "Mozilla/5.0 Chrome/120"


def line(status: int = 200, *, at_s: float | None = AT_S, agent: str = "", url: str = "/a?b=1") -> LogLine:
    return LogLine(method="GET", url=url, status=status, at_s=at_s, agent=agent)


CLF = "[01/Mar/2026:14:15:30 +0000]"
REQUEST = '"GET /a?b=1 HTTP/1.1"'
UWSGI = "[pid: 7|app: 0] 127.0.0.1 () {40 vars in 650 bytes} [Sun Mar  1 14:15:30 2026] GET /a?b=1 => generated"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'1.2.3.4 - ann [01/Mar/2026:15:15:30 +0100] {REQUEST} 200 9 "https://x/" "{CHROME}"', line(agent=CHROME)),
        (f'a.example:443 1.2.3.4 - - {CLF} {REQUEST} 404 9 "-" "{CHROME}" "-" 0.1', line(404, agent=CHROME)),
        (f"::1 - - {CLF} {REQUEST} 304 -", line(304)),
        (f"[01/Mar/2026 14:15:30] {REQUEST} 200 12", line()),
        (f"INFO:     127.0.0.1:5000 - {REQUEST} 200 OK", line(at_s=None)),
        (f'[2026-03-01 09:15:30 +0000] [12] [INFO] ::1 - - {CLF} "GET /a?b=1 2" 200 1 "-" "x"', line(agent="x")),
        (f"{UWSGI} 12 bytes in 3 msecs (HTTP/1.1 200) 4 headers in 100 bytes", line()),
        (f"2026-03-01T14:15:30Z stdout F 1.2.3.4 - - - {REQUEST} 200 1", line()),
        (f'1.2.3.4 - - {CLF} {REQUEST} 200 9 "-" "say \\"hi\\""', line(agent='say \\"hi\\"')),
        (f'1.2.3.4 - - {CLF} "GET /a b HTTP/1.1" 400 9', line(400, url="/a b")),
    ],
)
def test_lines_of_text(text: str, expected: LogLine) -> None:
    assert parsed_line(text, {}) == expected


NGINX = {"time_iso8601": "2026-03-01T15:15:30+01:00", "request_method": "GET", "request_uri": "/a?b=1", "status": "200"}
CADDY = {"method": "GET", "uri": "/a?b=1", "headers": {"User-Agent": [CHROME]}}
TRAEFIK = {"RequestMethod": "GET", "RequestPath": "/a?b=1", "DownstreamStatus": 200, "StartUTC": "2026-03-01T14:15:30Z"}
STRUCTLOG = {"event": "request_finished", "request": "GET /a?b=1", "code": 200, "timestamp": "2026-03-01T14:15:30Z"}
CLOUD = {"httpRequest": {"requestMethod": "GET", "requestUrl": "/a?b=1", "status": 200}, "timestamp": AT_S * 1000}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({**NGINX, "http_user_agent": CHROME}, line(agent=CHROME)),
        ({"level": "info", "ts": AT_S, "msg": "handled request", "status": 200, "request": CADDY}, line(agent=CHROME)),
        ({"time_local": "01/Mar/2026:14:15:30 +0000", "request": "GET /a?b=1 HTTP/1.1", "status": 200}, line()),
        (STRUCTLOG, line()),
        (TRAEFIK, line()),
        (CLOUD, line()),
        ({"log": f"1.2.3.4 - - - {REQUEST} 200 1\n", "stream": "stdout", "time": "2026-03-01T14:15:30Z"}, line()),
        ({"message": json.dumps({"method": "get", "path": "/a?b=1", "status": 200, "ts": AT_S * 1e9})}, line()),
    ],
)
def test_lines_of_json(content: object, expected: LogLine) -> None:
    assert parsed_line(json.dumps(content), {}) == expected


def test_keys_can_be_named() -> None:
    text = json.dumps({"verb": "GET", "req": {"target": "/a?b=1"}, "result": 200, "when": "2026-03-01 14:15:30"})
    assert parsed_line(text, {}) is None
    assert parsed_line(text, {"path": "req.target", "status": "result", "time": "when"}) == line()


@pytest.mark.parametrize(
    "text",
    [
        "",
        '2026/03/01 14:15:30 [error] 12#12: *7 open() failed, request: "GET /a HTTP/1.1", host: "x"',
        "{}",
        '{"a": 1}',
        "{",
        "[1]",
        '{"method": "GET", "path": "/"}',
        '{"method": "GET", "path": "/", "status": "ok"}',
        '"GET / HTTP/1.1" 20',
        "INFO: Started server process [1]",
    ],
)
def test_other_lines_are_none(text: str) -> None:
    assert parsed_line(text, {}) is None


@pytest.mark.parametrize(
    "text", ["[31/Foo/2026:14:15:30 +0000]", "2026-13-01 14:15:30", "[Sun Foo 1 14:15:30 2026]", ""]
)
def test_a_time_that_is_none_is_unknown(text: str) -> None:
    assert time_in(text) is None


@given(
    st.text()
    | st.dictionaries(st.sampled_from(["method", "path", "status", "request", "ts"]), st.integers() | st.text()).map(
        json.dumps
    )
)
def test_no_line_is_too_strange(text: str) -> None:
    parsed = parsed_line(text, {})
    assert parsed is None or 0 <= parsed.status <= 999
