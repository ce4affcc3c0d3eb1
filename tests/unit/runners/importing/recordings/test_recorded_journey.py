"""Journeys made of recordings: what is left out, replaced, recognised and carried."""

import tomllib
from typing import Any

import pytest

from djbench.errors import UsageError
from runners.importing.additions import additions_to
from runners.importing.recordings.har_file import parse_har
from runners.importing.recordings.recorded_journey import journey_of
from runners.importing.url_routes import RouteTable, UrlRoute
from runners.targets.describing.description import Description
from runners.toml_file import parse_toml
from tests.unit.runners.importing.recordings.recorded import SITE, entry, har, imported, named, steps

FORM = "application/x-www-form-urlencoded"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl"


def post(text: str, mime: str = FORM) -> dict[str, Any]:
    return {"mimeType": mime, "text": text}


def written(*entries: object) -> str:
    """The tables as they stand in a description, which takes them."""
    text = 'settings = "shop.settings"\n'
    text += additions_to(text, imported(*entries), "djbench.toml").text
    parse_toml(text, Description, "djbench.toml")
    return text


def test_the_site_is_the_host_with_the_most_pages() -> None:
    scripts = [
        entry(path=f"/{number}.js", site="https://cdn.example", answer_type="text/javascript") for number in range(9)
    ]
    outcome = imported(
        *scripts, entry(path="/a"), entry(path="/track", site="https://stats.example", answer_type="text/plain")
    )
    assert [step["path"] for step in outcome.entries[-1].content["steps"]] == ["/a"]  # type: ignore[index, union-attr, call-overload]
    assert "10 requests to other hosts left out: cdn.example, stats.example" in outcome.notes
    assert "shop.example is taken for the site; name another one with --host" in outcome.notes


@pytest.mark.parametrize(
    ("recorded", "reason"),
    [
        (entry(path="/static/a.css"), "for static files"),
        (entry(path="/x", answer_type="image/png"), "for static files"),
        (entry(path="/x", _resourceType="font"), "for static files"),
        (entry(path="/x", status=101), "over a WebSocket"),
        (entry(path="/x", _fromCache="memory"), "from the browser's cache"),
        (
            entry("OPTIONS", "/x", headers={"Access-Control-Request-Method": "PUT"}),
            "asked by the browser before another",
        ),
        (entry(path="/x", answer_type="text/event-stream"), "for a stream of events"),
    ],
)
def test_what_no_journey_can_have_is_left_out_and_said(recorded: dict[str, Any], reason: str) -> None:
    outcome = imported(recorded, entry(path="/kept"))
    assert [step["name"] for step in steps(recorded, entry(path="/kept"))] == ["kept"]
    assert any(f"left out: 1 {reason}" in note for note in outcome.notes)
    with pytest.raises(UsageError, match=f"no request to shop.example that a journey could have: 1 {reason[:20]}"):
        imported(recorded)


def test_a_request_without_an_answer_counts_only_where_no_answer_was_recorded() -> None:
    aborted = entry(path="/x", status=0)
    assert [step["path"] for step in steps(aborted, entry(path="/kept"))] == ["/kept"]
    assert "left out: 1 without an answer" in imported(aborted, entry(path="/kept")).notes
    assert steps(aborted) == [{"name": "x", "path": "/x"}]
    notes = imported(aborted).notes
    assert "the recording has no answers, so each step is expected to be answered with 200" in notes


def test_what_a_service_worker_sent_again_is_one_step() -> None:
    passed_on = entry(path="/x")
    passed_on["response"]["_fetchedViaServiceWorker"] = True
    assert len(steps(passed_on, entry(path="/x"))) == 1
    assert len(steps(passed_on)) == 1


def test_without_requests_and_with_logins_alone_there_is_one_line() -> None:
    with pytest.raises(UsageError, match="has no request to a site"):
        imported()
    with pytest.raises(UsageError, match=r"has no request to other\.example; it has requests to shop\.example"):
        imported(entry(), host="other.example")
    login = entry("POST", "/login", post=post("username=a&password=b"), answer_headers={"Set-Cookie": "sessionid=xyz"})
    with pytest.raises(UsageError, match=r"has nothing of shop\.example but logins"):
        imported(login)


def test_logins_and_logouts_become_a_user() -> None:
    cookie = {"Cookie": "sessionid=abc"}
    outcome = imported(
        entry(path="/mine", status=302, answer_headers={"Location": "/login/?next=/mine"}),
        entry(path="/login/?next=/mine", answer='<input name="password">'),
        entry("POST", "/login/?next=/mine", post=post("username=a&password=b"), answer="<p>the password is wrong</p>"),
        entry(
            "POST",
            "/login/?next=/mine",
            post=post("username=a&password=c"),
            status=302,
            answer_headers={"Set-Cookie": "sessionid=abc; Path=/", "Location": "/mine"},
        ),
        entry(path="/mine", headers=cookie),
        entry("POST", "/bye/", headers=cookie, answer_headers={"Set-Cookie": "sessionid=; Max-Age=0"}),
    )
    assert [entry.name for entry in outcome.entries] == ["member", "visit"]
    journey: Any = outcome.entries[-1].content
    assert journey["user"] == "member"
    assert [step["path"] for step in journey["steps"]] == ["/mine"]


