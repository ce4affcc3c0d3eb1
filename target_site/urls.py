"""One URL per pattern and style, generated from the catalog, and the control endpoints the conductor uses."""

from django.urls import path

from target_site import control
from target_site.responses import broken
from target_site.views import handlers

urlpatterns = [
    path("", control.index),
    path("-/health", control.health),
    path("-/reset", control.reset),
    *(path(route, view) for route, view in handlers("view", broken)),
]

handler400 = "target_site.responses.bad_request"
