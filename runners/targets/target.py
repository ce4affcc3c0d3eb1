"""What is measured: a Django project as a value. The built-in site is one; nothing else here knows its paths."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from djbench.rooms import site_folder


@dataclass(frozen=True, kw_only=True)
class Target:
    """A Django project that servers can be pointed at.

    environment: variables every one of its processes gets. health_path answers with JSON that names the run, the
    server and the interface; a POST to reset_path forgets what load has written.
    prepare, upstream: commands of the target (module and arguments, after ``python -m``) that fill the database and
    files, and that serve the third-party API on the port that is appended.
    """

    interpreter: str
    wsgi_application: str
    asgi_application: str
    environment: Mapping[str, str] = field(default_factory=dict)
    health_path: str
    reset_path: str
    prepare: tuple[str, ...]
    upstream: tuple[str, ...]

    def application(self, interface: str) -> str:
        """The dotted path of the application behind that interface."""
        return self.wsgi_application if interface == "wsgi" else self.asgi_application


BUILT_IN = Target(
    interpreter=sys.executable,
    wsgi_application="target_site.wsgi:application",
    asgi_application="target_site.asgi:application",
    environment={"DJANGO_SETTINGS_MODULE": "target_site.settings", "PYTHONPATH": str(site_folder())},
    health_path="/-/health",
    reset_path="/-/reset",
    prepare=("target_site.prepare",),
    upstream=("target_site.upstream", "--port"),
)

# What a child needs of this process's environment; anything else (an index address, a proxy, WEB_CONCURRENCY, which
# would silently change a server's workers) stays out of the measurement.
_PASSED_ON = ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "TZ", "USER")


def child_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process of the run: an allow-list of ours, and ``extra``."""
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {**kept, "PYTHONUNBUFFERED": "1", **extra}
