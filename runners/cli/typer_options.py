"""The options of commands: those of a run, made from their declarations, and those that are a command's own."""

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, NewType

import typer

from djbench.errors import UsageError
from djbench.option import Option
from djbench.options import OPTIONS, with_only_its_loads

OWN = "Options"
"""The panel of a command's own options."""
Overrides = NewType("Overrides", dict[str, Any])
"""What a command says instead of the profile, by key."""


def flag(*names: str, help: str) -> Any:  # noqa: A002  as Typer calls it
    """An option without a value."""
    return typer.Option(*names, help=help, metavar="")


def number_option(option: Option) -> Any:
    """A number of a command's own. What is none, or out of its range, is a UsageError."""

    def parsed(text: object) -> Any:
        try:
            return option.checked(option.read(text))
        except ValueError as error:
            raise UsageError(f"{option.name} {text}: {error}") from None

    return typer.Option(option.name, help=option.line, metavar="NUMBER", show_default=False, parser=parsed)


ProfileName = Annotated[
    str | None,
    typer.Argument(
        help="A profile's name (see 'djbench list profiles'), or the path of a .toml file "
        "(default: quick; project for a project of yours)."
    ),
]
RunPath = Annotated[
    Path | None,
    typer.Argument(metavar="RUN", help="A run's directory, or its name among the runs here (default: the newest)."),
]
Seed = Annotated[
    int | None,
    number_option(
        Option(
            name="--seed",
            summary="Draw the order of trials from this number, e.g. 7",
            panel=OWN,
            kind=int,
            unset="a new one",
        )
    ),
]
RunDir = Annotated[
    Path | None,
    typer.Option(
        metavar="PATH", help="Store the run in this directory, e.g. ./mine (default: results/runs/<time>-<profile>)."
    ),
]
Mix = Annotated[
    str | None,
    typer.Option(
        metavar="TEXT",
        help="Advise also for a mix of patterns, each with its weight, e.g. plain=80,orm_read=20 (default: none).",
    ),
]
PlanOnly = Annotated[bool, flag("--plan", help="Print cells, order and expected time; start nothing.")]
Quiet = Annotated[bool, flag("--quiet", "-q", help="Show no progress and no table.")]
AsJson = Annotated[bool, flag("--json", help="Print JSON on stdout, and nothing else.")]


def with_run_options(command: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Give a command the options of a run that are declared for it; its ``overrides`` are those that somebody gave."""
    keys = [key for key, option in OPTIONS.items() if command in option.commands]

    def extended(function: Callable[..., int]) -> Callable[..., int]:
        own = inspect.signature(function, eval_str=True)

        @wraps(function)
        def called(*arguments: Any, **values: Any) -> int:
            overrides = overrides_of({key: values.pop(key, None) for key in keys})
            return function(*arguments, overrides=overrides, **values)

        parameters = [parameter for name, parameter in own.parameters.items() if name != "overrides"]
        declared = [_parameter(OPTIONS[key]) for key in keys]
        called.__signature__ = own.replace(  # type: ignore[attr-defined]  # what inspect, and so Typer, looks at first
            parameters=sorted((*parameters, *declared), key=lambda parameter: parameter.kind)
        )
        return called

    return extended


def _parameter(option: Option) -> inspect.Parameter:
    """None, or an empty list, for an option that nobody gave."""
    value: Any = list[str] if option.many else str
    annotation = Annotated[value | None, typer_option(option)]
    return inspect.Parameter(option.key, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def typer_option(option: Option, panel: str | None = None) -> Any:
    """The option as Typer takes it. panel: another one than the option's own."""
    return typer.Option(
        option.name,
        help=option.line,
        rich_help_panel=panel or option.panel,
        show_default=False,  # its line says it
        metavar="TEXT" if option.kind is str or option.form else "NUMBER",
        autocompletion=(lambda: list(option.words)) if option.words else None,
    )


def overrides_of(values: Mapping[str, str | list[str] | None]) -> Overrides:
    """What was given, by key, of the texts of a command line: numbers are read, and checked with the profile."""
    given = {key: value for key, value in values.items() if value is not None and value != []}
    return Overrides(with_only_its_loads({key: _read(OPTIONS[key], value) for key, value in given.items()}))


def _read(option: Option, value: str | list[str]) -> Any:
    return [option.read(text) for text in value] if isinstance(value, list) else option.read(value)
