"""From the lines of a log to a mix: what counts, in which groups, with which weights and values, and at which rate."""

import tomllib
from typing import Any

import pytest

from djbench.errors import UsageError
from runners.importing.additions import additions_to
from runners.importing.imported import Imported
from runners.importing.logs.hourly_rate import hourly_rates
from runners.importing.logs.log_mix import mix_of
from runners.importing.logs.traffic import Traffic, traffic_in
from runners.importing.logs.url_groups import UrlGroup, grouped_urls
from runners.importing.url_routes import RouteTable, UrlRoute
from runners.targets.describing.description import Description
from runners.toml_file import parse_toml


def line(
    url: str, *, method: str = "GET", status: int = 200, at: str = "01/Mar/2026:14:15:30", agent: str = "Firefox"
) -> str:
    return f'1.2.3.4 - - [{at} +0000] "{method} {url} HTTP/1.1" {status} 9 "-" "{agent}"\n'


def traffic(*lines: str, all_methods: bool = False) -> Traffic:
    return traffic_in(lines, {}, all_methods=all_methods)


def imported(*lines: str, most: int = 30, routes: tuple[UrlRoute, ...] = (), all_methods: bool = False) -> Imported:
    return mix_of(traffic(*lines, all_methods=all_methods), most, RouteTable(routes), "a.log")


def tables(outcome: Imported) -> dict[str, Any]:
    """The tables as a description reads them."""
    text = 'settings = "shop.settings"\n'
    text += additions_to(text, outcome, "djbench.toml").text
    parse_toml(text, Description, "djbench.toml")
    return tomllib.loads(text)


def test_each_kind_of_request_has_the_weight_of_the_log() -> None:
    content = tables(
        imported(*[line("/")] * 3, *[line(f"/polls/{pk}/") for pk in (1, 2, 2)], line("/about/", status=301))
    )
    assert content["requests"] == {
        "home": {"path": "/", "weight": 3},
        "polls_id": {"path": "/polls/{polls_id}/", "weight": 3},
        "about": {"path": "/about/", "weight": 1, "status": 301},
    }
    assert content["values"] == {"polls_id": {"list": [2, 1]}}


def test_the_share_has_its_error() -> None:
    comments = imported(*[line("/")] * 30, *[line("/a/")] * 70).entries[-1].comments
    assert comments == ("30 requests, 30.00% (95 % interval 21.89% to 39.58%)",)  # Wilson's interval


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (line("/static/a.css"), "for static files"),
        (line("/x.png?v=1"), "for static files"),
        (line("/", agent="Googlebot/2.1"), "from bots and monitors"),
        (line("/", agent="kube-probe/1.2"), "from bots and monitors"),
        (line("/", method="POST"), "of other methods than GET and HEAD"),
        (line("/wp-login.php", status=404), "answered with an error"),
        (line("/", status=499), "answered with an error"),
        (line("*", method="OPTIONS"), "without a path"),
        (line("http://[", status=400), "without a path"),
    ],
)
def test_what_does_not_count_is_left_out_and_said(text: str, reason: str) -> None:
    outcome = imported(text, line("/kept/"))
    assert [entry.name for entry in outcome.entries] == ["kept"]
    assert any(note.startswith(f"left out: 1 {reason}") for note in outcome.notes)
    with pytest.raises(UsageError, match=f"has no request that counts; left out: 1 {reason}"):
        imported(text)


def test_what_the_browser_had_already_counts_as_an_answer() -> None:
    assert tables(imported(line("/", status=304)))["requests"] == {"home": {"path": "/", "weight": 1}}


def test_other_methods_are_written_as_comments_to_fill_in() -> None:
    (entry,) = imported(line("/vote/", method="POST"), all_methods=True).entries
    assert (entry.name, entry.commented, entry.content["method"]) == ("vote_post", True, "POST")


def test_lines_of_another_format_are_counted_and_the_first_is_shown() -> None:
    outcome = imported("hello\n", line("/"), "world\n", "\n")
    assert "2 lines in no known format; the first: hello" in outcome.notes
    with pytest.raises(UsageError, match=r"a\.log is not in a format that djbench knows .*; the first line: x men"):
        imported("x\x1bmen\n", "y")
    with pytest.raises(UsageError, match="is not in a format"):
        imported()


def test_queries_are_values_too_and_tracking_is_not() -> None:
    urls = [line(f"/find/?q=caf%C3%A9+{word}&page={page}&utm_source=x") for word, page in (("a", 1), ("b", 2))]
    content = tables(imported(*urls, line("/list/?page=1&gclid=3")))
    assert content["requests"]["find"]["path"] == "/find/?page={find.page}&q={find.q}"
    assert content["values"] == {"find": {"rows": [{"page": 1, "q": "café a"}, {"page": 2, "q": "café b"}]}}
    assert content["requests"]["list"]["path"] == "/list/?page=1"


def test_secrets_are_not_copied() -> None:
    token = "c7x1ab-0123456789abcdef0123456789abcdef"
    lines = [line(f"/accounts/reset/MQ/{token}{number}/", status=302) for number in range(2)]
    jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2ln"
    outcome = imported(*lines, line("/feed/?api_key=s3cret&x=1"), line("/"), line(f"/?t={jwt}"))
    text = additions_to("", outcome, "djbench.toml").text
    assert [secret for secret in (token, "s3cret", jwt) if secret in text] == []
    assert '# path = "/feed/?api_key={feed.api_key}&x={feed.x}"' in text
    assert tomllib.loads(text).keys() == {"requests"}


