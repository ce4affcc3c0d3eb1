"""What ``djbench serve`` says there is to ask, and how to load it by hand."""

from djbench.catalog import Catalog
from djbench.pattern import Pattern
from djbench.request import Request, Workload
from runners.cli.commands.serve import addresses, by_hand
from runners.servers.registry import SERVERS
from runners.services.contents.fillings import Fillings
from tests.unit.site import SITE, parse_pattern

ADDRESS = "http://127.0.0.1:8000"


def test_only_what_works_under_the_server_is_shown() -> None:
    gevent = addresses(SITE.catalog, SERVERS["gunicorn-gevent"], parse_pattern("sleep:delay=1"), ADDRESS)
    assert f"  {ADDRESS}/sleep/sync?delay=1" in gevent
    assert not [line for line in gevent if "/async" in line or "/sync_to_async" in line]
    uvicorn = addresses(SITE.catalog, SERVERS["uvicorn"], parse_pattern("plain"), ADDRESS)
    assert [line for line in uvicorn if "ws://127.0.0.1:8000/websocket/async?" in line]
    assert not [
        line
        for line in addresses(SITE.catalog, SERVERS["uvicorn-pure"], parse_pattern("plain"), ADDRESS)
        if "ws:" in line
    ]


def test_a_request_of_a_project_is_shown_with_its_blanks_filled_in() -> None:
    request = Request(name="detail", path="/polls/{question}/")
    workloads = {"view": Workload(requests=(request,))}
    pattern = Pattern(name="detail", summary="a page", styles={"view": ""}, workloads=workloads)
    catalog = Catalog(own={"detail": pattern})
    fillings = Fillings(rows={"question": ({"": "3"}, {"": "4"})})
    chosen = catalog.parse("detail")
    assert f"  {ADDRESS}/polls/3/" in addresses(catalog, SERVERS["uvicorn"], chosen, ADDRESS, fillings)
    assert by_hand(SERVERS["uvicorn"], chosen, ADDRESS) == "load it with: djbench run --pattern detail"


def test_the_line_for_locust_has_a_style_that_works() -> None:
    def line(server: str, pattern: str) -> str:
        return by_hand(SERVERS[server], parse_pattern(pattern), ADDRESS)

    assert line("uvicorn", "sleep:delay=1").endswith(f"--host {ADDRESS} --pattern sleep:delay=1 --style async")
    assert line("uvicorn", "orm_transaction").endswith("--pattern orm_transaction:rows=3 --style sync")
    assert line("gunicorn-gevent", "sleep").endswith("--style sync")
    assert line("uvicorn", "websocket") == (
        "websocket speaks over a WebSocket, which the locustfile does not; load it with djbench run"
    )
