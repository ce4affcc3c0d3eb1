"""Calls to other hosts: who made which, and what is said of them."""

from pathlib import Path

from runners.services.call_notes import CallNotes, refusal


def test_each_call_belongs_to_who_was_asked_when_it_was_noted(tmp_path: Path) -> None:
    notes = CallNotes(tmp_path / "calls")
    assert list(notes.by("its start")) == []
    notes.file.write_text("sentry.io\n")
    assert list(notes.by("its start")) == [("sentry.io", "its start")]
    notes.file.write_text("sentry.io\napi.stripe.com\nsearch.example.org\n")
    assert list(notes.by("GET /buy/")) == [("api.stripe.com", "GET /buy/"), ("search.example.org", "GET /buy/")]
    assert list(notes.by("GET /")) == []


def test_every_host_is_named_with_its_option() -> None:
    line = refusal({"sentry.io": "its start", "api.stripe.com": "GET /buy/"})
    assert "sentry.io (by its start), api.stripe.com (by GET /buy/)" in line
    assert "add --may-call sentry.io --may-call api.stripe.com, or may_call to its description" in line
