"""For Locust by hand, with its web page.

    djbench serve uvicorn
    locust -f scenarios/locustfile.py --host http://127.0.0.1:8000 --pattern sleep:delay=0.1 --style async

``--path /any/path`` sends another request instead. The users and the client are the ones the benchmark uses; the
figures on Locust's page are Locust's own, rounded as Locust rounds them.
"""

from typing import Any
from urllib.parse import urlsplit

from locust import events
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.exception import StopTest

from scenarios import users
from scenarios.outcomes import Outcome
from scenarios.users import Answer, Session
from scenarios.workload import Request, Workload
from target_site.catalog import PATTERNS, parse_pattern
from target_site.parameters import SpecError, unknown


class SiteUser(users.SiteUser):
    """The benchmark's user, for Locust to find in this file."""


@events.init_command_line_parser.add_listener
def _options(parser: LocustArgumentParser) -> None:
    parser.set_defaults(web_host="127.0.0.1")  # Locust's own default is every interface, without a password
    parser.add_argument("--pattern", default="plain", help="one of the site's patterns, with parameters: sleep:delay=1")
    parser.add_argument("--style", default="sync", help="one of that pattern's styles")
    parser.add_argument("--path", default="", help="a path of your own, instead of a pattern")
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds to wait for an answer")


def _path(options: Any) -> str:
    if options.path:
        return str(options.path)
    spec = parse_pattern(options.pattern)
    if options.style not in PATTERNS[spec.pattern.name].styles:
        raise unknown(f"style of {spec.pattern.name}", options.style, spec.pattern.styles)
    return spec.path(options.style)


def _refused(environment: Environment, message: str) -> StopTest:
    environment.process_exit_code = 2
    return StopTest(message)


@events.test_start.add_listener
def _bind(environment: Environment, **_: Any) -> None:
    address = urlsplit(environment.host or "")
    if address.scheme != "http" or not address.hostname:
        raise _refused(environment, "give the site's address: --host http://127.0.0.1:8000")
    try:
        path = _path(environment.parsed_options)
    except SpecError as error:
        raise _refused(environment, str(error)) from None

    def report(answer: Answer) -> None:
        error = None if answer.outcome is Outcome.OK else RuntimeError(answer.reason or answer.outcome.value)
        environment.events.request.fire(
            request_type="GET",
            name=path,
            response_time=(answer.done_ns - answer.intended_ns) / 1e6,
            response_length=answer.size,
            exception=error,
            context={},
        )

    workload = Workload(requests=(Request(name=path, path=path),))
    timeout_s = environment.parsed_options.timeout if environment.parsed_options else 60.0
    SiteUser.session = Session(
        workload,
        host=address.hostname,
        port=address.port or 80,
        timeout_s=timeout_s,
        users=1,
        spread_s=0,  # Locust's own spawn rate spreads the users
        seed=1,
        report=report,
    )
