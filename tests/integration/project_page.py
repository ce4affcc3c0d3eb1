"""The page "Your own project in ten minutes": its blocks in order, and how somebody follows them."""

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import tomlkit

from tests import ROOT

_PAGE = ROOT / "docs" / "your-own-project.md"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"(?:#|<!--) (\S+?)(: \w[\w ]*)?(?: -->)?\n")
# What a run and `djbench init` may leave in a project.
_OURS = ("djbench.toml", "djbench-runs")
_LONGEST_S = 600


@dataclass(frozen=True, slots=True)
class Block:
    """Commands, or a file to write."""

    #: ``sh`` for commands.
    language: str
    #: Its text.
    text: str


def section(heading: str) -> list[Block]:
    """The blocks under a heading of the page."""
    (text,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", _PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return [Block(language, content) for language, content in _BLOCK.findall(text)]


def follow(blocks: Iterable[Block], folder: Path) -> tuple[Path, str]:
    """Do what the blocks say, from ``folder`` on; where one ends up, and what the commands printed."""
    printed = ""
    for block in blocks:
        if block.language == "sh":
            for command in block.text.splitlines():
                if command.startswith("cd "):
                    folder = folder / command.removeprefix("cd ")
                else:
                    printed += typed(command, folder)
        else:
            _write(block.text, folder)
    return folder, printed


def typed(command: str, folder: Path) -> str:
    """What a command prints that somebody types there, with the environment of the tests at hand. It has to succeed."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, timeout=_LONGEST_S
    )
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout + done.stderr


def _write(text: str, folder: Path) -> None:
    """Write the file that the first line names; what changes djbench.toml says so there."""
    name = _FILE.match(text)
    assert name is not None, text
    file, content = folder / name[1], text[name.end() :]
    file.parent.mkdir(parents=True, exist_ok=True)
    if name[2] is None:
        file.write_text(content)
    elif file.name == "djbench.toml":
        _change(file, content)


def _change(description: Path, text: str) -> None:
    """Put a key in the place of the one that is there, or add tables at the end."""
    written = description.read_text()
    if text.startswith("prepare"):
        document = tomlkit.parse(written)
        document["prepare"] = tomlkit.parse(text)["prepare"]
        description.write_text(tomlkit.dumps(document))
    else:
        description.write_text(f"{written}\n{text}")


def checksum(project: Path) -> str:
    """Over all files of a project, their names and contents, but for what djbench may leave there."""
    digest = hashlib.sha256()
    for file in sorted(project.rglob("*")):
        inside = file.relative_to(project)
        if file.is_file() and inside.parts[0] not in _OURS:
            digest.update(f"{inside} {file.stat().st_size}\n".encode() + file.read_bytes())
    return digest.hexdigest()
