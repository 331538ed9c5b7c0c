"""Lay one chart over another: the heights of the follow-up along the baseline's line of sight, pixel by pixel.

For each pixel of the baseline a ray is followed along its outward direction until it meets the follow-up's surface.
Heights in between pixels come from a cubic spline, which leaves what the scanner resolves as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float
from scipy import ndimage

from scarplan.surface.filling import fill_nearest
from scarplan.surface.surface import Surface
from scarplan.visits.poses import Rigid, invert

#: Steps along the ray; each leaves at most tilt times slope of the distance.
_STEPS = 6
#: A height is only told where what it is interpolated from was seen.
_LEAST_SEEN = 0.99


@dataclass(frozen=True)
class Sheet:
    """A chart ready to be laid over another: heights without holes, what was seen, spline coefficients (made once)."""

    height_mm: Float[np.ndarray, "y x"]
    seen: Float[np.ndarray, "y x"]
    pixel_mm: float
    spline: Float[np.ndarray, "y x"] | None = None


def make_sheet(surface: Surface, *, exact: bool) -> Sheet:
    """Return the sheet of `surface`; `exact` prepares spline interpolation."""
    seen = surface.valid & np.isfinite(surface.relief_mm)
    height = fill_nearest(np.where(seen, surface.relief_mm, 0.0), seen)
    spline = ndimage.spline_filter(height, order=3, mode="nearest") if exact else None
    return Sheet(height.astype(np.float32), seen.astype(np.float32), surface.pixel_mm, spline)


def follow_rays(
    sheet: Sheet,
    pose: Rigid,
    *,
    x_mm: Float[np.ndarray, "*n"],
    y_mm: Float[np.ndarray, "*n"],
    start_mm: Float[np.ndarray, "*n"],
) -> tuple[Float[np.ndarray, "*n"], Bool[np.ndarray, "*n"]]:
    """Return the heights (mm) of a sheet over places of another chart, and where it was seen.

    pose       moves the sheet into the chart's coordinates
    x_mm, y_mm places on the chart; `start_mm` heights there from which the rays set out
    """
    back = invert(pose)
    along = back[:3, 2]
    base = [back[i, 0] * x_mm + back[i, 1] * y_mm + back[i, 3] for i in range(3)]
    height = np.asarray(start_mm, np.float64)
    tilted = float(np.hypot(along[0], along[1])) > 1e-6
    for _ in range(_STEPS if tilted else 1):
        column, row = ((base[i] + along[i] * height) / sheet.pixel_mm for i in (0, 1))
        found = _quick(sheet.height_mm, row, column)
        height = height - (base[2] + along[2] * height - found) / along[2]
    column, row = ((base[i] + along[i] * height) / sheet.pixel_mm for i in (0, 1))
    if sheet.spline is not None:
        for _ in range(2 if tilted else 1):
            column, row = ((base[i] + along[i] * height) / sheet.pixel_mm for i in (0, 1))
            found = ndimage.map_coordinates(sheet.spline, [row, column], order=3, mode="nearest", prefilter=False)
            height = height - (base[2] + along[2] * height - found) / along[2]
    rows, columns = sheet.height_mm.shape
    inside = (row >= 0) & (column >= 0) & (row <= rows - 1) & (column <= columns - 1)
    return height, inside & (_quick(sheet.seen, row, column) > _LEAST_SEEN)


def look_up_labels(
    labels: np.ndarray,
    pixel_mm: float,
    pose: Rigid,
    *,
    x_mm: np.ndarray,
    y_mm: np.ndarray,
    height_mm: np.ndarray,
) -> np.ndarray:
    """Return the label of the sheet's nearest pixel at places (x, y, height) of the chart; 0 outside."""
    back = invert(pose)
    column, row = (
        np.rint((back[i, 0] * x_mm + back[i, 1] * y_mm + back[i, 2] * height_mm + back[i, 3]) / pixel_mm).astype(int)
        for i in (0, 1)
    )
    inside = (row >= 0) & (column >= 0) & (row < labels.shape[0]) & (column < labels.shape[1])
    found = np.zeros(inside.shape, labels.dtype)
    found[inside] = labels[row[inside], column[inside]]
    return found


def _quick(values: np.ndarray, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    shape = np.atleast_2d(row).shape
    rows, columns = (np.ascontiguousarray(np.atleast_2d(one), np.float32) for one in (row, column))
    found = cv2.remap(values, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return found.reshape(shape).reshape(np.shape(row))
