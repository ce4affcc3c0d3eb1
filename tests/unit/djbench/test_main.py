"""The entry point: what ends before the command line is there."""

import sys

import pytest

from djbench import __main__ as entry


def test_ctrl_c_while_the_command_line_is_imported_ends_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(module: str) -> None:
        raise KeyboardInterrupt(module)

    monkeypatch.setattr(sys, "argv", ["djbench", "list"])
    monkeypatch.setattr(entry, "enter", interrupted)
    with pytest.raises(SystemExit) as ended:
        entry.main()
    assert ended.value.code == 130
