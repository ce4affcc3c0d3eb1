"""Profiles: the built-in ones, and what is said of a malformed one."""

from itertools import product
from pathlib import Path

import pytest

from djbench.errors import UsageError
from runners.planning import profile
from tests.unit.site import PATTERNS, plan_from

GOOD = """\
description = "mine"
servers = ["uvicorn"]
patterns = ["plain"]
styles = ["sync"]
users = [4]
blocks = 2
warmup_s = 0.5
duration_s = 1.0
"""


def test_the_built_in_profiles_come_in_order_of_length() -> None:
    *of_the_site, of_a_project = profile.built_in_profiles()
    assert (of_the_site, of_a_project) == (["quick", "standard", "full"], "project")
    plans = [plan_from(profile.load(name), 1) for name in of_the_site]
    expected_s = [plan.expected_s(plan.settings.min_blocks) for plan in plans]
    assert expected_s == sorted(expected_s)


def test_quick_has_the_promised_size() -> None:
    plan = plan_from(profile.load("quick"), 1)
    assert len(plan.cells) >= 28
    assert plan.settings.min_blocks >= 5
    assert plan.expected_s(plan.settings.max_blocks) <= 5 * 60
    assert len(plan.taking_turns()) == len(plan.cells)


def test_quick_asks_what_async_is_for() -> None:
    """The same calls in turn, in threads and gathered, by a user alone and by many; and more waits than threads."""
    cells = plan_from(profile.load("quick"), 1).cells
    calls = {(cell.style, str(cell.load), cell.interface) for cell in cells if cell.pattern.startswith("fan_out")}
    assert calls == set(product(("sync", "threads", "async"), ("1 user", "16 users"), ("wsgi", "asgi")))
    waits = [cell for cell in cells if cell.pattern.startswith("sleep")]
    assert all(cell.load.at_once > (cell.slots or 0) for cell in waits)


def test_a_table_selects_more_for_the_same_run_and_has_the_rest_from_the_profile() -> None:
    text = f'{GOOD}slots = [8]\n[[also]]\npatterns = ["sleep"]\n[[also]]\nusers = [1, 4]\nstyles = ["async"]\n'
    found = profile.parse(text, "mine.toml")
    assert [(part.patterns, part.styles, part.users) for part in found.parts.values()] == [
        (("plain",), ("sync",), (4,)),
        (("sleep",), ("sync",), (4,)),
        (("plain",), ("async",), (1, 4)),
    ]
    assert {(part.slots, part.blocks, part.duration_s, part.also) for part in found.also} == {((8,), "2", 1.0, ())}


def test_a_table_with_a_load_has_none_of_another_kind() -> None:
    part = profile.parse(f"{GOOD}[[also]]\nrates = [200]\n", "mine.toml").also[0]
    assert (part.users, part.rates) == ((), ("200",))


def test_a_cell_of_several_parts_is_measured_once() -> None:
    found = profile.parse(f"{GOOD}[[also]]\nusers = [1, 4]\n[[also]]\nstyles = ['all']\n", "mine.toml")
    cells = plan_from(found, 1).cells
    assert [(cell.style, str(cell.load)) for cell in cells] == [
        ("sync", "4 users"), ("sync", "1 user"), ("async", "4 users"),
    ]  # fmt: skip


def test_options_replace_what_the_profile_and_its_tables_say() -> None:
    found = profile.parse(f"{GOOD}[[also]]\nusers = [1]\nservers = ['daphne']\n", "mine.toml")
    changed = profile.with_options(found, {"users": [8], "blocks": "3", "patterns": ["sleep"]})
    assert [(part.servers, part.patterns, part.users, part.blocks) for part in changed.parts.values()] == [
        (("uvicorn",), ("sleep",), (8,), "3"),
        (("daphne",), ("sleep",), (8,), "3"),
    ]


