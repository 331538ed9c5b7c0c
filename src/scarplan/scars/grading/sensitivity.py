"""How far the suggested grades hang on cut-offs and on the kind: the same scars graded with other limits.

No scale gives its limits of depth in millimetres, so ours are moved by a fifth either way (dividing every depth by a
factor is the same as multiplying every limit by it). Kinds are probabilities: the number of scars in a row is then a
sum of independent chances, whose distribution is exact without drawing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from scarplan.evidence.library import value_of
from scarplan.scars.grading.ecca import item_of
from scarplan.scars.grading.goodman_baron import GoodmanBaronQualitative, row_of
from scarplan.scars.scarmap import Scar

#: The counts told lie between these parts of the distribution.
_QUANTILES = (0.05, 0.95)


@dataclass(frozen=True)
class _Moved:
    """The same scars with depths or widths over each factor, and each as what it may be (with how likely)."""

    by_depth: list[list[Scar]]
    by_width: list[list[Scar]]
    by_kind: list[list[tuple[Scar, float]]]


def grade_sensitivity(scars: Sequence[Scar]) -> dict[str, Any]:
    """Return, for each row of each scale, its count and between which counts it moves."""
    part = float(value_of("scars.cut_off_change"))
    factors = (1 - part, 1 + part)
    qualitative = GoodmanBaronQualitative()
    moved = _Moved(
        by_depth=[[replace(scar, depth_mm=scar.depth_mm / factor) for scar in scars] for factor in factors],
        by_width=[[replace(scar, width_mm=scar.width_mm / factor) for scar in scars] for factor in factors],
        by_kind=[_likely(scar) for scar in scars],
    )
    return {
        "cut_off_factors": list(factors),
        "goodman_baron_quantitative": _rows(scars, row_of, moved),
        "goodman_baron_qualitative": {
            "suggested": qualitative.suggest(scars)["suggested"],
            "with_depth_limits": [qualitative.suggest(one)["suggested"] for one in moved.by_depth],
        },
        "ecca": _rows(scars, item_of, moved),
        "note": "counts with all depth or width limits moved, and (5 to 95 %) with kinds as likely as they are",
    }


def _rows(scars: Sequence[Scar], row_of_scar: Callable[[Scar], str], moved: _Moved) -> list[dict[str, Any]]:
    now = Counter(map(row_of_scar, scars))
    by_depth, by_width = (
        [Counter(map(row_of_scar, ones)) for ones in lists] for lists in (moved.by_depth, moved.by_width)
    )
    chances = [_chances(kinds, row_of_scar) for kinds in moved.by_kind]
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


def _likely(scar: Scar) -> list[tuple[Scar, float]]:
    """Return the scar as each kind that it may be, and how likely: a kind that a clinician has seen is certain."""
    kinds = {scar.kind: 1.0} if scar.reviewed else scar.kind_probability
    return [(replace(scar, kind=kind), chance) for kind, chance in kinds.items() if chance > 0]


def _chances(kinds: Sequence[tuple[Scar, float]], row_of_scar: Callable[[Scar], str]) -> dict[str, float]:
    """Return the probability of each row for one scar."""
    chances: dict[str, float] = {}
    for scar, chance in kinds:
        row = row_of_scar(scar)
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
