"""Scene: one surface made ready for finding: cleaned, its form taken off, averaged to two working grids."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from scarplan.scars.grids import Grid, average_cells, clean_map, spread_cells
from scarplan.scars.skin_spectrum import SkinSpectrum, estimate_noise_mm4, fit_spectrum, usual_spectrum
from scarplan.surface.form import draw_form, fit_robust_form
from scarplan.surface.robust import median, thin_out
from scarplan.surface.surface import Surface

if TYPE_CHECKING:
    from jaxtyping import Bool, Float

#: Cells fine enough for the narrowest ice-pick (0.4 mm) and coarse enough for the skin between scars.
FINE_CELL_MM = 0.1
COARSE_CELL_MM = 0.3
_FORM_DEGREE = 2


@dataclass(frozen=True)
class Scene:
    """What finding works on.

    height_mm      native heights less their median [y x], 0 where not `skin`
    skin           native pixels that are seen and no spike or hair [y x]
    form_mm        smooth form of the coarse grid, already taken off both grids [y x]
    """

    height_mm: Float[np.ndarray, "y x"]
    skin: Bool[np.ndarray, "y x"]
    pixel_mm: float
    offset_mm: float
    fine: Grid
    coarse: Grid
    form_mm: Float[np.ndarray, "y x"]
    fine_form_mm: Float[np.ndarray, "y x"]
    spectrum: SkinSpectrum
    spectrum_start: SkinSpectrum


def prepare_scene(surface: Surface) -> Scene:
    """Return the scene of one surface."""
    valid = surface.valid & np.isfinite(surface.relief_mm)
    # Without their middle, heights of a face keep a few nanometres in single precision.
    offset = median(thin_out(surface.relief_mm[valid]))
    height = np.where(valid, surface.relief_mm - offset, 0.0).astype(np.float32)
    skin = clean_map(height, valid, pixel_mm=surface.pixel_mm)
    fine = average_cells(height, skin, pixel_mm=surface.pixel_mm, cell_mm=FINE_CELL_MM)
    coarse = average_cells(height, skin, pixel_mm=surface.pixel_mm, cell_mm=COARSE_CELL_MM)
    weights = fit_robust_form(coarse.height_mm, coarse.weight, degree=_FORM_DEGREE)
    form, fine_form = (draw_form(grid.shape, weights, dtype=np.float32) for grid in (coarse, fine))
    fine, coarse = _take_off(fine, fine_form), _take_off(coarse, form)
    noise = max(estimate_noise_mm4(height, skin, pixel_mm=surface.pixel_mm), 1e-10)
    start = replace(usual_spectrum(), noise_mm4=noise)
    spectrum = fit_spectrum(fine, coarse, start=start)
    return Scene(height, skin, surface.pixel_mm, offset, fine, coarse, form, fine_form, spectrum, start)


def native_level(scene: Scene, coarse_level_mm: np.ndarray) -> Float[np.ndarray, "y x"]:
    """Return a level of the coarse grid (form taken off) on the native grid, in the heights of the surface."""
    return spread_cells(coarse_level_mm + scene.form_mm, scene.height_mm.shape) + scene.offset_mm


def masked_cells(scene: Scene, doubt: np.ndarray) -> Grid:
    """Return the coarse grid made from the fine cells, each less by its `doubt` (0-1, or a mask) [y x, fine grid]."""
    keep = np.subtract(1, doubt, dtype=np.float32)
    keep *= scene.fine.weight
    total = _resize_mean(scene.fine.height_mm * keep, scene.coarse.shape)
    weight = _resize_mean(keep, scene.coarse.shape)
    height = np.divide(total, weight, out=np.zeros_like(total), where=weight > 1e-6)
    return Grid(height, weight, scene.coarse.pixel_mm, scene.coarse.native)


def _resize_mean(values: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    return values if values.shape == shape else cv2.resize(values, shape[::-1], interpolation=cv2.INTER_AREA)


def _take_off(grid: Grid, form: np.ndarray) -> Grid:
    return replace(grid, height_mm=np.where(grid.weight > 0, grid.height_mm - form, 0.0))
