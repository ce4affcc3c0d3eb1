"""Locust's own clients, measured as the audit measures ours.

``python -P -m djbench scenarios.locust_clients CLIENT URL ...`` prints one JSON object: requests that ended in the
window, how many of them failed, the process's CPU time in it and its length.
"""

import locust  # noqa: F401, I001  first: it patches the standard library for gevent

import argparse
import gc
import json
import logging
import sys
import time

import gevent
from locust import FastHttpUser, HttpUser, task
from locust.env import Environment

_CLOSE = {"Connection": "close"}


class HttpUserRival(HttpUser):
    """Locust's HttpUser, on requests."""

    close = False

    @task
    def request(self) -> None:
        """One request."""
        self.client.get("/", headers=_CLOSE if self.close else None)


class FastHttpUserRival(FastHttpUser):
    """Locust's FastHttpUser, on geventhttpclient."""

    close = False

    @task
    def request(self) -> None:
        """One request."""
        self.client.get("/", headers=_CLOSE if self.close else None)


CLIENTS: dict[str, type[HttpUserRival | FastHttpUserRival]] = {
    "HttpUser": HttpUserRival,
    "FastHttpUser": FastHttpUserRival,
}


def counts_of(client: str, url: str, connections: int, warmup_s: float, duration_s: float, *, close: bool) -> object:
    """Run so many users of the client for one window; what they did in it."""
    user = CLIENTS[client]
    user.host = url
    user.close = close
    environment = Environment(user_classes=[user])
    runner = environment.create_local_runner()
    runner.start(connections, spawn_rate=connections)
    gevent.sleep(warmup_s)
    gc.collect()
    gc.freeze()
    total = environment.stats.total
    before = total.num_requests, total.num_failures, time.process_time(), time.perf_counter()
    gevent.sleep(duration_s)
    after = total.num_requests, total.num_failures, time.process_time(), time.perf_counter()
    requests, failures, cpu_s, length_s = (late - early for late, early in zip(after, before, strict=True))
    return {"requests": requests, "failures": failures, "cpu_s": cpu_s, "length_s": length_s}


def main() -> None:
    """Measure once and print it."""
    logging.basicConfig(level=logging.ERROR)
    parser = argparse.ArgumentParser(prog="djbench scenarios.locust_clients")
    parser.add_argument("client", choices=CLIENTS)
    parser.add_argument("url")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--warmup", type=float, default=0.5)
    parser.add_argument("--duration", type=float, default=2.0)
    parser.add_argument("--close", action="store_true")
    options = parser.parse_args()
    counts = counts_of(
        options.client, options.url, options.connections, options.warmup, options.duration, close=options.close
    )
    sys.stdout.write(json.dumps(counts) + "\n")
    sys.stdout.flush()
