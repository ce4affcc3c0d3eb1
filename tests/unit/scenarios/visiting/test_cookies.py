"""Cookies as a Django site sets them, and as a browser sends them back."""

import pytest

from scenarios.visiting.cookies import CookieJar

NOW_S = 1_800_000_000.0


def head(*cookies: str) -> bytes:
    return b"".join([b"HTTP/1.1 200 OK", *(f"\r\nSet-Cookie: {cookie}".encode() for cookie in cookies)])


def jar_with(*cookies: str, path: str = "/polls/1/") -> CookieJar:
    jar = CookieJar()
    jar.update(head(*cookies), path, NOW_S)
    return jar


def test_a_user_begins_with_a_session_and_an_answer_replaces_it() -> None:
    jar = CookieJar("sessionid=abc; csrftoken=x=y")
    assert jar.line("/", NOW_S) == b"Cookie: sessionid=abc; csrftoken=x=y\r\n"
    jar.update(head("sessionid=new; HttpOnly; Max-Age=1209600; Path=/; SameSite=Lax"), "/login/", NOW_S)
    assert jar.line("/", NOW_S) == b"Cookie: sessionid=new; csrftoken=x=y\r\n"
    assert (jar.value("sessionid"), jar.value("other")) == ("new", None)


def test_without_cookies_there_is_no_header() -> None:
    jar = jar_with("", "novalue", "=x")
    assert jar.line("/", NOW_S) == b""


def test_quotes_and_escapes_go_back_as_they_came() -> None:
    assert jar_with(r'messages="[[\054\"a"; Path=/').line("/", NOW_S) == b'Cookie: messages="[[\\054\\"a"\r\n'


@pytest.mark.parametrize(
    "cookie",
    [
        "sessionid=; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/",
        'sessionid=""; expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/',
        "sessionid=x; Max-Age=-5; Path=/",
    ],
)
def test_a_logout_takes_the_cookie_away(cookie: str) -> None:
    jar = CookieJar("sessionid=abc")
    jar.update(head(cookie), "/logout/", NOW_S)
    assert jar.line("/", NOW_S) == b""


def test_a_cookie_ends_in_its_time_and_max_age_counts_more_than_expires() -> None:
    jar = jar_with("short=1; Max-Age=10; Path=/", "long=2; Max-Age=99; expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/")
    assert jar.line("/", NOW_S + 9) == b"Cookie: short=1; long=2\r\n"
    assert jar.line("/", NOW_S + 10) == b"Cookie: long=2\r\n"
    assert jar.line("/", NOW_S + 99) == b""


def test_a_date_that_is_none_ends_nothing() -> None:
    assert jar_with("a=1; expires=soon; Path=/").line("/", NOW_S) == b"Cookie: a=1\r\n"


def test_cookies_go_to_their_part_of_the_site_and_the_longer_path_comes_first() -> None:
    jar = jar_with("all=1; Path=/", "admin=2; Path=/admin", "here=3", path="/polls/1/vote?x=/a/b")
    assert jar.line("/admin/users/?next=/polls/1/", NOW_S) == b"Cookie: admin=2; all=1\r\n"
    assert jar.line("/administration", NOW_S) == b"Cookie: all=1\r\n"
    assert jar.line("/polls/1/results", NOW_S) == b"Cookie: here=3; all=1\r\n"


def test_attributes_are_read_in_any_case_and_a_path_that_is_none_is_the_folder() -> None:
    assert jar_with("a=1; PATH=/x; secure; DOMAIN=example.com").line("/x/y", NOW_S) == b"Cookie: a=1\r\n"
    assert jar_with("a=1; Path=x", path="/top").line("/any", NOW_S) == b"Cookie: a=1\r\n"
