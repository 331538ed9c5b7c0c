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
_FEWEST = 25
#: Differences beyond this many robust deviations do not pull.
_FAR = 3.0
#: A shift larger than this (mm) is no refinement: the fit has failed, and the scar stays where it is.
_LARGEST_MM = 0.3
#: Scars up to this wide may lie off by their radius; how well one fits elsewhere (correlation), and how much better.
_NARROW_MM, _FITS, _FITS_BETTER = 2.0, 0.8, 0.1


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
        shift = _shift_of(
            before_mm[window], after_mm[window], region, use[window],
            fine=fine, label_px=max(side.stop - side.start for side in box), margin=margin, pixel_mm=pixel_mm,
        )  # fmt: skip
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


def _jump_of(one: np.ndarray, two: np.ndarray, *, reach: int, label_px: int, pixel_mm: float) -> tuple[int, int]:
    """Return by how many pixels (down, right) a narrow scar lies off its place; 0, 0 unless it fits far better there.

    A slope tells a shift within the scar's own radius only. Beside the border of what both visits show, skin that slid
    may be followed less well than that.
    """
    if label_px * pixel_mm > _NARROW_MM or min(one.shape) <= 2 * reach + label_px // 2:
        return 0, 0
    template = one[reach:-reach, reach:-reach].astype(np.float32)
    fits = cv2.matchTemplate(two.astype(np.float32), template, cv2.TM_CCOEFF_NORMED)
    row, column = np.unravel_index(int(np.argmax(fits)), fits.shape)
    better = fits[row, column] > _FITS and fits[row, column] > fits[reach, reach] + _FITS_BETTER
    return (int(row) - reach, int(column) - reach) if better else (0, 0)


def _shift_of(
    before: np.ndarray,
    after: np.ndarray,
    region: np.ndarray,
    seen: np.ndarray,
    *,
    fine: float,
    label_px: int,
    margin: int,
    pixel_mm: float,
) -> tuple[float, float] | None:
    if region.sum() < 6 * _FEWEST:
        return None
    one, two = (smooth_seen(height, seen, sigma=fine) for height in (before, after))
    jump = _jump_of(one, two, reach=margin - 2, label_px=label_px, pixel_mm=pixel_mm)
    if any(jump):
        rows, columns = (np.clip(np.arange(n) + k, 0, n - 1) for n, k in zip(two.shape, jump, strict=True))
        two = two[np.ix_(rows, columns)]
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
    if np.hypot(*shift) > _LARGEST_MM:
        return None
    return shift[0] + jump[1] * pixel_mm, shift[1] + jump[0] * pixel_mm
