"""Users in the temporary database, each with a session, as the test client's ``force_login`` makes one.

A session that is made beforehand keeps the hashing of passwords out of what is measured.
"""

from __future__ import annotations

import secrets
import uuid
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import auth
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import DatabaseError, models
from django.test import RequestFactory
from django.utils import timezone

from . import Refusal
from .dialogue import answer_with

_CACHE_ENGINE = "django.contrib.sessions.backends.cache"
_OWN_CACHES = ("locmem.LocMemCache", "dummy.DummyCache")
# Django's: a CSRF secret has so many letters and digits, and stands in a session under this key.
_CSRF_LENGTH, _CSRF_SESSION_KEY = 32, "_csrftoken"
_CSRF_CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def sessions_of(question: dict[str, Any]) -> dict[str, Any]:
    """The sessions of each table of users by its name, of nobody under "", and the name of the CSRF header."""
    csrf_header = settings.CSRF_HEADER_NAME.removeprefix("HTTP_")
    sessions = {"": [_anonymous()]} if question["anonymous"] else {}
    if question["users"]:
        _require_sessions()
    for table, user in question["users"].items():
        sessions[table] = [_session_of(_user(table, name, user)) for name in user["names"]]
    return {"sessions": sessions, "csrf_header": csrf_header.replace("_", "-").title()}


def _require_sessions() -> None:
    """Raises Refusal if a session that is made here would not be there for the servers' processes."""
    if not any(name.endswith("SessionMiddleware") for name in settings.MIDDLEWARE):
        raise Refusal(
            "users need sessions, and MIDDLEWARE has no SessionMiddleware; send a header with a token instead"
        )
    cache = settings.CACHES.get(settings.SESSION_CACHE_ALIAS, {}).get("BACKEND", "")
    if settings.SESSION_ENGINE == _CACHE_ENGINE and cache.endswith(_OWN_CACHES):
        raise Refusal(
            "users need sessions that all processes see, and SESSION_ENGINE keeps them in a cache that each process "
            f'has by itself; add SESSION_ENGINE = "{_CACHE_ENGINE}d_db" to [overrides], or give --cache redis://...'
        )
    file_path = getattr(settings, "SESSION_FILE_PATH", None)
    if file_path:
        Path(file_path).mkdir(parents=True, exist_ok=True)


def _anonymous() -> dict[str, str]:
    """A CSRF secret for who has no user; with a session if that is where the project keeps secrets."""
    if not settings.CSRF_USE_SESSIONS:
        return _cookies(None, _secret())
    _require_sessions()
    return _kept(_new_session())


def _session_of(user: Any) -> dict[str, str]:
    """A session in which the user has logged in."""
    request = RequestFactory().get("/")
    request.session = _new_session()
    # The first backend that can get a user, as force_login has it.
    backends = [path for path in settings.AUTHENTICATION_BACKENDS if hasattr(auth.load_backend(path), "get_user")]
    if not backends:
        raise Refusal("users need an entry in AUTHENTICATION_BACKENDS that has get_user")
    auth.login(request, user, backends[0])
    return _kept(request.session)


def _new_session() -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore()


def _kept(session: Any) -> dict[str, str]:
    """The cookies of a session, which is saved."""
    secret = _secret()
    if settings.CSRF_USE_SESSIONS:
        session[_CSRF_SESSION_KEY] = secret
    session.save()
    return _cookies(session.session_key, secret)


def _cookies(session_key: str | None, secret: str) -> dict[str, str]:
    session = f"{settings.SESSION_COOKIE_NAME}={session_key}" if session_key else ""
    csrf = "" if settings.CSRF_USE_SESSIONS else f"{settings.CSRF_COOKIE_NAME}={secret}"
    return {"session_cookie": session, "csrf_cookie": csrf, "csrf_token": secret}


def _secret() -> str:
    return "".join(secrets.choice(_CSRF_CHARACTERS) for _ in range(_CSRF_LENGTH))


def _user(table: str, name: str, wanted: dict[str, Any]) -> Any:
    """The user of that name, made if it is to be made. Raises Refusal."""
    try:
        model = auth.get_user_model()
    except ImproperlyConfigured as error:
        raise Refusal(f"users {table}: {error}") from None
    try:
        user = model._default_manager.filter(**{model.USERNAME_FIELD: _username(model, name)}).first()
        if user is None:
            if not wanted["create"]:
                raise Refusal(
                    f"users {table}: there is no user {name} in the prepared database; make it in prepare, "
                    "or set create = true"
                )
            user = _new_user(model, name)
        _raise_rights(user, wanted)
        user.save()
        _permit(table, user, wanted["permissions"])
    except (DatabaseError, ValidationError, ValueError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise Refusal(
            f"users {table}: {model._meta.label} {name} cannot be made: {reason}; make the user in prepare, "
            "and set create = false"
        ) from None
    return user


def _raise_rights(user: Any, wanted: dict[str, Any]) -> None:
    for attribute in ("staff", "superuser"):
        if wanted[attribute]:
            setattr(user, "is_" + attribute, True)


def _permit(table: str, user: Any, permissions: list[str]) -> None:
    if not permissions:
        return
    from django.contrib.auth.models import Permission  # only a project that has them

    for label in permissions:
        app, _, codename = label.partition(".")
        permission = Permission.objects.filter(content_type__app_label=app, codename=codename).first()
        if permission is None:
            raise Refusal(f"users {table}: there is no permission {label}; give app_label.codename")
        user.user_permissions.add(permission)


def _new_user(model: Any, name: str) -> Any:
    """An active user without a password that works. Fields that need a value get one that follows from the name."""
    user = model()
    for field in model._meta.concrete_fields:
        if _needs_value(model, field):
            setattr(user, field.attname, _value(field, name))
    setattr(user, model.USERNAME_FIELD, _username(model, name))
    if any(field.name == "is_active" for field in model._meta.concrete_fields):
        user.is_active = True
    user.set_unusable_password()
    return user


def _username(model: Any, name: str) -> Any:
    return _value(model._meta.get_field(model.USERNAME_FIELD), name)


def _needs_value(model: Any, field: Any) -> bool:
    if field.primary_key or field.name == "password":
        return False
    if field.name in model.REQUIRED_FIELDS or field.unique:
        return not field.null
    return not (field.null or field.has_default() or field.empty_strings_allowed)


def _value(field: Any, name: str) -> Any:
    """A value of the field's type. Raises ValueError for a type that no value follows for."""
    if isinstance(field, models.EmailField):
        return name if "@" in name else name + "@example.invalid"
    if isinstance(field, (models.CharField, models.TextField)):
        return name[: field.max_length]
    if isinstance(field, models.UUIDField):
        return uuid.uuid5(uuid.NAMESPACE_URL, name)
    if isinstance(field, models.DateTimeField):
        return timezone.now()
    if isinstance(field, models.DateField):
        return timezone.now().date()
    if isinstance(field, models.BooleanField):
        return False
    if isinstance(field, (models.IntegerField, models.FloatField, models.DecimalField)):
        return 0
    raise ValueError(f"the field {field.name} needs a value")


if __name__ == "__main__":
    answer_with(sessions_of)
