"""The options of a run, each declared once: a field of ``Method`` or ``Profile`` with an ``Option`` in its annotation.

From these fields follow the command line and its help, a profile's keys and their checks, what a run records, and the
commands that repeat it. A new option is one field here, and the place that uses it.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, replace
from types import MappingProxyType, UnionType
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from djbench.load import DEFAULT_CONNECTIONS
from djbench.option import Option, blocks_form, budget_form, rate_form

MAX_USERS = 10_000
MAX_SECONDS = 3600.0
MAX_GENERATORS = 64
MAX_CORES = 1024
# A warm-up that does not get steady ends after so many times its length.
WARMUP_LIMIT = 4
# What other programs, on this machine or on its host, can cause. Whoever has no calmer machine may let such trials
# count; all other flags say that a number is wrong, and cannot be accepted.
DISTURBANCES = ("arrival_lag", "noisy_neighbour", "server_disturbed", "support_limit")

# The choice of the database that a project's settings name, as it is: it is not prepared, not reset, and only read.
CONFIGURED = "configured"

# The panels of the help, in order.
MEASURED, LOAD, METHOD, AROUND = "What is measured", "Load", "How it is measured", "Around the server"
_PANELS = (MEASURED, LOAD, METHOD, AROUND)
_RUN_AND_VALIDATE = ("run", "validate")
_EVERY_RUN = ("run", "validate", "claims")


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """How trials are made: these options are recorded with every run. The help of each is its documentation."""

    budget_cores: Annotated[
        int | None,
        Option(
            name="--budget-cores",
            summary="Give every server this many CPUs, and a worker process for each if it has workers, e.g. 2",
            panel=MEASURED,
            commands=_RUN_AND_VALIDATE,
            minimum=1,
            maximum=MAX_CORES,
            unset="no limit",
        ),
    ] = None
    generators: Annotated[
        int,
        Option(
            name="--generators",
            summary="Number of processes that send the load, e.g. 2",
            panel=LOAD,
            minimum=1,
            maximum=MAX_GENERATORS,
        ),
    ] = 1
    budget_s: Annotated[
        float | None,
        Option(
            name="--budget",
            summary="Begin no block that would end after this time, e.g. 10m; the widest intervals get the next block",
            panel=METHOD,
            commands=_EVERY_RUN,
            form=budget_form,
            unset="no limit",
        ),
    ] = None
    #: A warm-up lasts until the load is steady, from ``warmup_s`` to ``warmup_limit_s`` seconds.
    warmup_s: Annotated[
        float,
        Option(
            name="--warmup",
            summary="Shortest warm-up before each window in seconds, e.g. 0.5",
            panel=METHOD,
            commands=_EVERY_RUN,
            maximum=MAX_SECONDS,
        ),
    ]
    warmup_limit_s: Annotated[
        float | None,
        Option(
            name="--warmup-limit",
            summary="Longest warm-up in seconds if the load does not settle, e.g. 5",
            panel=METHOD,
            maximum=MAX_SECONDS,
            unset=f"{WARMUP_LIMIT} × --warmup",
            needs=("users", "hold"),  # under open load the warm-up is part of the schedule
        ),
    ] = None
    duration_s: Annotated[
        float,
        Option(
            name="--duration",
            summary="Length of each window in seconds, e.g. 2",
            panel=METHOD,
            commands=_EVERY_RUN,
            above=True,
            maximum=MAX_SECONDS,
        ),
    ]
    timeout_s: Annotated[
        float,
        Option(
            name="--timeout",
            summary="Longest wait for one answer in seconds, e.g. 30",
            panel=METHOD,
            commands=("run", "claims"),
            above=True,
            maximum=MAX_SECONDS,
        ),
    ] = 60.0
    #: ``trial``: a fresh server for every trial. ``block``: one start per server and block, shared by its cells, which
    #: is faster and says less.
    isolation: Annotated[
        Literal["trial", "block"],
        Option(
            name="--isolation",
            summary="Start a fresh server for each trial, or one for each block",
            panel=METHOD,
            commands=("run", "claims"),
            choices=("trial", "block"),
            unset="as the profile says",
            profiled=True,
        ),
    ] = "trial"
    #: By turns, the servers of cells that are compared stand side by side, at rest but for the one that is measured.
    by_turns: Annotated[
        Literal["on", "off"],
        Option(
            name="--by-turns",
            summary="Let compared cells take turns in short slices, or measure each in one window",
            panel=METHOD,
            commands=_EVERY_RUN,
            choices=("on", "off"),
        ),
    ] = "on"
    #: A trial has as many slices as fill ``duration_s``.
    slice_s: Annotated[
        float | None,
        Option(
            name="--slice",
            summary="Length of each slice by turns in seconds, e.g. 0.25",
            panel=METHOD,
            commands=_EVERY_RUN,
            above=True,
            maximum=MAX_SECONDS,
            unset="0.1, or longer for an answer that waits",
        ),
    ] = None
    accept: Annotated[
        tuple[str, ...],
        Option(
            name="--accept",
            summary="Count trials in spite of this flag, on a machine that is never calm",
            panel=METHOD,
            commands=_EVERY_RUN,
            choices=DISTURBANCES,
            or_all=True,
        ),
    ] = ()
    #: As given in a profile; without its password in a record.
    database: Annotated[
        str,
        Option(
            name="--database",
            summary="Temporary database: postgres, sqlite or a postgresql:// URL; or configured, to read the project's",
            panel=AROUND,
            commands=_EVERY_RUN,
        ),
    ] = "postgres"
    cache: Annotated[
        str,
        Option(
            name="--cache",
            summary="Cache of the site: local (each process's memory), or a redis:// URL on this machine",
            panel=AROUND,
        ),
    ] = "local"
    may_call: Annotated[
        tuple[str, ...],
        Option(
            name="--may-call",
            summary="Let the project call this host beyond this machine during a run, e.g. api.example.org",
            panel=AROUND,
        ),
    ] = ()
    cpus: Annotated[
        str,
        Option(
            name="--cpus",
            summary="CPUs of the server and of its support, e.g. 2-3/0-1; auto halves them, off pins nothing",
            panel=AROUND,
            commands=_EVERY_RUN,
        ),
    ] = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile(Method):
    """What a run measures, and how: the keys of a profile. The help of each option is its documentation."""

    #: What the profile is for, in one line; no option.
    description: str
    servers: Annotated[
        tuple[str, ...],
        Option(
            name="--server",
            summary="Measure this server, e.g. gunicorn-gthread:threads=8; threads=4|16 gives two, all the rest",
            panel=MEASURED,
            commands=_RUN_AND_VALIDATE,
        ),
    ]
    patterns: Annotated[
        tuple[str, ...],
        Option(
            name="--pattern",
            summary="Measure this pattern, e.g. sleep:delay=0.1",
            panel=MEASURED,
            commands=_RUN_AND_VALIDATE,
        ),
    ]
    styles: Annotated[
        tuple[str, ...],
        Option(
            name="--style",
            summary="Measure views of this style, e.g. async; all measures every style of a pattern",
            panel=MEASURED,
            commands=_RUN_AND_VALIDATE,
        ),
    ]
    #: One configuration of each server for each number; servers without slots stay unbounded.
    slots: Annotated[
        tuple[int, ...],
        Option(
            name="--slots",
            summary="Give every server this many slots, by threads or processes, e.g. 16",
            panel=MEASURED,
            minimum=1,
            maximum=MAX_USERS,
            unset="each server's own",
        ),
    ] = ()
    users: Annotated[
        tuple[int, ...],
        Option(
            name="--users",
            summary="Closed load: this many users without think time, e.g. 16",
            panel=LOAD,
            commands=_RUN_AND_VALIDATE,
            minimum=1,
            maximum=MAX_USERS,
            unset="as the profile says",
            of_load="users",
        ),
    ] = ()
    beside: Annotated[
        str | None,
        Option(
            name="--beside",
            summary="Repeat each closed load while background users request this pattern, e.g. sleep:delay=1",
            panel=LOAD,
            needs=("users",),
            of_load="beside",
        ),
    ] = None
    beside_users: Annotated[
        int | None,
        Option(
            name="--beside-users",
            summary="Number of background users, e.g. 8",
            panel=LOAD,
            minimum=1,
            maximum=MAX_USERS,
            needs=("users",),
            of_load="beside_users",
        ),
    ] = None
    hold: Annotated[
        tuple[int, ...],
        Option(
            name="--hold",
            summary="Held load: keep this many streams of sse, stream or websocket open, e.g. 100",
            panel=LOAD,
            minimum=1,
            maximum=MAX_USERS,
            of_load="streams",
        ),
    ] = ()
    rates: Annotated[
        tuple[str, ...],
        Option(
            name="--rate",
            summary="Open load: requests per second, e.g. 200, a ramp 100..2000/60s, or steps 100/10s,200/10s",
            panel=LOAD,
            form=rate_form,
            of_load="rate",
        ),
    ] = ()
    arrivals: Annotated[
        Literal["poisson", "constant"],
        Option(
            name="--arrivals",
            summary="Open load: send as independent visitors come, or evenly spaced",
            panel=LOAD,
            choices=("poisson", "constant"),
            needs=("rates",),
            of_load="arrivals",
        ),
    ] = "poisson"
    connections: Annotated[
        int,
        Option(
            name="--connections",
            summary="Open load: the maximum number of requests at a time, e.g. 64",
            panel=LOAD,
            minimum=1,
            maximum=MAX_USERS,
            needs=("rates",),
            of_load="connections",
        ),
    ] = DEFAULT_CONNECTIONS
    blocks: Annotated[
        str,
        Option(
            name="--blocks",
            summary="How often each cell is measured, e.g. 10; 6..20 stops when the intervals are narrow enough",
            panel=METHOD,
            commands=_EVERY_RUN,
            form=blocks_form,
        ),
    ]

    #: What else the run measures: profiles that differ from this one in their selection only; no option.
    also: tuple["Profile", ...] = ()

    @property
    def parts(self) -> dict[str, "Profile"]:
        """This profile and those beside it, each by what an error begins with that is about it."""
        return {"": replace(self, also=()), **{f"also, item {n}: ": part for n, part in enumerate(self.also, 1)}}

    @property
    def min_blocks(self) -> int:
        """The minimum number of times that each cell is measured."""
        return int(self.blocks.partition("..")[0])

    @property
    def max_blocks(self) -> int:
        """The maximum number of times that a cell is measured."""
        return int(self.blocks.rpartition("..")[2])

    @property
    def longest_warmup_s(self) -> float:
        """How long a warm-up lasts that does not get steady."""
        return min(MAX_SECONDS, self.warmup_s * WARMUP_LIMIT) if self.warmup_limit_s is None else self.warmup_limit_s


def _kind_of(annotation: Any) -> tuple[type, bool]:
    """The type of one value, and whether there can be several, of ``int | None``, ``tuple[str, ...]`` and the like."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is tuple:
        return arguments[0], True
    if origin is UnionType:
        return arguments[0], False
    return (str if origin is Literal else annotation), False


