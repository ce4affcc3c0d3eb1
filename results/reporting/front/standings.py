"""What to run for each question, and how it stands beside other styles and other servers. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from djbench.cell import Cell
from results.advising.advice import Advised
from results.analysis.cell_summary import CellSummary
from results.analysis.figures.quantity import main_quantity
from results.analysis.figures.usage import server_cpu_ms, server_rss_mib
from results.analysis.ranking import pair_of
from results.analysis.stats import Estimate
from results.analysis.summary import Ratio
from results.analysis.verdicts import DECIDED, Verdict, compare
from results.reporting.answers import Answer, Sureness, sureness_of
from results.reporting.questions import Question, figure_of
from results.wording.names import cell_name, in_sentence
from results.wording.text import number, times


@dataclass(frozen=True, slots=True, kw_only=True)
class Rivalry:
    """What to run, beside one of its rivals."""

    #: The rival's name, as far as it differs.
    rival: str
    #: What is run over the rival, in what their load is compared by; None without a common block.
    speed: Ratio | None
    #: The same of CPU time per request; None if the run does not compare the two.
    cpu: Ratio | None

    @property
    def verdict(self) -> Verdict:
        """What is run, called over the rival."""
        return self.speed.comparison.verdict if self.speed else Verdict.INSUFFICIENT

    @property
    def text(self) -> str:
        """The ratios, for beside the verdict: of speed, and of CPU time where that is decided."""
        if self.speed is None:
            return f"no common block with {self.rival}"
        speed = f"{_times(how_fast(self.speed))} as fast as {self.rival}"
        if self.cpu is None or self.cpu.comparison.verdict not in DECIDED:
            return speed
        cpu = self.cpu.estimate
        # Where speed decides nothing, CPU time is the finding, and its interval is of interest.
        return f"{speed}, with {f'{times(cpu.mean)} times' if self.verdict in DECIDED else _times(cpu)} its CPU time"

    @property
    def brief(self) -> str:
        """The verdict in a few words, for a sentence that has several."""
        if self.speed is None or self.verdict is Verdict.INSUFFICIENT:
            return f"too few blocks to compare with {self.rival}"
        cpu = self.cpu if self.cpu and self.cpu.comparison.verdict in DECIDED else None
        price = f" (with {times(cpu.estimate.mean)} times its CPU time)" if cpu else ""
        if self.verdict is Verdict.SAME:
            return f"the same within 3 % as {self.rival}{price}"
        if self.verdict is Verdict.TOO_CLOSE:
            return f"too close to call with {self.rival}{price}"
        return f"{times(how_fast(self.speed).mean)} times as fast as {self.rival}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What to run for one question, and beside what it stands."""

    #: The question.
    question: Question
    #: Its answer, with every comparison behind it.
    answer: Answer
    #: What to run; None if there is nothing to advise.
    advised: CellSummary | None
    #: Beside the best cell of each other style, the nearest first.
    styles: tuple[Rivalry, ...]
    #: Beside the best cell of each other server, the nearest first.
    servers: tuple[Rivalry, ...]

    @property
    def run(self) -> str:
        """What to run, in words; else what became of the question."""
        if self.advised is None:
            return self.answer.best
        cell = self.advised.cell
        if self.question.tells_style:
            return cell_name(cell, self.question.labels)
        # The interface is half of the answer.
        return f"{in_sentence(self.question.labels[cell.server])} ({cell.interface.upper()})"

    @property
    def figure(self) -> str:
        """What it reaches: under the load of a single user how soon it answers."""
        if self.advised is None:
            return self.answer.how_much
        return f"answers in {self._answer_ms} ms" if self._is_alone else figure_of(self.advised)

    @property
    def reaches(self) -> str:
        """The same with its verb."""
        return self.figure if self._is_alone else f"has {self.figure}"

    @property
    def _is_alone(self) -> bool:
        """Does a single user ask, for whom the answer time is all there is?"""
        return self.question.load.throughput_tells and self.question.load.at_once == 1

    @property
    def _answer_ms(self) -> str:
        return number(self.advised.shown_latency_ms.get("p50") if self.advised else None, 3)

    @property
    def cost(self) -> tuple[str, ...]:
        """What that takes of the machine: CPU time per request or event, and memory."""
        if self.advised is None:
            return ()
        cpu_ms, rss_mib = server_cpu_ms(self.advised), server_rss_mib(self.advised)
        return f"{number(cpu_ms, 3)} ms CPU", f"{number(rss_mib, 3)} MiB"

    @property
    def sureness(self) -> Sureness:
        """How the question stands, style and server together."""
        return self.answer.sureness if self.advised is None else sureness_of(_verdicts(self.styles + self.servers))

    @property
    def sure_of_style(self) -> Sureness | None:
        """Is the style decided? None with one style alone."""
        return sureness_of(_verdicts(self.styles)) if self.styles else None

    @property
    def sure_of_server(self) -> Sureness | None:
        """Is the server decided? None with one server alone."""
        return sureness_of(_verdicts(self.servers)) if self.servers else None


