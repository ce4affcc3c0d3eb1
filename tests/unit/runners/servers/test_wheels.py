"""Why uv could not install something, in one line."""

import pytest

from runners.servers.packages.wheels import reason_of


@pytest.mark.parametrize(
    ("printed", "reason"),
    [
        (
            "error: No solution found\n  cause: Because x was not found, x is unsatisfiable.\n\nhint: Try another.\n",
            "No solution found: Because x was not found, x is unsatisfiable.",
        ),
        (
            "  × No solution found:\n  ╰─▶ Because there is no version of x\n      that fits",
            "No solution found: Because there is no version of x that fits",
        ),
        (
            "error: Failed to fetch: `https://me:secret@index.example/simple/x/`\n  cause: Connection refused\n",
            "Failed to fetch: the index: Connection refused",
        ),
        ("", "uv does not say why"),
    ],
)
def test_a_reason_is_one_line_without_an_address(printed: str, reason: str) -> None:
    assert reason_of(printed) == reason


def test_a_reason_that_is_too_long_is_cut() -> None:
    assert len(reason_of("Because of this and that. " * 100)) == 401
