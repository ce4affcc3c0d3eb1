"""Set-up for real: uv and pip install the same lock, from where pip is told to look, and the Makefile's stages."""

import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests import ROOT
from tests.integration.environments import write_wheel
from tests.integration.local_sites import served, write_certificate

UV = Path(sys.executable).with_name("uv")
NEEDS_UV = pytest.mark.skipif(not UV.exists(), reason="pip could not install uv here")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A fresh environment with pip, a folder of wheels, and pip configured to look there and nowhere else."""

    #: The folder of all of it.
    folder: Path

    @property
    def bin(self) -> Path:
        """Where the environment's programs are."""
        return self.folder / "venv" / "bin"

    def configure(self, text: str) -> None:
        """Write pip's configuration."""
        (self.folder / "pip.conf").write_text(text)

    def lock(self, text: str) -> str:
        """The path of a lock with that text."""
        path = self.folder / "some.lock"
        path.write_text(text)
        return str(path)

    def installer(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the installer to its end."""
        configuring = ("PIP_", "UV_", "SSL_", "REQUESTS_", "CURL_", "HTTP", "http")
        cleared = {name: value for name, value in os.environ.items() if not name.startswith(configuring)}
        environment = {**cleared, "PIP_CONFIG_FILE": str(self.folder / "pip.conf"), "UV_NO_CACHE": "1"}
        command = [str(self.bin / "python"), str(ROOT / "installer.py"), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)

    def uninstall(self, *names: str) -> None:
        """Let pip take packages away."""
        pip = [str(self.bin / "python"), "-m", "pip", "uninstall", "--quiet", "--yes", *names]
        subprocess.run(pip, check=True, capture_output=True)

    def installed_by(self, name: str) -> str:
        """The program that installed a package, as it signed."""
        (signature,) = self.folder.glob(f"venv/lib/*/site-packages/{name}-1.dist-info/INSTALLER")
        return signature.read_text().strip()


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    (folder / "wheels").mkdir()
    venv.create(folder / "venv", with_pip=True)
    return folder


@pytest.fixture
def site(environment: Path) -> Site:
    fresh = Site(folder=environment)
    for leftover in ("bin/uv", "pip.conf"):
        (environment / "venv" / leftover).unlink(missing_ok=True)
    fresh.configure(f"[global]\nno-index = true\n[install]\nfind-links = {environment / 'wheels'}\n")
    return fresh


class Index(SimpleHTTPRequestHandler):
    """An index of packages from a folder, which is also the proxy to that index."""

    def translate_path(self, path: str) -> str:
        return super().translate_path(urlsplit(path).path)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def with_uv(site: Site) -> None:
    (site.bin / "uv").symlink_to(UV)


@NEEDS_UV
@pytest.mark.usefixtures("with_uv")
def test_uv_installs_from_where_pip_is_configured_to_look(site: Site) -> None:
    line = write_wheel(site.folder / "wheels", "quick_one", {"quick_one.py": ""})
    done = site.installer("install", "--require-hashes", "--requirement", site.lock(line))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert site.installed_by("quick_one") == "uv"


@NEEDS_UV
@pytest.mark.usefixtures("with_uv")
@pytest.mark.parametrize(
    ("tls", "settings"),
    [
        pytest.param(True, "index-url = {address}/wanted\ncert = {certificate}", id="certificate"),
        pytest.param(True, "index-url = {address}/wanted\ntrusted-host = {host}", id="trusted host"),
        pytest.param(False, "index-url = http://index.invalid/wanted\nproxy = {address}", id="proxy"),
        pytest.param(False, "index-url = {address}/wanted\nextra-index-url = {address}/other", id="two indexes"),
    ],
)
def test_uv_reaches_the_index_as_pip_is_configured(site: Site, tmp_path: Path, tls: bool, settings: str) -> None:
    """With two indexes, uv by itself would take the other one's version and no other.

    A file that PIP_CONFIG_FILE names counts more than the environment's own.
    """
    (site.bin.parent / "pip.conf").write_text("[global]\nindex-url = http://127.0.0.1:9/nothing\n")
    lines = {}
    for index, version in (("wanted", 1), ("other", 2)):
        package = tmp_path / index / "indexed-one"
        package.mkdir(parents=True)
        lines[index] = write_wheel(package, "indexed_one", {"indexed_one.py": ""}, version)
    certificate = write_certificate(tmp_path)
    site.uninstall("indexed-one")
    with served(partial(Index, directory=str(tmp_path)), certificate if tls else None) as address:
        host = urlsplit(address).netloc
        site.configure("[global]\n" + settings.format(address=address, certificate=certificate, host=host))
        done = site.installer("install", "--require-hashes", "--requirement", site.lock(lines["wanted"]))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert site.installed_by("indexed_one") == "uv"


@NEEDS_UV
@pytest.mark.usefixtures("with_uv")
def test_a_wrong_hash_is_refused_by_both(site: Site) -> None:
    line = write_wheel(site.folder / "wheels", "forged_one", {"forged_one.py": ""})
    write_wheel(site.folder / "wheels", "forged_one", {"forged_one.py": "print('something else')"})
    done = site.installer("install", "--require-hashes", "--requirement", site.lock(line))
    assert done.returncode != 0
    assert "uv could not install this, so pip tries" in done.stderr
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in done.stderr
    assert not list(site.folder.glob("venv/lib/*/site-packages/forged_one*"))


def test_a_uv_that_runs_is_kept(site: Site) -> None:
    site.uninstall("uv")
    line = write_wheel(site.folder / "wheels", "uv", {"uv-1.data/scripts/uv": "#!/bin/sh\nexit 0\n"})
    done = site.installer("get-uv", "--require-hashes", "--requirement", site.lock(line))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (site.bin / "uv").exists()


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        (None, "No matching distribution found for uv==1"),
        ("#!/bin/sh\necho 'wrong machine' >&2\nexit 1\n", "wrong machine"),
        ("#!/no/such/interpreter\n", "No such file or directory"),
    ],
)
def test_without_a_uv_that_runs_pip_installs_the_same_lock_and_says_so(
    site: Site, program: str | None, reason: str
) -> None:
    wheels = site.folder / "wheels"
    site.uninstall("uv", "slow_one")
    line = write_wheel(wheels, "uv", {"uv-1.data/scripts/uv": program or ""})
    if program is None:
        (wheels / "uv-1-py3-none-any.whl").unlink()
    done = site.installer("get-uv", "--require-hashes", "--requirement", site.lock(line))
    assert done.returncode == 0
    assert reason in done.stderr
    assert "so pip installs the packages" in done.stderr
    assert done.stderr.count("\n") == 1
    line = write_wheel(wheels, "slow_one", {"slow_one.py": ""})
    done = site.installer("install", "--require-hashes", "--requirement", site.lock(line))
    assert (done.returncode, done.stdout) == (0, "")
    assert site.installed_by("slow_one") == "pip"


def test_new_versions_cannot_be_chosen_without_uv(site: Site) -> None:
    done = site.installer("compile", "--group", "uv")
    assert (done.returncode, done.stderr) == (1, "make lock needs uv, which pip could not install here\n")


@pytest.mark.parametrize("arguments", [(), ("remove", "x")])
def test_a_task_that_it_does_not_have_is_one_line(site: Site, arguments: tuple[str, ...]) -> None:
    done = site.installer(*arguments)
    assert (done.returncode, done.stderr) == (1, "usage: installer.py get-uv|install|compile ARGUMENTS\n")


def dry_run(target: str, folder: Path, **variables: str) -> str:
    """What make would do for a target, in a checkout that is not set up."""
    for file in ("Makefile", "installer.py", "pyproject.toml", *(path.name for path in ROOT.glob("*.lock"))):
        shutil.copy(ROOT / file, folder)
    environment = {"PATH": os.environ["PATH"], **variables}
    command = ["make", "--dry-run", target]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(("target", "tools"), [("bench", False), ("doctor", False), ("test", True), ("lint", True)])
def test_tools_are_installed_for_tests_and_linters_only(tmp_path: Path, target: str, tools: bool) -> None:
    steps = dry_run(target, tmp_path)
    assert "--requirement requirements.lock" in steps
    assert ("--requirement requirements-dev.lock" in steps) == tools
    assert "compileall" not in steps


def test_what_tests_import_is_compiled_once_where_python_does_not_keep_it(tmp_path: Path) -> None:
    assert "compileall" in dry_run("test", tmp_path, PYTHONDONTWRITEBYTECODE="1")
    assert "compileall" not in dry_run("bench", tmp_path, PYTHONDONTWRITEBYTECODE="1")


@pytest.mark.long
def test_a_fresh_clone_is_set_up_with_what_a_run_needs_and_no_more(tmp_path: Path) -> None:
    subprocess.run(["git", "clone", "--quiet", ROOT, tmp_path / "clone"], check=True)
    clone = tmp_path / "clone"
    subprocess.run(["make", "setup", f"PYTHON={sys.executable}"], cwd=clone, check=True, timeout=600)
    plan = subprocess.run(
        [clone / ".venv/bin/djbench", "run", "--plan"], cwd=clone, capture_output=True, text=True, check=True
    )
    assert " cells x " in plan.stdout
    listing = subprocess.run([clone / ".venv/bin/python", "-m", "pip", "list"], capture_output=True, text=True)
    names = {line.split()[0] for line in listing.stdout.splitlines()}
    assert {"djbench", "Django", "locust", "granian"} <= names
    assert not {"mypy", "ruff", "playwright", "hypothesis"} & names