def test_a_session_without_a_login_becomes_a_user_too() -> None:
    assert imported(entry(headers={"Cookie": "a=b; sessionid=abc"})).entries[-1].content["user"] == "member"
    assert "user" not in imported(entry(headers={"Cookie": "theme=dark"})).entries[-1].content
    assert any("the recording has no cookies" in note for note in imported(entry()).notes)


def test_a_login_is_recognised_in_a_recording_whose_cookies_were_removed() -> None:
    login = entry("POST", "/login", post=post("username=a&password=b"), status=302)
    assert imported(login, entry(path="/mine")).entries[-1].content["user"] == "member"


def test_a_changed_password_is_no_login() -> None:
    change = entry(
        "POST",
        "/password/",
        headers={"Cookie": "sessionid=abc"},
        post=post("old_password=hunter2!&new=z"),
        status=302,
        answer_headers={"Set-Cookie": "sessionid=def"},
    )
    (step,) = steps(change)
    assert step["form"] == {"old_password": "{old_password}", "new": "z"}


def test_the_place_of_the_csrf_token_is_recognised() -> None:
    form, header, plain = steps(
        entry("POST", "/a", post=post("csrfmiddlewaretoken=tok&x=1")),
        entry("POST", "/b", post=post('{"x": 1}', "application/json"), headers={"X-CSRFToken": "tok"}),
        entry("POST", "/c", post=post("csrfmiddlewaretoken=tok")),
    )
    assert (form["csrf"], form["form"]) == ("form", {"x": "1"})
    assert (header["csrf"], header["json"]) == ("header", {"x": 1})
    assert (plain["csrf"], "form" in plain) == ("form", False)
    assert "headers" not in header


SECRET_PLACES = [
    entry(headers={"Authorization": "Bearer abcdefgh1234"}),
    entry(headers={"X-Api-Key": "k-998877"}),
    entry(path="/?api_key=k-998877&q=1"),
    entry(path="/cb?code=0123456789abcdef0123&state=x"),
    entry(path="/reset/MQ/c7x1ab-0123456789abcdef0123456789abcdef/"),
    entry("POST", post=post("password=pass word!")),
    entry("POST", post=post("password1=plain")),
    entry("POST", post=post('{"user": {"password": "admin", "nothing": null}}', "application/json")),
    entry("POST", post=post('[{"token": 123456}]', "application/json")),
    entry("POST", post=post(f'{{"x": "{JWT}"}}', "application/json")),
    entry("POST", post=post("<login><password>swordfish</password></login>", "text/xml")),
    entry("POST", post=post("note=AKIAIOSFODNN7EXAMPLE")),
    entry("POST", post={"mimeType": "multipart/form-data", "params": named({"secret_answer": "rosebud"})}),
    entry(headers={"Cookie": "remember=0123456789abcdef0123"}, path="/echo/0123456789abcdef0123/"),
    entry(headers={"Cookie": "csrftoken=tok-123456"}, path="/?t=tok-123456"),
    entry(site="https://me:hunter22@shop.example"),
]
SECRETS = (
    "abcdefgh1234", "k-998877", "0123456789abcdef0123", "c7x1ab", "pass word!", "pass+word", "plain", "admin", "123456",
    JWT, "swordfish", "AKIAIOSFODNN7EXAMPLE", "rosebud", "tok-123456", "hunter22",
)  # fmt: skip


@pytest.mark.parametrize("recorded", SECRET_PLACES, ids=lambda recorded: recorded["request"]["url"])
def test_no_secret_is_copied_from_anywhere(recorded: dict[str, Any]) -> None:
    text = written(recorded)
    assert [secret for secret in SECRETS if secret in text] == []


def test_a_secret_is_a_value_to_fill_in() -> None:
    content = tomllib.loads(written(entry(headers={"Authorization": "Token abcdefgh1234"}), entry(path="/?token=abc")))
    assert content["values"] == {"authorization": {"list": ["FILL IN"]}, "token": {"list": ["FILL IN"]}}
    first, second = content["journeys"]["visit"]["steps"]
    assert (first["headers"], second["path"]) == ({"Authorization": "{authorization}"}, "/?token={token}")


def test_think_times_are_those_of_the_recording() -> None:
    recorded = [entry(path="/a"), entry(path="/b", at_s=2.04), entry(path="/c", at_s=2.5), entry(path="/d", at_s=59)]
    assert [step.get("think_s") for step in steps(*recorded)] == [None, 1.5, None, 30.0]
    notes = imported(*recorded).notes
    assert "think times are as recorded, rounded to 0.1 s, at most 30 s; 1 longer" in notes
    assert "1 request went out before the last answer; steps come one after the other" in notes


