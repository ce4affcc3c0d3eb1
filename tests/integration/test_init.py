"""``djbench init`` in Django projects: a description that runs as it is, and nothing else left behind."""

import re
import shutil
import sqlite3
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import psutil
import pytest

from runners.survey import surveying
from runners.targets.describing.description import read_target
from tests.integration.conftest import djbench_here
from tests.integration.environments import Environment
from tests.integration.polls_site import write_polls
from tests.integration.project_page import checksum

_ENDLESS = 'urlpatterns = [path("", views.latest), path("on/", views.endless)]'
_CALLS_AT_START = """
import urllib.request
from django.apps import AppConfig

class PollsConfig(AppConfig):
    name = "polls"

    def ready(self):
        try:
            urllib.request.urlopen("http://flags.example.org/")
        except OSError:
            pass
"""
_STARTS = """

def extra(request):
    import pathlib, subprocess
    process = subprocess.Popen(["sleep", "60"], start_new_session=True)
    (pathlib.Path(__file__).parents[2] / "pid").write_text(str(process.pid))
    return HttpResponse("started")
"""
pytestmark = pytest.mark.usefixtures("nothing_left")


@pytest.fixture(scope="module")
def polls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with views of every kind."""
    return write_polls(tmp_path_factory.mktemp("projects") / "polls")


@pytest.fixture
def project(polls: Path, tmp_path: Path) -> Path:
    """A copy of it, for a test of its own."""
    return shutil.copytree(polls, tmp_path / "polls")


def add_view(project: Path, view: str) -> None:
    """Give the project one more view, which is called extra."""
    with (project / "polls" / "views.py").open("a") as views, (project / "mysite" / "urls.py").open("a") as urls:
        views.write(view)
        urls.write('\nurlpatterns += [path("extra/", __import__("polls.views").views.extra)]\n')


@pytest.fixture(scope="module")
def text(polls: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What init writes."""
    project = shutil.copytree(polls, tmp_path_factory.mktemp("described") / "polls")
    before, names = checksum(project), {path.name for path in project.iterdir()}
    done = djbench_here("init", "--yes", cwd=project)
    assert done.returncode == 0, done.stderr
    assert checksum(project) == before
    assert {path.name for path in project.iterdir()} == names | {"djbench.toml"}
    return (project / "djbench.toml").read_text(encoding="utf-8")


def uncommented(text: str) -> dict[str, Any]:
    """The file with every comment that is a key or a table taken in."""
    return tomllib.loads(re.sub(r"^# (?=\[|\w+ = )", "", text, flags=re.MULTILINE))


def test_what_answers_is_described(text: str) -> None:
    content = tomllib.loads(text)
    assert content["requests"] == {
        "index": {"path": "/polls/", "style": "sync"},
        "latest_async": {"path": "/polls/async/", "style": "async"},
        "page": {"path": "/polls/pages/", "style": "sync"},
        "tree": {"path": "/tree/", "style": "sync"},
        "writing": {"path": "/writing/", "style": "sync", "writes": True},
    }
    assert content["settings"] == "mysite.settings"
    assert (content["wsgi"], content["asgi"]) == ("mysite.wsgi:application", "mysite.asgi:application")
    assert (content["database"], content["data"]) == ("sqlite", "empty")
    assert content["prepare"] == [["{python}", "manage.py", "migrate", "--noinput"]]
    assert content["overrides"] == {"DEBUG": False, "ALLOWED_HOSTS": ["*"]}
    assert "admin" not in text


