"""djbench's lean client for Locust: write a scenario as for any other client, at a fraction of the CPU time.

    from locust import task
    from djbench.lean import LeanHttpUser

    class Visitor(LeanHttpUser):
        @task(3)
        def home(self):
            self.client.get("/")

        @task
        def order(self):
            self.client.post("/orders", json={"item": 1}, expected_status=201)

The client speaks HTTP/1.1 with and without TLS. It follows no redirect, keeps no cookies and asks for no compression.
It sends no request twice: each request is one, measured as it is.
"""

from typing import TYPE_CHECKING

from djbench.rooms import load_apart

if TYPE_CHECKING:  # where an installed djbench has them; a checkout has no such folder
    from djbench._rooms.scenarios.lean import LeanClient, LeanHttpUser, Reply  # type: ignore[import-not-found]
else:
    _lean = load_apart("scenarios.lean")
    LeanClient, LeanHttpUser, Reply = _lean.LeanClient, _lean.LeanHttpUser, _lean.Reply

__all__ = ["LeanClient", "LeanHttpUser", "Reply"]
