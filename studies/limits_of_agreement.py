"""How often the 95 % intervals of bias and limits of agreement hold the truth, by simulation.

    uv run python studies/limits_of_agreement.py

Differences between two measurements of scars: a part of each person and a part of each scar, both normal. Persons have
unlike numbers of scars (gaps). Prints one row a condition.
"""

from __future__ import annotations

import numpy as np

from scarplan.study.bland_altman import bland_altman
from scarplan.study.interval import LIMIT_95

_RUNS = 2000
_BIAS = 0.1
#: Persons, fewest and most scars of a person, share of the variance that is between persons.
_CONDITIONS = (
    (10, 1, 1, 0.0), (30, 1, 1, 0.0), (10, 1, 6, 0.0), (10, 1, 6, 0.3), (10, 1, 6, 0.7), (10, 4, 4, 0.3),
    (5, 1, 8, 0.3), (20, 1, 10, 0.5),
)  # fmt: skip


def _cover(persons: int, fewest: int, most: int, between: float) -> tuple[float, float, float]:
    """Return the shares of runs whose intervals of bias, lower and upper limit hold the truth."""
    random = np.random.default_rng([persons, fewest, most, round(100 * between)])
    held = np.zeros(3)
    truth = (_BIAS, _BIAS - LIMIT_95, _BIAS + LIMIT_95)
    for _ in range(_RUNS):
        sizes = random.integers(fewest, most + 1, persons)
        clusters = np.repeat(np.arange(persons), sizes)
        of_person = random.normal(0, np.sqrt(between), persons)[clusters]
        difference = _BIAS + of_person + random.normal(0, np.sqrt(1 - between), len(clusters))
        found = bland_altman(np.zeros(len(clusters)), difference, clusters=clusters)
        for number, (interval, true) in enumerate(zip((found.bias, found.lower, found.upper), truth, strict=True)):
            held[number] += interval.low <= true <= interval.high
    return tuple(held / _RUNS)


if __name__ == "__main__":
    print("persons  scars  between   bias  lower  upper")
    for persons, fewest, most, between in _CONDITIONS:
        bias, lower, upper = _cover(persons, fewest, most, between)
        print(f"{persons:7}  {fewest}-{most:<4} {between:7.1f}   {bias:.3f}  {lower:.3f}  {upper:.3f}")
