"""Every URL of a project, its view, and the middleware in front of it, as Django itself has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, unquote

from asgiref.sync import iscoroutinefunction
from django.apps import apps
from django.conf import settings
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver
from django.urls.converters import get_converters
from django.utils.deprecation import MiddlewareMixin
from django.utils.module_loading import import_string
from django.utils.regex_helper import normalize

from djbench_shim.dialogue import answer_with

# Hooks that Django calls for every request.
_HOOKS = ("process_request", "process_view", "process_response")
# What a path can have beside letters and digits. Braces are blanks.
_SAFE = "/~:@!$&'()*+,;={}"


def url_facts(_: Any) -> dict[str, Any]:
    """Every route, every middleware, the models that rows can be drawn from, and what the run replaced."""
    from djbench_shim.settings import replacements  # the run's settings, which Django has loaded

    return {
        "replaced": [{"setting": one.setting, "was": one.was, "becomes": one.becomes} for one in replacements()],
        "routes": list(_routes(get_resolver(), "", {}, ())),
        "middleware": [_middleware(name) for name in settings.MIDDLEWARE],
        "models": {model._meta.label: _field_names(model) for model in apps.get_models()},
    }


def _routes(
    resolver: URLResolver, regex: str, converters: dict[str, Any], namespaces: tuple[str, ...]
) -> Iterator[dict[str, Any]]:
    """The routes below a resolver. ``regex`` and the others: of what stands around it."""
    for entry in resolver.url_patterns:
        whole = regex + entry.pattern.regex.pattern.removeprefix("^")
        kinds = {**converters, **getattr(entry.pattern, "converters", {})}
        if isinstance(entry, URLResolver):
            inner = [name for name in (entry.app_name, entry.namespace) if name]
            yield from _routes(entry, whole, kinds, (*namespaces, *inner))
        elif isinstance(entry, URLPattern):
            view = {
                "name": entry.name or "",
                "namespaces": list(dict.fromkeys(namespaces)),
                "view": entry.lookup_str,
                **_view(entry.callback),
            }
            for path, arguments in _paths(whole, entry.callback):
                yield {"path": path, "arguments": {name: _kind(kinds.get(name)) for name in arguments}, **view}


def _paths(regex: str, callback: Any) -> Iterator[tuple[str | None, list[str]]]:
    """The path without its arguments if they may be empty, and the shortest path with them."""
    path, arguments = _shortest_path(regex)
    bare = (path or "").partition("{")[0]
    if arguments and _leads_to(bare, callback):
        yield bare, []
    yield path, arguments


def _leads_to(path: str, callback: Any) -> bool:
    try:
        return get_resolver().resolve(unquote(path)).func is callback
    except Resolver404:
        return False


def _shortest_path(regex: str) -> tuple[str | None, list[str]]:
    """The path with the fewest arguments, each in braces; None if Django cannot reverse the expression."""
    try:
        candidates = normalize(regex)
    except ValueError:
        return None, []
    template, arguments = min(candidates, key=lambda candidate: len(candidate[1]))
    # Not by %, for a path can have a percent sign of its own.
    path = template
    for name in arguments:
        path = path.replace(f"%({name})s", f"{{{name}}}")
    # A brace that belongs to the path itself is no blank.
    safe = _SAFE if arguments else _SAFE.rstrip("{}")
    return "/" + quote(path, safe=safe), list(arguments)


def _kind(converter: Any) -> str:
    """A converter's name in ``path()``; empty for an argument of a regular expression."""
    names = [name for name, known in get_converters().items() if converter is known or type(converter) is type(known)]
    return names[0] if names else ""


def _view(callback: Callable[..., Any]) -> dict[str, Any]:
    view_class = getattr(callback, "view_class", None) or getattr(callback, "cls", None)
    return {
        "is_async": iscoroutinefunction(callback),
        "methods": _methods(callback, view_class),
        "csrf_exempt": bool(getattr(callback, "csrf_exempt", False)),
        "login_required": _wants_login(callback, view_class),
        "model": _model(view_class),
        "lookups": _lookups(view_class),
    }


def _methods(callback: Callable[..., Any], view_class: Any) -> list[str]:
    """The methods that a view takes; empty if it does not say."""
    if hasattr(callback, "actions"):  # a view set of Django REST framework
        return sorted(method.upper() for method in callback.actions or ())
    if view_class is not None:
        names = getattr(view_class, "http_method_names", ())
        return sorted(name.upper() for name in names if hasattr(view_class, name))
    for function in _wrapped(callback):
        allowed = _closed_over(function).get("request_method_list")
        if allowed:
            return sorted(str(method) for method in allowed)
    return []


def _wants_login(callback: Callable[..., Any], view_class: Any) -> bool:
    """Is it behind ``login_required`` or one of Django's mixins, as far as that can be seen?"""
    mixins = [kind.__module__ for kind in getattr(view_class, "__mro__", ())]
    decorated = any("test_func" in _closed_over(function) for function in _wrapped(callback))
    return "django.contrib.auth.mixins" in mixins or decorated


def _wrapped(callback: Callable[..., Any]) -> list[Any]:
    """A view, and the functions inside its decorators, from the outside in."""
    functions: list[Any] = [callback]
    while hasattr(functions[-1], "__wrapped__"):
        functions.append(functions[-1].__wrapped__)
    return functions


def _closed_over(function: Any) -> dict[str, Any]:
    """The variables of a decorator that the function inside it uses."""
    names = getattr(getattr(function, "__code__", None), "co_freevars", ())
    return {name: _content(cell) for name, cell in zip(names, getattr(function, "__closure__", None) or ())}


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # a variable that has no value yet
        return None


def _model(view_class: Any) -> str:
    """The model that a class-based view shows; empty if it does not say."""
    model: Any = getattr(view_class, "model", None) or getattr(getattr(view_class, "queryset", None), "model", None)
    return model._meta.label if hasattr(model, "_meta") else ""


def _lookups(view_class: Any) -> dict[str, str]:
    """The field that each argument of a class-based view is looked up in."""
    lookups = {}
    if getattr(view_class, "pk_url_kwarg", None):
        lookups[view_class.pk_url_kwarg] = "pk"
    if getattr(view_class, "slug_url_kwarg", None):
        lookups[view_class.slug_url_kwarg] = getattr(view_class, "slug_field", "slug")
    field = getattr(view_class, "lookup_field", None)
    if field:
        lookups[getattr(view_class, "lookup_url_kwarg", None) or field] = field
    return lookups


def _middleware(name: str) -> dict[str, Any]:
    """A middleware, and its hooks that Django runs in a thread under ASGI."""
    middleware = import_string(name)
    is_async, is_sync = getattr(middleware, "async_capable", False), getattr(middleware, "sync_capable", True)
    adapted = [hook for hook in _HOOKS if hasattr(middleware, hook) and not _is_coroutine(middleware, hook)]
    by_hooks = getattr(middleware, "__acall__", None) is MiddlewareMixin.__acall__
    hooks = adapted if by_hooks else [hook for hook in adapted if hook == "process_view"]
    return {"name": name, "sync_capable": bool(is_sync), "async_capable": bool(is_async), "thread_hooks": hooks}


def _is_coroutine(middleware: Any, hook: str) -> bool:
    return bool(iscoroutinefunction(getattr(middleware, hook)))


def _field_names(model: Any) -> list[str]:
    return [field.name for field in model._meta.concrete_fields]


if __name__ == "__main__":
    answer_with(url_facts)
