"""Description files: the built-in site's own, and what is said of one that is wrong."""

import os
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from djbench.errors import UsageError
from djbench.rooms import site_description
from djbench.spec import Parameter
from djbench.target import Fact, Target, TargetService
from runners.targets.built_in import built_in
from runners.targets.describing.description import read_target
from runners.targets.environment import child_environment

TEXT = """\
name = "shop"
path = ["."]
wsgi = "shop.wsgi:application"
asgi = "shop.asgi:application"
health_path = "/health"
prepare = [["{python}", "manage.py", "migrate"]]
probe = "home"
views = "shop.patterns"

[environment]
DJANGO_SETTINGS_MODULE = "shop.settings"

[variables]
run = "SHOP_RUN"

[[services]]
name = "payment"
command = ["{python}", "payment.py", "{port}"]
ready_path = "/"
variable = "PAYMENT_URL"

[patterns.home]
summary = "the front page"
styles.sync = "a view"
parameters.rows = { default = 3, minimum = 1, maximum = 9, summary = "rows of a table" }
waits.sync = ["rows"]
"""


def written(folder: Path, text: str = TEXT) -> Path:
    file = folder / "djbench.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_description_makes_a_target(tmp_path: Path) -> None:
    target = read_target(written(tmp_path), "/usr/bin/python3")
    home = target.catalog.own["home"]
    assert (home.views, home.styles, home.waits) == ("shop.patterns.home", {"sync": "a view"}, {"sync": ("rows",)})
    assert home.parameters == (Parameter(name="rows", default=3, minimum=1, maximum=9, summary="rows of a table"),)
    assert str(target.probe) == "home:rows=3"
    assert target == Target(
        name="shop",
        description=tmp_path.resolve() / "djbench.toml",
        interpreter="/usr/bin/python3",
        wsgi_application="shop.wsgi:application",
        asgi_application="shop.asgi:application",
        environment={"DJANGO_SETTINGS_MODULE": "shop.settings", "PYTHONPATH": str(tmp_path.resolve())},
        variables={Fact.RUN: "SHOP_RUN"},
        health_path="/health",
        reset_path=None,
        prepare=(("{python}", "manage.py", "migrate"),),
        services=(
            TargetService(
                name="payment",
                command=("{python}", "payment.py", "{port}"),
                ready_path="/",
                variable="PAYMENT_URL",
            ),
        ),
        catalog=target.catalog,
        probe=target.probe,
        work_files=None,
    )
    assert target.filled(target.services[0].command, port=81) == ["/usr/bin/python3", "payment.py", "81"]
    assert target.variables_for({Fact.RUN: "r", Fact.STACK: "login"}) == {"SHOP_RUN": "r"}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("\npath =", "\npaht ="), "line 2: unknown key 'paht'; did you mean 'path'?"),
        (('health_path = "/health"\n', ""), "the key settings is missing, such as settings"),
        (('asgi = "shop.asgi:application"\n', ""), "the key asgi is missing"),
        (
            ('"shop.wsgi:application"', '"shop.wsgi"'),
            "line 3: wsgi: write it like myproject.wsgi:application, not 'shop.wsgi'",
        ),
        (('["."]', '["src"]'), "line 2: path: there is no folder src"),
        (('probe = "home"', 'probe = "hoem"'), "line 7: probe: unknown pattern 'hoem'; did you mean 'home'?"),
        (('run = "SHOP_RUN"', 'rnu = "SHOP_RUN"'), "line 14: variables.rnu: unknown fact 'rnu'; did you mean 'run'?"),
        (
            ('run = "SHOP_RUN"', 'run = "SHOP RUN"'),
            "line 14: variables.run: write it like DATABASE_URL, not 'SHOP RUN'",
        ),
        (('variable = "PAYMENT_URL"\n', ""), "line 16: the key services, item 1, variable is missing"),
        (
            ('ready_path = "/"', 'value = "redis://{prot}"'),
            "line 19: services, item 1, value: 'redis://{prot}' asks for",
        ),
        (('ready_path = "/"', 'ready = "/"'), "line 19: services, item 1: unknown key 'ready'; did you mean"),
        (
            ("payment.py", "{file}"),
            "line 18: services, item 1, command: '{file}' asks for 'file'; djbench fills in",
        ),
        (('"manage.py"', '"{port}"'), "line 6: prepare, item 1: '{port}' asks for 'port'; djbench fills in {python}"),
        (
            ('styles.sync = "a view"', "styles.sync = 1"),
            'line 24: patterns.home.styles.sync: give a text, such as "1", not 1',
        ),
        (("default = 3", "defualt = 3"), "line 25: patterns.home.parameters.rows: unknown key 'defualt'; did you mean"),
        (
            ("default = 3", "default = true"),
            "line 25: patterns.home.parameters.rows.default: give a number or a text",
        ),
        (('path = ["."]', 'path = "."'), """line 2: path: give a list, such as ["."], not '.'"""),
        (
            ('prepare = [["{python}", "manage.py", "migrate"]]', "prepare = [[]]"),
            "line 6: prepare, item 1: give at least one, not []",
        ),
        (("[[services]]", "[services]"), "line 16: services: write a list of tables, each under [[services]]"),
        (
            ("[patterns.home]", "[patterns.home]\nwrites = 1"),
            "line 23: patterns.home.writes: give true or false",
        ),
        (("default = 3", "default = 30"), "line 22: patterns.home: home: the default rows=30: must be a whole number"),
        (
            ("[patterns.home]", '[patterns.home]\nuses = ["paymnt"]'),
            "line 22: patterns.home: home: uses names paymnt; write some of database, files, payment",
        ),
        (('["rows"]', '["delay"]'), "line 22: patterns.home: home: waits and upload name the parameter delay"),
        (("[patterns.home]", "[patterns.home"), "not valid TOML: "),
    ],
)
def test_an_error_names_file_line_and_key(tmp_path: Path, change: tuple[str, str], complaint: str) -> None:
    assert change[0] in TEXT
    file = written(tmp_path, TEXT.replace(*change))
    with pytest.raises(UsageError) as refused:
        read_target(file, sys.executable)
    assert str(refused.value).startswith(f"{file}: {complaint}")
    assert "\n" not in str(refused.value)


