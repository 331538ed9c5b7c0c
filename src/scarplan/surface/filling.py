"""Holes of a map filled from around: the nearest valid height, or all that valid pixels enclose."""

from __future__ import annotations

import cv2
import numpy as np

from scarplan.surface.robust import median, thin_out


def fill_nearest(heights: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Return `heights` with every pixel that is not `valid` set to its nearest valid one (0 if there is none).

    Single precision stays single precision; all else becomes double.
    """
    heights = np.asarray(heights, dtype=heights.dtype if heights.dtype == np.float32 else np.float64)
    if valid.all():
        return heights
    if not valid.any():
        return np.zeros_like(heights)
    # Each valid pixel has a number, in the order of reading; every other one gets that of the nearest.
    unseen = ~valid
    _, nearest = cv2.distanceTransformWithLabels(
        unseen.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    filled = heights.copy()
    filled[unseen] = heights[valid][nearest[unseen].astype(np.intp) - 1]
    return filled


def fill_about_middle(heights: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Return `heights` less about their median, holes filled, in single precision: on a face that keeps nanometres."""
    if not valid.any():
        return np.zeros(heights.shape, np.float32)
    middle = median(thin_out(heights[valid]))
    return fill_nearest(np.where(valid, heights - middle, 0.0).astype(np.float32), valid)


def fill_enclosed(region: np.ndarray) -> np.ndarray:
    """Return `region` (bool [y x]) with every hole that it encloses filled; outside is what reaches the border."""
    rows, columns = region.shape
    outside = np.ones((rows + 2, columns + 2), np.uint8)
    np.logical_not(region, out=outside[1:-1, 1:-1].view(bool))
    _, parts = cv2.connectedComponents(outside, connectivity=4)
    return parts[1:-1, 1:-1] != parts[0, 0]
