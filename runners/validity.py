"""From a measurement to its flags: the reasons for doubt, and which of them make a trial invalid. Pure."""

from results.records import MAX_ERROR_SHARE, Load, Measurement

# Thresholds and their sources: docs/methodology.md.
MAX_GENERATOR_SHARE = 0.80
MAX_SUPPORT_SHARE = 0.85
MAX_LITTLES_LAW_ERROR = 0.05
MAX_HALVES_DIFFERENCE = 0.05
# Below this many answers a window's halves, and the users in flight at its ends, say little.
MIN_ANSWERS_PER_USER = 10

INVALIDATING = frozenset(
    {"generator_limit", "support_limit", "littles_law", "errors", "unfinished", "nothing_answered"}
)


def flags(measurement: Measurement, load: Load, support_cpus: int) -> tuple[str, ...]:
    """Every reason for doubt. ``support_cpus``: how many CPUs generator and services have to themselves, 0 for none.

    generator_limit: the generator used over 80 % of a core, so it and not the server may have set the pace.
    support_limit: generator and services together used over 85 % of their CPUs.
    littles_law: users differ from throughput x (mean latency + the generator's own pause before the next request) by
    over 5 %, so one of them is wrong (N = X (R + Z)); asked only when each user had ten answers, for the requests cut
    by the window's ends weigh more in a shorter one. no_steady_state: the halves' throughputs differ by over 5 %.
    errors: over 0.1 % wrong or missing answers. unfinished: requests given up after the end. nothing_answered: no
    right answer in the window.
    """
    found = []
    errors = sum(measurement.errors.values())
    if errors > MAX_ERROR_SHARE * (errors + measurement.answered):
        found.append("errors")
    if measurement.unfinished:
        found.append("unfinished")
    if not measurement.answered or measurement.latency_mean_ms is None:
        return (*found, "nothing_answered")
    if measurement.generator_cpu_s > MAX_GENERATOR_SHARE * measurement.actual_s:
        found.append("generator_limit")
    support_s = measurement.generator_cpu_s + sum(measurement.services_cpu_s.values())
    if support_cpus and support_s > MAX_SUPPORT_SHARE * support_cpus * measurement.actual_s:
        found.append("support_limit")
    if measurement.answered >= MIN_ANSWERS_PER_USER * load.users:
        cycle_ms = measurement.latency_mean_ms + measurement.generator_gap_ms
        implied_users = measurement.throughput_rps * cycle_ms / 1000
        if abs(implied_users / load.users - 1) > MAX_LITTLES_LAW_ERROR:
            found.append("littles_law")
        first, second = measurement.half_rps
        if abs(first - second) > MAX_HALVES_DIFFERENCE * max(first, second):
            found.append("no_steady_state")
    return tuple(found)


def invalidating(found: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the flags for which a trial does not count."""
    return tuple(flag for flag in found if flag in INVALIDATING)
