"""What to run, for each pattern and load and for a mix of patterns: with runner-up, price and conditions. Pure.

Among the configurations that the run does not tell apart from the best one, and that cannot be over 10 % slower, the
one that costs least is advised: CPU time per request first, then memory. A difference in speed that nobody can see is
not worth paying for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from djbench.load import Load
from results.advising.choices import Option, Price, option_of
from results.advising.deployment import Deployment, deployment
from results.advising.mix import described, of_mix, shares
from results.advising.provisos import provisos, provisos_of_mix, to_settle
from results.analysis.cell_summary import CellSummary
from results.analysis.ranking import best_first, pair_of, ranked
from results.analysis.stats import SAME_BAND, Estimate, log_mean
from results.analysis.summary import Summary
from results.analysis.verdicts import Comparison, Pair, Verdict, compare
from results.records.schema import Run
from results.wording.text import with_interval

# Something that cannot be told apart from the best is only advised in its place if it cannot be slower by more.
MAX_LOSS = 0.10


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What to run for one pattern, or for a mix, under one load.

    quantity: what the configurations are compared by. recommended: None where nothing can be advised; ``reason`` says
    why it is this one, or why there is none. comparison: of the recommended one over the runner-up, in that quantity;
    None where there is no runner-up, or no common block. conditions: sentences that say when the advice would be
    another one. settle: the command of a run that would settle what this one leaves open; None where nothing is.
    left_out: servers that have no part in it, each with the reason.
    """

    subject: str
    load: Load
    quantity: str
    recommended: Option | None
    reason: str
    runner_up: Option | None = None
    comparison: Comparison | None = None
    conditions: tuple[str, ...] = ()
    settle: str | None = None
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def against_runner_up(self) -> str:
        """The runner-up, with ratio, interval and verdict, as a sentence; empty without one."""
        if self.runner_up is None:
            return ""
        if self.comparison is None:
            return f"{self.runner_up.name}, without a block that has both"
        return (
            f"{self.runner_up.name}; the advised one has {with_interval(self.comparison.estimate)} "
            f"its {self.quantity}: {self.comparison.verdict}"
        )

    def to_json(self) -> dict[str, Any]:
        """As it stands in summary.json."""
        found = self.comparison
        return {
            "subject": self.subject,
            "load": self.load.to_json(),
            "quantity": self.quantity,
            "recommended": self.recommended.to_json() if self.recommended else None,
            "reason": self.reason,
            "runner_up": self.runner_up.to_json() if self.runner_up else None,
            "ratio_to_runner_up": asdict(found.estimate) if found else None,
            "verdict": str(found.verdict) if found else None,
            "conditions": list(self.conditions),
            "settle": self.settle,
            "left_out": dict(self.left_out),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Advised:
    """All the advice of a run. deployments: how to run each server that is advised."""

    patterns: tuple[Advice, ...]
    mixes: tuple[Advice, ...]
    deployments: tuple[Deployment, ...]

    def to_json(self) -> dict[str, Any]:
        """As it stands in summary.json."""
        return {
            "patterns": [each.to_json() for each in self.patterns],
            "mixes": [each.to_json() for each in self.mixes],
            "deployments": [each.to_json() for each in self.deployments],
        }


def advise(summary: Summary, mix: Mapping[str, float] | None = None) -> Advised:
    """The advice for each pattern and load of a run, and for the mix under each of its closed loads.

    mix: the weight of each pattern (canonical specs, see ``mix.resolve_mix``); None for the one that the run's record
    has, if any.
    """
    groups: dict[tuple[str, Load], list[CellSummary]] = {}
    for cell in summary.cells:
        groups.setdefault(cell.cell.question, []).append(cell)
    patterns = tuple(_of_pattern(summary, cells) for cells in groups.values())
    chosen = summary.run.mix if mix is None else mix
    loads = list(dict.fromkeys(cell.cell.load for cell in summary.cells))
    # A mix is computed for each closed load by itself; where there is none, once, to say why not.
    fitting = [load for load in loads if load.throughput_tells and not load.beside] or loads[:1]
    mixes = tuple(_of_mix(summary, chosen, load) for load in fitting) if chosen else ()
    advised = [each.recommended for each in (*patterns, *mixes) if each.recommended]
    found = {
        option.server: deployment(option.server, facts)
        for option in advised
        if (facts := summary.run.servers.get(option.server))
    }
    return Advised(patterns=patterns, mixes=mixes, deployments=tuple(each for each in found.values() if each))


def _of_pattern(summary: Summary, cells: Sequence[CellSummary]) -> Advice:
    first = cells[0].cell
    opened = first.load.compares_latency
    quantity = "median latency" if opened else "throughput"
    if first.load.varies:
        return _nothing(first.pattern, first.load, quantity, "a rate that varies has no single answer; see its course")
    if first.load.endless:
        return _nothing(first.pattern, first.load, quantity, "streams that are held have no one figure to compare by")
    left_out = {cell.cell.server: reason for cell in cells if (reason := _unfit(summary.run, cell.cell.server))}
    measured = ranked(cell for cell in cells if cell.throughput_rps and cell.cell.server not in left_out)
    if not measured:
        return _nothing(first.pattern, first.load, quantity, "nothing could be measured", left_out)
    best, *others = measured
    leads = {lead.other: lead.comparison for lead in summary.leads if lead.cell == best.cell}
    if not leads:  # the best one is not to be advised, so that no lead is of this one
        found = compare([pair_of(best, cell) for cell in others])
        leads = {cell.cell: lead for cell, lead in zip(others, found, strict=True) if lead}
    options = [option_of(cell) for cell in measured]
    by_option = {option_of(cell): leads.get(cell.cell) for cell in others}
    choice = _chosen(options, by_option, quantity)
    conditions = provisos(summary, cells, options, choice.option, by_option, quantity)
    settle = to_settle(cells, options[0], by_option, summary.run.settings)
    return Advice(
        subject=first.pattern,
        load=first.load,
        quantity=quantity,
        recommended=choice.option,
        reason=choice.reason,
        runner_up=choice.runner_up,
        comparison=choice.comparison,
        conditions=(*conditions, *settle.conditions),
        settle=settle.command,
        left_out=left_out,
    )


def _unfit(run: Run, server: str) -> str:
    """Why no site should run on the server, as far as the run's record tells; empty for no reason."""
    return run.servers[server].unfit if server in run.servers else ""


def _nothing(subject: str, load: Load, quantity: str, reason: str, left_out: Mapping[str, str] | None = None) -> Advice:
    return Advice(
        subject=subject, load=load, quantity=quantity, recommended=None, reason=reason, left_out=left_out or {}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    option: Option
    reason: str
    runner_up: Option | None
    comparison: Comparison | None


def _chosen(options: Sequence[Option], leads: Mapping[Option, Comparison | None], quantity: str) -> _Choice:
    """Which of the options, the best first, and why. leads: the best one over each of the others."""
    best, *others = options
    opened = quantity != "throughput"
    superlative = f"the {'lowest' if opened else 'highest'} {quantity}"
    if not others:
        return _Choice(option=best, reason="it is all that could be measured", runner_up=None, comparison=None)
    alike = [other for other in others if _alike(leads[other], more_is_better=not opened)]
    chosen = _cheapest([best, *alike])
    runner_up = others[0] if chosen is best else best
    if chosen is best:
        comparison = leads[others[0]]
        reason = _why_the_best(superlative, leads, alike)
    else:
        lead = leads[chosen]
        assert lead is not None
        comparison = _inverse(lead)
        reason = f"{best.name} had {superlative}, but {_how_alike(lead)}, and this one costs less: " + _saved(
            chosen.price, best.price
        )
    return _Choice(option=chosen, reason=reason, runner_up=runner_up, comparison=comparison)


def _why_the_best(superlative: str, leads: Mapping[Option, Comparison | None], alike: Sequence[Option]) -> str:
    """Why the best one is advised: it is the fastest, or what keeps the run from saying so. alike: of equal speed."""
    few, close = [], []
    for other, lead in leads.items():
        if lead is None or lead.verdict is Verdict.INSUFFICIENT:
            few.append(other)
        elif lead.verdict is not Verdict.FASTER and other not in alike:
            close.append(other)
    if not (few or close or alike):
        return f"it has {superlative}"
    said = [f"it had {superlative}"]
    if few:
        said.append(f"in too few blocks to say that it has{'' if len(few) == len(leads) else f' over {_names(few)}'}")
    if close:
        loss = f"{100 * MAX_LOSS:g} %"
        said.append(f"not told apart from {_names(close)} nor known to be within {loss}, so that no price decides")
    if alike:
        said.append(f"and of what is not told apart from it ({_names(alike)}) none costs less")
    return ", ".join(said)


def _names(options: Sequence[Option]) -> str:
    return " and ".join(option.name for option in options)


def _alike(lead: Comparison | None, *, more_is_better: bool) -> bool:
    """Is what the best one is compared with as good as it, as far as the run can tell?"""
    if lead is None or lead.estimate.low is None or lead.estimate.high is None:
        return False
    slower_at_most = lead.estimate.high if more_is_better else 1 / lead.estimate.low
    return lead.verdict is Verdict.SAME or (lead.verdict is Verdict.TOO_CLOSE and slower_at_most <= 1 + MAX_LOSS)


def _how_alike(lead: Comparison) -> str:
    if lead.verdict is Verdict.SAME:
        return f"the two are the same within {SAME_BAND:.0%}"
    return f"the two are too close to call ({with_interval(lead.estimate)})"


def _cheapest(options: Sequence[Option]) -> Option:
    """By CPU time per request, then by memory, then by rank, in which the options come.

    Of the first two, what differs by no more than the band of no practical interest is equal.
    """
    of_pss = all(option.price.pss_mib is not None for option in options)
    cheap = _least(options, [option.price.cpu_ms_per_request for option in options])
    small = [option.price.pss_mib if of_pss else option.price.rss_mib for option in cheap]
    return _least(cheap, small)[0]


def _least(options: Sequence[Option], costs: Sequence[float | None]) -> list[Option]:
    known = [cost for cost in costs if cost is not None]
    if not known:
        return list(options)
    most = min(known) * (1 + SAME_BAND)
    return [option for option, cost in zip(options, costs, strict=True) if cost is not None and cost <= most]


def _saved(ours: Price, theirs: Price) -> str:
    cpu, other_cpu = ours.cpu_ms_per_request, theirs.cpu_ms_per_request
    if cpu is not None and other_cpu is not None and other_cpu > cpu * (1 + SAME_BAND):
        return f"{cpu:.3g} instead of {other_cpu:.3g} ms of CPU time per request"
    pss, other_pss = ours.pss_mib, theirs.pss_mib
    if pss is None or other_pss is None:
        pss, other_pss = ours.rss_mib, theirs.rss_mib
    return f"{pss or 0:.0f} instead of {other_pss or 0:.0f} MiB of memory"


_INVERSE = {Verdict.FASTER: Verdict.SLOWER, Verdict.SLOWER: Verdict.FASTER}


def _inverse(found: Comparison) -> Comparison:
    """The other one over this one."""
    estimate = found.estimate
    low, high = (None if end is None else 1 / end for end in (estimate.high, estimate.low))
    return Comparison(
        estimate=Estimate(1 / estimate.mean, low, high, estimate.n),
        p=found.p,
        adjusted_p=found.adjusted_p,
        verdict=_INVERSE.get(found.verdict, found.verdict),
    )


MIX_ASSUMES = (
    "It is computed from each pattern measured by itself: as if requests of one kind did not hinder those of another. "
    "Whether they do is measured with --beside."
)


def _of_mix(summary: Summary, mix: Mapping[str, float], load: Load) -> Advice:
    """One server for the whole mix, each pattern in the style that is fastest under it."""
    subject = described(mix)
    if not load.throughput_tells:
        return _nothing(subject, load, "throughput", "a mix is computed under closed load alone; give --users")
    options, left_out = _options_of_mix(summary, mix, load)
    if not options:
        return _nothing(subject, load, "throughput", "no server has numbers for all of its patterns", left_out)
    found = compare([_mixes(options[0], other) for other in options[1:]])
    leads = dict(zip(options[1:], found, strict=True))
    choice = _chosen(options, leads, "throughput")
    cells = [cell for cell in summary.cells if cell.cell.load == load and cell.cell.pattern in mix]
    settle = to_settle(
        [cell for cell in cells if cell.cell.server not in left_out], options[0], leads, summary.run.settings
    )
    return Advice(
        subject=subject,
        load=load,
        quantity="throughput",
        recommended=choice.option,
        reason=choice.reason,
        runner_up=choice.runner_up,
        comparison=choice.comparison,
        conditions=(
            MIX_ASSUMES,
            *_single_styles(choice.option),
            *provisos_of_mix(summary, cells, options, choice.option, shares(mix)),
            *settle.conditions,
        ),
        settle=settle.command,
        left_out=left_out,
    )


def _single_styles(option: Option) -> tuple[str, ...]:
    if len({style for _, style in option.styles}) == 1:
        return ()
    return ("Each view is to be written in the style that was fastest for its pattern; in one style it is slower.",)


def _options_of_mix(summary: Summary, mix: Mapping[str, float], load: Load) -> tuple[list[Option], dict[str, str]]:
    """The servers that have numbers for all of the mix, the best first; and why each of the others has no part."""
    by_server: dict[str, dict[str, list[CellSummary]]] = {}
    for cell in summary.cells:
        if cell.cell.load == load and cell.cell.pattern in mix:
            by_server.setdefault(cell.cell.server, {}).setdefault(cell.cell.pattern, []).append(cell)
    options, left_out = [], {}
    for server, cells in by_server.items():
        measured = {
            pattern: next(iter(ranked(cell for cell in of_pattern if cell.throughput_rps)), None)
            for pattern, of_pattern in cells.items()
        }
        missing = [pattern for pattern in mix if measured.get(pattern) is None]
        if reason := _unfit(summary.run, server):
            left_out[server] = reason
        elif missing:
            left_out[server] = f"it has no number for {' and '.join(missing)}"
        else:
            option = _mixed({pattern: cell for pattern, cell in measured.items() if cell}, mix)
            if option.throughput_rps is None:
                left_out[server] = "no block has numbers for all of the mix"
            else:
                options.append(option)
    options.sort(key=lambda option: -(option.throughput_rps.mean if option.throughput_rps else 0))
    return best_first(options, _mixes) if options else [], left_out


def _mixes(option: Option, other: Option) -> Pair:
    return Pair(dict(option.by_block), dict(other.by_block))


def _mixed(cells: Mapping[str, CellSummary], mix: Mapping[str, float]) -> Option:
    """One server's cells, one per pattern, as one option.

    Its price: the weighted CPU time, the most of the rest. Its flags: all of theirs.
    """
    by_block = of_mix({pattern: cell.by_block for pattern, cell in cells.items()}, mix)
    each = {pattern: option_of(cells[pattern]) for pattern in mix}
    prices = [option.price for option in each.values()]
    cpu_ms = [price.cpu_ms_per_request for price in prices]
    weighted = [cpu * share for cpu, share in zip(cpu_ms, shares(mix).values(), strict=True) if cpu is not None]
    any_of = next(iter(each.values()))
    return Option(
        server=any_of.server,
        styles=tuple((pattern, cells[pattern].cell.style) for pattern in mix),
        interface=any_of.interface,
        throughput_rps=log_mean(list(by_block.values())),
        by_block=tuple(by_block.items()),
        price=Price(
            cpu_ms_per_request=sum(weighted) if len(weighted) == len(cpu_ms) else None,
            pss_mib=_most([price.pss_mib for price in prices]),
            rss_mib=_most([price.rss_mib for price in prices]),
            threads=_most([price.threads for price in prices]),
            processes=any_of.price.processes,
            slots=any_of.price.slots,
            database_connections=_most([price.database_connections for price in prices]),
        ),
        flags=tuple(sorted({flag for option in each.values() for flag in option.flags})),
    )


def _most(values: "Sequence[Any]") -> Any:
    return max((value for value in values if value is not None), default=None)
