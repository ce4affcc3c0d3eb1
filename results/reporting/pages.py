"""Templates to pages and Markdown: the one Jinja environment, and the filters that every template may use."""

import base64
import hashlib
import json
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from results.wording.names import style_text
from results.wording.text import clipped, number, plain


def render(name: str, context: dict[str, Any]) -> str:
    """The template ``templates/NAME.jinja`` with this context; in HTML whatever stands in it is text."""
    return _ENVIRONMENT.get_template(f"{name}.jinja").render(context)


def markdown_cell(value: object) -> str:
    """Text inside a Markdown table: one line, no bars, no markup."""
    text = " ".join(str(value).split())
    return "".join(f"\\{letter}" if letter in "\\|*_`<>[]" else letter for letter in text)


def markdown_code(value: object) -> str:
    """Text as code inside a line of Markdown: one line, and no sign in it ends the code."""
    return f"`{' '.join(str(value).split()).replace('`', chr(39))}`"


def json_data(value: Any) -> Markup:
    """JSON that can stand inside a script element: nothing in it can end that, or begin a comment."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(text)  # noqa: S704 - escaped above, as far as a script element's text can be


def name(text: str, letters: int = 96) -> Markup:
    """A name that somebody chose, apart from the writing direction around it.

    One that is long, or has what is no sign, is whole when pointed at.
    """
    shown = clipped(plain(text), letters)
    if shown == text:
        return Markup("<bdi>{}</bdi>").format(text)
    return Markup('<bdi title="{}">{}</bdi>').format(text, shown)


@cache
def _script_text(name: str) -> Markup:
    """A script of ours, as it stands in the page."""
    text = (resources.files("results.reporting") / "templates" / name).read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704 - our own file


def _script_source(name: str) -> Markup:
    """Which scripts may run, for the Content-Security-Policy: this one, by its text's hash (CSP 3, 8.3), or none."""
    if not name:
        return Markup("'none'")
    digest = base64.b64encode(hashlib.sha256(_script_text(name).encode()).digest()).decode()
    return Markup("'sha256-{}'").format(digest)


_ENVIRONMENT = Environment(
    loader=PackageLoader("results.reporting"),
    autoescape=select_autoescape(enabled_extensions=("html.jinja",), default=False),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters.update(
    number=number,
    md=markdown_cell,
    code=markdown_code,
    name=name,
    plain=plain,
    json_data=json_data,
    style=style_text,
    script_text=_script_text,
    script_source=_script_source,
)
