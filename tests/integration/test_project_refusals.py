"""What a run of a reader's project refuses before it measures anything: one line, and nothing is left behind."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.conftest import ANY_MACHINE, djbench_here
from tests.integration.guestbook import DESCRIPTION, digest_of, make_guestbook

pytestmark = pytest.mark.usefixtures("nothing_left")

SHORT = ("--blocks", "1", "--users", "1", "--warmup", "0.1", "--duration", "0.2", "--quiet", *ANY_MACHINE)
SERVERS = ("--server", "gunicorn-sync", "--server", "uvicorn")
AWAY = '[requests.away]\npath = "/away/"\n'
SIGN = '[requests.sign]\npath = "/sign/"\nmethod = "GET"\nwrites = true\n'


def run(project: Path, *options: str) -> tuple[int, str]:
    """Measure it: exit code and what is said."""
    done = djbench_here("run", *SHORT, *SERVERS, *options, cwd=project)
    return done.returncode, done.stderr


def refused(project: Path, *options: str) -> str:
    """The one line with which it is refused."""
    before = digest_of(project)
    code, message = run(project, *options)
    lines = [line for line in message.splitlines() if not line.startswith("note: ")]
    assert (code, len(lines)) == (2, 1), message
    assert {name: digest for name, digest in digest_of(project).items() if name != "djbench-runs/.gitignore"} == before
    return lines[0]


def engine(name: str, alias: str = "default") -> str:
    return f'DATABASES["{alias}"] = {{"ENGINE": "django.db.backends.{name}", "NAME": "real", "HOST": "db.invalid"}}\n'


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        (engine("mysql"), "the database default uses django.db.backends.mysql; djbench can put"),
        (engine("oracle"), "the database default uses django.db.backends.oracle; djbench can put"),
        (engine("sqlite3", "replica"), "the settings have several databases (default, replica); djbench can put"),
        ('DATABASES["default"]["ENGINE"] = "django.contrib.gis.db.backends.postgis"\n', "gis.db.backends.postgis;"),
        (engine("postgresql"), "--database sqlite: the settings use postgres; give --database postgres"),
        ("raise ValueError('no secret')\n", "the settings guests.settings do not import: ValueError: no secret"),
    ],
)
def test_a_database_that_none_of_ours_can_replace(tmp_path: Path, settings: str, complaint: str) -> None:
    assert complaint in refused(make_guestbook(tmp_path, settings=settings))


def test_an_override_of_the_temporary_database(tmp_path: Path) -> None:
    overrides = '[overrides]\nDATABASES = { default = { ENGINE = "django.db.backends.sqlite3", NAME = "real" } }\n'
    assert "[overrides] DATABASES would undo the temporary database" in refused(
        make_guestbook(tmp_path, DESCRIPTION + overrides)
    )


@pytest.mark.parametrize(
    ("description", "complaint"),
    [
        (DESCRIPTION + SIGN, "--database configured is only read, and these write: mix, sign; choose others"),
        (DESCRIPTION + "[users.anna]\n", "users anna: sessions would be written into the configured database"),
        (f"{DESCRIPTION}csrf = true\n", "csrf = true of count: a session with the token could be written"),
        (f'data = "copy"\n{DESCRIPTION}', 'data = "copy" needs a temporary database, not --database configured'),
    ],
)
def test_what_would_write_into_the_configured_database(tmp_path: Path, description: str, complaint: str) -> None:
    assert complaint in refused(make_guestbook(tmp_path, description), "--database", "configured")


def test_calls_to_other_hosts_until_each_is_named(tmp_path: Path) -> None:
    project = make_guestbook(tmp_path, DESCRIPTION + AWAY)
    assert refused(project) == (
        "djbench: the project calls other hosts: api.invalid (by GET /away/); if a run may call them, add "
        "--may-call api.invalid, or may_call to its description"
    )
    assert run(project, "--may-call", "api.invalid") == (0, "")
    (report,) = project.glob("djbench-runs/*/report.md")
    assert "It may call api.invalid; calls count as the project's own time." in report.read_text()


CALL = "import socket\ntry:\n    socket.create_connection(('sentry.invalid', 443), 1)\nexcept OSError:\n    pass\n"


def test_calls_that_prepare_makes(tmp_path: Path) -> None:
    project = make_guestbook(tmp_path, DESCRIPTION)
    (project / "guests/settings.py").write_text(CALL + (project / "guests/settings.py").read_text())
    assert "other hosts: sentry.invalid (by prepare);" in refused(project)


ON_SAVE = """
import urllib.request
from django.db.models.signals import post_save
def tell(sender, **_):
    urllib.request.urlopen("http://crm.invalid/", timeout=2)