def test_what_needs_a_word_is_a_comment(text: str) -> None:
    content = uncommented(text)
    assert content["values"]["question"] == {"query": "polls.Question", "fields": ["pk", "slug"]}
    waiting = {
        name: table for name, table in content["requests"].items() if name not in tomllib.loads(text)["requests"]
    }
    assert waiting["detail"] == {"path": "/polls/{question.pk}/", "style": "sync"}
    assert waiting["polls_detail"] == {"path": "/polls/by/{question.slug}/", "style": "sync"}
    assert waiting["vote"] == {"path": "/polls/{question.pk}/vote/", "method": "POST", "csrf": True, "style": "sync"}
    assert waiting["tree_2"] == {"path": "/tree/{number}", "style": "sync"}
    assert waiting["archive_again"] == {"path": "/archive/{number}/again/{number}", "style": "sync"}
    assert waiting["n_code"] == {"path": "/settings/", "style": "sync", "user": "member"}
    assert waiting["evil"] == {"path": "/account/", "style": "sync", "user": "member"}
    assert {"failing", "crashing", "calling", "silent", "moved"} <= waiting.keys()


@pytest.mark.parametrize(
    "reason",
    [
        "calls api.example.org: allow it with may_call",
        "calls log.example.org: allow it with may_call",
        "fails: KeyError: 'colour",
        "fails: its process ended by itself (exit code 3)",
        "asks for a login: use [users.member]",
        "answers 301 and leads to /elsewhere/",
        "takes POST",
    ],
)
def test_a_comment_says_why(text: str, reason: str) -> None:
    assert reason in text


def test_all_of_it_can_be_used_once_it_is_filled_in(text: str, project: Path) -> None:
    filled = re.sub(r"^# (?=\[|\w+ = )", "", text, flags=re.MULTILINE)
    (project / "djbench.toml").write_text(filled, encoding="utf-8")
    target = read_target(project / "djbench.toml")
    assert {"index", "detail", "vote", "mix"} <= target.catalog.own.keys()


