"""The wheel, alone in a fresh environment, works from an empty directory."""

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "--no-build-isolation",
            "--wheel-dir",
            folder,
            ROOT,
        ],
        check=True,
        timeout=120,
    )
    (found,) = folder.glob("djbench-*.whl")
    return found


def test_the_wheel_holds_the_packages_and_their_data_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {
        "target_site",
        "scenarios",
        "runners",
        "results",
    }
    for needed in ("runners/profiles/quick.toml", "results/templates/report.html.jinja", "scenarios/locustfile.py"):
        assert needed in names
    assert not [name for name in names if name.startswith("results/runs") or "__pycache__" in name]


def test_the_installed_wheel_runs_from_an_empty_directory(wheel: Path, tmp_path: Path) -> None:
    """Its dependencies come from this environment, by a path file; the project itself only from the wheel."""
    venv.create(tmp_path / "venv", with_pip=False)
    python = tmp_path / "venv" / "bin" / "python"
    packages = Path(
        subprocess.run(
            [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    )
    # Only a path: path files inside it, such as that of the editable install of this checkout, are not followed.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel],
        check=True,
        timeout=120,
    )
    empty = tmp_path / "empty"
    empty.mkdir()
    command = tmp_path / "venv" / "bin" / "djbench"
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [command, *arguments], cwd=empty, capture_output=True, text=True, timeout=120, env=environment
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    where = subprocess.run(
        [python, "-c", "import runners; print(runners.__file__)"], capture_output=True, text=True, check=True, cwd=empty
    )
    assert where.stdout.startswith(str(packages))
    assert len(json.loads(run("list", "servers", "--json"))) >= 6
    out = run(
        "run", "--server", "gunicorn-sync", "--pattern", "plain", "--style", "async", "--blocks", "1", "--users", "2",
        "--warmup", "0.1", "--duration", "0.3", "--database", "sqlite",
    )  # fmt: skip
    report = empty / out.strip().splitlines()[-1].removeprefix("report: ")
    assert report.is_file()
    assert report.parent.parent == empty / "results" / "runs"
    assert [path.name for path in empty.iterdir()] == ["results"]
