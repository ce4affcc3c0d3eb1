"""The Locust user of a measured load. What it sends, and when, is for ``closed`` and ``arriving`` to say."""

from typing import ClassVar

from locust import User, task
from locust.exception import StopUser

from scenarios.engine.applied import AppliedLoad


class SiteUser(User):
    """Under closed load one user; else the source of all that its process sends."""

    load: ClassVar[AppliedLoad]

    @task
    def requests(self) -> None:
        """Send requests until the load ends."""
        self.load.drive()
        raise StopUser
