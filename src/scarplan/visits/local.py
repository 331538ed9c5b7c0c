"""The last step of the registration: each scar as a whole is shifted so that its walls come to lie on its walls.

A scar that has become shallower differs from itself by its own shape; that part is fitted along, so that a change of
depth is not taken for a shift. Surroundings that rose or leant are fitted along as a plane.
"""

from __future__ import annotations

import cv2
import numpy as np
from jaxtyping import Bool, Float, Int
from scipy import ndimage

from scarplan.evidence.library import value_of
from scarplan.visits.bands import robust_sd, smooth_seen

#: Places for each of the six numbers that are fitted, at the least.
_FEWEST = 60
#: Differences beyond this many robust deviations do not pull.
_FAR = 3.0
#: A shift larger than this (mm) is no refinement: the fit has failed, and the scar stays where it is.
_LARGEST_MM = 0.3


def align_scars(
    before_mm: Float[np.ndarray, "y x"],
    after_mm: Float[np.ndarray, "y x"],
    labels: Int[np.ndarray, "y x"],
    use: Bool[np.ndarray, "y x"],
    *,
    pixel_mm: float,
) -> tuple[Float[np.ndarray, "y x"], Float[np.ndarray, "y x"]]:
    """Return how much farther (right, down; mm) the follow-up must be looked up inside each scar [y x]; 0 outside.

    labels   scars of the baseline; use   what was seen on both visits [y x]
    """
    right, down = np.zeros(before_mm.shape), np.zeros(before_mm.shape)
    taken = np.zeros(before_mm.shape, bool)
    margin = max(2, int(np.ceil(float(value_of("visits.wall_mm")) / pixel_mm)))
    fine = max(float(value_of("visits.shift_fine_mm")) / pixel_mm, 0.7)
    for scar_id, box in enumerate(ndimage.find_objects(labels), start=1):
        if box is None:
            continue
        window = (
            slice(max(0, box[0].start - margin), box[0].stop + margin),
            slice(max(0, box[1].start - margin), box[1].stop + margin),
        )
        element = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * margin + 1, 2 * margin + 1))
        region = cv2.dilate((labels[window] == scar_id).astype(np.uint8), element).astype(bool) & use[window]
        shift = _shift_of(before_mm[window], after_mm[window], region, use[window], fine=fine, pixel_mm=pixel_mm)
        if shift is not None:
            right[window][region], down[window][region] = shift
            taken[window] |= region
    if not taken.any():
        return right, down
    # The shift fades over the margin, so that no edge is drawn into the relief.
    every = np.ones(taken.shape, bool)
    share = smooth_seen(taken.astype(float), every, sigma=margin / 2)
    right, down = (smooth_seen(one, taken, sigma=margin / 2) * share for one in (right, down))
    return right, down


def _shift_of(
    before: np.ndarray, after: np.ndarray, region: np.ndarray, seen: np.ndarray, *, fine: float, pixel_mm: float
) -> tuple[float, float] | None:
    if region.sum() < 6 * _FEWEST:
        return None
    one, two = (smooth_seen(height, seen, sigma=fine) for height in (before, after))
    slope_y, slope_x = (np.asarray(slope) for slope in np.gradient(0.5 * (one + two), pixel_mm))
    row, column = np.nonzero(region)
    shape = (0.5 * (one + two))[region]
    terms = [slope_x[region], slope_y[region], shape - shape.mean(), np.ones(row.size)]
    terms += [(row - row.mean()) / row.size, (column - column.mean()) / row.size]
    columns, off = np.stack(terms, axis=1).astype(np.float64), (one - two)[region].astype(np.float64)
    solved = np.linalg.lstsq(columns, off, rcond=None)[0]
    rest = off - columns @ solved
    near = np.abs(rest) <= _FAR * max(robust_sd(rest), 1e-9)
    solved = np.linalg.lstsq(columns[near], off[near], rcond=None)[0]
    shift = float(solved[0]), float(solved[1])
    return shift if np.hypot(*shift) <= _LARGEST_MM else None
