"""Descriptions of a reader's project: requests, pairs, journeys, values and users, and what is said of wrong ones."""

import json
import sys
from pathlib import Path

import pytest

from djbench.data import Query, User
from djbench.errors import UsageError
from djbench.journey import Step, Take
from djbench.request import Request
from djbench.target import Fact
from runners.targets.describing.description import read_target

TEXT = """\
settings = "shop.settings"
wsgi = "shop.wsgi:application"
database = "sqlite"
may_call = ["api.example.org"]

[overrides]
DEBUG = false

[values.product]
query = "shop.Product"
fields = ["pk", "slug"]
most = 50

[values.page]
list = [1, 2]

[users.member]
permissions = ["shop.add_order"]
count = 4

[requests.home]
path = "/"
weight = 3

[requests.detail]
path = "/products/{product.pk}/{product.slug}?page={page}"
user = "member"

[requests.order]
path = "/order/"
method = "POST"
form = { product = "{product.pk}", quantity = 2, gift = true }
csrf = true
status = 302
weight = 0

[pairs.latest]
headers.Accept = "application/json"
styles.sync = { path = "/latest/" }
styles.async = { path = "/latest-async/", compare = "status" }

[journeys.buy]
user = "member"
[[journeys.buy.steps]]
name = "form"
path = "/order/"
think_s = [0.5, 2]
take.token = 'value="(\\w+)"'
[[journeys.buy.steps]]
name = "send"
path = "/order/"
method = "POST"
csrf = "form"
json = { token = "{token}", other = "{" }
take.where = { header = "Location" }
"""


def written(folder: Path, text: str = TEXT) -> Path:
    file = folder / "djbench.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_project_is_served_through_the_shim(tmp_path: Path) -> None:
    target = read_target(written(tmp_path))
    assert target.name == tmp_path.name
    assert target.interpreter == sys.executable
    assert target.application("wsgi") == "djbench_shim.wsgi:application"
    assert target.deploys == {"wsgi": "shop.wsgi:application"}
    assert target.health_path == "/-/djbench/health"
    assert target.fresh_state
    assert target.working_directory == tmp_path.resolve()
    assert target.variables[Fact.DATABASE_URL] == "DJBENCH_DATABASE_URL"
    assert target.environment["DJANGO_SETTINGS_MODULE"] == "djbench_shim.settings"
    assert target.environment["DJBENCH_SETTINGS"] == "shop.settings"
    assert json.loads(target.environment["DJBENCH_OVERRIDES"]) == {"DEBUG": False}
    assert target.environment["PYTHONPATH"].endswith(f":{tmp_path.resolve()}")
    assert target.runs == tmp_path.resolve() / "djbench-runs"
    assert target.may_call == {"api.example.org"}


def test_an_environment_beside_the_file_runs_the_project(tmp_path: Path) -> None:
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    assert read_target(written(tmp_path)).interpreter == str(tmp_path.resolve() / ".venv/bin/python")
    other = read_target(written(tmp_path, 'python = "../other/bin/python"\n' + TEXT))
    assert other.interpreter == str(tmp_path.resolve() / "../other/bin/python")


def test_requests_are_patterns_and_make_the_mix(tmp_path: Path) -> None:
    catalog = read_target(written(tmp_path)).catalog
    assert list(catalog.own) == ["mix", "home", "detail", "order", "latest", "buy"]
    mix = catalog.parse("mix").workload("view")
    assert [(request.name, request.weight) for request in mix.requests] == [
        ("mix view: home", 3),
        ("mix view: detail", 1),
    ]
    (order,) = catalog.parse("order").workload("view").requests
    assert order == Request(
        name="order view",
        path="/order/",
        method="POST",
        headers=(("Content-Type", "application/x-www-form-urlencoded"),),
        body=b"product={product.pk}&quantity=2&gift=true",
        expected_status=302,
        weight=0,
        csrf=True,
    )
    assert catalog.own["order"].writes
    assert not catalog.own["mix"].writes


