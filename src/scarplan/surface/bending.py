"""How skin leans and bends: a parabola fitted around every place, by what is seen of it.

A mean over the surroundings leans to one side where the surroundings end; a fitted parabola does not, so that the
border of a scan is judged like its middle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from scarplan.surface.robust import median

if TYPE_CHECKING:
    from jaxtyping import Bool, Float

#: Form is read on a grid about this fine, and by weights that fall off with this standard deviation around a place.
#: Scars up to 7 mm wide bend a form so wide far less than folds of a face do.
GRID_MM, _REACH_MM = 0.5, 2.0
_ENDS = 3.0
#: A cell counts where this part of it is seen.
_SEEN_PART = 0.5
#: How little the surroundings may say of a bend before it is held to be none, as part of their weight.
_CAUTION = 0.01
_POWERS = ((0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2))


@dataclass(frozen=True)
class Bending:
    """Form of a surface on a coarse grid over the same skin [y x].

    slope     rise over run against the direction of sight, without unit
    per_mm    largest curvature of the form, upright to the skin, 1/mm
    seen      cells of which enough is seen; the others hold 0
    step_mm   size of a cell
    """

    slope: Float[np.ndarray, "y x"]
    per_mm: Float[np.ndarray, "y x"]
    seen: Bool[np.ndarray, "y x"]
    step_mm: float


def find_bending(relief_mm: Float[np.ndarray, "y x"], valid: Bool[np.ndarray, "y x"], *, pixel_mm: float) -> Bending:
    """Return how the form of a surface leans and bends."""
    height, weight, step_mm = _average(relief_mm, valid, pixel_mm)
    seen = weight > _SEEN_PART
    weight = np.where(seen, weight, 0.0)
    p, q, r, s, t = _fit_parabolas(height, weight, seen, step_mm)
    # Mean and Gaussian curvature of a height map.
    upright = 1 + p**2 + q**2
    mean = ((1 + q**2) * r - 2 * p * q * s + (1 + p**2) * t) / (2 * upright**1.5)
    gauss = (r * t - s**2) / upright**2
    slope, per_mm = np.zeros(seen.shape), np.zeros(seen.shape)
    slope[seen] = np.hypot(p, q)
    per_mm[seen] = np.abs(mean) + np.sqrt(np.maximum(mean**2 - gauss, 0))
    return Bending(slope, per_mm, seen, step_mm)


def _average(relief_mm: np.ndarray, valid: np.ndarray, pixel_mm: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Return mean height (less the middle) and seen part of each cell, and the size of a cell."""
    rows, columns = valid.shape
    step_mm = max(GRID_MM, pixel_mm)
    new = max(1, round(columns * pixel_mm / step_mm)), max(1, round(rows * pixel_mm / step_mm))
    some = relief_mm[valid]
    middle = median(some) if some.size else 0.0
    weight = cv2.resize(valid.astype(np.float32), new, interpolation=cv2.INTER_AREA)
    level = np.where(valid, relief_mm - middle, 0.0).astype(np.float32)
    total = cv2.resize(level, new, interpolation=cv2.INTER_AREA)
    height = np.divide(total, weight, out=np.zeros_like(total), where=weight > 0)
    return (
        height.astype(np.float64),
        weight.astype(np.float64),
        float(np.sqrt(rows * columns / (new[0] * new[1])) * pixel_mm),
    )


def _fit_parabolas(height: np.ndarray, weight: np.ndarray, seen: np.ndarray, step_mm: float) -> np.ndarray:
    """Return slopes and second derivatives (x, y, xx, xy, yy) of the parabola at each seen cell [5 n]."""
    reach = int(np.ceil(_ENDS * _REACH_MM / step_mm))
    at = np.arange(-reach, reach + 1) * step_mm / _REACH_MM
    kernels = [np.exp(-(at**2) / 2) * at**power for power in range(5)]

    def moment(values: np.ndarray, along_x: int, along_y: int) -> np.ndarray:
        found = cv2.sepFilter2D(values, cv2.CV_64F, kernels[along_x], kernels[along_y], borderType=cv2.BORDER_CONSTANT)
        return found[seen]

    moments = {(i, j): moment(weight, i, j) for i in range(5) for j in range(5 - i)}
    normal = np.stack(
        [np.stack([moments[a + c, b + d] for c, d in _POWERS], axis=-1) for a, b in _POWERS], axis=-2
    )  # fmt: skip
    known = np.stack([moment(weight * height, i, j) for i, j in _POWERS], axis=-1)
    for term in range(3, len(_POWERS)):
        normal[:, term, term] += _CAUTION * moments[0, 0]
    normal += 1e-9 * np.eye(len(_POWERS))
    found = np.linalg.solve(normal, known[..., None])[..., 0].T
    return np.stack(
        [
            found[1] / _REACH_MM,
            found[2] / _REACH_MM,
            2 * found[3] / _REACH_MM**2,
            found[4] / _REACH_MM**2,
            2 * found[5] / _REACH_MM**2,
        ]
    )