def test_an_answer_that_the_browser_had_is_expected_whole() -> None:
    assert "status" not in steps(entry(status=304))[0]
    assert steps(entry(status=404))[0]["status"] == 404


def test_headers_that_a_browser_writes_by_itself_are_left_out() -> None:
    headers = {
        "User-Agent": "x", "Sec-Fetch-Mode": "navigate", "Referer": "https://a", "Accept": "text/html,*/*;q=0.8",
        "X-Requested-With": "XMLHttpRequest", "HX-Request": "true",
    }  # fmt: skip
    (step,) = steps(entry(headers=headers))
    assert step["headers"] == {"Accept": "text/html", "X-Requested-With": "XMLHttpRequest", "Hx-Request": "true"}


def test_ids_come_from_earlier_answers() -> None:
    uuid = "0b0c7e5a-6a43-4a0e-9d2f-0123456789ab"
    links = '<a href="/shops/7/">one</a><a href="/shops/9/?x=1">two</a>'
    fields = '<input type="hidden" name="item" value="31"><select name=kind><option value="4">'
    orders = f'{{"orders": [{{"id": "{uuid}"}}]}}'
    bought = post("item=31&kind=4&amount=2")
    taken = steps(
        entry(path="/shops/", answer=links),
        entry(path="/shops/9/", answer=fields),
        entry("POST", "/shops/9/buy/", post=bought, answer=orders, answer_type="application/json"),
        entry(path=f"/orders/{uuid}/"),
    )
    assert [step["path"] for step in taken] == ["/shops/", "/shops/{shop}/", "/shops/{shop}/buy/", "/orders/{order}/"]
    assert taken[0]["take"] == {"shop": r'"/shops/(\d+)/\?'}
    assert taken[2]["form"] == {"item": "{item}", "kind": "{kind}", "amount": "2"}
    assert taken[2]["take"] == {"order": {"json": "orders.0.id"}}


def test_a_redirect_to_what_is_no_url_leads_nowhere() -> None:
    made, shown = steps(entry("POST", "/items/", status=302, answer_headers={"Location": "http://[::1"}), entry())
    assert "take" not in made
    assert shown["path"] == "/"


def test_a_redirect_to_something_new_is_followed() -> None:
    made, shown = steps(
        entry("POST", "/items/", status=302, answer_headers={"Location": f"{SITE}/items/57/"}), entry(path="/items/57/")
    )
    assert made["take"] == {"next_page": {"header": "Location"}}
    assert (shown["path"], shown["name"]) == ("/{next_page}", "items_id")


def test_an_id_of_which_nothing_is_known_stays_and_is_said() -> None:
    assert steps(entry(path="/shops/9/"))[0]["path"] == "/shops/9/"
    assert (
        "no earlier answer has the id of /shops/9/; check that your data has it"
        in imported(entry(path="/shops/9/")).notes
    )


def test_bodies_that_toml_cannot_write_as_tables_are_texts() -> None:
    several, null, many = steps(
        entry("POST", post=post("tag=a&tag=b%20c")),
        entry("POST", post=post('{"a": null}', "application/json")),
        entry("POST", post=post("[1, 2]", "application/json; charset=utf-8")),
    )
    assert (several["body"], several["headers"]) == ("tag=a&tag=b+c", {"Content-Type": FORM})
    assert (null["body"], null["headers"]) == ('{"a": null}', {"Content-Type": "application/json"})
    assert steps(entry("POST", post=post("{}", "application/json")))[0]["json"] == {}
    assert (many["body"], many["headers"]) == ("[1, 2]", {"Content-Type": "application/json; charset=utf-8"})


def test_hostile_texts_are_toml_all_the_same() -> None:
    text = written(
        entry("POST", '/"]\nx=1\x00', post=post("a'\"\\\n]=%00%22&b=%F0%9F%98%80"), headers={"X-Odd": "a\r\nb"}),
        entry("M SEARCH", "/"),
    )
    assert [step["name"] for step in tomllib.loads(text)["journeys"]["visit"]["steps"]] == ["x_1_00_post"]


def test_a_recording_is_compared_with_the_urls_of_the_project() -> None:
    recording = parse_har(har(entry(path="/polls/?page=2"), entry(path="/metrics/")), "a.har")
    notes = journey_of(recording, "j", "", "a.har", RouteTable([UrlRoute("/polls/", {})])).notes
    assert "the project has no URL for /metrics/; leave out that step if another program answers it" in notes
    with pytest.raises(UsageError, match=r"a\.har is of another site \(shop\.example\), .* no URL for /polls/"):
        journey_of(recording, "j", "", "a.har", RouteTable([UrlRoute("/other/", {})]))
