"""Endpoints for the conductor, not for load: who answers, clear what was written, what there is to try."""

import os
import sys

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse

from djbench.pattern import PatternSpec
from djbench.spec import resolve
from target_site.models import Entry
from target_site.site_catalog import CATALOG


def health(request: HttpRequest) -> JsonResponse:
    """Which server answers, through which interface, from which process: a trial's proof of what it measured."""
    return JsonResponse(
        {
            "server": settings.SERVER,
            "run": settings.RUN,
            "handicap_us": settings.HANDICAP_US,
            "stack": settings.STACK,
            "database_pool_size": settings.DATABASES["default"]["OPTIONS"].get("pool", {}).get("max_size"),
            "interface": "asgi" if isinstance(request, ASGIRequest) else "wsgi",
            "pid": os.getpid(),
            "command": sys.orig_argv,
        }
    )


def reset(request: HttpRequest) -> HttpResponse:
    """POST: forget what load has written, so that each trial starts from the same state."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    with connection.cursor() as cursor:
        table = connection.ops.quote_name(Entry._meta.db_table)  # noqa: SLF001  documented as public by Django
        # TRUNCATE leaves no dead rows for autovacuum to find in a later trial; SQLite has only DELETE.
        cursor.execute(f"TRUNCATE {table}" if connection.vendor == "postgresql" else f"DELETE FROM {table}")  # noqa: S608
    return HttpResponse(status=204)


def index(request: HttpRequest) -> HttpResponse:
    """Every pattern and style as a link, for trying the site by hand."""
    lines = ["<!doctype html><title>djbench target site</title><h1>djbench target site</h1>"]
    for pattern in CATALOG.usable():
        if pattern.websocket:
            continue
        spec = PatternSpec(pattern, resolve(pattern.name, pattern.parameters, {}))
        links = " ".join(f'<a href="{spec.path(style).replace("&", "&amp;")}">{style}</a>' for style in pattern.styles)
        lines.append(f"<p><b>{pattern.name}</b> {links} — {pattern.summary}</p>")
    return HttpResponse("\n".join(lines))
