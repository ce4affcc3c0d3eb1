"""What each flag means to a reader: what happened, why it matters, what to do. One place for every output. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from results.wording.text import count


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagMeaning:
    """A flag in words, a sentence each. docs/methodology.md has its threshold."""

    #: What happened.
    happened: str
    #: Why it matters.
    matters: str
    #: What to do about it.
    remedy: str

    def __str__(self) -> str:
        return f"{self.happened} {self.matters} {self.remedy}"


def _meaning(happened: str, matters: str, remedy: str) -> FlagMeaning:
    return FlagMeaning(happened=happened, matters=matters, remedy=remedy)


MEANINGS = {
    "errors": _meaning(
        "Over 0.1 % of the answers were wrong or missing.",
        "A server that fails quickly looks fast.",
        "Read the server's log in logs/.",
    ),
    "unfinished": _meaning(
        "Requests were given up at the end.",
        "The slowest answers are missing from the percentiles.",
        "Raise --timeout, or measure fewer users.",
    ),
    "nothing_answered": _meaning(
        "No right answer came in the window.",
        "There is nothing to compute a figure from.",
        "Raise --duration, or read the server's log in logs/.",
    ),
    "starved": _meaning(
        "Some users got no answer while the others got several each.",
        "The figures are those of fewer users than you asked for.",
        "Raise the server's limit on connections, add workers, or measure fewer users.",
    ),
    "stalled": _meaning(
        "The server answered nothing for a while, though requests waited.",
        "Every user meets such a pause, and percentiles hardly show it.",
        "Look for a blocked event loop, a lock, a garbage collection or a restart at that time.",
    ),
    "rival_at_rest": _meaning(
        "Another server that stood beside this one used CPU time while this one was measured.",
        "It took CPU time and caches from what was measured.",
        "End what it does in the background, or measure with --by-turns off.",
    ),
    "steal": _meaning(
        "The hypervisor gave over 1 % of the CPUs' time to somebody else.",
        "The server had less CPU time than it seems.",
        "Measure more blocks, or on CPUs of your own.",
    ),
    "noisy_neighbour": _meaning(
        "The hypervisor gave over 2 % of the CPUs' time to somebody else.",
        "The server had less CPU time than it seems.",
        "Wait for a calmer moment; on a machine that is never calm, --accept noisy_neighbour lets such trials count.",
    ),
    "generator_limit": _meaning(
        "A generator process used over 80 % of a core.",
        "The generator and not the server may have set the pace.",
        "Add generator processes with --generators, or measure fewer users.",
    ),
    "generator_lost": _meaning(
        "A generator process ended in the middle.",
        "Part of the load was missing, which says nothing of the server.",
        "Read the generator's log in logs/, and measure again.",
    ),
    "arrival_lag": _meaning(
        "Over 1 % of the requests were taken up over 1 ms late.",
        "The generator did not keep its schedule.",
        "Lower --rate, add --generators, or end what else uses these CPUs.",
    ),
    "shortfall": _meaning(
        "Under 99 % of the requests that were due were sent.",
        "All connections were busy, so the load was not open any more.",
        "Lower --rate, or raise --connections.",
    ),
    "support_limit": _meaning(
        "Generator, database and other services used over 85 % of their CPUs, or somebody else did.",
        "They and not the server may have set the pace.",
        "End other programs, give them more CPUs with --cpus, or measure fewer users.",
    ),
    "server_disturbed": _meaning(
        "Other programs had over 5 % of the time of the server's CPUs.",
        "The server had less CPU time than it seems.",
        "End those programs; on a machine that is never calm, --accept server_disturbed lets such trials count.",
    ),
    "worker_replaced": _meaning(
        "A process of the server ended in the window.",
        "For a while there were fewer workers than you asked for.",
        "Read the server's log in logs/; a limit such as --max-requests may have been reached.",
    ),
    "littles_law": _meaning(
        "Users, throughput and latency do not fit together (Little's law).",
        "One of the figures is wrong.",
        "Raise --duration; if it stays, report it as a fault of djbench.",
    ),
    "no_steady_state": _meaning(
        "The two halves of the window differ by over 5 % in throughput.",
        "The server, or the machine's speed, still changed.",
        "Raise --warmup and --duration, or measure more blocks.",
    ),
    "not_held": _meaning(
        "Some streams were open without an event.",
        "The server does not serve as many streams as you asked for.",
        "Add slots, use an event loop, or hold fewer streams.",
    ),
    "streams_lost": _meaning(
        "Some streams ended before the window did.",
        "Their readers would have to connect again.",
        "Read the server's log in logs/, and look at its time-outs.",
    ),
    "falls_behind": _meaning(
        "Under 95 % as many right answers came as requests were due.",
        "The server does not keep up, so latency grows with the length of the window.",
        "Lower --rate, or add workers.",
    ),
}


def explained(flags_of_cells: Iterable[Collection[str]]) -> list[tuple[str, str]]:
    """Each flag that stands beside a cell, with the number of these cells, and its meaning; the most frequent first."""
    seen = Counter(flag for flags in flags_of_cells for flag in flags if flag in MEANINGS)
    return [(f"{flag} ({count(cells, 'cell')})", str(MEANINGS[flag])) for flag, cells in seen.most_common()]
