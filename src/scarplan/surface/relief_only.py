"""Relief only: a chart without the form of the face and without its place.

On a chart as large as a face that is not enough: eyes, nose and mouth are narrower than the cut-off. `export` refuses
it.
"""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np

from scarplan.evidence.library import value_of
from scarplan.surface.surface import Surface

#: A Gaussian of this sigma, in cut-off wavelengths, passes one half at the cut-off (ISO 16610-61).
_SIGMA_OF_CUTOFF = float(np.sqrt(np.log(2) / 2) / np.pi)


def keep_relief_only(chart: Surface) -> Surface:
    """Return `chart` with waves longer than the cut-off taken off (masked Gaussian), laid flat, zone and side unknown.

    Scars are measured against their own rim, which this leaves alone: the cut-off is several scars wide.
    """
    sigma = _SIGMA_OF_CUTOFF * value_of("surface.relief_only_cutoff_mm") / chart.pixel_mm
    seen = chart.valid.astype(np.float32)
    offset = float(np.median(chart.relief_mm[chart.valid]))
    heights = np.where(chart.valid, chart.relief_mm - offset, 0.0).astype(np.float32)
    heights -= seen * _fit_plane(heights, chart.valid)
    form = _smooth(heights, sigma) / np.maximum(_smooth(seen, sigma), 1e-6)
    relief = np.where(chart.valid, heights - form, np.nan).astype(np.float64)
    return dataclasses.replace(chart, relief_mm=relief, frame=None, zone=None, side=None)


def _fit_plane(heights: np.ndarray, valid: np.ndarray) -> np.ndarray:
    # Taken off first: at an edge a masked mean leans towards the inside of a slope.
    rows, columns = np.mgrid[: heights.shape[0], : heights.shape[1]].astype(np.float32)
    basis = np.column_stack([np.ones(int(valid.sum()), np.float32), rows[valid], columns[valid]])
    level, down, across = np.linalg.lstsq(basis, heights[valid], rcond=None)[0].tolist()
    return level + down * rows + across * columns


def _smooth(values: np.ndarray, sigma: float) -> np.ndarray:
    return cv2.GaussianBlur(values, (0, 0), sigma, borderType=cv2.BORDER_CONSTANT)
