"""The shim in real projects: under the oldest Python and Django that it is written for, ours, and the newest."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from runners.hosts.ports import free_port, somebody_listens
from runners.targets.environment import child_environment
from runners.targets.shim_contract import APPLICATIONS, HEALTH_PATH, SHIM_FOLDER, shim_environment
from tests.integration.conftest import poll
from tests.integration.environments import Environment

# Wherever there is a choice, the one that would do harm: files in the project, somebody's servers, settings by force.
SETTINGS = """
import logging
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
logging.getLogger("made.by.hand").addHandler(logging.FileHandler(HERE / "hand.log"))
SECRET_KEY = "a project of a test"
ROOT_URLCONF = "shop.urls"
INSTALLED_APPS = [
    "django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "django.contrib.staticfiles",
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": HERE / "shop.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL, STATIC_ROOT, STATICFILES_DIRS = "static/", HERE / "collected", [HERE / "assets"]
MEDIA_ROOT = HERE / "media"
EMAIL_HOST = "mail.example.org"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {
        name: {"class": f"logging.handlers.{name}", "filename": HERE / f"{name}.log"}
        for name in ("RotatingFileHandler", "TimedRotatingFileHandler", "WatchedFileHandler")
    },
    "root": {"handlers": ["RotatingFileHandler", "TimedRotatingFileHandler", "WatchedFileHandler"], "level": "INFO"},
}
"""
URLS = """
import logging
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.mail import send_mail
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import path

def write(request):
    logging.getLogger("made.by.hand").warning("written")
    send_mail("subject", "text", "a@example.org", ["b@example.org"])
    default_storage.save("file.txt", ContentFile(b"text"))
    User.objects.create(username=f"user {User.objects.count()}")
    return HttpResponse(f"{User.objects.count()} users")

async def waits(request):
    return HttpResponse("async")

def parts(request):
    return StreamingHttpResponse(iter([b"one,", b"two"]))

def fails(request):
    raise RuntimeError("on purpose")

urlpatterns = [path("write/", write), path("async/", waits), path("parts/", parts), path("fails/", fails)]
"""
MANAGE = """
import os, sys
from django.core.management import execute_from_command_line

os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"
execute_from_command_line(sys.argv)
"""
APPLICATION = """
import os
from django.core.{interface} import get_{interface}_application