def test_a_page_that_does_not_end_is_a_comment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surveying, "_ANSWER_S", 0.5)
    project = write_polls(
        tmp_path / "endless", urls='urlpatterns = [path("", views.latest), path("on/", views.endless)]'
    )
    assert djbench_here("init", cwd=project).returncode == 0
    text = (project / "djbench.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)["requests"] == {"home": {"path": "/", "style": "sync"}}
    assert "fails: no answer within 0.5 s" in text


def test_a_percent_sign_in_a_path_is_none_of_ours(tmp_path: Path) -> None:
    project = write_polls(tmp_path / "percent", urls='urlpatterns = [path("5%/%d/", views.latest, name="%s")]')
    assert djbench_here("init", cwd=project).returncode == 0
    text = (project / "djbench.toml").read_text(encoding="utf-8")
    assert [table["path"] for table in tomllib.loads(text)["requests"].values()] == ["/5%25/%25d/"]


def test_a_process_that_a_view_starts_is_ended(project: Path) -> None:
    add_view(project, _STARTS)
    assert djbench_here("init", cwd=project).returncode == 0
    pid = int((project.parent / "pid").read_text(encoding="utf-8"))
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_an_error_of_several_lines_is_said_in_one(project: Path) -> None:
    add_view(project, '\n\ndef extra(request):\n    raise ValueError("one\\ntwo")\n')
    assert djbench_here("init", cwd=project).returncode == 0
    assert "views.extra: fails: ValueError: one two\n" in (project / "djbench.toml").read_text(encoding="utf-8")


def test_what_was_written_and_what_is_left_to_do_is_said(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", sys.prefix)
    done = djbench_here("init", cwd=project)
    assert done.stdout.splitlines()[0] == f"{project / 'djbench.toml'}: 5 requests to measure"
    assert "djbench's own Python and Django run it; name yours" in done.stdout
    assert "  2 as comments: they ask for a login" in done.stdout
    assert "  most of those that fail say: KeyError: 'colour" in done.stdout
    assert "  the pages read no rows: load data in prepare" in done.stdout


def test_the_configured_database_is_not_touched(project: Path) -> None:
    database = project / "db.sqlite3"
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE mine (name TEXT)")
    connection.close()
    before = checksum(project)
    assert djbench_here("init", cwd=project).returncode == 0
    assert checksum(project) == before


def test_a_copy_of_the_data_lets_paths_with_arguments_be_measured(project: Path) -> None:
    run = [sys.executable, "-B", "manage.py"]
    subprocess.run([*run, "migrate", "--verbosity", "0"], cwd=project, check=True, timeout=60)
    with sqlite3.connect(project / "db.sqlite3") as connection:
        connection.execute("INSERT INTO polls_question (text, slug) VALUES ('Why?', 'a b')")
    connection.close()
    before = checksum(project)
    done = djbench_here("init", "--data", "copy", cwd=project)
    assert done.returncode == 0, done.stderr
    content = tomllib.loads((project / "djbench.toml").read_text(encoding="utf-8"))
    assert content["data"] == "copy"
    assert content["values"] == {"question": {"query": "polls.Question", "fields": ["pk", "slug"]}}
    assert content["requests"]["detail"]["path"] == "/polls/{question.pk}/"
    assert "vote" not in content["requests"]
    assert checksum(project) == before


def test_a_dump_is_named_from_the_projects_folder(project: Path, tmp_path: Path) -> None:
    run = [sys.executable, "-B", "manage.py"]
    subprocess.run([*run, "migrate", "--verbosity", "0"], cwd=project, check=True, timeout=60)
    with sqlite3.connect(project / "db.sqlite3") as connection:
        connection.execute("INSERT INTO polls_question (text, slug) VALUES ('Why?', 'why')")
        (project / "dump.sql").write_text("\n".join(connection.iterdump()), encoding="utf-8")
    connection.close()
    done = djbench_here("init", str(project), "--data", "dump:dump.sql", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    content = tomllib.loads((project / "djbench.toml").read_text(encoding="utf-8"))
    assert content["data"] == "dump:dump.sql"
    assert content["requests"]["detail"]["path"] == "/polls/{question.pk}/"


@pytest.mark.parametrize(
    ("option", "value", "complaint"),
    [
        ("--settings", "my site", "settings: write it like myproject.settings, not 'my site'"),
        ("--data", "mine", 'data: write it like "empty", "copy" or "dump:FILE", not \'mine\''),
        ("--may-call", "http://a/", "may_call, item 1: write it like api.example.org, not 'http://a/'"),
        ("--env", "SECRET-KEY=x", "--env SECRET-KEY=x: write NAME=VALUE, e.g. SECRET_KEY=x"),
    ],
)
def test_an_option_that_makes_no_sense_is_one_line(project: Path, option: str, value: str, complaint: str) -> None:
    done = djbench_here("init", option, value, cwd=project)
    assert (done.returncode, done.stderr) == (2, f"djbench: {complaint}\n")


def test_hosts_that_the_project_calls_at_its_start_are_named(project: Path) -> None:
    (project / "polls" / "apps.py").write_text(_CALLS_AT_START)
    done = djbench_here("init", cwd=project)
    assert done.returncode == 0, done.stderr
    text = (project / "djbench.toml").read_text(encoding="utf-8")
    assert "It calls flags.example.org when it starts." in text
    assert uncommented(text)["may_call"] == ["flags.example.org"]
    assert "may_call" not in tomllib.loads(text)
    (project / "djbench.toml").unlink()
    look = djbench_here("look", cwd=project)
    assert look.returncode == 1
    assert "refused calls: it calls flags.example.org when it starts" in look.stdout


def test_a_host_can_be_allowed(project: Path) -> None:
    done = djbench_here("init", "--may-call", "api.example.org", cwd=project)
    assert done.returncode == 0, done.stderr
    text = (project / "djbench.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)["may_call"] == ["api.example.org"]
    assert "calls api.example.org" not in text


def test_a_start_that_a_refused_call_stops_is_one_line(project: Path) -> None:
    with (project / "mysite" / "settings.py").open("a") as file:
        file.write('import urllib.request\nSECRETS = urllib.request.urlopen("http://vault.example.org/").read()\n')
    done = djbench_here("init", cwd=project)
    assert done.returncode == 2
    assert "djbench refuses the call to vault.example.org; allow it with: --may-call vault.example.org" in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_oldest_python_and_django_are_looked_at(project: Path, oldest: Environment) -> None:
    before = checksum(project)
    done = djbench_here("init", "--python", str(oldest.folder), cwd=project)
    assert done.returncode == 0, done.stderr
    content = tomllib.loads((project / "djbench.toml").read_text(encoding="utf-8"))
    assert content["python"] == str(oldest.python)
    assert content["requests"].keys() == {"index", "latest_async", "page", "tree", "writing"}
    assert checksum(project) == before


def test_a_description_that_is_there_stays(project: Path) -> None:
    file = project / "djbench.toml"
    file.write_text("# mine\n")
    done = djbench_here("init", "--yes", cwd=project)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"djbench: {file} is there already; replace it with --force\n"
    assert file.read_text() == "# mine\n"
    assert djbench_here("init", "--force", cwd=project).returncode == 0
    assert "[requests.index]" in file.read_text(encoding="utf-8")


def test_a_project_in_a_folder_below_is_found(project: Path, tmp_path: Path) -> None:
    outer = tmp_path / "outer"
    outer.mkdir()
    shutil.move(project, outer / "src")
    done = djbench_here("init", "outer", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    content = tomllib.loads((outer / "djbench.toml").read_text(encoding="utf-8"))
    assert (content["name"], content["path"], content["working_directory"]) == ("outer", ["src"], "src")
    assert {path.name for path in outer.iterdir()} == {"src", "djbench.toml"}


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        (
            'import os\nos.environ["NOT_THERE"]\n',
            "the settings mysite.settings do not import: KeyError: 'NOT_THERE'; see",
        ),
        (
            'DATABASES["default"]["ENGINE"] = "django.db.backends.mysql"\n',
            "the database default uses django.db.backends.mysql; djbench can put a temporary SQLite or PostgreSQL",
        ),
        (
            'DATABASES["replica"] = DATABASES["default"]\n',
            "the settings have several databases (default, replica); djbench can put a temporary one",
        ),
        ("import not_there\n", "No module named 'not_there'; if"),
        (
            "import os\nos._exit(0)\n",
            "do not import: survey.settings_facts ended without an answer; its log is empty",
        ),
        ('ROOT_URLCONF = "nowhere"\n', "prepare ended with exit code 1: ModuleNotFoundError: No module named"),
    ],
)
def test_what_cannot_be_measured_is_one_line(project: Path, settings: str, complaint: str) -> None:
    with (project / "mysite" / "settings.py").open("a") as file:
        file.write(settings)
    before = checksum(project)
    done = djbench_here("init", cwd=project)
    assert (done.returncode, done.stdout) == (2, "")
    assert complaint in done.stderr
    assert done.stderr.count("\n") == 1
    assert checksum(project) == before
    assert not (project / "djbench.toml").exists()


def test_a_migration_that_fails_is_one_line(project: Path) -> None:
    (project / "polls" / "migrations" / "0001_initial.py").write_text("raise RuntimeError('no table today')\n")
    done = djbench_here("init", cwd=project)
    assert done.returncode == 2
    assert "RuntimeError: no table today" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("init",), "has no Django project: there is no manage.py in it or in a folder below"),
        (("init", "nowhere"), "there is no folder"),
        (("init", "--python", "nowhere/python"), "has no Django project"),
    ],
)
def test_without_a_project_it_is_one_line(tmp_path: Path, arguments: tuple[str, ...], complaint: str) -> None:
    done = djbench_here(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert done.stderr.count("\n") == 1


def test_variables_that_settings_need_go_into_the_file(project: Path) -> None:
    with (project / "mysite" / "settings.py").open("a") as file:
        file.write('import os\nLANGUAGE_CODE = os.environ["SITE_LANGUAGE"]\n')
    done = djbench_here("init", "--env", "SITE_LANGUAGE=de", cwd=project)
    assert done.returncode == 0, done.stderr
    content = tomllib.loads((project / "djbench.toml").read_text(encoding="utf-8"))
    assert content["environment"] == {"SITE_LANGUAGE": "de"}
    assert djbench_here("init", "--force", "--env", "SITE_LANGUAGE", cwd=project).returncode == 2
