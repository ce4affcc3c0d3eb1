"""The fingerprint: complete wherever it is taken, without a secret, and about the interpreter that serves."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from djbench.errors import UsageError
from runners.hosts.cpus import CpuSets
from runners.machine import interpreter, software
from runners.machine.fingerprint import fingerprint
from runners.targets.environment import child_environment
from tests import ROOT
from tests.unit.site import SITE
from tests.unit.trees import LAPTOP, a_tree

CPUS = CpuSets((1,), (0,))


def test_the_fingerprint_names_what_makes_runs_comparable() -> None:
    found = fingerprint(CPUS, SITE)
    assert {"cpu_model", "kernel", "python", "memory_mib", "gil"} <= {key for key in found if found[key] is not None}
    # What the conductor, the generator and the site's views are made of; a list of a few names would lack some.
    assert {"django", "requests", "aiohttp", "urllib3", "redis", "locust", "djbench"} <= set(found["packages"])
    assert found["python"] == sys.version.split()[0]


def test_it_reads_the_system(tmp_path: Path) -> None:
    found = fingerprint(CPUS, SITE, a_tree(tmp_path, LAPTOP))
    read = ("cpu_model", "smt", "governors", "turbo", "clock_source", "swap_mib", "swap_used_mib", "listen_backlog")
    assert [found[key] for key in read] == [
        "Some CPU @ 2.10GHz", True, ["performance", "powersave"], True, "hpet", 2000, 1000, 4096,
    ]  # fmt: skip
    assert found["virtualisation"]["vendor"] == "LENOVO"


def test_one_start_of_a_machine_is_told_from_another_by_a_digest(tmp_path: Path) -> None:
    def boot(name: str, text: str) -> str:
        return str(
            fingerprint(CPUS, SITE, a_tree(tmp_path / name, {"proc/sys/kernel/random/boot_id": text}))["boot_sha256"]
        )

    first = boot("a", "1b4e28ba-2fa1-11d2-883f-0016d3cca427\n")
    assert first == boot("b", "1b4e28ba-2fa1-11d2-883f-0016d3cca427\n")
    assert first != boot("c", "6fa459ea-ee8a-3ca4-894e-db77e160355e\n")
    assert len(first) == 64
    assert "1b4e28ba" not in first


def test_on_a_system_that_says_nothing_every_key_is_there(tmp_path: Path) -> None:
    found = fingerprint(CPUS, SITE, tmp_path)
    assert list(found) == list(fingerprint(CPUS, SITE))
    unknown = ("boot_sha256", "smt", "governors", "turbo", "clock_source", "swap_mib", "listen_backlog")
    assert [found[key] for key in unknown] == [None] * len(unknown)
    assert found["cgroup_limits"] == {"cpus": None, "memory_mib": None}


def test_it_holds_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DJANGO_SECRET_KEY", "DATABASE_URL", "PGPASSWORD", "AWS_SECRET_ACCESS_KEY", "HOME", "PYTHON_GIL"):
        monkeypatch.setenv(name, "hunter2-SECRET")
    monkeypatch.setenv("TZ", "Europe/Zurich")
    text = json.dumps(fingerprint(CPUS, SITE, a_tree(tmp_path, LAPTOP)))
    assert "SECRET" not in text
    assert "Europe/Zurich" in text


def test_of_the_environment_what_children_get_and_what_can_matter() -> None:
    children = {"TZ": "UTC", "MALLOC_ARENA_MAX": "2", "HOME": "/home/me", "DATABASE_URL": "postgresql://me:secret@x/y"}
    assert software.environment(children) == {"TZ": "UTC"}


def test_a_variable_that_no_child_gets_is_not_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would look as if it had had an effect."""
    monkeypatch.setenv("MALLOC_ARENA_MAX", "2")
    assert "MALLOC_ARENA_MAX" not in software.environment(child_environment({}))


def test_the_interpreter_that_serves_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert software.interpreter_description(sys.executable) == interpreter.description()
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setenv("PYTHON_JIT", "1")
    assert software.interpreter_description(sys.executable)["python"] == sys.version.split()[0]


@pytest.mark.parametrize("path", ["/nowhere/python", "/bin/false", "/bin/echo"])
def test_one_that_does_not_answer_is_not_known(path: str) -> None:
    assert software.interpreter_description(path) == dict.fromkeys(interpreter.KEYS)


def test_the_interpreter_is_asked_for_all_modules_at_once() -> None:
    modules = ("json", "uvicorn.main", "no_such_module", "json.no_such_module", "no_such_package.module")
    assert software.importable(sys.executable, modules) == {"json", "uvicorn.main"}