os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"
application = get_{interface}_application()
"""
SERVERS = {
    "wsgi": ("gunicorn", "--bind", "127.0.0.1:{port}"),
    "asgi": ("uvicorn", "--port", "{port}", "--log-level", "warning"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A project, and where its processes write during a run."""

    #: The project's folder.
    folder: Path
    #: The folder of the run.
    data: Path
    #: Its interpreter.
    python: Path
    #: The variables of its processes.
    environment: Mapping[str, str]

    def python_run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run its interpreter to the end."""
        environment = {**self.environment, **variables}
        command = [str(self.python), *arguments]
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=60)

    @contextmanager
    def served(self, interface: str, **variables: str) -> Iterator[httpx.Client]:
        """Its server of that interface, and a client for it."""
        port = free_port()
        words = (word.format(port=port) for word in SERVERS[interface])
        command = [str(self.python), "-m", *words, APPLICATIONS[interface]]
        log = (self.data.parent / f"{interface}.log").open("w+")
        environment = {**self.environment, **variables}
        process = subprocess.Popen(command, cwd=self.folder, env=environment, stdout=log, stderr=log)
        try:
            poll(lambda: somebody_listens(port) or process.poll() is not None)
            assert process.poll() is None, Path(log.name).read_text()
            with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
                yield client
        finally:
            process.terminate()
            process.wait(10)
            log.close()

    def checksums(self) -> dict[str, str]:
        """Each of its files."""
        files = (file for file in self.folder.rglob("*") if file.is_file())
        return {str(file): sha256(file.read_bytes()).hexdigest() for file in files}


@pytest.fixture(scope="module", params=["oldest", "ours", "newest"])
def python(request: pytest.FixtureRequest) -> Path:
    """The interpreter of a project."""
    if request.param == "ours":
        return Path(sys.executable)
    environment: Environment = request.getfixturevalue(request.param)
    return environment.python


@pytest.fixture
def shop(python: Path, tmp_path: Path) -> Shop:
    folder = tmp_path / "project"
    for name, text in {
        "manage.py": MANAGE,
        "assets/style.css": "p {}",
        "shop/__init__.py": "",
        "shop/settings.py": SETTINGS,
        "shop/urls.py": URLS,
        **{f"shop/{interface}.py": APPLICATION.format(interface=interface) for interface in SERVERS},
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    data = tmp_path / "data"
    data.mkdir()
    applications = {interface: f"shop.{interface}:application" for interface in SERVERS}
    environment = child_environment(
        {
            **shim_environment("shop.settings", applications, {"ALLOWED_HOSTS": ["*"]}, ()),
            "PYTHONPATH": os.pathsep.join((str(SHIM_FOLDER), str(folder))),
            "PYTHONPYCACHEPREFIX": str(tmp_path / "bytecode"),
            "DJBENCH_DATABASE_URL": f"sqlite:///{data / 'database.sqlite3'}",
            "DJBENCH_DATA_DIR": str(data),
            "DJBENCH_RUN": "the run",
            "DJBENCH_SERVER": "the server",
        }
    )
    return Shop(folder=folder, data=data, python=python, environment=environment)


def test_a_project_that_insists_on_its_settings_is_served_without_a_trace_in_it(shop: Shop) -> None:
    before = shop.checksums()
    for command in (("migrate", "--verbosity", "0"), ("collectstatic", "--noinput"), ("check",)):
        done = shop.python_run("-m", "djbench_shim", "manage.py", *command)
        assert done.returncode == 0, done.stderr
    users = {"wsgi": "1 users", "asgi": "2 users"}
    for interface in SERVERS:
        with shop.served(interface) as client:
            health = client.get(HEALTH_PATH)
            assert health.json() == {"run": "the run", "server": "the server", "interface": interface, "handicap_us": 0}
            assert client.get("/write/").text == users[interface]
            assert client.get("/async/").text == "async"
            assert client.get("/parts/").text == "one,two"
            assert client.get("/fails/").status_code == 500
            assert client.get("/").status_code == 404
    assert shop.checksums() == before
    assert sorted(path.name for path in shop.data.iterdir()) == ["database.sqlite3", "logs", "media", "static"]
    assert (shop.data / "static" / "style.css").is_file()
    assert len(list((shop.data / "media").iterdir())) == 2
    logs = {file.name: file.read_text() for file in (shop.data / "logs").iterdir()}
    assert len(logs) == 4
    assert all("on purpose" in text for name, text in logs.items() if "hand" not in name)
    assert "written" in logs["project-hand.log"]


def test_a_handicap_is_burnt_and_named(shop: Shop) -> None:
    for interface in SERVERS:
        with shop.served(interface, DJBENCH_HANDICAP_US="1500") as client:
            assert client.get(HEALTH_PATH).json()["handicap_us"] == 1500
            assert client.get("/async/").text == "async"


def test_without_applications_django_makes_them(shop: Shop) -> None:
    for interface in SERVERS:
        with shop.served(interface, DJBENCH_WSGI="", DJBENCH_ASGI="") as client:
            assert client.get("/async/").text == "async"


LIST = """
import json
from djbench_shim.settings import replacements
print(json.dumps([replacement.setting for replacement in replacements()]))
"""


def test_what_is_replaced_is_told(shop: Shop) -> None:
    names = json.loads(shop.python_run("-c", LIST).stdout)
    assert set(names) >= {"DATABASES", "EMAIL_BACKEND", "LOGGING", "MEDIA_ROOT", "STATIC_ROOT", "ALLOWED_HOSTS"}


def test_code_that_imports_the_settings_module_gets_the_same_values(shop: Shop) -> None:
    code = "import django; django.setup(); from shop import settings; print(settings.DATABASES['default']['NAME'])"
    assert shop.python_run("-c", code).stdout.strip() == str(shop.data / "database.sqlite3")


CONFIGURATIONS = """
import sys, types

class Configuration: ...
sys.modules["configurations"] = types.SimpleNamespace(Configuration=Configuration)

class Production(Configuration):
    DEBUG = False
