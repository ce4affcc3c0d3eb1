"""Fresh environments with a djbench of their own, and a Django project to install one beside."""

import os
import shutil
import stat
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import gettempdir

import uv

from djbench.pip_settings import pip_configuration, uv_command, uv_environment

# What the rooms are called in a checkout: names that a Django project may have for its apps.
ROOMS = ("results", "runners", "scenarios", "target_site")


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """A virtual environment. Its dependencies come from the environment of the tests."""

    #: Its folder.
    folder: Path

    @classmethod
    def made(cls, folder: Path) -> "Environment":
        """A new one in that folder, without pip and without djbench."""
        venv.create(folder, with_pip=False)
        environment = cls(folder=folder)
        # Only a path: path files inside it, such as that of the editable install of this checkout, are not followed.
        environment.add_path("dependencies", Path(sysconfig.get_path("purelib")))
        return environment

    @classmethod
    def with_packages(cls, folder: Path, interpreter: Path, *requirements: str) -> "Environment":
        """A new one of that interpreter, with packages from the index that pip is told to use."""
        program, options = Path(uv.find_uv_bin()), pip_configuration()
        install = uv_command(program, options, "install", "--python", str(folder / "bin" / "python"), *requirements)
        for command in ([str(program), "venv", "--python", str(interpreter), str(folder)], install):
            done = subprocess.run(command, env=uv_environment(options, os.environ), capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
        return cls(folder=folder)

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def djbench(self) -> Path:
        """The command of its djbench."""
        return self.folder / "bin" / "djbench"

    @property
    def packages(self) -> Path:
        """Its site-packages."""
        return Path(self.printed("import sysconfig; print(sysconfig.get_path('purelib'))"))

    def add_path(self, name: str, path: Path) -> None:
        """Make the modules in a folder importable."""
        (self.packages / f"{name}.pth").write_text(f"{path}\n")

    def install(self, *arguments: str | Path) -> None:
        """Install a wheel or a project, without its dependencies and without asking an index."""
        options = ("install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation")
        pip = [sys.executable, "-m", "pip", "--python", str(self.python)]
        subprocess.run([*pip, *options, *map(str, arguments)], check=True, timeout=120)

    def printed(self, code: str, cwd: Path | None = None) -> str:
        """What the interpreter prints for that code."""
        return self.run(self.python, "-c", code, cwd=cwd or self.folder).stdout.strip()

    def run(self, *command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, with next to nothing of this process's environment; it has to succeed."""
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "TMPDIR": gettempdir()}
        done = subprocess.run([*command], cwd=cwd, capture_output=True, text=True, timeout=120, env=environment)
        assert done.returncode == 0, (done.stdout, done.stderr)
        return done


def interpreter_of(version: str) -> Path | None:
    """A Python of that version, such as 3.9: on the PATH, or where pyenv keeps several."""
    on_path = shutil.which(f"python{version}")
    kept = (Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python")
    for candidate in (*([Path(on_path)] if on_path else []), *kept):
        code = "import sys; print('%d.%d' % sys.version_info[:2])"
        done = subprocess.run([candidate, "-c", code], capture_output=True, text=True)
        if done.stdout.strip() == version:  # pyenv puts a file on the PATH that fails
            return candidate
    return None


def write_wheel(folder: Path, name: str, files: dict[str, str], version: int = 1, needs: Sequence[str] = ()) -> str:
    """A wheel with these files, of a package that needs others. Returns its line for a lock."""
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    needed = "".join(f"Requires-Dist: {requirement}\n" for requirement in needs)
    about = {
        "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needed}",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "",
    }
    inside = {f"{name}-{version}.dist-info/{file}": text for file, text in about.items()}
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in {**files, **inside}.items():
            entry = zipfile.ZipInfo(path)
            entry.external_attr = (stat.S_IFREG | 0o755) << 16  # a program
            archive.writestr(entry, text)
    return f"{name}=={version} --hash=sha256:{sha256(wheel.read_bytes()).hexdigest()}\n"


_SETTINGS = """
SECRET_KEY = "a project of a test"
ALLOWED_HOSTS = ["testserver"]
ROOT_URLCONF = "shop.urls"
WSGI_APPLICATION = "shop.wsgi.application"
INSTALLED_APPS = ["results", "runners", "scenarios", "target_site"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "shop.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
"""
_URLS = """
from django.urls import path
import results.views, runners.views, scenarios.views, target_site.views

urlpatterns = [path(f"{app.NAME}/", app.show) for app in (
    results.views, runners.views, scenarios.views, target_site.views,
)]
"""
_WSGI = """
import os
from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"
application = get_wsgi_application()
"""
_MANAGE = """
import os, sys
from django.core.management import execute_from_command_line

os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"
execute_from_command_line(sys.argv)
"""
_MODELS = """
from django.db import models

class Row(models.Model):
    name = models.CharField(max_length=20)
"""
_VIEWS = """
from django.http import HttpResponse
from .models import Row

NAME = __package__

def show(request):
    Row.objects.create(name=NAME)
    return HttpResponse(f"{Row._meta.label}: {Row.objects.count()}")
"""


def write_shop(folder: Path) -> None:
    """A Django project whose apps have the names of our rooms, each with a model and a view."""
    (folder / "shop").mkdir()
    (folder / "manage.py").write_text(_MANAGE)
    for name, text in (("__init__", ""), ("settings", _SETTINGS), ("urls", _URLS), ("wsgi", _WSGI)):
        (folder / "shop" / f"{name}.py").write_text(text)
    for app in ROOMS:
        (folder / app / "migrations").mkdir(parents=True)
        for name, text in (("__init__", ""), ("models", _MODELS), ("views", _VIEWS), ("migrations/__init__", "")):
            (folder / app / f"{name}.py").write_text(text)