def test_an_interpreter_that_does_not_answer_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="the interpreter /nowhere/python does not say what it is"):
        software.importable("/nowhere/python", ["json"])


def test_of_two_versions_of_a_package_the_one_that_is_imported_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder, version in (("first", "2.0"), ("second", "1.0")):
        metadata = tmp_path / folder / f"Some_Package-{version}.dist-info" / "METADATA"
        metadata.parent.mkdir(parents=True)
        metadata.write_text(f"Metadata-Version: 2.1\nName: Some_Package\nVersion: {version}\n")
    (tmp_path / "first" / "left_over-1.0.dist-info").mkdir()
    monkeypatch.setattr(sys, "path", [str(tmp_path / "first"), str(tmp_path / "second")])
    assert interpreter.packages() == {"some-package": "2.0"}


@pytest.mark.parametrize(("gil", "jit"), [(True, False), (False, True)])
def test_gil_and_jit_are_asked_where_they_can_be(monkeypatch: pytest.MonkeyPatch, gil: bool, jit: bool) -> None:
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: gil, raising=False)
    monkeypatch.setattr(sys, "_jit", SimpleNamespace(is_enabled=lambda: jit), raising=False)
    assert (interpreter.state()["gil"], interpreter.state()["jit"]) == (gil, jit)


def test_before_they_could_be_asked_there_was_a_gil_and_no_word_of_a_jit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(sys, "_is_gil_enabled", raising=False)
    monkeypatch.delattr(sys, "_jit", raising=False)
    assert (interpreter.state()["gil"], interpreter.state()["jit"]) == (True, None)


def test_only_a_checkout_has_a_lock_file_and_a_commit(tmp_path: Path) -> None:
    assert software.lock_hash(tmp_path) is None
    assert software.source(tmp_path, [tmp_path / "runners", Path("/elsewhere")]) is None
    (tmp_path / "requirements.lock").write_text("")
    assert software.lock_hash(tmp_path) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    (tmp_path / ".git").write_text("not one")
    assert software.source(tmp_path, [tmp_path / "runners", Path("/elsewhere")]) is None


def test_what_runs_has_a_hash_that_other_files_do_not_change(tmp_path: Path) -> None:
    (tmp_path / "runners" / "machine").mkdir(parents=True)
    (tmp_path / "site.toml").write_text("1")
    module, new = tmp_path / "runners" / "a.py", tmp_path / "runners" / "machine" / "b.py"
    hashes = []
    for file, text in ((module, "1"), (module, "2"), (new, "2"), (tmp_path / "docs.py", "3")):
        file.write_text(text)
        hashes.append(software.code_hash({"runners": tmp_path / "runners"}, tmp_path / "site.toml"))
    (tmp_path / "runners" / ".#a.py").symlink_to(tmp_path / "nowhere")
    (tmp_path / "runners" / "mine.toml").write_text("a profile")
    hashes.append(software.code_hash({"runners": tmp_path / "runners"}, tmp_path / "site.toml"))
    assert len(set(hashes)) == 3
    assert hashes[2] == hashes[3] == hashes[4]


def test_the_commit_is_told_with_what_differs_from_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git = ("git", "-C", str(tmp_path), "-c", "user.name=t", "-c", "user.email=t@example.org")
    (tmp_path / "runners").mkdir()
    module = tmp_path / "runners" / "a.py"
    module.write_text("1")
    for arguments in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "first")):
        subprocess.run([*git, *arguments], check=True)
    monkeypatch.setenv("GIT_DIR", str(ROOT / ".git"))
    clean = software.source(tmp_path, [tmp_path / "runners", Path("/elsewhere")])
    assert clean is not None
    assert len(clean["commit"]) == 40
    (tmp_path / "README.md").write_text("no code")
    assert software.source(tmp_path, [tmp_path / "runners", Path("/elsewhere")]) == clean
    module.write_text("2")
    assert software.source(tmp_path, [tmp_path / "runners", Path("/elsewhere")]) == {**clean, "dirty": True}


def test_an_installed_djbench_has_the_hash_of_its_checkout(tmp_path: Path) -> None:
    installed = tmp_path / "site-packages" / "djbench"
    shutil.copytree(ROOT / "djbench", installed)
    places = {"djbench": installed, "target_site": installed / "_site" / "target_site"}
    places |= {room: installed / "_rooms" / room for room in ("scenarios", "runners", "results")}
    here = software.code_folders(SITE)
    assert set(here) == set(places)
    for room, folder in here.items():
        if room != "djbench":
            shutil.copytree(folder, places[room], ignore=shutil.ignore_patterns("runs", "comparisons", "__pycache__"))
    assert software.code_hash(places) == software.code_hash(here)
    assert (here["runners"] / "machine" / "software.py").samefile(software.__file__)
