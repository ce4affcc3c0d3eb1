"""Servers from outside: what a file has to have, and what is said when it does not."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from djbench.server import Server
from djbench.spec import SpecError
from runners.servers import files as server_files
from runners.servers.facts import facts_of
from runners.servers.lookup import parse_server
from tests import ROOT

PAGE = (ROOT / "docs" / "adding-a-server.md").read_text()
(GOOD, _) = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_a_file_is_a_server_like_any_other(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(GOOD)
    spec = parse_server(f"{file}:threads=8")
    assert str(spec) == f"{file}:workers=2,threads=8"
    assert (spec.slots, spec.processes) == (16, 2)
    assert "/" not in spec.server.slug
    command = spec.arguments(host="127.0.0.1", port=7, application="a:b")
    assert command[:3] == ["-m", "gunicorn", "--preload"]


def test_a_file_may_say_more_of_its_server(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    more = 'unfit = "it is an experiment"\nunbounded = "a thread per connection"\nenvironment = { THREADS = "2" }\n'
    file.write_text(more + GOOD.replace('slots = ["workers", "threads"]\n', "", 1))
    spec = parse_server(str(file))
    assert (spec.slots, spec.slots_by) == (None, "a thread per connection")
    assert spec.server.unfit == "it is an experiment"
    assert dict(spec.server.environment) == {"THREADS": "2"}


def test_the_record_of_a_run_has_what_the_file_says_of_its_server(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(GOOD)
    facts = facts_of(parse_server(f"{file}:threads=8"))
    assert facts.command[:4] == ("python", "-m", "gunicorn", "--preload")
    assert (facts.colour, facts.unfit) == ("#7a5c00", "")
    assert facts.deployment is not None
    assert facts.deployment.command == ("gunicorn", "--config", "gunicorn.conf.py")
    assert f"# {file}:workers=2,threads=8" in facts.deployment.text
    assert 'wsgi_app = "yourproject.wsgi:application"' in facts.deployment.text
    assert "threads = 8\n" in facts.deployment.text


def test_a_file_can_say_all_that_an_entry_can() -> None:
    assert server_files._ServerFile.model_fields.keys() == {each.name for each in fields(Server)} - {"name"}


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("summary", "sumary", "mine.toml: line 1: unknown key 'sumary'; did you mean 'summary'?"),
        (
            'interface = "wsgi"',
            'interface = "cgi"',
            "mine.toml: line 2: interface: give 'wsgi' or 'asgi', not 'cgi'",
        ),
        (
            'name = "threads"',
            'name = "Max threads"',
            "name: write it like max_requests, in lower-case letters, digits and _, not 'Max threads'",
        ),
        (
            'slots = ["workers", "threads"]',
            'slots = "workers"',
            """slots: give a list, such as ["workers"], not""",
        ),
        ("default = 4", "default = [4]", "parameters, item 2, default: give a number or a text, not [4]"),
        ("minimum = 1", 'minimum = "1"', "minimum: give a number, such as 0.5, not '1'"),
        ('processes = "workers"', 'helpers = "1"', "helpers: give a whole number, such as 4, not '1'"),
        ('processes = "workers"', "processes = 2", 'processes: give a text, such as "2", not 2'),
        (
            'slots = ["workers", "threads"]',
            'slots = ["treads"]',
            "whole-number parameters, and treads is none",
        ),
        ('"{threads}"', '"{treads}"', "the argument '{treads}' asks for 'treads'; there are application, host, port,"),
        ('"{host}:{port}"', '"{host}"', "no argument has {port}; add it where the server expects it"),
        (
            "default = 4",
            "default = 4\nmaximun = 9",
            "mine.toml: line 36: parameters, item 2: unknown key 'maximun'; did you mean",
        ),
        ("summary =", "summary", "mine.toml: not valid TOML"),
        ('slots = ["workers", "threads"]', "slots = []", "slots names no parameter; leave it out for a server without"),
        ("minimum = 1", "minimum = 0", "workers counts slots or processes; give it a minimum of 1 or more"),
        ('name = "threads"', 'name = "port"', "port cannot be a parameter: djbench fills in {port} itself"),
        ('name = "threads"', 'name = "application"', "application cannot be a parameter"),
        ('name = "threads"', 'name = "workers"', "the parameter workers is declared twice"),
        ("default = 4", 'default = "four"', "threads: a text takes choices, and a number minimum and maximum"),
        ("default = 4", 'default = 4\nchoices = ["four"]', "threads: a text takes choices, and a number minimum and"),
        ("default = 4", "default = 0", "the default threads=0: must be a whole number of at least 1"),
        ("default = 4", "default = 4\nmaximum = 3", "the default threads=4: must be a whole number from 1 to 3"),
        (
            "default = 4",
            'default = "four"\nchoices = ["five"]',
            "the default threads=four: must be one of five",
        ),
        ('gunicorn = "gunicorn"', '".gunicorn" = "gunicorn"', "modules: '.gunicorn' is not the name of a module"),
        ('"{threads}"', '"{host:{port}"', "unmatched '{' in format spec; a literal brace is {{ or }}"),
        ('"{threads}"', '"{port.number}"', "the argument '{port.number}' asks for"),
        ('processes = "workers"', "helpers = -1", "helpers=-1: must be 0 or more"),
        ("#7a5c00", "brown", "colour: 'brown' is not a colour such as #0072b2"),
        (
            "threads = {threads}",
            "threads = {treads}",
            "deployment: the line 'threads = {treads}' asks for 'treads'; there",
        ),
        ("threads = {threads}", "threads = {", "deployment: the line 'threads = {': Single '{' encountered"),
        (
            '"gunicorn.conf.py"]',
            '"{file}"]',
            "deployment: the command's '{file}' asks for 'file'; there are application,",
        ),
        ("threads = {threads}", "threads = 1\\u001b[2K", "a report cannot show a file with control characters"),
        ('name = "gunicorn.conf.py"', "", "mine.toml: line 14: the key deployment.name is missing"),
        ('name = "threads"', 'name = "spec"', "spec cannot be a parameter"),
    ],
)
def test_a_file_that_does_not_fit_is_one_clear_line(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(SpecError, match=re.escape(complaint)):
        parse_server(str(file))


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(SpecError, match=r"cannot read the server none\.toml: No such file or directory"):
        parse_server("none.toml")
