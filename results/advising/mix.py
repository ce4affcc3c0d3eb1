"""A mix of requests: what share of a site's requests each pattern stands for, as ``plain=80,orm_read=15``. Pure."""

import math
from collections.abc import Iterable, Mapping

_HELP = "write pattern=weight, such as plain=80,orm_read=15 or sleep:delay=0.1=20,plain=80"


class MixError(ValueError):
    """A mix is written wrongly or does not fit the run; the message is one line and says what would be right."""


def parse_mix(text: str) -> dict[str, float]:
    """``"plain=80,fan_out:calls=5,delay=0.05=20"`` to ``{"plain": 80.0, "fan_out:calls=5,delay=0.05": 20.0}``.

    A spec goes on over its commas until something with a weight has come: within one a part has one ``=``, its last
    part two. Raises MixError.
    """
    weights: dict[str, float] = {}
    open_spec = ""
    for part in text.split(","):
        spec = f"{open_spec},{part.strip()}" if open_spec else part.strip()
        signs = part.count("=")
        if ":" in spec and signs == 1:
            open_spec = spec
            continue
        name, equals, weight = spec.rpartition("=")
        if not equals or not name or signs != (2 if ":" in spec else 1):
            raise MixError(f"--mix {text}: '{spec}' has no weight; {_HELP}")
        if name in weights:
            raise MixError(f"--mix {text}: {name} is given twice")
        weights[name] = _weight(text, name, weight)
        open_spec = ""
    if open_spec:
        raise MixError(f"--mix {text}: '{open_spec}' has no weight; {_HELP}")
    return weights


def _weight(text: str, name: str, weight: str) -> float:
    try:
        value = float(weight)
    except ValueError:
        value = math.nan
    if not (value > 0 and math.isfinite(value)):
        raise MixError(f"--mix {text}: the weight of {name} is {weight}; it must be a number above 0")
    return value


def resolve_mix(mix: Mapping[str, float], patterns: Iterable[str]) -> dict[str, float]:
    """The weights by the run's own patterns (canonical specs). Raises MixError.

    A name, or a spec with some of the parameters, stands for the one pattern of the run that has them.
    """
    distinct = list(dict.fromkeys(patterns))
    weights: dict[str, float] = {}
    for spec, weight in mix.items():
        fitting = [pattern for pattern in distinct if _fits(spec, pattern)]
        if not fitting:
            raise MixError(f"--mix: the run has no pattern {spec} (it has: {'; '.join(distinct) or 'none'})")
        if len(fitting) > 1:
            raise MixError(f"--mix: {spec} can be each of {'; '.join(fitting)}; write out which")
        if fitting[0] in weights:
            raise MixError(f"--mix: {fitting[0]} is given twice")
        weights[fitting[0]] = weight
    return weights


def _fits(spec: str, pattern: str) -> bool:
    name, _, parameters = spec.partition(":")
    own_name, _, own = pattern.partition(":")
    return spec == pattern or (name == own_name and set(filter(None, parameters.split(","))) <= set(own.split(",")))


def shares(mix: Mapping[str, float]) -> dict[str, float]:
    """The weights as shares of 1."""
    total = math.fsum(mix.values())
    return {pattern: weight / total for pattern, weight in mix.items()}


def described(mix: Mapping[str, float]) -> str:
    """Such as ``80 % plain, 20 % orm_read:rows=20``."""
    return ", ".join(f"{100 * share:.3g} % {pattern}" for pattern, share in shares(mix).items())


def of_mix(by_pattern: Mapping[str, Mapping[int, float]], mix: Mapping[str, float]) -> dict[int, float]:
    """Requests of the mix per second in each block that has all its patterns; keys are block numbers.

    The time that a request of the mix takes is the weighted mean of what each takes, sum(w_i / X_i), so that the
    throughput is the weighted harmonic mean of theirs. Under closed load without think time that is so whatever takes
    the time: with N users a cycle lasts N / X_i (Little's law), and a user's cycles follow the mix.
    """
    weights = shares(mix)
    blocks = set.intersection(*(set(by_pattern[pattern]) for pattern in weights))
    return {
        block: 1 / math.fsum(weight / by_pattern[pattern][block] for pattern, weight in weights.items())
        for block in sorted(blocks)
    }
