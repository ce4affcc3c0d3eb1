"""What is prepared once, and copied for each server."""

import os
from pathlib import Path

import pytest

from djbench.errors import RunFailed
from runners.services.database_server import Template


def test_each_server_gets_a_copy_of_what_was_prepared_once(tmp_path: Path) -> None:
    prepared: list[str] = []

    def prepare(url: str, folder: Path) -> None:
        prepared.append(url)
        (folder / "file").write_text("as prepared")
        (folder / "link").symlink_to("file")

    template = Template("sqlite:///a", tmp_path / "template")
    for name in ("first", "second"):
        template.copy(tmp_path / name, prepare)
        (tmp_path / name / "link").write_text("written by load")
    (tmp_path / "first" / "new").write_text("written by load")
    template.copy(tmp_path / "first", prepare)  # put back
    assert {file.name: file.read_text() for file in (tmp_path / "first").iterdir()} == {
        "file": "as prepared",
        "link": "as prepared",
    }
    template.copy(tmp_path / "third", prepare)
    assert prepared == ["sqlite:///a"]
    assert (tmp_path / "third" / "link").read_text() == "as prepared"
    assert (tmp_path / "third" / "link").is_symlink()


def test_files_that_cannot_be_copied_are_one_clear_line(tmp_path: Path) -> None:
    template = Template("sqlite:///a", tmp_path / "template")
    with pytest.raises(RunFailed, match=r"cannot be copied for each server: .*named pipe") as caught:
        template.copy(tmp_path / "first", lambda _, folder: os.mkfifo(folder / "pipe"))
    assert "\n" not in str(caught.value)
