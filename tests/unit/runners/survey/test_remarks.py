"""What is said of a project before it is measured."""

from typing import Any

import pytest

from runners.survey.inspection import CacheFacts, MiddlewareFacts, ReplacedSetting, Route
from runners.survey.remarks import Level, Remark, Sights, remarks_on
from tests.unit.runners.survey.facts import POSTGRES, SQLITE, a_route, some_settings, some_urls

SYNC_ONLY = MiddlewareFacts(name="shop.middleware.Audit", sync_capable=True, async_capable=False)
HOOKED = MiddlewareFacts(
    name="django.middleware.common.CommonMiddleware",
    sync_capable=True,
    async_capable=True,
    thread_hooks=["process_request", "process_response"],
)
ASYNC_VIEW = a_route("/async/", is_async=True, view="polls.views.latest")


def remarks(
    *routes: Route,
    middleware: tuple[MiddlewareFacts, ...] = (),
    overrides: dict[str, Any] | None = None,
    replaced: tuple[ReplacedSetting, ...] = (),
    **changes: Any,
) -> dict[str, list[Remark]]:
    """The remarks on a project, by topic."""
    urls = some_urls(*routes, middleware=middleware, replaced=list(replaced))
    by_topic: dict[str, list[Remark]] = {}
    for remark in remarks_on(Sights(settings=some_settings(**changes), urls=urls, overrides=overrides or {})):
        by_topic.setdefault(remark.topic, []).append(remark)
    return by_topic


def test_views_are_counted_by_how_they_are_written() -> None:
    (remark,) = remarks(a_route("/a/"), ASYNC_VIEW)["views"]
    assert remark.what == "1 sync and 1 async (polls.views.latest)"
    (remark,) = remarks(a_route("/a/"))["views"]
    assert remark.what == "none of 1 view is async"
    assert "thread" in remark.why


def test_middleware_that_django_adapts_is_named_with_its_thread_hops_and_how_to_measure_them() -> None:
    sync_only, hooked = remarks(middleware=(SYNC_ONLY, HOOKED))["middleware"]
    assert (sync_only.what, sync_only.level) == ("Audit can only be sync", Level.NOTE)
    assert "--pattern middleware:kind=sync,depth=1" in sync_only.fix
    assert hooked.what == "2 sync hooks in CommonMiddleware"
    assert "2 thread hops per request" in hooked.why
    assert "--pattern middleware:kind=mixin,depth=1" in hooked.fix
    async_only = MiddlewareFacts(name="shop.Fast", sync_capable=False, async_capable=True)
    (remark,) = remarks(middleware=(async_only,))["middleware"]
    assert "under WSGI" in remark.why


@pytest.mark.parametrize(
    ("changes", "routes", "topic", "level", "words"),
    [
        ({"debug": True}, (), "DEBUG", Level.NOTE, "set DEBUG = false under [overrides]"),
        ({"debug": True, "overrides": {"DEBUG": False}}, (), "DEBUG", Level.NOTE, "name the settings that you deploy"),
        ({"databases": {"default": POSTGRES}}, (), "CONN_MAX_AGE", Level.NOTE, "pool"),
        (
            {"databases": {"default": POSTGRES.model_copy(update={"conn_max_age": None})}},
            (),
            "CONN_MAX_AGE",
            Level.NOTE,
            "under ASGI set CONN_MAX_AGE = 0",
        ),
        (
            {"databases": {"default": SQLITE.model_copy(update={"atomic_requests": True})}},
            (ASYNC_VIEW,),
            "ATOMIC_REQUESTS",
            Level.NOTE,
            "non_atomic_requests",
        ),
        (
            {"databases": {"default": SQLITE, "other": SQLITE}},
            (),
            "database",
            Level.REFUSED,
            "name settings with one database",
        ),
        ({"async_unsafe": True}, (), "DJANGO_ALLOW_ASYNC_UNSAFE", Level.NOTE, "take it out"),
        ({"ssl_redirect": True}, (), "SECURE_SSL_REDIRECT", Level.REFUSED, "[overrides]"),
        (
            {
                "apps": ["django.contrib.sessions"],
                "session_engine": "django.contrib.sessions.backends.cache",
                "caches": {"default": CacheFacts(backend="django.core.cache.backends.locmem.LocMemCache")},
            },
            (),
            "sessions",
            Level.NOTE,
            "SESSION_ENGINE",
        ),
    ],
)
def test_what_changes_a_measurement_comes_with_the_fix(
    changes: dict[str, Any], routes: tuple[Route, ...], topic: str, level: Level, words: str
) -> None:
    (remark,) = remarks(*routes, **changes)[topic]
    assert remark.level is level
    assert words in remark.fix


@pytest.mark.parametrize(
    ("changes", "topic"),
    [
        ({}, "DEBUG"),
        ({}, "CONN_MAX_AGE"),
        ({"databases": {"default": POSTGRES.model_copy(update={"pool": True})}}, "CONN_MAX_AGE"),
        ({"databases": {"default": SQLITE.model_copy(update={"atomic_requests": True})}}, "ATOMIC_REQUESTS"),
        ({"ssl_redirect": True, "overrides": {"SECURE_SSL_REDIRECT": False}}, "SECURE_SSL_REDIRECT"),
    ],
)
def test_what_does_not_matter_is_not_said(changes: dict[str, Any], topic: str) -> None:
    assert topic not in remarks(**changes)


def test_what_a_run_replaces_is_said_but_not_what_djbench_needs_for_itself() -> None:
    mail = ReplacedSetting(setting="EMAIL_BACKEND", was="smtp", becomes="mail is thrown away")
    media = ReplacedSetting(setting="MEDIA_ROOT", was="/site/media", becomes="/tmp/djbench-1/media")
    ours = ReplacedSetting(setting="WSGI_APPLICATION", was="mysite.wsgi", becomes="djbench_shim.wsgi")
    unset = ReplacedSetting(setting="STATIC_ROOT", was="not set", becomes="/tmp/djbench-1/static")
    said = remarks(replaced=(mail, media, ours, unset))
    assert said["EMAIL_BACKEND"][0].why == "a run puts in its place: mail is thrown away"
    assert said["MEDIA_ROOT"][0].why == "a run puts in its place: a folder of the run"
    assert not said.keys() & {"WSGI_APPLICATION", "STATIC_ROOT"}