def test_a_pair_has_a_workload_for_each_style(tmp_path: Path) -> None:
    pair = read_target(written(tmp_path)).catalog.parse("latest")
    assert list(pair.pattern.styles) == ["sync", "async"]
    (sync,), (other,) = (pair.workload(style).requests for style in ("sync", "async"))
    assert (sync.path, sync.headers, sync.compared) == ("/latest/", (("Accept", "application/json"),), True)
    assert (other.path, other.headers, other.compared) == ("/latest-async/", (("Accept", "application/json"),), False)


def test_every_request_has_the_headers_of_the_description(tmp_path: Path) -> None:
    text = 'headers = { Host = "shop.example.org", Accept = "text/html" }\n' + TEXT
    catalog = read_target(written(tmp_path, text)).catalog
    host, html, json_ = ("Host", "shop.example.org"), ("Accept", "text/html"), ("Accept", "application/json")
    assert {request.headers for request in catalog.parse("mix").workload("view").requests} == {(host, html)}
    assert catalog.parse("latest").workload("sync").requests[0].headers == (host, json_)
    assert catalog.parse("buy").workload("view").requests[0].headers == (host, html)


def test_a_header_that_no_request_can_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"line 1: headers: 'a b': 'c' is not a header that a request can have here"):
        read_target(written(tmp_path, 'headers = { "a b" = "c" }\n' + TEXT))


def test_a_journey_has_steps(tmp_path: Path) -> None:
    workload = read_target(written(tmp_path)).catalog.parse("buy").workload("view")
    assert workload.journey is not None
    assert workload.journey.steps == (
        Step(think_s=(0.5, 2), takes=(Take(name="token", source="body", expression=r'value="(\w+)"'),)),
        Step(csrf="form", takes=(Take(name="where", source="header", expression="Location"),)),
    )
    form, send = workload.requests
    assert (form.name, form.user, send.user) == ("buy view: form", "member", "member")
    assert json.loads(send.body) == {"token": "{token}", "other": "{"}


