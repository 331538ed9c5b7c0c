"""How far the suggested grades hang on cut-offs and on the kind: the same scars graded with other limits.

No scale gives its limits of depth in millimetres, so ours are moved by a fifth either way (dividing every depth by a
factor is the same as multiplying every limit by it). Kinds are probabilities: the number of scars in a row is then a
sum of independent chances, whose distribution is exact without drawing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from scarplan.evidence.library import value_of
from scarplan.scars.grading.ecca import item_of
from scarplan.scars.grading.goodman_baron import GoodmanBaronQualitative, row_of
from scarplan.scars.scarmap import Scar

#: The counts told lie between these parts of the distribution.
_QUANTILES = (0.05, 0.95)


def grade_sensitivity(scars: Sequence[Scar]) -> dict[str, Any]:
    """Return, for each row of each scale, its count and between which counts it moves."""
    part = float(value_of("scars.cut_off_change"))
    factors = (1 - part, 1 + part)
    qualitative = GoodmanBaronQualitative()
    return {
        "cut_off_factors": list(factors),
        "goodman_baron_quantitative": _rows(scars, row_of, factors),
        "goodman_baron_qualitative": {
            "suggested": qualitative.suggest(scars)["suggested"],
            "with_depth_limits": [qualitative.suggest(_shallower(scars, f))["suggested"] for f in factors],
        },
        "ecca": _rows(scars, item_of, factors),
        "note": "counts with all depth or width limits moved, and (5 to 95 %) with kinds as likely as they are",
    }


def _rows(
    scars: Sequence[Scar], row_of_scar: Callable[[Scar], str], factors: tuple[float, float]
) -> list[dict[str, Any]]:  # fmt: skip
    now = Counter(map(row_of_scar, scars))
    by_depth = [Counter(map(row_of_scar, _shallower(scars, factor))) for factor in factors]
    by_width = [Counter(map(row_of_scar, _narrower(scars, factor))) for factor in factors]
    chances = [_chances(scar, row_of_scar) for scar in scars]
    names = dict.fromkeys(
        [*now, *by_depth[0], *by_depth[1], *by_width[0], *by_width[1], *(n for c in chances for n in c)]
    )
    return [
        {
            "row": name, "count": now[name], "with_depth_limits": [one[name] for one in by_depth],
            "with_width_limits": [one[name] for one in by_width],
            "with_likely_kinds": count_interval([chance.get(name, 0.0) for chance in chances]),
        }
        for name in sorted(names)
    ]  # fmt: skip


def _shallower(scars: Sequence[Scar], factor: float) -> list[Scar]:
    return [replace(scar, depth_mm=scar.depth_mm / factor) for scar in scars]


def _narrower(scars: Sequence[Scar], factor: float) -> list[Scar]:
    return [replace(scar, width_mm=scar.width_mm / factor) for scar in scars]


def _chances(scar: Scar, row_of_scar: Callable[[Scar], str]) -> dict[str, float]:
    """Return the probability of each row for one scar: a kind that a clinician has seen is certain."""
    chances: dict[str, float] = {}
    for kind, chance in ({scar.kind: 1.0} if scar.reviewed else scar.kind_probability).items():
        if chance > 0:
            row = row_of_scar(replace(scar, kind=kind))
            chances[row] = chances.get(row, 0.0) + chance
    return chances


def count_interval(chances: Sequence[float]) -> list[int]:
    """Return between which counts (5 to 95 %) the number of independent events of these probabilities lies."""
    distribution = np.ones(1)
    for chance in chances:
        distribution = np.convolve(distribution, (1 - chance, chance))
    below = np.cumsum(distribution)
    # A hair below the quantile, so that sums that miss it by rounding do not move the count.
    return [int(np.searchsorted(below, quantile - 1e-12)) for quantile in _QUANTILES]
