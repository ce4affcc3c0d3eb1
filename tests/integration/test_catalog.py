"""The catalog beside what Django loads for it: views and middleware."""

import os
import subprocess
import sys

from djbench.pattern import MIDDLEWARE_KINDS
from tests.unit.site import PATTERNS, SITE

WRONG_VIEWS = """
import django
from asgiref.sync import iscoroutinefunction
from importlib import import_module

django.setup()

from djbench.pattern import ASYNC_STYLES
from target_site.site_catalog import CATALOG

for pattern in CATALOG.own.values():
    for style in pattern.styles if not pattern.websocket else ():
        view = getattr(import_module(f"target_site.patterns.{pattern.name}"), f"{style}_view")
        assert iscoroutinefunction(view) == (style in ASYNC_STYLES), (pattern.name, style)
"""


def test_the_catalog_knows_which_views_are_coroutines() -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "target_site.settings", "DJBENCH_STACK": "login"}
    done = subprocess.run(
        [sys.executable, "-c", WRONG_VIEWS], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_kind_of_middleware_can_be_asked_for_and_is_there() -> None:
    (kind,) = (parameter for parameter in PATTERNS["middleware"].parameters if parameter.name == "kind")
    assert kind.choices == MIDDLEWARE_KINDS
    for name in MIDDLEWARE_KINDS:
        code = "from django.conf import settings; print(len(settings.MIDDLEWARE))"
        environment = {**os.environ, **SITE.environment, "DJBENCH_STACK": f"{name}:2"}
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        assert done.stdout.split() == ["0" if name == "none" else "2"]
