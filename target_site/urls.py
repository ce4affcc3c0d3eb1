"""One URL per pattern and style, generated from the catalog, and the control endpoints the conductor uses."""

from importlib import import_module

from django.urls import path

from target_site import control
from target_site.catalog import modules, pattern_named

urlpatterns = [
    path("", control.index),
    path("-/health", control.health),
    path("-/reset", control.reset),
    *(
        path(f"{name}/{style}", getattr(import_module(module), f"{style}_view"))
        for name, module in modules().items()
        if not pattern_named(name).websocket  # those are the ASGI application's
        for style in pattern_named(name).styles
    ),
]

handler400 = "target_site.responses.bad_request"