post_save.connect(tell, "auth.User")
"""


def test_calls_that_making_a_user_makes(tmp_path: Path) -> None:
    project = make_guestbook(tmp_path, DESCRIPTION + "[users.anna]\n")
    with (project / "book/models.py").open("a") as file:
        file.write(ON_SAVE)
    assert "other hosts: crm.invalid (by values and users);" in refused(project)


def test_calls_that_settings_make(tmp_path: Path) -> None:
    project = make_guestbook(tmp_path)
    settings = project / "guests/settings.py"
    settings.write_text(CALL.replace("    pass", "    raise") + settings.read_text())
    assert "settings guests.settings do not import: ConnectionRefusedError: [Errno 111] djbench refuses the call" in (
        refused(project)
    )


def test_a_server_here_that_a_package_works_with(tmp_path: Path) -> None:
    project = make_guestbook(tmp_path, DESCRIPTION)
    with (project / "guests/settings.py").open("a") as file:
        file.write('RQ_QUEUES = {"default": {"HOST": "localhost", "PORT": 6379}}\n')
    assert "other hosts: localhost:6379 (by prepare); if a run may call them, add --may-call localhost:6379" in refused(
        project
    )
    assert run(project, "--may-call", "localhost:6379") == (0, "")


LOCUSTFILE = """
from locust import constant, task
from djbench.lean import LeanHttpUser
class Guest(LeanHttpUser):
    wait_time = constant(0.1)
    @task
    def away(self):
        self.client.get("/away/")
"""


def test_calls_of_the_users_of_a_locust_file(tmp_path: Path) -> None:
    project = make_guestbook(tmp_path, DESCRIPTION + '[journeys.guest]\nlocustfile = "locustfile.py"\n')
    (project / "locustfile.py").write_text(LOCUSTFILE)
    assert f"api.invalid (by {project / 'locustfile.py'});" in refused(project, "--pattern", "guest")


def test_calls_that_a_start_makes(tmp_path: Path) -> None:
    application = "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n"
    project = make_guestbook(tmp_path, f'wsgi = "guests.wsgi:application"\n{DESCRIPTION}')
    (project / "guests/wsgi.py").write_text(CALL + application)
    assert "other hosts: sentry.invalid (by its start);" in refused(project)


SERVICE = """
[[services]]
name = "queue"
command = {command}
variable = "QUEUE_URL"
value = "queue://127.0.0.1:{{port}}/0"
"""


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        ('["no-such-program"]', "service queue: queue could not be started: there is no program no-such-program; inst"),
        ('["{python}", "-c", "raise ValueError(7)"]', "service queue: queue ended by itself: ValueError: 7; its log: "),
    ],
)
def test_a_service_that_does_not_come_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, complaint: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    project = make_guestbook(tmp_path / "project", DESCRIPTION + SERVICE.format(command=command))
    assert complaint in refused(project)


def test_a_service_that_listens_is_told_and_its_cpu_time_kept(tmp_path: Path) -> None:
    command = '["{python}", "-m", "http.server", "{port}", "--bind", "127.0.0.1"]'
    check = "import os; assert os.environ['QUEUE_URL'].startswith('queue://127.0.0.1:')"
    description = DESCRIPTION.replace("prepare = [", f'prepare = [["{{python}}", "-c", "{check}"], ')
    project = make_guestbook(tmp_path, description + SERVICE.format(command=command))
    assert run(project, "--run-dir", "djbench-runs/first") == (0, "")
    assert '"queue"' in (project / "djbench-runs/first/trials/0000.json").read_text()


def test_each_trial_begins_with_the_rows_that_were_prepared(tmp_path: Path) -> None:
    met = tmp_path / "met"
    project = make_guestbook(tmp_path / "project", f'{DESCRIPTION}{SIGN}[environment]\nMET = "{met}"\n')
    before = digest_of(project)
    assert run(project, "--blocks", "2", "--pattern", "sign") == (0, "")
    found = met.read_text().split()
    assert found == ["0"] * len(found)
    assert len(found) >= 4  # two blocks under two servers, and what was asked for before
    assert {name: digest for name, digest in digest_of(project).items() if "djbench-runs" not in name} == before


def test_the_configured_database_is_read_and_not_changed(tmp_path: Path) -> None:
    project = make_guestbook(tmp_path)
    migrate = [sys.executable, "manage.py", "migrate", "--noinput"]
    subprocess.run(migrate, cwd=project, check=True, capture_output=True)
    before = digest_of(project)
    code, message = run(project, "--database", "configured")
    assert (code, message) == (0, "")
    (file,) = project.glob("djbench-runs/*/run.json")
    file.write_text(json.dumps({**json.loads(file.read_text()), "status": "interrupted", "ended_by": None}))
    again = djbench_here("resume", "--quiet", cwd=project)
    assert (again.returncode, again.stderr) == (0, "")
    assert {name: digest for name, digest in digest_of(project).items() if "djbench-runs" not in name} == before
