"""One request of a mix, or one step of a journey, as its rows pass by."""

from typing import Any

import numpy as np

from djbench.outcome import CODES, Outcome
from results.records.request_figures import RequestFigures

_RIGHT = CODES[Outcome.OK]


class RequestTally:
    """Counts one request's rows."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._answered = 0
        self._by_code = np.zeros(len(CODES), dtype=np.int64)

    def add(self, rows: "np.ndarray[Any, Any]", length_ns: int) -> None:
        """Some rows of a window of that length; times count from its opening."""
        self._by_code += np.bincount(rows["outcome"], minlength=len(CODES))
        self._answered += int(((rows["outcome"] == _RIGHT) & (rows["done_ns"] <= length_ns)).sum())

    def figures(self) -> RequestFigures:
        """What has come of it."""
        return RequestFigures(name=self._name, answered=self._answered, errors=errors_by_kind(self._by_code))


def errors_by_kind(by_code: "np.ndarray[Any, Any]") -> dict[str, int]:
    """Wrong and missing answers by kind, without kinds that there are none of. by_code: how many ended in each way."""
    return {str(outcome): int(by_code[code]) for outcome, code in CODES.items() if by_code[code] and code != _RIGHT}
