"""What counts as a secret, and that none is left in a text."""

import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.importing.secrecy import Secrets, is_opaque, is_secret, secrets_in, secrets_in_path, secrets_in_text

NAMES = [
    "Authorization", "Proxy-Authorization", "authorization", "X-Auth-Token", "X-Api-Key", "apikey", "api_key", "key",
    "X-Amz-Signature", "sig", "client_secret", "password", "password1", "new_password2", "passwd", "pwd", "pass",
    "access_token", "refresh_token", "id_token", "sessionid", "session_key", "sid", "otp", "pin", "cvc", "cvv",
    "card_number", "iban", "jwt", "credentials", "private_key", "aws_access_key_id", "oauth", "Cookie",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_some_names_make_any_value_a_secret(name: str) -> None:
    assert is_secret(name, "a")
    assert not is_secret(name, "")


@pytest.mark.parametrize(
    "name",
    ["author", "authors", "author_id", "q", "page", "keyword", "state", "code", "session", "username", "passenger_id",
     "X-Requested-With", "cookie_consent", "monkey", "shipping", "design"],
)  # fmt: skip
def test_other_names_do_not(name: str) -> None:
    assert not is_secret(name, "a1")


def test_a_long_state_or_code_is_a_secret() -> None:
    assert is_secret("code", "4/0AX4XfWh0123456789")
    assert is_secret("remember_cookie", "0123456789abcdef")


@pytest.mark.parametrize(
    "value",
    [
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2ln",
        "sk_live_0123456789abcdef",
        "ghp_0123456789abcdef0123",
        "AKIAIOSFODNN7EXAMPLE",
        "Bearer abcdefgh",
        "Basic dXNlcjpwYXNz",
    ],
)
def test_some_values_are_secrets_by_their_form(value: str) -> None:
    assert is_secret("x", value)
    assert dict(secrets_in_text(f"<a>{value}</a>")) == {"secret": value}


def test_a_token_in_a_path_is_told_from_words_and_uuids() -> None:
    assert is_opaque("c7x1ab-0123456789abcdef0123456789abcdef")
    for segment in ("0b0c7e5a-6a43-4a0e-9d2f-0123456789ab", "a-very-long-title-of-2026", "polls", "20260301", ""):
        assert not is_opaque(segment)


@given(
    st.sampled_from(NAMES),
    st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF), min_size=5, max_size=20).filter(
        lambda value: not value.isalnum() and "{" not in value
    ),
    st.text(max_size=10),
)
def test_no_secret_is_left_however_it_is_written(name: str, value: str, around: str) -> None:
    secrets = Secrets(secrets_in(name, value))
    for written in (value, quote(value), quote(value, safe=""), quote_plus(value)):
        assert value not in secrets.text(f"{around} {written} {around}").replace(around, "")
    assert secrets.tree({"a": [{name: value, "b": f"x {value}"}]}) != {"a": [{name: value, "b": f"x {value}"}]}
    assert value not in json.dumps(secrets.tree({"a": [{name: value}]}), ensure_ascii=False)
    assert value not in secrets.value(name, value)


@given(st.sampled_from([name for name in NAMES if name.isidentifier()]), st.text(min_size=1, max_size=8))
def test_a_secret_in_a_query_is_replaced_whatever_its_length(name: str, value: str) -> None:
    path = f"/a/?x=1&{name}={quote(value, safe='')}"
    shown = Secrets(secrets_in_path(path)).path(path)
    assert shown.startswith(f"/a/?x=1&{name}={{")


def test_texts_without_an_end_are_searched_in_pieces() -> None:
    ((name, value),) = secrets_in_text("a" * 100_000 + "-password=x")
    assert (len(name), value) == (48, "x")
    assert not is_opaque("a" * 300_000)


def test_each_secret_has_a_blank_of_its_own() -> None:
    secrets = Secrets([("token", "aaa-1"), ("token", "bbb-2"), ("Token", "aaa-1")])
    assert secrets.text("bbb-2 aaa-1") == "{token_2} {token}"
    assert [entry.name for entry in secrets.entries(["/{token_2}/", "{other}"])] == ["token_2"]
