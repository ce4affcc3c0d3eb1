"""``djbench import log`` and ``openapi`` on the command line: what is added, printed and refused."""

import gzip
from pathlib import Path

import pytest

from runners.targets.describing.description import read_target
from tests.integration.conftest import djbench_here

DESCRIPTION = 'settings = "shop.settings"  # ours\n'
LOG = "".join(
    f'::1 - - [01/Mar/2026:14:{number % 60:02}:00 +0000] "GET /polls/{number % 3}/ HTTP/1.1" 200 1 "-" "Firefox"\n'
    for number in range(120)
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a description."""
    (tmp_path / "djbench.toml").write_text(DESCRIPTION)
    return tmp_path


@pytest.mark.parametrize("compressed", [False, True])
def test_a_log_becomes_requests_and_a_rate(project: Path, compressed: bool) -> None:
    file = project / "access.log"
    file.write_bytes(gzip.compress(LOG.encode()) if compressed else LOG.encode())
    done = djbench_here("import", "log", str(file), "--project", str(project), cwd=project.parent)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(
        f"added to {project}/djbench.toml: values.polls_id, requests.polls_id\n2026-03-01 14:00"
    )
    assert "note: the busiest hour, 2026-03-01 14:00 UTC: djbench run --pattern mix --rate 0.0339\n" in done.stderr
    target = read_target(project / "djbench.toml")
    assert target.catalog.own["polls_id"].workloads["view"].requests[0].path == "/polls/{polls_id}/"
    assert target.values["polls_id"] == ({"": "0"}, {"": "1"}, {"": "2"})


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"nothing\nof the kind\n", "is not in a format that djbench knows"),
        (b"", "is not in a format that djbench knows"),
        (gzip.compress(LOG.encode())[:40], "cannot read the log"),
        (b"\x1f\x8bnot gzip", "cannot read the log"),
    ],
)
def test_a_file_that_is_no_log_gets_one_line(project: Path, content: bytes, complaint: str) -> None:
    file = project / "access.log"
    file.write_bytes(content)
    done = djbench_here("import", "log", str(file), cwd=project)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert done.stderr.count("\n") == 1
    assert (project / "djbench.toml").read_text() == DESCRIPTION


def test_a_schema_becomes_requests(project: Path) -> None:
    (project / "api.yml").write_text("openapi: 3.1.0\npaths: {/a/: {get: {}, post: {}}}\n")
    done = djbench_here("import", "openapi", "api.yml", cwd=project)
    assert (done.returncode, done.stdout) == (0, "added to djbench.toml: requests.a\n")
    assert "note: left out: 1 POST; take more with --methods" in done.stderr
    assert list(read_target(project / "djbench.toml").catalog.own) == ["a"]
    more = djbench_here("import", "openapi", "api.yml", "--methods", "get,post", cwd=project)
    assert (more.returncode, more.stdout) == (0, "added to djbench.toml: requests.a_post\n")
    wrong = djbench_here("import", "openapi", "api.yml", "--methods", "FETCH", cwd=project)
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    assert "unknown method 'FETCH'" in wrong.stderr


@pytest.mark.parametrize("command", ["har", "log", "openapi"])
def test_a_file_that_is_not_there_gets_one_line(project: Path, command: str) -> None:
    done = djbench_here("import", command, "nowhere", cwd=project)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "nowhere: No such file or directory" in done.stderr
    assert djbench_here("import", command, ".", cwd=project).returncode == 2


@pytest.mark.parametrize("command", ["har", "log", "openapi"])
def test_each_option_of_an_import_has_help(project: Path, command: str) -> None:
    done = djbench_here("import", command, "--help", cwd=project)
    assert done.returncode == 0
    assert "…" not in done.stdout
    options = [line.strip("│ ").split("  ") for line in done.stdout.splitlines() if line.startswith("│ --")]
    assert len(options) >= 3
    assert all(any(words) for _, *words in options)


def test_a_key_that_is_none_gets_one_line(project: Path) -> None:
    done = djbench_here("import", "log", "x", "--key", "url=a", cwd=project)
    assert done.returncode == 2
    assert "--key url=a: write WHAT=KEY, such as path=req.url; WHAT is one of method, path" in done.stderr


def test_a_description_with_an_error_stays_as_it_is(project: Path) -> None:
    (project / "access.log").write_text(LOG)
    wrong = DESCRIPTION + "[requests.home]\npfad = '/'\n"
    (project / "djbench.toml").write_text(wrong)
    done = djbench_here("import", "log", "access.log", cwd=project)
    assert done.returncode == 2
    assert "line 3: requests.home: unknown key 'pfad'" in done.stderr
    assert (project / "djbench.toml").read_text() == wrong
    assert sorted(path.name for path in project.iterdir()) == ["access.log", "djbench.toml"]


def test_a_link_and_the_rights_of_a_file_stay(project: Path) -> None:
    (project / "access.log").write_text(LOG)
    (project / "real.toml").write_text(DESCRIPTION)
    (project / "real.toml").chmod(0o640)
    (project / "djbench.toml").unlink()
    (project / "djbench.toml").symlink_to("real.toml")
    assert djbench_here("import", "log", "access.log", cwd=project).returncode == 0
    assert (project / "djbench.toml").is_symlink()
    assert (project / "real.toml").stat().st_mode & 0o777 == 0o640
    assert "[requests.polls_id]" in (project / "real.toml").read_text()
