"""Skin or not: hair, ears, nostrils and cloth are far more uneven than skin with scars."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import cv2
import numpy as np

from scarplan.evidence.library import value_of
from scarplan.surface.filling import fill_nearest
from scarplan.surface.surface import Surface

if TYPE_CHECKING:
    from scarplan.surface.surface import Mask

# Unevenness is read on a grid about this fine: scars of a millimetre and hair alike show on it.
_GRID_MM = 0.5
# Form wider than this is no unevenness; unevenness is the rms of the rest over this width.
_FORM_SD_MM = 2.5
_WINDOW_SD_MM = 3.0
# Nearer to the border of what was seen a mean leans to one side: there the next place inside speaks.
_LEAST_SEEN_AROUND = 0.8


def find_uneven(chart: Surface) -> Mask:
    """Return True [y x] where the skin seen is more uneven than skin is.

    Unevenness: rms over the surroundings of the heights less their form (bends included), upright to the skin.
    """
    stride = max(1, round(_GRID_MM / chart.pixel_mm))
    step_mm = stride * chart.pixel_mm
    seen = np.ascontiguousarray(chart.valid[::stride, ::stride])
    if not seen.any():
        return np.zeros(chart.shape, dtype=bool)
    heights = fill_nearest(chart.relief_mm[::stride, ::stride], seen).astype(np.float32)
    form = cv2.GaussianBlur(heights, (0, 0), _FORM_SD_MM / step_mm)
    detail = heights - form
    # What is left of an even bend is a constant: a second mean takes it away.
    detail -= cv2.GaussianBlur(detail, (0, 0), _FORM_SD_MM / step_mm)
    square = cv2.GaussianBlur(detail**2, (0, 0), _WINDOW_SD_MM / step_mm)
    slope_y, slope_x = np.gradient(form, step_mm)
    # A slope of the view makes what stands upright to the skin look larger.
    rms = np.sqrt(square / (1 + slope_y**2 + slope_x**2))
    around = cv2.GaussianBlur(seen.astype(np.float32), (0, 0), _WINDOW_SD_MM / step_mm)
    inside = seen & (around >= _LEAST_SEEN_AROUND)
    uneven = (fill_nearest(rms, inside) > value_of("surface.most_uneven_skin_mm")) & seen
    rows, columns = chart.shape
    full = cv2.resize(uneven.astype(np.uint8), (uneven.shape[1] * stride, uneven.shape[0] * stride), interpolation=0)
    return (full[:rows, :columns] > 0) & chart.valid


def without(chart: Surface, unwanted: Mask) -> Surface:
    """Return `chart` with `unwanted` skin not seen."""
    kept = chart.valid & ~unwanted
    relief = np.where(kept, chart.relief_mm, np.nan).astype(chart.relief_mm.dtype)
    return dataclasses.replace(chart, valid=kept, relief_mm=relief, own=None if chart.own is None else chart.own & kept)
