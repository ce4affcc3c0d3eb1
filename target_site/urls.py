"""One URL per pattern and style, generated from the catalog, and the control endpoints the conductor uses."""

from importlib import import_module

from django.urls import path

from target_site import control
from target_site.catalog import PATTERNS

urlpatterns = [
    path("", control.index),
    path("-/health", control.health),
    path("-/reset", control.reset),
    *(
        path(f"{pattern.name}/{style}", getattr(import_module(f"target_site.patterns.{pattern.name}"), f"{style}_view"))
        for pattern in PATTERNS.values()
        for style in pattern.styles
    ),
]

handler400 = "target_site.responses.bad_request"
