"""What is said of a budget of cores."""

from results.wording.budgets import budget_text


def test_nothing_is_said_without_one() -> None:
    assert budget_text(None, {"daphne": 1}) == ""


def test_who_has_fewer_or_more_processes_is_named() -> None:
    assert budget_text(1, {"daphne": 1}) == "Budget of each server: 1 core."
    assert budget_text(2, {"daphne": 1, "uvicorn": 2, "gunicorn-sync:workers=16": 16}) == (
        "Budget of each server: 2 cores. With fewer processes, which use a core each at most: daphne (1). "
        "With more processes than cores, for a slot is a process: gunicorn-sync:workers=16 (16)."
    )
