"""djbench: which server and which style of view a Django project should run, measured on your own machine.

This module is what other packages import; see docs/adding-a-server.md and docs/adding-a-pattern.md. Everything else is
internal and may change. ``djbench.lean`` has the client for Locust scenarios.

Names are loaded when they are first used: every child process of a run imports this module and needs few of them.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from djbench.pattern import Pattern
    from djbench.server import DeploymentFile, Server, Since
    from djbench.spec import Parameter, SpecError, Value

__all__ = ["DeploymentFile", "Parameter", "Pattern", "Server", "Since", "SpecError", "Value"]

_MODULES = {
    "DeploymentFile": "djbench.server",
    "Parameter": "djbench.spec",
    "Pattern": "djbench.pattern",
    "Server": "djbench.server",
    "Since": "djbench.server",
    "SpecError": "djbench.spec",
    "Value": "djbench.spec",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module 'djbench' has no attribute '{name}'")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
