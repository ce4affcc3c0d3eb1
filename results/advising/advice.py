"""What to run, for each pattern and load and for a mix of patterns: with runner-up, price and conditions. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from djbench.load import Load
from djbench.pattern import MIX
from results.advising.choosing import Choice, chosen_of
from results.advising.contenders import Contender, Price, contender_of
from results.advising.deployment import Deployment, deployment, where_to_run
from results.advising.mix import described, of_mix, shares
from results.advising.provisos import provisos, provisos_of_mix, to_settle
from results.analysis.cell_summary import CellSummary
from results.analysis.ranking import best_first, pair_of, ranked
from results.analysis.stats import log_mean
from results.analysis.summary import Ratio, Summary, between
from results.analysis.verdicts import DECIDED, Comparison, Pair, compare
from results.records.schema import Run
from results.wording.text import with_interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What to run for one pattern, or for a mix, under one load."""

    #: The pattern's canonical spec, or the mix in words.
    subject: str
    #: The load.
    load: Load
    #: What the configurations are compared by.
    quantity: str
    #: What to run; None if nothing can be advised.
    recommended: Contender | None
    #: Why it is this one, or why there is none.
    reason: str
    #: The best of the others; None if there is no other.
    runner_up: Contender | None = None
    #: The recommended one over the runner-up, in that quantity; None without a runner-up or a common block.
    comparison: Comparison | None = None
    #: The same of CPU time per request; None if the run does not compare the two by it.
    cpu: Ratio | None = None
    #: Sentences that say when the advice would be another one.
    conditions: tuple[str, ...] = ()
    #: The command of a run that would settle what this one leaves open; None if nothing is.
    settle: str | None = None
    #: Servers that have no part in it, each with the reason.
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
            f"its {self.quantity}: {self.comparison.verdict}{self._cpu_text}"
        )

    @property
    def _cpu_text(self) -> str:
        if self.cpu is None or self.cpu.comparison.verdict not in DECIDED:
            return ""
        return f"; and {with_interval(self.cpu.estimate)} its CPU time per request: {self.cpu.verdict}"

    def to_json(self) -> dict[str, Any]:
        """As it stands in summary.json."""
        comparison = self.comparison
        return {
            "subject": self.subject,
            "load": self.load.to_json(),
            "quantity": self.quantity,
            "recommended": self.recommended.to_json() if self.recommended else None,
            "reason": self.reason,
            "runner_up": self.runner_up.to_json() if self.runner_up else None,
            "ratio_to_runner_up": asdict(comparison.estimate) if comparison else None,
            "verdict": str(comparison.verdict) if comparison else None,
            "cpu_ratio_to_runner_up": asdict(self.cpu.estimate) if self.cpu else None,
            "cpu_verdict": self.cpu.verdict if self.cpu else None,
            "conditions": list(self.conditions),
            "settle": self.settle,
            "left_out": dict(self.left_out),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Advised:
    """All the advice of a run."""

    #: For each pattern and load.
    patterns: tuple[Advice, ...]
    #: For the mix under each closed load; none without a mix.
    mixes: tuple[Advice, ...]
    #: How to run each server that is advised.
    deployments: tuple[Deployment, ...]

    def to_json(self) -> dict[str, Any]:
        """As it stands in summary.json."""
        return {
            "patterns": [advice.to_json() for advice in self.patterns],
            "mixes": [advice.to_json() for advice in self.mixes],
            "deployments": [deployment.to_json() for deployment in self.deployments],
        }


def advise(summary: Summary, mix: Mapping[str, float] | None = None) -> Advised:
    """The advice for each pattern and load of a run, and for the mix under each of its closed loads.

    mix: the weight of each pattern (canonical specs, see ``mix.resolve_mix``); None for the one that the run's record
    has, if any and if the run did not measure the mix itself.
    """
    groups: dict[tuple[str, Load], list[CellSummary]] = {}
    for cell in summary.cells:
        groups.setdefault(cell.cell.question, []).append(cell)
    patterns = tuple(_of_pattern(summary, cells) for cells in groups.values())
    chosen = _unmeasured_mix(summary) if mix is None else mix
    loads = list(dict.fromkeys(cell.cell.load for cell in summary.cells))
    # A mix is computed for each closed load by itself; where there is none, once, to say why not.
    fitting = [load for load in loads if load.throughput_tells and not load.beside] or loads[:1]
    mixes = tuple(_of_mix(summary, chosen, load) for load in fitting) if chosen else ()
    advised = [advice.recommended for advice in (*patterns, *mixes) if advice.recommended]
    deployments = {
        contender.server: deployment(contender.server, facts, _deployed_from(summary.run, contender))
        for contender in advised
        if (facts := summary.run.servers.get(contender.server))
    }
    return Advised(patterns=patterns, mixes=mixes, deployments=tuple(filter(None, deployments.values())))


def _deployed_from(run: Run, contender: Contender) -> str:
    """What is to be known of the project that is deployed."""
    if run.target is None:
        return ""
    overlays: Mapping[str, Mapping[str, str]] = run.machine.get("overlays") or {}
    overlay = overlays.get(contender.server.partition(":")[0], {})
    packages = run.servers[contender.server].packages if contender.server in run.servers else {}
    lacking = {name: overlay[name] for name in packages if name in overlay}
    return where_to_run(run.target, contender.interface, lacking)


def _unmeasured_mix(summary: Summary) -> Mapping[str, float]:
    """The weights of the run's record; none if they are those of a mix that was measured as one load.

    A measured mix is better than a computed one, but somebody may have asked for other weights.
    """
    measured = any(_is_measured_mix(summary, cell.cell.pattern) for cell in summary.cells)
    described = summary.run.target.weights.items() if summary.run.target else ()
    return {} if measured and summary.run.mix.items() <= dict(described).items() else summary.run.mix


def _is_measured_mix(summary: Summary, pattern: str) -> bool:
    """Is the pattern a project's mix, measured as one load? Only a project has one; its name is reserved there."""
    return summary.run.target is not None and pattern == MIX


def _of_pattern(summary: Summary, cells: Sequence[CellSummary]) -> Advice:
    first = cells[0].cell
    opened = first.load.compares_latency
    quantity = "median latency" if opened else "throughput"
    if first.load.varies:
        return _nothing(
            first.pattern, first.load, quantity, "a varying rate has no single answer; see its course in the charts"
        )
    if first.load.endless:
        return _nothing(first.pattern, first.load, quantity, "held streams have no single figure to compare by")
    left_out = {cell.cell.server: reason for cell in cells if (reason := _unfit(summary.run, cell.cell.server))}
    measured = ranked(cell for cell in cells if cell.throughput_rps and cell.cell.server not in left_out)
    if not measured:
        return _nothing(first.pattern, first.load, quantity, "nothing could be measured", left_out)
    best, *others = measured
    leads = {lead.other: lead.comparison for lead in summary.leads if lead.cell == best.cell}
    if not leads:  # the best one is not to be advised, so that no lead is of this one
        comparisons = compare([pair_of(best, cell) for cell in others])
        leads = {cell.cell: lead for cell, lead in zip(others, comparisons, strict=True) if lead}
    contenders = [contender_of(cell) for cell in measured]
    by_contender = {contender_of(cell): leads.get(cell.cell) for cell in others}
    choice = chosen_of(contenders, by_contender, quantity)
    conditions = provisos(summary, cells, contenders, choice.contender, by_contender, quantity)
    settle = to_settle(cells, contenders[0], by_contender, summary.run.settings)
    return Advice(
        subject=first.pattern,
        load=first.load,
        quantity=quantity,
        recommended=choice.contender,
        reason=choice.reason,
        runner_up=choice.runner_up,
        comparison=choice.comparison,
        cpu=_cpu_between(summary, measured, choice),
        conditions=(
            *((MIX_MEASURED,) if _is_measured_mix(summary, first.pattern) else ()),
            *conditions,
            *settle.conditions,
        ),
        settle=settle.command,
        left_out=left_out,
    )


def _cpu_between(summary: Summary, measured: Sequence[CellSummary], choice: Choice) -> Ratio | None:
    """The CPU time per request of what is advised over that of the runner-up."""
    if choice.runner_up is None:
        return None
    advised, runner_up = (
        next(cell.cell for cell in measured if contender.has(cell.cell))
        for contender in (choice.contender, choice.runner_up)
    )
    return between((*summary.cpu_leads, *summary.cpu_ratios), advised, runner_up)


def _unfit(run: Run, server: str) -> str:
    """Why no site should run on the server, as far as the run's record tells; empty for no reason."""
    return run.servers[server].unfit if server in run.servers else ""


def _nothing(subject: str, load: Load, quantity: str, reason: str, left_out: Mapping[str, str] | None = None) -> Advice:
    return Advice(
        subject=subject, load=load, quantity=quantity, recommended=None, reason=reason, left_out=left_out or {}
    )


MIX_ASSUMES = (
    "The mix is computed from each pattern measured by itself. It assumes that requests of one kind do not slow down "
    "others; measure that with --beside."
)

MIX_MEASURED = (
    "The mix was measured as one load, by the weights of the project's description. If its requests come in other "
    "shares, give them: djbench advise --mix."
)


def _of_mix(summary: Summary, mix: Mapping[str, float], load: Load) -> Advice:
    """One server for the whole mix, each pattern in the style that is fastest under it."""
    subject = described(mix)
    if not load.throughput_tells:
        return _nothing(subject, load, "throughput", "a mix is computed under closed load only; give --users")
    contenders, left_out = _contenders_of_mix(summary, mix, load)
    if not contenders:
        return _nothing(subject, load, "throughput", "no server has numbers for all of its patterns", left_out)
    comparisons = compare([_mixes(contenders[0], other) for other in contenders[1:]])
    leads = dict(zip(contenders[1:], comparisons, strict=True))
    choice = chosen_of(contenders, leads, "throughput")
    cells = [cell for cell in summary.cells if cell.cell.load == load and cell.cell.pattern in mix]
    settle = to_settle(
        [cell for cell in cells if cell.cell.server not in left_out], contenders[0], leads, summary.run.settings
    )
    return Advice(
        subject=subject,
        load=load,
        quantity="throughput",
        recommended=choice.contender,
        reason=choice.reason,
        runner_up=choice.runner_up,
        comparison=choice.comparison,
        conditions=(
            MIX_ASSUMES,
            *_single_styles(summary, choice.contender),
            *provisos_of_mix(summary, cells, contenders, choice.contender, shares(mix)),
            *settle.conditions,
        ),
        settle=settle.command,
        left_out=left_out,
    )


def _single_styles(summary: Summary, contender: Contender) -> tuple[str, ...]:
    """What to do about patterns that have different styles, if one of them has a choice."""
    choices: dict[str, set[str]] = {}
    for cell in summary.cells:
        choices.setdefault(cell.cell.pattern, set()).add(cell.cell.style)
    chosen = {style for pattern, style in contender.styles if len(choices[pattern]) > 1}
    if not chosen or len({style for _, style in contender.styles}) == 1:
        return ()
    return ("Write each view in the style that was fastest for its pattern; one style for all is slower.",)


def _contenders_of_mix(
    summary: Summary, mix: Mapping[str, float], load: Load
) -> tuple[list[Contender], dict[str, str]]:
    """The servers that have numbers for all of the mix, the best first; and why each of the others has no part."""
    by_server: dict[str, dict[str, list[CellSummary]]] = {}
    for cell in summary.cells:
        if cell.cell.load == load and cell.cell.pattern in mix:
            by_server.setdefault(cell.cell.server, {}).setdefault(cell.cell.pattern, []).append(cell)
    contenders, left_out = [], {}
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
            contender = _mixed({pattern: cell for pattern, cell in measured.items() if cell}, mix)
            if contender.throughput_rps is None:
                left_out[server] = "no block has numbers for all of the mix"
            else:
                contenders.append(contender)
    contenders.sort(key=lambda contender: -(contender.throughput_rps.mean if contender.throughput_rps else 0))
    return best_first(contenders, _mixes) if contenders else [], left_out


def _mixes(contender: Contender, other: Contender) -> Pair:
    return Pair(dict(contender.by_block), dict(other.by_block))


def _mixed(cells: Mapping[str, CellSummary], mix: Mapping[str, float]) -> Contender:
    """One server's cells, one per pattern, as one contender.

    Its price: the weighted CPU time, the most of the rest. Its flags: all of theirs.
    """
    by_block = of_mix({pattern: cell.by_block for pattern, cell in cells.items()}, mix)
    parts = [contender_of(cells[pattern]) for pattern in mix]
    prices = [contender.price for contender in parts]
    cpu_ms = [price.cpu_ms_per_request for price in prices]
    weighted = [cpu * share for cpu, share in zip(cpu_ms, shares(mix).values(), strict=True) if cpu is not None]
    any_of = parts[0]
    return Contender(
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
        flags=tuple(sorted({flag for contender in parts for flag in contender.flags})),
    )


def _most(values: "Sequence[Any]") -> Any:
    return max((value for value in values if value is not None), default=None)
