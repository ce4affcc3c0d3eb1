"""From a measurement to its flags: the reasons for doubt, and which of them make a trial invalid. Pure."""

from collections.abc import Collection, Mapping
from functools import singledispatch

from djbench.load import ClosedLoad, HeldLoad, Load, OpenLoad
from results.records.schema import MAX_ERROR_SHARE, Measurement

# Thresholds and their sources: docs/methodology.md.
MAX_GENERATOR_SHARE = 0.80
MAX_SUPPORT_SHARE = 0.85
MAX_OTHERS_SHARE = 0.05
MAX_REST_SHARE = 0.01
MAX_LATE_SHARE = 0.01
MIN_SENT_SHARE = 0.99
STEAL_SHARE, MAX_STEAL_SHARE = 0.01, 0.02
MAX_LITTLES_LAW_ERROR = 0.05
MAX_HALVES_DIFFERENCE = 0.05
MIN_ANSWERED_SHARE = 0.95
# Of users who take turns, each has had an answer before any has a third one. So a window with fewer for each user who
# was answered may just be shorter than a turn.
MIN_TURNS = 3
# One request due as the window closes may be sent after it, and of a few it would be a large share.
BORNE_UNSENT = 1
# Below this many answers a window's halves, and the users in flight at its ends, say little.
MIN_ANSWERS_PER_USER = 10
MIN_ARRIVALS = 100
# So many late requests can be one pause of the machine; as with shown percentiles, ten are wanted beyond the limit.
BORNE_LATE = 10

INVALIDATING = frozenset(
    {
        *("noisy_neighbour", "generator_limit", "generator_lost", "support_limit", "server_disturbed"),
        *("arrival_lag", "shortfall"),
        *("littles_law", "errors", "starved", "unfinished", "nothing_answered", "worker_replaced"),
    }
)


def flags(measurement: Measurement, load: Load, support_cpus: int) -> tuple[str, ...]:
    """Every reason for doubt. ``support_cpus``: how many CPUs generator and services have to themselves, 0 for none.

    nothing_answered: no right answer in the window; then nothing more can be said. What else there is depends on the
    load; see ``_closed_flags``, ``_open_flags`` and ``_held_flags``.
    """
    of_server = _server_flags(measurement, load)
    if not load.endless and (not measurement.answered or measurement.latency_mean_ms is None):
        return (*of_server, "nothing_answered")
    return (*of_server, *_machine_flags(measurement, support_cpus), *_flags_of(load, measurement))


def _raised(doubts: Mapping[str, bool]) -> list[str]:
    return [flag for flag, doubtful in doubts.items() if doubtful]


def _server_flags(measurement: Measurement, load: Load) -> list[str]:
    """Of the server and its answers.

    errors: over 0.1 % wrong or missing answers. stalled: for a long while no request that waited was answered, see
    ``runners.loading.stalls``. unfinished: requests given up after the end. rival_at_rest: a server that stood beside
    this one, and should have been at rest, used over 1 % of a core in its turns. server_disturbed: other programs had
    over 5 % of the time of the CPUs that are the server's alone. worker_replaced: a process of the server ended in the
    window, so the server was not the one that was asked for.
    """
    errors = sum(measurement.errors.values())
    return _raised(
        {
            "errors": not load.endless and errors > MAX_ERROR_SHARE * measurement.requests,
            "stalled": measurement.stalled_s > 0,
            "unfinished": measurement.unfinished > 0,
            "rival_at_rest": max(measurement.rivals_at_rest.values(), default=0.0) > MAX_REST_SHARE,
            "server_disturbed": measurement.others_share > MAX_OTHERS_SHARE,
            "worker_replaced": measurement.server_processes_gone > 0,
        }
    )


def _machine_flags(measurement: Measurement, support_cpus: int) -> list[str]:
    """Of what measures, and of whoever else is at work.

    generator_limit: a generator process used over 80 % of a core, so it and not the server may have set the pace.
    noisy_neighbour, steal: over 2 %, over 1 % of the CPUs' time went to somebody else on the same hardware.
    support_limit: generator and services together used over 85 % of their CPUs, or those were over 85 % busy with
    whatever else: a program that somebody else runs there takes the generator's turns.
    """
    support_s = measurement.generator_cpu_s + sum(measurement.services_cpu_s.values())
    own_limit = support_cpus > 0 and support_s > MAX_SUPPORT_SHARE * support_cpus * measurement.actual_s
    return _raised(
        {
            "generator_limit": measurement.generator_share > MAX_GENERATOR_SHARE,
            "noisy_neighbour": measurement.steal_share > MAX_STEAL_SHARE,
            "steal": STEAL_SHARE < measurement.steal_share <= MAX_STEAL_SHARE,
            "support_limit": own_limit or measurement.support_busy_share > MAX_SUPPORT_SHARE,
        }
    )