def test_the_most_frequent_kinds_and_values_are_kept() -> None:
    many = [line(f"/polls/{pk}/") for pk in range(1200)]
    outcome = imported(*many, *[line("/polls/7/")] * 5, line("/rare/"), most=1)
    assert [entry.name for entry in outcome.entries] == ["polls_id", "polls_id"]
    values: Any = outcome.entries[0].content["list"]
    assert (len(values), values[0]) == (1000, 7)
    assert outcome.entries[0].comments == ("The 1,000 most frequent of 1,200: 83% of these requests. Drawn evenly.",)
    assert "1 rarer kind of requests left out, 0.1% of all; more with --most" in outcome.notes


def test_a_weight_is_never_more_than_a_description_takes() -> None:
    sum_of = traffic(line("/"), line("/a/"))
    for request, number in zip(sum_of.requests, (30_000_000, 5), strict=True):
        sum_of.requests[request] = number
    weights = [entry.content["weight"] for entry in mix_of(sum_of, 30, RouteTable(()), "a.log").entries]
    assert weights == [1_000_000, 1]


def test_the_busiest_hour_is_the_rate_of_an_open_load() -> None:
    lines = [
        *[line("/", at=f"01/Mar/2026:14:{minute:02}:00") for minute in range(60)],
        *[line("/", at=f"01/Mar/2026:15:{minute:02}:{second:02}") for minute in range(60) for second in (0, 30)],
        *[line("/", at="01/Mar/2026:16:00:00")] * 90,
    ]
    rates = hourly_rates(traffic(*lines))
    assert [(rate.name, rate.requests) for rate in rates] == [
        ("2026-03-01 14:00 UTC", 60),
        ("2026-03-01 15:00 UTC", 120),
    ]
    outcome = imported(*lines)
    assert "the busiest hour, 2026-03-01 15:00 UTC: djbench run --pattern mix --rate 0.0333" in outcome.notes
    assert [row.split()[3] for row in outcome.details] == ["0.0167", "0.0333"]


def test_a_log_of_days_has_a_table_of_a_day() -> None:
    lines = [line("/", at=f"{day:02}/Mar/2026:{hour:02}:30:00") for day in (1, 2, 3) for hour in range(24)]
    details = imported(*lines).details
    assert (len(details), details[5].startswith("05:00 UTC, mean")) == (24, True)


def test_a_log_without_times_says_so() -> None:
    outcome = imported('INFO:     127.0.0.1:5000 - "GET / HTTP/1.1" 200 OK')
    assert (outcome.details, "the log has no times, so nothing is known of the rate" in outcome.notes) == ((), True)


def groups(*urls: str, routes: tuple[UrlRoute, ...] = ()) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {
        url: (grouped.group.path, grouped.values)
        for url, grouped in grouped_urls(dict.fromkeys(urls, 1), RouteTable(routes)).items()
    }


def test_ids_vary_and_few_words_do_not() -> None:
    uuid = "0b0c7e5a-6a43-4a0e-9d2f-0123456789ab"
    assert groups("/", "/a/b", "/a/7/edit/", f"/b/{uuid}") == {
        "/": ("/", ()), "/a/b": ("/a/b", ()), "/a/7/edit/": ("/a/{}/edit/", ("7",)), f"/b/{uuid}": ("/b/{}", (uuid,)),
    }  # fmt: skip


def test_many_rare_words_in_one_place_are_values() -> None:
    slugs = [f"/blog/post-{number}-of-many/" for number in range(50)]
    found = groups(*slugs, "/about/")
    assert {found[slug][0] for slug in slugs} == {"/blog/{}/"}
    assert found["/about/"] == ("/about/", ())


def test_a_frequent_word_among_many_stays_what_it_is() -> None:
    urls = {f"/blog/post-{number}/": 1 for number in range(50)} | {"/blog/archive/": 40}
    found = grouped_urls(urls, RouteTable(()))
    assert (found["/blog/archive/"].group.path, found["/blog/post-3/"].group.path) == ("/blog/archive/", "/blog/{}/")


def test_a_path_without_end_is_taken_as_it_is() -> None:
    endless = "/1" * 5000
    assert groups(endless) == {endless: (endless, ())}


def test_the_routes_of_the_project_come_first() -> None:
    routes = (
        UrlRoute("/polls/latest/", {}),
        UrlRoute("/polls/{pk}/", {"pk": "int"}),
        UrlRoute("/files/{path}", {"path": "path"}),
        UrlRoute("/{slug}/", {"slug": "slug"}),
    )
    assert groups("/polls/latest/", "/polls/7/?x=1", "/files/a/b%20c", "/about/", "/x/y/z", routes=routes) == {
        "/polls/latest/": ("/polls/latest/", ()),
        "/polls/7/?x=1": ("/polls/{}/", ("7", "1")),
        "/files/a/b%20c": ("/files/{}", ("a/b c",)),
        "/about/": ("/{}/", ("about",)),
        "/x/y/z": ("/x/y/z", ()),
    }


def test_names_of_what_varies_are_distinct() -> None:
    (grouped,) = grouped_urls({"/a/1/2/?a=3&a-b=4": 1}, RouteTable(())).values()
    assert grouped.group == UrlGroup("/a/{}/{}/", ("a", "a_2", "a_3", "a_b"), ("a", "a-b"))
    assert grouped.group.filled(["w", "x", "y", "z"]) == "/a/w/x/?a=y&a-b=z"
