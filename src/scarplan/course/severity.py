"""What an examiner would count and score on faces with scars of given depths, draw by draw, for all draws at once.

The scale's own rows (Goodman and Baron, quantitative) on the scars that can be seen, as `population.raters` grades one
face: each row gives its weight times the class of its count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from jaxtyping import Bool, Float, Int

from scarplan.evidence.library import value_of
from scarplan.examination import DEPRESSED_KINDS

#: points: total of the quantitative scale; count: depressed scars that are seen.
FigureName: TypeAlias = Literal["points", "count"]
_ICEPICK, _ROLLING = DEPRESSED_KINDS.index("icepick"), DEPRESSED_KINDS.index("rolling")
#: Keeps the logarithm of no scars finite: between none and one.
_HALF_A_SCAR = 0.5


@dataclass(frozen=True, eq=False)
class Faces:
    """Scars as an examiner sees them: kind (place in DEPRESSED_KINDS), width (mm), and whether they are there."""

    kind_index: Int[np.ndarray, "draw s"]
    width_mm: Float[np.ndarray, "draw s"]
    present: Bool[np.ndarray, "draw s"]

    def pick(self, draws: Int[np.ndarray, " n"]) -> Faces:
        """Return the faces of these draws."""
        return Faces(self.kind_index[draws], self.width_mm[draws], self.present[draws])

    def seen(self, depth_mm: Float[np.ndarray, "draw s"]) -> Bool[np.ndarray, "draw s"]:
        """Return which scars an examiner sees when they are so deep."""
        return self.present & (depth_mm >= value_of("population.seen_depth_mm"))


def change_of_figure(
    name: FigureName, faces: Faces, before_mm: Float[np.ndarray, "draw s"], after_mm: Float[np.ndarray, "draw s"]
) -> Float[np.ndarray, " draw"]:
    """Return by how much a figure changes when depths change: points, or the logarithm of the count."""
    if name == "points":
        return points_of(faces, after_mm) - points_of(faces, before_mm)
    counts = [faces.seen(depth).sum(axis=1) + _HALF_A_SCAR for depth in (before_mm, after_mm)]
    return np.log(counts[1] / counts[0])


def points_of(faces: Faces, depth_mm: Float[np.ndarray, "draw s"]) -> Float[np.ndarray, " draw"]:
    """Return the points of the depressed scars on the quantitative scale, the lowest total that fits."""
    a, b, c, _ = value_of("scars.gb_row_weights")
    few, many = value_of("scars.gb_count_limits")
    seen, small = faces.seen(depth_mm), faces.width_mm < value_of("scars.gb_small_mm")
    rolling = faces.kind_index == _ROLLING
    punched_deep = (faces.kind_index == _ICEPICK) | (~rolling & (depth_mm >= value_of("scars.boxcar_deep_mm")))
    deep_broad, moderate = (
        depth_mm >= value_of(f"scars.{name}") for name in ("gb_deep_broad_mm", "gb_dish_moderate_mm")
    )
    rows = (
        (c, small & ~rolling & punched_deep),
        (b, small & ~rolling & ~punched_deep),
        (b, small & rolling & moderate),
        (a, small & rolling & ~moderate),
        (c, ~small & deep_broad),
        (b, ~small & ~deep_broad),
    )
    counts = [(weight, (seen & row).sum(axis=1)) for weight, row in rows]
    return sum((weight * _class_of(count, few, many) for weight, count in counts), start=np.zeros(len(depth_mm)))


def _class_of(count: Int[np.ndarray, " draw"], few: int, many: int) -> Int[np.ndarray, " draw"]:
    return (count > 0).astype(int) + (count > few) + (count > many)
