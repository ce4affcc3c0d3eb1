"""For Locust by hand, with its web page.

    djbench serve uvicorn
    locust -f scenarios/locustfile.py --host http://127.0.0.1:8000 --pattern sleep:delay=0.1 --style async

``--path /any/path`` sends another request instead. The client is the one the benchmark uses; the figures on Locust's
page are Locust's own, rounded as Locust rounds them.
"""

from typing import Any, ClassVar

from locust import events, task
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.exception import StopTest

from djbench.request import encode
from djbench.spec import SpecError, unknown
from scenarios.engine.client import endpoint_of
from scenarios.lean import LeanHttpUser
from target_site.catalog import parse_pattern


class SiteUser(LeanHttpUser):
    """Sends the chosen request again and again."""

    method, path, body = "GET", "/", b""
    headers: ClassVar[dict[str, str]] = {}

    @task
    def request(self) -> None:
        """One request."""
        self.client.request(self.method, self.path, data=self.body, headers=self.headers)


@events.init_command_line_parser.add_listener
def _options(parser: LocustArgumentParser) -> None:
    parser.set_defaults(web_host="127.0.0.1")  # Locust's own default is every interface, without a password
    parser.add_argument("--pattern", default="plain", help="one of the site's patterns, with parameters: sleep:delay=1")
    parser.add_argument("--style", default="sync", help="one of that pattern's styles")
    parser.add_argument("--path", default="", help="a path of your own, instead of a pattern")
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds to wait for an answer")
    parser.add_argument("--insecure", action="store_true", help="with https: accept any certificate")


def _choose(options: Any) -> None:
    if options.path:
        SiteUser.path = str(options.path)
        return
    spec = parse_pattern(options.pattern)
    if spec.pattern.websocket:
        raise SpecError(f"{spec.pattern.name} speaks over a WebSocket, which this file does not; use djbench run")
    if options.style not in spec.pattern.styles:
        raise unknown(f"style of {spec.pattern.name}", options.style, spec.pattern.styles)
    SiteUser.method, SiteUser.path, SiteUser.body = spec.method, spec.path(options.style), spec.body
    SiteUser.headers = dict(spec.headers)


@events.test_start.add_listener
def _bind(environment: Environment, **_: Any) -> None:
    options = environment.parsed_options
    assert options is not None, "Locust's command line always has options"
    try:
        endpoint = endpoint_of(environment.host or "")
        _choose(options)
        encode(SiteUser.method, endpoint.prefix + SiteUser.path, endpoint.authority, SiteUser.headers, SiteUser.body)
    except (SpecError, ValueError, OSError) as error:
        environment.process_exit_code = 2
        raise StopTest(f"--host {environment.host}: {error}" if isinstance(error, OSError) else str(error)) from None
    SiteUser.timeout_s = options.timeout
    SiteUser.verify = not options.insecure