def test_a_description_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "djbench.toml"
    with pytest.raises(UsageError, match=re.escape(f"cannot read the target {missing}: No such file or directory")):
        read_target(missing, sys.executable)
    missing.write_bytes(TEXT.replace("front", "façade").encode("latin-1"))
    with pytest.raises(UsageError, match="it is not UTF-8 text"):
        read_target(missing, sys.executable)


def test_a_description_is_utf_8_whatever_the_locale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("locale.getencoding", lambda: "ascii")
    target = read_target(written(tmp_path, TEXT.replace("front", "façade")), sys.executable)
    assert target.catalog.own["home"].summary == "the façade page"


def test_the_path_of_the_site_has_its_own_folder_and_nothing_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/ours")
    monkeypatch.setenv("VIRTUAL_ENV", "/ours")
    environment = child_environment(built_in().environment)
    assert environment["PYTHONPATH"].split(os.pathsep) == [str(site_description().parents[1])]
    assert "VIRTUAL_ENV" not in environment
    assert "PYTHONPATH" not in child_environment({})


def test_every_variable_that_the_site_reads_is_in_its_description_and_the_other_way_round() -> None:
    site = built_in()
    described = {*site.variables.values(), *(service.variable for service in site.services)}
    settings = (site.description.parent / "settings.py").read_text(encoding="utf-8")
    assert set(re.findall(r'"(DJBENCH_\w+)"', settings)) == described
    of_the_shim = {Fact.CALLS, Fact.MAY_CALL}  # whoever looks at what a site calls watches it from inside
    assert set(site.variables) == set(Fact) - of_the_shim


def test_a_target_without_a_fact_is_not_told_it() -> None:
    silent = replace(built_in(), variables={})
    assert silent.variables_for(dict.fromkeys(Fact, "x")) == {}