def test_a_table_with_patterns_of_its_own_goes_when_others_are_asked_for() -> None:
    """Its styles are those of its patterns: plain has no style threads."""
    quick = profile.load("quick")
    plain = profile.with_options(quick, {"patterns": ["plain"]})
    assert {cell.style for cell in plan_from(plain, 1).cells} == {"sync", "async"}
    assert len(profile.with_options(quick, {"users": [4]}).also) == len(quick.also) > 0


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ("users = [0]", "mine.toml: line 10: also, item 1, users, item 1: give a whole number from 1 to 10,000, not 0"),
        ("user = [1]", "mine.toml: line 10: also, item 1: unknown key 'user'; did you mean 'users'"),
        ("blocks = 3", "mine.toml: line 10: also, item 1: unknown key 'blocks'; .*servers"),
        ("users = []", "mine.toml: also, item 1: there is no load; give users, rates or hold"),
        ("servers = []", "line 10: also, item 1, servers: give at least one"),
        ("beside_users = 3", "also, item 1: give both beside and beside_users"),
        ("", "mine.toml: line 9: also, item 1: it says nothing; give some of servers, patterns, styles, slots"),
    ],
)
def test_a_malformed_table_is_refused_with_its_place(table: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        profile.parse(f"{GOOD}[[also]]\n{table}\n", "mine.toml")


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ("styles = ['threads']", "^also, item 1: unknown style of plain 'threads'"),
        ("servers = ['nginx']", "^also, item 1: unknown server 'nginx'"),
        ("patterns = ['sleep:delay=x']", "^also, item 1: .*delay"),
        ("servers = ['daphne', 'daphne']", "^also, item 1: the server daphne is given twice"),
    ],
)
def test_what_a_table_names_has_to_exist_once(table: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        plan_from(profile.parse(f"{GOOD}[[also]]\n{table}\n", "mine.toml"), 1)


def test_full_covers_every_pattern_and_server() -> None:
    from runners.servers.registry import SERVERS

    plan = plan_from(profile.load("full"), 1)
    assert {cell.pattern.partition(":")[0] for cell in plan.cells} == set(PATTERNS)
    assert {cell.server.partition(":")[0] for cell in plan.cells} == set(SERVERS)


def test_a_byte_order_mark_is_no_part_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(GOOD, encoding="utf-8-sig")
    assert profile.load(str(file)).description == "mine"


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(GOOD)
    assert profile.load(str(file)).users == (4,)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("blocks = 2", "blocks = ", "mine.toml: not valid TOML: .*line 6"),
        ("blocks = 2", "blocks = 0", "mine.toml: line 6: blocks: give 1 to 1000, the lower number first, not 0"),
        ("blocks = 2", 'blocks = "9..2"', "line 6: blocks: give 1 to 1000, the lower number first, not '9..2'"),
        ("blocks = 2", "blocks = true", "line 6: blocks: give a number such as 10, or a range such as '6..20', not"),
        ("blocks = 2", 'blocks = 2\nbudget_s = "soon"', "line 7: budget_s: give a time such as 90s, 10m or 1h30m"),
        ("blocks = 2", 'blocks = 2\nbudget_s = "1h30"', "line 7: budget_s: give a time such as 90s, 10m or 1h30m"),
        (
            "blocks = 2",
            "blocks = 2\nbudget_s = 99",
            "mine.toml: budget_s does nothing with a fixed number of blocks; give a range in blocks, such as 2..20",
        ),
        ("blocks = 2", "blocks = 2\nbudget_s = 0", "line 7: budget_s: give a time above 0, at most 168h, not 0"),
        (
            "warmup_s = 0.5",
            "warmup_s = 0.5\nwarmup_limit_s = 0.4",
            "the longest warm-up is 0.4 s and the shortest 0.5 s; raise warmup_limit_s",
        ),
        ("blocks = 2", "block = 2", "mine.toml: line 6: unknown key 'block'; did you mean 'blocks'"),
        (
            "users = [4]",
            "users = [4, 0]",
            "mine.toml: line 5: users, item 2: give a whole number from 1 to 10,000, not 0",
        ),
        ("blocks = 2\n", "", "mine.toml: the key blocks is missing"),
        ("users = [4]\n", "", "mine.toml: there is no load; give users, rates or hold"),
        (
            "users = [4]",
            "users = [4]\ngenerators = 5",
            "mine.toml: 5 generators need at least 5 users; lower generators",
        ),
        (
            "users = [4]",
            "rates = [200, true]",
            "line 5: rates, item 2: a rate is a number or a text, such as .*, not True",
        ),
        ("users = [4]", 'users = "4"', r"line 5: users: give a list, such as \[4\], not '4'"),
        ("users = [4]", "users = 4", r"line 5: users: give a list, such as \[4\], not 4"),
        ("users = [4]", 'users = "many"', r"line 5: users: give a list, such as \[\"many\"\], not 'many'"),
        ('["uvicorn"]', '"uvicorn"', r"line 2: servers: give a list, such as \[\"uvicorn\"\], not 'uvicorn'"),
        ('"mine"', "5", 'line 1: description: give a text, such as "5", not 5'),
        ("users = [4]", 'rates = ["fast"]', "line 5: rates, item 1: fast is no rate; write .*, not 'fast'"),
        (
            "users = [4]",
            'rates = ["9"]\narrivals = "never"',
            "line 6: arrivals: give poisson or constant, not 'never'",
        ),
    ],
)
def test_a_malformed_file_is_refused_with_file_line_and_key(old: str, new: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        profile.parse(GOOD.replace(old, new), "mine.toml")


def test_rates_may_be_numbers_and_are_kept_in_one_form() -> None:
    text = GOOD.replace("users = [4]", 'rates = [200, 0.50, "10.0..20/3s"]')
    assert profile.parse(text, "mine.toml").rates == ("200", "0.5", "10..20/3s")


@pytest.mark.parametrize(
    ("text", "least", "most"), [("10", 10, 10), ('"7"', 7, 7), ('"6..20"', 6, 20), ('"5..5"', 5, 5)]
)
def test_blocks_are_a_number_or_a_range(text: str, least: int, most: int) -> None:
    found = profile.parse(GOOD.replace("blocks = 2", f"blocks = {text}"), "mine.toml")
    assert (found.min_blocks, found.max_blocks) == (least, most)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("1.5", 1.5), ('"90"', 90), ('"90s"', 90), ('"10m"', 600), ('"1h30m"', 5400)]
)
def test_a_budget_is_a_time(text: str, seconds: float) -> None:
    ranged = GOOD.replace("blocks = 2", 'blocks = "2..9"')
    assert profile.parse(f"{ranged}budget_s = {text}", "mine.toml").budget_s == seconds


