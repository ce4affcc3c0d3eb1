"""A small Django project with a view that writes on GET, one that calls another host, and users of its own kind."""

import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from djbench.target import Target
from runners.hosts.cpus import CpuSets
from runners.hosts.workspace import Workspace
from runners.servers.instance import Instance, running_server
from runners.servers.lookup import parse_server
from runners.services.place import Place
from runners.services.running import Services, running_services
from runners.targets.describing.description import read_target

FILES = {
    "manage.py": """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "guests.settings"
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
""",
    "guests/__init__.py": "",
    "guests/settings.py": """
from pathlib import Path
BASE_DIR = Path(__file__).parent.parent
SECRET_KEY = "x"
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "book"]
MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
              "django.contrib.auth.middleware.AuthenticationMiddleware"]
ROOT_URLCONF = "guests.urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MEDIA_ROOT = BASE_DIR / "media"
USE_TZ = True
""",
    "guests/urls.py": """
from django.urls import path
from book import views
urlpatterns = [path(f"{view.__name__}/", view) for view in (views.sign, views.count, views.whoami, views.away)]
""",
    "book/__init__.py": "",
    "book/models.py": """
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
class Entry(models.Model):
    text = models.CharField(max_length=200)
class Guest(AbstractBaseUser):
    email = models.EmailField(unique=True)
    nick = models.CharField(max_length=20)
    born = models.DateField()
    USERNAME_FIELD, REQUIRED_FIELDS = "email", ["nick", "born"]
    objects = BaseUserManager()
""",
    "book/migrations/__init__.py": "",
    "book/migrations/0001_initial.py": """
from django.db import migrations, models
class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel("Entry", [("id", models.BigAutoField(primary_key=True)),
                                         ("text", models.CharField(max_length=200))]),
        migrations.CreateModel("Guest", [("id", models.BigAutoField(primary_key=True)),
                                         ("password", models.CharField(max_length=128)),
                                         ("last_login", models.DateTimeField(blank=True, null=True)),
                                         ("email", models.EmailField(unique=True)),
                                         ("nick", models.CharField(max_length=20)), ("born", models.DateField())]),
    ]
""",
    "book/views.py": """
import os, urllib.request
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import HttpResponse
from book.models import Entry
met = []
def sign(request):
    if not met:  # what the first request of a process finds
        met.append(Entry.objects.count())
        if "MET" in os.environ:
            with open(os.environ["MET"], "a") as file:
                file.write(f"{met[0]}\\n")
    Entry.objects.create(text="somebody was here")
    default_storage.save("guest.txt", ContentFile(b"x"))
    return HttpResponse("thank you")
def count(request):
    names = default_storage.listdir("")[1] if default_storage.exists("") else []
    return HttpResponse(f"{Entry.objects.count()} entries, {len(names)} files")
def whoami(request):
    user = request.user
    return HttpResponse(f"{user.get_username()} {getattr(user, 'is_staff', '')} {user.has_perm('book.add_entry')}"
                        if hasattr(user, "has_perm") else user.get_username())
def away(request):
    try:
        urllib.request.urlopen("http://api.invalid/", timeout=2)
    except OSError:
        pass
    return HttpResponse("called")
""",
}
DESCRIPTION = """
settings = "guests.settings"
database = "sqlite"
prepare = [["{python}", "manage.py", "migrate", "--noinput"]]
[requests.count]
path = "/count/"
"""
_EVERYWHERE = CpuSets((), ())


def make_guestbook(folder: Path, description: str = DESCRIPTION, settings: str = "") -> Path:
    """Write the project. settings: what comes after the others."""
    for name, content in FILES.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content.lstrip() + (settings if name == "guests/settings.py" else ""), encoding="utf-8")
    (folder / "djbench.toml").write_text(description, encoding="utf-8")
    return folder


def guestbook(folder: Path, description: str = DESCRIPTION, settings: str = "") -> Target:
    """The project as a target, run by the Python of the tests."""
    return read_target(make_guestbook(folder, description, settings) / "djbench.toml", interpreter=sys.executable)


@contextmanager
def around(target: Target, database: str = "sqlite") -> Iterator[tuple[Workspace, Services]]:
    """What the project needs around it."""
    uses = {"database", *(service.name for service in target.services)}
    with (
        Workspace("test") as workspace,
        running_services(target, database, workspace, _EVERYWHERE, uses) as services,
    ):
        yield workspace, services


@contextmanager
def served(target: Target, workspace: Workspace, place: Place, server: str = "gunicorn-sync") -> Iterator[Instance]:
    """The project under a server."""
    environment = place.site_environment(pool_size=1)
    with running_server(
        parse_server(server), target, workspace, environment=environment, cpus=(), log=server
    ) as instance:
        yield instance


def digest_of(folder: Path) -> dict[str, str]:
    """Every file below the folder, with its checksum."""
    return {
        os.path.relpath(file, folder): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }
