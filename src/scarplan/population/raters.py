"""Scores that raters give: the virtual patients' depths graded by the scales of `scars.grading`.

A rater sees no scar that is shallower than `population.seen_depth_mm`. A face that has no scar left scores 0. What a
rater adds (expectancy, memory) is not here: it is fitted.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from scarplan.evidence.library import value_of
from scarplan.examination import DrawnScars
from scarplan.population.people import KINDS
from scarplan.scars.grading import Ecca, GoodmanBaronQualitative, GoodmanBaronQuantitative
from scarplan.scars.scarmap import Scar, ScarKind

#: Scales that grade counts and depths; every other instrument is read as change of relief.
GRADED = ("goodman_baron_quantitative", "goodman_baron_qualitative", "ecca")
_NO_SCARRING = 1.0
_SCAR_KINDS: dict[str, ScarKind] = {
    "icepick": "icepick",
    "boxcar_shallow": "boxcar",
    "boxcar_deep": "boxcar",
    "rolling": "rolling",
}


def grade_face(
    depth_mm: Float[np.ndarray, " s"], width_mm: Float[np.ndarray, " s"], kinds: Float[np.ndarray, " s"]
) -> dict[str, float]:
    """Return the score of one face by each of GRADED, from the scars that a rater sees."""
    seen = [
        _scar(number, KINDS[int(kind)], float(depth), float(width))
        for number, (depth, width, kind) in enumerate(zip(depth_mm, width_mm, kinds, strict=True), start=1)
        if depth >= value_of("population.seen_depth_mm")
    ]
    if not seen:
        return {"goodman_baron_quantitative": 0.0, "goodman_baron_qualitative": _NO_SCARRING, "ecca": 0.0}
    grades = GoodmanBaronQualitative().suggest(seen)["suggested"]
    return {
        # The lowest total that fits: what relief cannot see (colour, elastolysis) is the same before and after.
        "goodman_baron_quantitative": float(GoodmanBaronQuantitative().grade(seen).total.low or 0.0),
        "goodman_baron_qualitative": float(np.mean(np.asarray(grades, dtype=float))),
        "ecca": float(Ecca().grade(seen).total.low or 0.0),
    }


def mean_scores(
    faces: DrawnScars, depth_mm: Float[np.ndarray, "draw s"], chosen: Bool[np.ndarray, " draw"] | None = None
) -> dict[str, float]:
    """Return the mean score of the faces by each of GRADED when their scars are `depth_mm` deep."""
    rows = range(len(depth_mm)) if chosen is None else np.flatnonzero(chosen)
    scores = []
    for row in rows:
        there = faces.present[row]
        scores.append(grade_face(depth_mm[row, there], faces.width_mm[row, there], faces.kind_index[row, there]))
    return {name: float(np.mean([score[name] for score in scores])) for name in GRADED}


def _scar(number: int, kind: str, depth_mm: float, width_mm: float) -> Scar:
    """Return a scar as the scales read it: kind, depth and width; the rest is not asked for."""
    name = _SCAR_KINDS[kind]
    area_mm2 = 0.25 * np.pi * width_mm**2
    return Scar(
        id=number, chart="face", kind=name, kind_probability={name: 1.0}, x_mm=0.0, y_mm=0.0, depth_mm=depth_mm,
        depth_sd_mm=0.0, width_mm=width_mm, area_mm2=area_mm2, volume_mm3=area_mm2 * depth_mm, volume_sd_mm3=0.0,
        wall_angle_deg=0.0, confidence=1.0,
    )  # fmt: skip
