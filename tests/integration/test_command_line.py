"""The command line as a shell and its reader meet it: help, completion, and a locale that is not UTF-8."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from djbench.options import OPTIONS
from runners.cli.app import COMMANDS
from tests.integration.conftest import djbench, djbench_here

PROFILE = """\
description = "für ein Gerät"
servers = ["uvicorn"]
patterns = ["plain"]
styles = ["sync"]
users = [4]
blocks = 2
warmup_s = 0.5
duration_s = 1.0
"""


def one_line(text: str) -> str:
    """Of a help in panels its words, as if no line had ended."""
    return " ".join(text.replace("│", " ").split())


def test_the_help_says_what_every_command_does_in_whole_sentences(tmp_path: Path) -> None:
    done = djbench_here("--help", cwd=tmp_path)
    assert done.returncode == 0
    assert "…" not in done.stdout
    text = one_line(done.stdout)
    for panel, commands in COMMANDS.items():
        assert f"─ {panel} ─" in text
        for name, command in commands.items():
            first = one_line((command.__doc__ or "").partition("\n\n")[0])
            assert f"{name} {first}" in text


@pytest.mark.parametrize("command", ["run", "validate", "claims"])
def test_the_help_of_a_command_has_a_line_for_each_of_its_options(tmp_path: Path, command: str) -> None:
    done = djbench_here(command, "--help", cwd=tmp_path)
    assert done.returncode == 0
    assert "…" not in done.stdout
    text = one_line(done.stdout)
    for option in OPTIONS.values():
        assert (option.line in text) == (command in option.commands)


@pytest.mark.parametrize("command", [name for commands in COMMANDS.values() for name in commands])
def test_every_option_has_help(tmp_path: Path, command: str) -> None:
    done = djbench_here(command, "--help", cwd=tmp_path)
    assert done.returncode == 0
    for line in done.stdout.splitlines():
        if line.startswith("│ --"):
            name, *words = line.strip("│ ").split("  ")
            assert any(words), f"{name} has no help"


def test_without_a_command_the_help_is_shown(tmp_path: Path) -> None:
    assert djbench_here(cwd=tmp_path).stdout == djbench_here("--help", cwd=tmp_path).stdout


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_completes_commands_options_and_their_words(tmp_path: Path) -> None:
    """As the script that --show-completion prints asks for them."""
    # Typer prints the script of the shell that it was started by, whichever shell started the tests.
    by_bash: list[str | Path] = ["bash", "-c", '"$0" "$@"; exit $?', _console_script()]
    script = djbench("--show-completion", cwd=tmp_path, command=by_bash)
    assert script.returncode == 0, script.stderr
    assert "_DJBENCH_COMPLETE=complete_bash" in script.stdout
    for words, wanted in (
        (["djbench", "re"], {"resume", "report"}),
        (["djbench", "run", "--warm"], {"--warmup", "--warmup-limit"}),
        (["djbench", "run", "--arrivals", ""], {"poisson", "constant"}),
        (["djbench", "run", "--accept", "no"], {"noisy_neighbour"}),
    ):
        complete = f"COMP_WORDS=({shlex.join(words)}); COMP_CWORD={len(words) - 1}; _djbench_completion djbench"
        found = subprocess.run(
            ["bash", "-c", f'{script.stdout}\n{complete}\nprintf "%s\\n" "${{COMPREPLY[@]}}"'],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**os.environ, "PATH": f"{_console_script().parent}:{os.environ['PATH']}"},
        )
        assert {line for line in found.stdout.splitlines() if line} == wanted, found


def test_completion_is_installed_for_a_shell(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path), "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    done = djbench("--install-completion", "bash", cwd=tmp_path, environment=home, command=[_console_script()])
    assert done.returncode == 0, done.stderr
    assert "bash completion installed in" in done.stdout
    assert ".bash_completions/djbench.sh" in (tmp_path / ".bashrc").read_text(encoding="utf-8")
    assert "_DJBENCH_COMPLETE" in (tmp_path / ".bash_completions/djbench.sh").read_text(encoding="utf-8")


def test_a_profile_is_utf_8_whatever_the_locale(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(PROFILE, encoding="utf-8")
    locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = djbench("run", "mine.toml", "--plan", cwd=tmp_path, environment=locale)
    assert done.returncode == 0, done.stderr
    assert "uvicorn" in done.stdout


def _console_script() -> Path:
    script = shutil.which("djbench", path=str(Path(sys.executable).parent))
    assert script
    return Path(script)