def test_disturbances_may_be_accepted_some_or_all() -> None:
    assert profile.parse(GOOD, "mine.toml").accept == ()
    some = profile.parse(f'{GOOD}accept = ["support_limit", "noisy_neighbour", "support_limit"]', "mine.toml")
    assert some.accept == ("noisy_neighbour", "support_limit")
    assert plan_from(some, 1).settings.accept == ("noisy_neighbour", "support_limit")
    everything = profile.parse(f'{GOOD}accept = ["all"]', "mine.toml").accept
    assert everything == ("arrival_lag", "noisy_neighbour", "server_disturbed", "support_limit")


def test_a_warm_up_that_does_not_get_steady_lasts_four_times_as_long_or_as_said() -> None:
    assert profile.parse(GOOD, "mine.toml").longest_warmup_s == 2.0
    long = GOOD.replace("warmup_s = 0.5", "warmup_s = 3000")
    assert profile.parse(long, "mine.toml").longest_warmup_s == 3600
    assert profile.parse(f"{GOOD}warmup_limit_s = 0.7", "mine.toml").longest_warmup_s == 0.7


def test_an_unknown_profile_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="unknown profile 'quik'; did you mean 'quick'"):
        profile.load("quik")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot read the profile .*none\.toml: No such file"):
        profile.load(str(tmp_path / "none.toml"))
