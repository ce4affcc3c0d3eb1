"""A machine whose speed moves within seconds, as shared virtual machines do, and trials measured on it. Pure.

The model: the logarithm of the machine's speed is a sum of Ornstein-Uhlenbeck processes of one size, whose correlation
times go up in steps of four (together close to 1/f noise). Throughput has noise of its own beside the speed: other
programs, the load generator, the scheduler. And each start of a server has its own luck.

The two sizes are fitted to ``MEASURED``, standard deviations of the log ratio of two servers on two shared cores. The
model gives each of them within a quarter, as near as 18 blocks tell. With one correlation time instead of several, some
are wrong by half.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

# The correlation times of the machine's speed, and the standard deviation of the log speed that each of them adds.
_CORRELATION_S = (0.2, 0.8, 3.2, 12.8, 51.2)
_SPEED_SD = 0.10
# What throughput over one second has beside the speed; over t seconds it is less by the root of t.
_OWN_SD = 0.058
# What a start of a server has beside that: our assumption, for the figures come from servers that kept running.
_START_SD = 0.01
# In such steps the machine's speed is simulated, and slices begin and end.
_STEP_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Measuring:
    """How the trials of rivals are measured: one slice is a window, several are by turns."""

    #: The slices of a trial. Each round has one of each rival, in random order.
    slices: int
    #: How long a slice lasts.
    slice_s: float
    #: What passes between two slices: the start of a server and its warm-up, or the change from one rival to the next.
    between_s: float
    #: CPU time per request, which is the machine's speed alone, and not throughput.
    cpu_time: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredSpread:
    """A standard deviation that was measured on a machine, for the model to reproduce."""

    #: How it was measured.
    measuring: Measuring
    #: The servers that were compared.
    rivals: int
    #: The standard deviation of the log ratio of two of them, over blocks.
    sd: float


# First the windows of one second that ``quick`` had before there were turns, up to 15 s apart. Then two seconds
# of each server a block, in slices of several lengths. The pattern was ``plain``, with 16 users; docs/methodology.md
# has the figures. Those of several pairs of servers and runs are pooled: the root of the mean square.
_CHANGE_S = 0.05
WINDOWS = Measuring(slices=1, slice_s=1.0, between_s=2.0)
TURNS = Measuring(slices=20, slice_s=0.1, between_s=_CHANGE_S)
CPU_TIME_BY_TURNS = Measuring(slices=20, slice_s=0.1, between_s=_CHANGE_S, cpu_time=True)
MEASURED = (
    MeasuredSpread(measuring=WINDOWS, rivals=6, sd=0.25),
    MeasuredSpread(measuring=Measuring(slices=1, slice_s=2.0, between_s=_CHANGE_S), rivals=3, sd=0.148),
    MeasuredSpread(measuring=Measuring(slices=2, slice_s=1.0, between_s=_CHANGE_S), rivals=3, sd=0.124),
    MeasuredSpread(measuring=Measuring(slices=4, slice_s=0.5, between_s=_CHANGE_S), rivals=3, sd=0.078),
    MeasuredSpread(measuring=Measuring(slices=8, slice_s=0.25, between_s=_CHANGE_S), rivals=3, sd=0.078),
    MeasuredSpread(measuring=Measuring(slices=10, slice_s=0.2, between_s=_CHANGE_S), rivals=3, sd=0.081),
    MeasuredSpread(measuring=TURNS, rivals=3, sd=0.062),
    MeasuredSpread(measuring=Measuring(slices=2, slice_s=1.0, between_s=_CHANGE_S, cpu_time=True), rivals=3, sd=0.105),
    MeasuredSpread(measuring=Measuring(slices=8, slice_s=0.25, between_s=_CHANGE_S, cpu_time=True), rivals=3, sd=0.045),
    MeasuredSpread(measuring=CPU_TIME_BY_TURNS, rivals=3, sd=0.031),
)


def log_rates(
    measuring: Measuring, chance: np.random.Generator, blocks: int, groups: int, rivals: int
) -> "np.ndarray[Any, Any]":
    """Log rates of equal cells: (block, group, rival). The groups of a block follow each other without a pause."""
    step_counts = [round(seconds / _STEP_S) for seconds in (measuring.slice_s, measuring.between_s)]
    shape = (blocks * groups, measuring.slices, rivals)
    speeds = _log_speed(chance, int(np.prod(shape)) * sum(step_counts)).reshape(*shape, sum(step_counts))
    slices = np.exp(speeds[..., : step_counts[0]]).mean(axis=-1)
    if not measuring.cpu_time:
        slices *= np.exp(chance.normal(0, _OWN_SD / np.sqrt(measuring.slice_s), shape))
    order = np.argsort(chance.random(shape), axis=2)
    of_trials = np.log(np.take_along_axis(slices, order, axis=2).mean(axis=1))
    return np.asarray(of_trials + chance.normal(0, _START_SD, of_trials.shape)).reshape(blocks, groups, rivals)


def _log_speed(chance: np.random.Generator, steps: int) -> "np.ndarray[Any, Any]":
    """The machine's log speed in steps of time: stationary, from its first step on."""
    from scipy.signal import lfilter  # half a second, which a command line that is wrong need not wait for

    total = np.zeros(steps)
    for correlation_s in _CORRELATION_S:
        kept = np.exp(-_STEP_S / correlation_s)
        shocks = chance.normal(0, _SPEED_SD * np.sqrt(1 - kept**2), steps)
        shocks[0] = chance.normal(0, _SPEED_SD)
        total += lfilter([1], [1, -kept], shocks)
    return total