"""


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        (
            "shop/wsgi.py",
            "from django.conf import settings\nsettings.configure(SECRET_KEY='x')\napplication = None\n",
            "the project loads its settings itself (settings.configure())",
        ),
        (
            "shop/settings.py",
            "import django.conf\nfrom django.conf import LazySettings\ndjango.conf.settings = LazySettings()\n",
            "shop.settings replaces django.conf.settings, as dynaconf does",
        ),
        (
            "shop/settings.py",
            CONFIGURATIONS,
            "shop.settings has classes of django-configurations",
        ),
        ("shop/wsgi.py", "app = None\n", "shop.wsgi has no application; name the application as module:name"),
        ("shop/wsgi.py", "import os\nos.nothing\n", "AttributeError: module 'os' has no attribute 'nothing'"),
        ("shop/urls.py", "import nowhere_to_be_seen\n", "No module named 'nowhere_to_be_seen'"),
    ],
)
def test_what_cannot_be_measured_ends_in_one_clear_line(shop: Shop, file: str, text: str, message: str) -> None:
    (shop.folder / file).write_text(text)
    done = shop.python_run("-c", "import djbench_shim.wsgi")
    assert done.returncode == 1
    assert message in done.stderr.splitlines()[-1]


PLAIN = """
import socket
try:
    socket.create_connection(("192.0.2.1", 80), timeout=1)
except OSError as error:
    print(error)
"""
LOOKUP = PLAIN.replace("192.0.2.1", "example.com")
ASYNCIO = """
import asyncio

async def call():
    try:
        await asyncio.open_connection("example.com", 80)
    except OSError as error:
        print(error)

asyncio.run(call())
"""
UDP = """
import socket
try:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"metric", ("192.0.2.1", 8125))
except OSError as error:
    print(error)
"""
GEVENT = f"from gevent.monkey import patch_all\npatch_all()\n{LOOKUP}"
UVLOOP = ASYNCIO.replace("import asyncio", "import asyncio, uvloop").replace("asyncio.run", "uvloop.run")
UVLOOP_SOCKET = UVLOOP.replace(
    'asyncio.open_connection("example.com", 80)',
    'asyncio.get_running_loop().sock_connect(socket.socket(), ("192.0.2.1", 80))',
).replace("import asyncio", "import socket, asyncio", 1)
UVLOOP_UDP = UVLOOP.replace(
    'asyncio.open_connection("example.com", 80)',
    "asyncio.get_running_loop().create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=('example.com', 80))",
)


def refused(shop: Shop, code: str, **variables: str) -> tuple[str, list[str]]:
    """What a call in a process of the project prints, and the hosts that are noted."""
    calls = shop.data / "calls"
    done = shop.python_run("-c", f"import djbench_shim\n{code}", DJBENCH_CALLS=str(calls), **variables)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip(), calls.read_text().split() if calls.exists() else []


@pytest.mark.parametrize(
    ("code", "host"),
    [(PLAIN, "192.0.2.1"), (LOOKUP, "example.com"), (ASYNCIO, "example.com"), (UDP, "192.0.2.1")],
    ids=["address", "name", "asyncio", "UDP"],
)
def test_a_call_to_another_host_is_refused_and_noted(shop: Shop, code: str, host: str) -> None:
    printed, noted = refused(shop, code)
    assert f"djbench refuses the call to {host}; allow it with: --may-call {host}" in printed
    assert noted == [host]


@pytest.mark.parametrize("python", ["ours"], indirect=True)
@pytest.mark.parametrize(
    ("code", "host"),
    [(GEVENT, "example.com"), (UVLOOP, "example.com"), (UVLOOP_SOCKET, "192.0.2.1"), (UVLOOP_UDP, "example.com")],
    ids=["gevent", "uvloop", "uvloop, socket", "uvloop, UDP"],
)
def test_calls_that_python_does_not_make_itself_are_seen(shop: Shop, code: str, host: str) -> None:
    test_a_call_to_another_host_is_refused_and_noted(shop, code, host)


def test_an_allowed_host_and_this_machine_may_be_called(shop: Shop) -> None:
    port = free_port()
    code = f"""
import socket
listening = socket.create_server(("127.0.0.1", {port}))
socket.create_connection(("localhost", {port})).close()
away = socket.socket()
away.setblocking(False)
print(away.connect_ex(("192.0.2.1", 9)) > 0)
"""
    assert refused(shop, code, DJBENCH_MAY_CALL="api.example.org 192.0.2.1") == ("True", [])
