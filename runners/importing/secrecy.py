"""What is secret in requests, and the blanks that take its place. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, unquote_plus

from djbench.blanks import blanks_of
from runners.importing.imported import FILL_IN, ImportedTable
from runners.importing.naming import as_name

# Names of headers, fields and parameters whose values are secrets.
_SECRET_NAME = re.compile(
    r"passw|passphrase|^pass[12]?$|^pwd|secret|token|api[-_]?key|^key$|auth(?!ors?(?:[-_]|$))|session[-_]?(?:id|key)|^sid$|"
    r"signature|^sig$|credential|^cookie$|private[-_]?key|access[-_]?key|^otp|^pin$|^cv[cv]|card[-_]?n|^iban|^jwt|bearer",
    re.IGNORECASE,
)
# Of these names only a long value is a secret: a state may be that of an address.
_MAYBE_SECRET_NAME = re.compile(r"code|state|nonce|sessions?|.*cookie.*", re.IGNORECASE)
_LONG = 16
# Values that are secrets whatever they are called: JSON web tokens, keys of well-known services, schemes with a token.
_SECRET_VALUE = re.compile(
    r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*|\b(?:sk|pk|rk|whsec)_\w{12,}|\bgh[opsur]_\w{20,}|\bgithub_pat_\w{20,}|"
    r"\bglpat-[\w-]{16,}|\bAKIA[0-9A-Z]{12,}|\bxox[abprs]-[\w-]{8,}|\bAIza[\w-]{30,}|\bSG\.[\w-]{16,}\.[\w-]{16,}|"
    r"\b(?:Bearer|Basic|Token|JWT|Digest)\s+[\w.~+/=-]{8,}|-----BEGIN [A-Z ]*PRIVATE KEY-----[\w\s+/=]*"
)
# A secret with its name in a text that is neither a form nor JSON.
_NAMED_SECRET = re.compile(
    r"""(?P<name>[\w-]{0,40}(?:passw|secret|token|api[-_]?key)[\w-]{0,40})(?P<sign>["']?\s*[=:>]\s*["']?)(?P<value>[^&<>\s"']+)""",
    re.IGNORECASE,
)
_LETTERS_AND_DIGITS = re.compile(r"(?=[A-Za-z0-9]*[A-Za-z])(?=[A-Za-z0-9]*\d)[A-Za-z0-9]{16,}")
_LONGEST_SEARCHED = 500
_UUID = re.compile(r"[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.IGNORECASE)
# A shorter secret, or a plain word, is replaced only where it is the whole value of a field: it may be part of a path.
_SHORTEST_INSIDE = 5
_PLAIN_WORD = re.compile(r"[a-z]{1,12}|\d{1,6}")


def is_secret(name: str, value: str) -> bool:
    """Is the value of a field, header or parameter a secret, by that name or by its form?"""
    if not value:
        return False
    by_name = _SECRET_NAME.search(name) or (len(value) >= _LONG and _MAYBE_SECRET_NAME.fullmatch(name))
    return bool(by_name or _SECRET_VALUE.search(value))


def is_opaque(segment: str) -> bool:
    """Is a segment of a path a token, such as that of a link that resets a password? A UUID is none."""
    return not _UUID.fullmatch(segment) and bool(_LETTERS_AND_DIGITS.search(segment[:_LONGEST_SEARCHED]))


def secrets_in(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """The secrets in a JSON value or a text of that name, each with a name."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from secrets_in(str(key), part)
    elif isinstance(value, list):
        for part in value:
            yield from secrets_in(name, part)
    elif isinstance(value, str | int | float) and not isinstance(value, bool) and is_secret(name, str(value)):
        yield name, str(value)


def secrets_in_path(path: str) -> Iterator[tuple[str, str]]:
    """The secrets in a path and its query."""
    path, _, query = path.partition("?")
    for segment in path.split("/"):
        if is_opaque(segment):
            yield "token", segment
    for name, value in parse_qsl(query):
        yield from secrets_in(name, value)


def secrets_in_text(text: str) -> Iterator[tuple[str, str]]:
    """The secrets in a text of any form."""
    for match in _SECRET_VALUE.finditer(text):
        yield "secret", match[0]
    for match in _NAMED_SECRET.finditer(text):
        yield match["name"], match["value"]


class Secrets:
    """Secret values, each with the blank that takes its place. named: names and values; the first name counts."""

    def __init__(self, named: Iterable[tuple[str, str]]) -> None:
        self._blanks: dict[str, str] = {}
        numbers: dict[str, int] = {}
        for name, value in named:
            if value and value not in self._blanks:
                word = as_name(name, "secret")
                numbers[word] = numbers.get(word, 0) + 1
                self._blanks[value] = f"{{{word}}}" if numbers[word] == 1 else f"{{{word}_{numbers[word]}}}"
        self._forms = {
            form: blank
            for value, blank in self._blanks.items()
            if len(value) >= _SHORTEST_INSIDE and not _PLAIN_WORD.fullmatch(value)
            for form in (value, quote(value), quote(value, safe=""), quote_plus(value))
        }
        longest_first = sorted(self._forms, key=len, reverse=True)
        self._any = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def text(self, text: str) -> str:
        """The text with a blank in the place of each secret in it, escaped as in a URL or not."""
        return self._any.sub(lambda match: self._forms[match[0]], text)

    def value(self, name: str, value: str) -> str:
        """The value of a field: its blank if it is a secret, else without the secrets in it."""
        return self._blanks[value] if value in self._blanks and is_secret(name, value) else self.text(value)

    def path(self, path: str) -> str:
        """A path and query with blanks for secrets."""
        path, mark, query = path.partition("?")
        pairs = (pair.partition("=") for pair in query.split("&"))
        return (
            self.text(path) + mark + "&".join(name + sign + self._parameter(name, value) for name, sign, value in pairs)
        )

    def _parameter(self, name: str, value: str) -> str:
        plain = unquote_plus(value)
        shown = self.value(unquote_plus(name), plain)
        return value if shown == plain else shown

    def tree(self, value: Any, name: str = "") -> Any:
        """A JSON value, with blanks for the secrets in it."""
        if isinstance(value, dict):
            return {self.text(key): self.tree(part, key) for key, part in value.items()}
        if isinstance(value, list):
            return [self.tree(part, name) for part in value]
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return value
        shown = self.value(name, str(value))
        return value if shown == str(value) else shown

    def body(self, text: str) -> str:
        """A text of any form, with blanks for the secrets in it."""

        def concealed(match: re.Match[str]) -> str:
            return match["name"] + match["sign"] + self._blanks.get(match["value"], match["value"])

        return self.text(_NAMED_SECRET.sub(concealed, text))

    def entries(self, texts: Iterable[str]) -> Iterator[ImportedTable]:
        """Values to fill in, for the blanks of secrets that these texts have."""
        used = {f"{{{blank}}}" for text in texts for blank in blanks_of(text)}
        for blank in sorted(used & set(self._blanks.values())):
            name = blank.strip("{}")
            comment = f"The {name} was a secret, which is not copied. Write one for tests."
            yield ImportedTable(
                kind="values", name=name, content={"list": [FILL_IN]}, comments=(comment,), to_fill_in=True
            )


def texts_of(value: object) -> Iterator[str]:
    """Every text in a table."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield str(key)
            yield from texts_of(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts_of(part)
    elif isinstance(value, str):
        yield value