def _declared() -> dict[str, Option]:
    options = {}
    hints = get_type_hints(Profile, include_extras=True)
    for field in fields(Profile):
        annotation, *extras = get_args(hints[field.name]) or (None,)
        for option in extras:
            if isinstance(option, Option):
                kind, many = _kind_of(annotation)
                required = field.default is MISSING
                options[field.name] = replace(
                    option,
                    key=field.name,
                    kind=kind,
                    many=many,
                    required=required,
                    default=None if required else field.default,
                )
    # What is measured comes before how, within a panel, too.
    return dict(sorted(options.items(), key=lambda item: (_PANELS.index(item[1].panel), item[0] in RECORDED)))


RECORDED = tuple(field.name for field in fields(Method))
"""The keys of those that every run records."""
OPTIONS: Mapping[str, Option] = MappingProxyType(_declared())
"""Every option by its key, panel by panel."""
SELECTING = tuple(key for key, option in OPTIONS.items() if option.panel in (MEASURED, LOAD) and key not in RECORDED)
"""The keys of those that say what is measured, and under which load."""
_LOADS = tuple(key for key, option in OPTIONS.items() if option.of_load and option.many)


def with_only_its_loads(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values to put in the place of others: whoever names a load means no load of another kind."""
    others: dict[str, Any] = dict.fromkeys(_LOADS, ()) if any(key in values for key in _LOADS) else {}
    return {**others, **values}
