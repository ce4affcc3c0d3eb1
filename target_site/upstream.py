"""The simulated third-party API: a process of its own that answers after the delay it is asked for.

``python -m target_site.upstream --port 8800`` serves ``/delay?seconds=S&call=N``.
``python -m target_site.upstream --self-test`` holds 2,000 delayed calls at once and prints by how much they were late.
"""

import argparse
import asyncio
import json
import resource
import socket
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

import uvicorn

MAX_DELAY_S = 60.0
_Message = MutableMapping[str, Any]


async def app(
    scope: _Message,
    receive: Callable[[], Awaitable[_Message]],  # noqa: ARG001  part of the ASGI interface; a GET has nothing to receive
    send: Callable[[_Message], Awaitable[None]],
) -> None:
    """The ASGI application. The header X-Elapsed-Us tells how long the call was really held, in microseconds."""
    started_ns = time.perf_counter_ns()
    asked = _asked_for(scope)
    if asked is None:
        status, body = 400, b"ask for /delay?seconds=S&call=N with S from 0 to 60\n"
    else:
        call, delay_s = asked
        await asyncio.sleep(delay_s)
        status, body = 200, json.dumps({"call": call, "delay_s": delay_s}).encode()
    elapsed_us = (time.perf_counter_ns() - started_ns) // 1000
    headers = [
        (b"content-type", b"application/json" if status == 200 else b"text/plain"),
        (b"content-length", str(len(body)).encode()),
        (b"x-elapsed-us", str(elapsed_us).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _asked_for(scope: _Message) -> tuple[int, float] | None:
    """The call's number and its delay in seconds; None when the request asks for nothing that there is."""
    query = parse_qs(scope["query_string"].decode("latin-1"))
    try:
        call, delay_s = int(query["call"][0]), float(query["seconds"][0])
    except (KeyError, ValueError):
        return None
    return (call, delay_s) if scope["path"] == "/delay" and 0 <= delay_s <= MAX_DELAY_S else None


def _server(port: int) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host="127.0.0.1",
            port=port,
            lifespan="off",
            access_log=False,
            log_level="warning",
            backlog=4096,
            timeout_keep_alive=3600,  # a pooled client decides when its connection ends, not this side
        )
    )


async def _one_call(port: int, delay_s: float, start_s: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await asyncio.sleep(start_s)
    writer.write(f"GET /delay?seconds={delay_s}&call=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    head, _, _ = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    fields = dict(line.split(b": ", 1) for line in head.lower().split(b"\r\n")[1:])
    return int(fields[b"x-elapsed-us"])


async def self_test(calls: int, delay_s: float) -> dict[str, float]:
    """Hold ``calls`` delayed calls at once. Returns the delay's error in ms: p50, p99 and max over all of them.

    The calls start spread over 90 % of the delay, so that the last is there before the first is answered, and the
    error is the timer's and not the length of a queue of simultaneous arrivals.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = _server(port)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  uvicorn offers a flag, no event
        await asyncio.sleep(0.01)
    starts_s = (0.9 * delay_s * call / calls for call in range(calls))
    elapsed_us = await asyncio.gather(*(_one_call(port, delay_s, start_s) for start_s in starts_s))
    errors_ms = sorted(each_us / 1000 - delay_s * 1000 for each_us in elapsed_us)
    server.should_exit = True
    await serving
    return {
        "calls": calls,
        "delay_s": delay_s,
        "error_p50_ms": round(errors_ms[calls // 2], 3),
        "error_p99_ms": round(errors_ms[calls * 99 // 100], 3),
        "error_max_ms": round(errors_ms[-1], 3),
    }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8800)
    parser.add_argument("--self-test", action="store_true", help="measure the delay's error and print it as JSON")
    parser.add_argument("--calls", type=int, default=2000, help="calls held at once by the self-test")
    parser.add_argument("--delay", type=float, default=2.0, help="seconds for which the self-test holds each call")
    arguments = parser.parse_args()
    # Each call held is a connection, and the self-test holds both of its ends.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard if hard != resource.RLIM_INFINITY else max(soft, 10240), hard))
    if arguments.self_test:
        print(json.dumps(asyncio.run(self_test(arguments.calls, arguments.delay))))
    else:
        _server(arguments.port).run()


if __name__ == "__main__":
    main()
