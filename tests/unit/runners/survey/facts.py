"""What projects say of themselves, made up."""

from typing import Any

from runners.survey.inspection import DatabaseFacts, MiddlewareFacts, Route, SettingsFacts, UrlFacts

SQLITE = DatabaseFacts(engine="django.db.backends.sqlite3", file="/site/db.sqlite3")
POSTGRES = DatabaseFacts(engine="django.db.backends.postgresql")


def some_settings(**changes: Any) -> SettingsFacts:
    """The settings of a plain project on SQLite."""
    plain: dict[str, Any] = {
        "settings": "mysite.settings",
        "python": "3.12.1",
        "django": "5.2",
        "static_url": "static/",
    }
    return SettingsFacts(**{**plain, "databases": {"default": SQLITE}, **changes})


def a_route(path: str | None, **changes: Any) -> Route:
    """A URL of a sync view."""
    return Route(**{"path": path, "view": "polls.views.page", **changes})


def some_urls(*routes: Route, middleware: tuple[MiddlewareFacts, ...] = (), **changes: Any) -> UrlFacts:
    """What Django says of these routes."""
    models = {"polls.Question": ["id", "slug"], "shop.Question": ["id"], "auth.User": ["id"]}
    return UrlFacts(**{"routes": list(routes), "middleware": list(middleware), "models": models, **changes})
