"""A pattern's request as one line of JSON: ``python -P -m djbench runners.targets.request_json PATTERN STYLE``.

For the locustfile, which runs in a process that is not ours and knows no pattern.
"""

import sys

from pydantic import TypeAdapter

from djbench.request import Request
from djbench.spec import SpecError, unknown
from runners.targets.built_in import built_in


def request_json(text: str, style: str) -> str:
    """The line. Raises SpecError for a pattern or style that does not exist, and for a pattern without requests."""
    spec = built_in().catalog.parse(text)
    if spec.pattern.websocket:
        raise SpecError(f"{spec.pattern.name} speaks over a WebSocket, which Locust's users do not; use djbench run")
    if style not in spec.pattern.styles:
        raise unknown(f"style of {spec.pattern.name}", style, spec.pattern.styles)
    return TypeAdapter(Request).dump_json(spec.request(style)).decode()


def main() -> None:
    """Print the line, or end with one that says what is wrong and exit code 2."""
    try:
        sys.stdout.write(request_json(*sys.argv[1:]) + "\n")
    except SpecError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