def test_values_and_users_are_words(tmp_path: Path) -> None:
    (tmp_path / "slugs.csv").write_text("slug,n\na,1\nb,2\n")
    text = TEXT + '\n[values.slug]\nfile = "slugs.csv"\n'
    target = read_target(written(tmp_path, text))
    assert target.values["product"] == Query(model="shop.Product", fields=("pk", "slug"), most=50)
    assert target.values["page"] == ({"": "1"}, {"": "2"})
    assert target.values["slug"] == ({"slug": "a", "n": "1"}, {"slug": "b", "n": "2"})
    assert target.users == {"member": User(username="member", permissions=("shop.add_order",), count=4)}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (('settings = "shop.settings"\n', ""), "the key settings is missing"),
        (('path = "/"\n', ""), "line 21: requests.home: the key path is missing"),
        (('path = "/"\n', 'path = "home"\n'), "line 22: requests.home.path: write it like /polls/"),
        (('path = "/"\n', 'path = "/a b"\n'), "line 22: requests.home.path: write it like /polls/"),
        (
            ('path = "/"\n', 'path = "/"\nbody = "a"\njson = [1]\n'),
            "line 21: requests.home: body and json are all bodies",
        ),
        (
            ('path = "/"\n', 'path = "/"\nform = {}\njson = [1]\n'),
            "line 21: requests.home: json and form are all bodies",
        ),
        (('path = "/"\n', 'path = "/{prodct.pk}"\n'), "requests.home: unknown value 'prodct'; did you mean 'product'?"),
        (
            ("{product.slug}", "{product.name}"),
            "requests.detail: {product.name}: product has {product.pk}, {product.slug}",
        ),
        (("?page={page}", "?page={page.pk}"), "requests.detail: {page.pk}: page has {page}"),
        (
            ('user = "member"\n\n', 'user = "membr"\n\n'),
            "requests.detail: unknown user 'membr'; did you mean 'member'?",
        ),
        (
            ("[pairs.latest]", "[pairs.home]"),
            "line 37: pairs.home: this is the name of another request, pair or journey",
        ),
        (("[requests.order]", "[requests.mix]"), "requests.mix: this is the name of the mix of all requests"),
        (("[requests.order]", "[requests.all]"), "requests.all: this is the name of everything that can be asked for"),
        (("[requests.home]", "[requests.Home]"), "requests.Home: 'Home' is not a name: use lower-case letters"),
        (('name = "send"', 'name = "form"'), "journeys.buy: two steps are called form; give each a name of its own"),
        (("[0.5, 2]", "[2, 0.5]"), "journeys.buy: think_s: the shorter time comes first: [0.5, 2]"),
        (('user = "member"\n[[', 'locustfile = "x.py"\n[['), "journeys.buy: there is no file x.py"),
        (("list = [1, 2]", "list = []"), "line 14: values.page: list has no value"),
        (("list = [1, 2]", "list = [1]\nquery = 'a.B'"), "values.page: give one of list, rows, file and query"),
        (("list = [1, 2]", "file = 'no.csv'"), "values.page: cannot read no.csv: No such file or directory"),
        (("list = [1, 2]", "list = [1]\nmost = 3"), "values.page: fields, filter and most belong to a query"),
        (("count = 4", "count = 0"), "line 19: users.member.count: input should be greater than or equal to 1"),
        (('{ header = "Location" }', "{ body = 'a', json = 'b' }"), "journeys.buy: take where: give one of body, json"),
        (
            ('settings = "shop.', 'python = "a\\u0000b"\nsettings = "shop.'),
            "line 1: python: leave out the character",
        ),
        (
            ('settings = "shop.', 'path = ["a\\u0000"]\nsettings = "shop.'),
            "path, item 1: leave out the character",
        ),
        (("[overrides]", "[environment]\nA = 'a'\nB = \"\\u0000\"\n[overrides]"), "environment.B: leave out the"),
        (("[overrides]", "[[services]]\nname = '../a'\ncommand = ['a']\nvariable = 'A'\n[overrides]"), "like search"),
        (('path = "/"', 'path = "/"\nmethod = "POST"\njson = { on = 1979-05-27 }'), "requests.home: json has no dates"),
        (('path = "/"', 'path = "/"\nmethod = "POST"\njson = [nan]'), "requests.home: json has no dates, and no nan"),
        (
            ('settings = "shop.', f'data = {"[" * 5000}\nsettings = "shop.'),
            "lists or tables are nested too deeply",
        ),
        (('{ header = "Location" }', "'('"), "journeys.buy: take where: '(' is not a regular expression: missing )"),
        (('{ header = "Location" }', "'x'"), "journeys.buy: take where: 'x' has 0 groups; put what is taken into one"),
        (("[overrides]\nDEBUG", "[overrides]\ndebug"), "line 7: overrides.debug: write it like ALLOWED_HOSTS"),
    ],
)
def test_an_error_names_file_line_and_key(tmp_path: Path, change: tuple[str, str], complaint: str) -> None:
    assert change[0] in TEXT
    file = written(tmp_path, TEXT.replace(*change, 1))
    with pytest.raises(UsageError) as refused:
        read_target(file)
    message = str(refused.value)
    assert "\n" not in message
    assert message.startswith(f"{file}: ")
    assert complaint in message


def test_a_project_that_describes_nothing_to_ask_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"describes nothing to ask for; add a table \[requests.home\]"):
        read_target(written(tmp_path, 'settings = "shop.settings"\n'))


def test_a_request_that_is_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"not valid TOML: Cannot declare .*requests.*home.* twice"):
        read_target(written(tmp_path, TEXT + '\n[requests.home]\npath = "/again/"\n'))