def standing_of(question: Question, answer: Answer, advice: Advised) -> Standing:
    """How the question stands; what to run is what the advice says."""
    of_question = (
        advised.recommended
        for advised in advice.patterns
        if (advised.subject, advised.load) == (question.pattern, question.load)
    )
    contender = next(of_question, None)
    advised = next((cell for cell in question.measured if contender and contender.has(cell.cell)), None)
    return Standing(
        question=question,
        answer=answer,
        advised=advised,
        styles=_rivalries(question, advised, lambda cell: cell.cell.style),
        servers=_rivalries(question, advised, lambda cell: cell.cell.server),
    )


def how_fast(speed: Ratio) -> Estimate:
    """How many times as fast: of a latency the ratio the other way round."""
    return speed.estimate if speed.quantity.more_is_better else speed.inverse.estimate


def _rivalries(
    question: Question, advised: CellSummary | None, side: Callable[[CellSummary], str]
) -> tuple[Rivalry, ...]:
    """The advised cell beside the best cell of each other side."""
    if advised is None:
        return ()
    leads = _leads(question, advised)
    best: dict[str, CellSummary] = {}
    for cell in question.measured:
        best.setdefault(side(cell), cell)
    rivals = [cell for cell in best.values() if side(cell) != side(advised)]
    rivalries = [
        Rivalry(
            rival=_name_beside(question, advised, rival),
            speed=leads.get(rival.cell),
            cpu=question.cpu_between(advised.cell, rival.cell),
        )
        for rival in rivals
    ]
    return tuple(sorted(rivalries, key=_distance))


def _leads(question: Question, advised: CellSummary) -> Mapping[Cell, Ratio]:
    """The advised cell over each of the others: a family of its own where the run's is of another cell."""
    if advised is question.measured[0]:
        return question.leads
    others = [cell for cell in question.measured if cell is not advised]
    comparisons = compare([pair_of(advised, other) for other in others])
    quantity = main_quantity(question.load)
    return {
        other.cell: Ratio(cell=advised.cell, other=other.cell, quantity=quantity, comparison=comparison)
        for other, comparison in zip(others, comparisons, strict=True)
        if comparison
    }


def _name_beside(question: Question, advised: CellSummary, rival: CellSummary) -> str:
    """The rival's name: without what it has in common with the advised one."""
    if rival.cell.style == advised.cell.style:
        return in_sentence(question.labels[rival.cell.server])
    if rival.cell.server == advised.cell.server:
        return in_sentence(rival.cell.style)
    return cell_name(rival.cell, question.labels)


def _distance(rivalry: Rivalry) -> float:
    return how_fast(rivalry.speed).mean if rivalry.speed else 0.0


def _verdicts(rivalries: Sequence[Rivalry]) -> list[Verdict]:
    return [rivalry.verdict for rivalry in rivalries]


def _times(ratio: Estimate) -> str:
    if ratio.low is None or ratio.high is None:
        return f"{times(ratio.mean)} times"
    return f"{times(ratio.mean)} times ({times(ratio.low)} to {times(ratio.high)})"
