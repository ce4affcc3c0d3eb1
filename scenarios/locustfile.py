"""For Locust by hand, with its web page. ``djbench serve`` prints the command with this file's path.

    djbench serve uvicorn
    locust -f scenarios/locustfile.py --host http://127.0.0.1:8000 --pattern sleep:delay=0.1 --style async

``--path /any/path`` sends another request instead. The client is the one that djbench measures with. The figures on
Locust's page are Locust's own, rounded as Locust rounds them.

Locust runs this file in a process of its own, in a directory of the reader's. So it imports ``djbench`` and no room.
"""

import subprocess
from functools import cache
from typing import Any, ClassVar

from locust import events, task
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.exception import StopTest
from pydantic import TypeAdapter

from djbench.lean import LeanHttpUser
from djbench.request import Request
from djbench.rooms import command_of


class SiteVisitor(LeanHttpUser):
    """Sends the chosen request again and again."""

    #: What is sent; the command line chooses it.
    chosen: ClassVar[Request]

    @task
    def visit(self) -> None:
        """One request."""
        chosen = self.chosen
        self.client.request(chosen.method, chosen.path, data=chosen.body, headers=dict(chosen.headers))


@events.init_command_line_parser.add_listener
def _options(parser: LocustArgumentParser) -> None:
    parser.set_defaults(web_host="127.0.0.1")  # Locust's own default is every interface, without a password
    parser.add_argument("--pattern", default="plain", help="one of the site's patterns, with parameters: sleep:delay=1")
    parser.add_argument("--style", default="sync", help="one of that pattern's styles")
    parser.add_argument("--path", default="", help="a path of your own, instead of a pattern")
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds to wait for an answer")
    parser.add_argument("--insecure", action="store_true", help="with https: accept any certificate")


@cache
def _request_json(pattern: str, style: str) -> "subprocess.CompletedProcess[str]":
    command = command_of("runners.targets.request_json", pattern, style)
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _request_of(options: Any) -> Request:
    """The request that the command line or Locust's page asks for. Raises ValueError with one line."""
    if options.path:
        return Request(name=options.path, path=options.path)
    answer = _request_json(options.pattern, options.style)
    if answer.returncode:
        raise ValueError(answer.stderr.strip())
    return TypeAdapter(Request).validate_json(answer.stdout)


@events.init.add_listener
def _look_up(environment: Environment, **_: Any) -> None:
    """Ask for the request before Locust's run time begins."""
    options = environment.parsed_options
    assert options is not None, "Locust's command line always has options"
    if not options.path:
        _request_json(options.pattern, options.style)


@events.test_start.add_listener
def _bind(environment: Environment, **_: Any) -> None:
    options = environment.parsed_options
    assert options is not None, "Locust's command line always has options"
    try:
        SiteVisitor.chosen = _request_of(options)
        SiteVisitor.chosen.encode("127.0.0.1", 80)
    except ValueError as error:
        environment.process_exit_code = 2
        raise StopTest(str(error)) from None
    SiteVisitor.timeout_s = options.timeout
    SiteVisitor.verify = not options.insecure