@singledispatch
def _flags_of(load: Load, measurement: Measurement) -> list[str]:  # noqa: ARG001  what each kind needs
    """What there is to doubt for the kind of load."""
    raise TypeError(f"no flags are known for {load!r}")


@_flags_of.register
def _closed_flags(load: ClosedLoad, measurement: Measurement) -> list[str]:
    """Of a closed load: was each user served, do users and answers agree, and the halves of the window?

    starved: over 0.1 % of the users got no right answer, while the others got three each. The rate is that of fewer
    users than were asked for, so it does not stand beside the rates of servers that answer all of them.

    littles_law: users that were served differ from throughput x (mean latency + mean think time + the generator's own
    pause before the next request) by over 5 %, so one of them is wrong (N = X (R + Z)). no_steady_state: the halves'
    throughputs differ by over 5 %. Both are asked only when each user that was served had ten answers, littles_law
    when they had as many in each slice: requests cut by the ends of a window, or of a slice, weigh more in a shorter
    one.
    """
    assert measurement.latency_mean_ms is not None
    served = load.users - measurement.starved
    some_starve = measurement.starved > MAX_ERROR_SHARE * load.users and measurement.answered >= MIN_TURNS * served
    starved = ["starved"] if some_starve else []
    if measurement.answered < MIN_ANSWERS_PER_USER * served:
        return starved
    cycle_ms = measurement.latency_mean_ms + measurement.think_ms + measurement.generator_gap_ms
    implied_users = measurement.throughput_rps * cycle_ms / 1000
    long_enough = measurement.answered >= MIN_ANSWERS_PER_USER * served * len(measurement.slices)
    first, second = measurement.half_rps
    return starved + _raised(
        {
            "littles_law": long_enough and abs(implied_users / served - 1) > MAX_LITTLES_LAW_ERROR,
            "no_steady_state": abs(first - second) > MAX_HALVES_DIFFERENCE * max(first, second),
        }
    )


@_flags_of.register
def _open_flags(load: OpenLoad, measurement: Measurement) -> list[str]:
    """Of an open load: was the schedule kept, and did the server keep up?

    arrival_lag: over one in a hundred requests, and more than ten, were taken up over 1 ms late, so the generator did
    not keep its schedule. falls_behind: in the window under 95 % as many right answers came as requests were due; the
    server does not keep up, or an answer takes longer than the warm-up, and the latencies depend on the window's
    length. shortfall: at a steady rate, under 99 % of the requests due in the window were sent in it, and more than
    one was not, for all connections were busy or the generator was late: it was no open load any more.
    """
    planned = measurement.planned
    unsent = planned - measurement.sent
    return _raised(
        {
            "arrival_lag": measurement.late > max(BORNE_LATE, MAX_LATE_SHARE * planned),
            "falls_behind": planned >= MIN_ARRIVALS and measurement.answered < MIN_ANSWERED_SHARE * planned,
            "shortfall": not load.varies and unsent > max(BORNE_UNSENT, (1 - MIN_SENT_SHARE) * planned),
        }
    )


@_flags_of.register
def _held_flags(load: HeldLoad, measurement: Measurement) -> list[str]:  # noqa: ARG001  the same for each kind
    """Of a held load. not_held: some streams were open and had no event for a while. streams_lost: some were not open.

    Both are the server's doing, and what the trial is for.
    """
    held = measurement.held
    assert held is not None
    return _raised({"not_held": held.waiting > 0, "streams_lost": held.lost > 0})


def invalidating(raised: tuple[str, ...], accepted: Collection[str] = ()) -> tuple[str, ...]:
    """Those of the flags for which a trial does not count. ``accepted``: disturbances that are no reason this time."""
    return tuple(flag for flag in raised if flag in INVALIDATING and flag not in accepted)
