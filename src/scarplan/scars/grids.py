"""Working grids: the map cleaned of spikes and hairs, and averaged to the steps at which scars are sought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from scarplan.evidence.library import value_of
from scarplan.surface.filling import fill_nearest
from scarplan.surface.robust import MAD_TO_SD, no_less_than_median, spread_out

if TYPE_CHECKING:
    from jaxtyping import Bool, Float

#: A spike stands this many robust deviations off its neighbours; five would still take pore floors.
_SPIKE_DEVIATIONS = 8.0
#: A spike differs from its ring of neighbours this many times more than that ring differs from the next one;
#: the tip of a steep cone differs about equally.
_SPIKE_ISOLATION = 3.0


@dataclass(frozen=True)
class Grid:
    """Heights averaged over square cells.

    height_mm   mean height of the valid part of each cell [y x]; 0 where nothing is valid
    weight      valid fraction of each cell, 0-1 [y x]
    pixel_mm    size of a cell
    native      rows and columns of the map it was averaged from
    """

    height_mm: Float[np.ndarray, "y x"]
    weight: Float[np.ndarray, "y x"]
    pixel_mm: float
    native: tuple[int, int]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, columns = self.height_mm.shape
        return rows, columns


def average_cells(height_mm: np.ndarray, valid: np.ndarray, *, pixel_mm: float, cell_mm: float) -> Grid:
    """Return the map averaged to cells of about `cell_mm` (never finer than the map itself)."""
    rows, columns = height_mm.shape
    cell_mm = max(cell_mm, pixel_mm)
    new = max(1, round(rows * pixel_mm / cell_mm)), max(1, round(columns * pixel_mm / cell_mm))
    weight = valid.astype(height_mm.dtype)
    if new != (rows, columns):
        whole = bool(valid.all())
        total = cv2.resize(
            height_mm if whole else np.where(valid, height_mm, 0.0), new[::-1], interpolation=cv2.INTER_AREA
        )
        weight = np.ones_like(total) if whole else cv2.resize(weight, new[::-1], interpolation=cv2.INTER_AREA)
    else:
        total = np.where(valid, height_mm, 0.0)
    height = np.divide(total, weight, out=np.zeros_like(total), where=weight > 1e-6)
    cell = float(np.sqrt(rows * columns / (new[0] * new[1]))) * pixel_mm
    return Grid(height, np.where(weight > 1e-6, weight, 0.0), cell, (rows, columns))


def spread_cells(cells: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return values of cells interpolated (bicubic) to a finer grid of `shape` over the same skin."""
    if cells.shape == shape:
        return cells
    return cv2.resize(cells, shape[::-1], interpolation=cv2.INTER_CUBIC)


def clean_map(relief_mm: Float[np.ndarray, "y x"], valid: Bool[np.ndarray, "y x"], *, pixel_mm: float) -> np.ndarray:
    """Return which pixels are skin: valid, and neither a lone spike nor a hair standing off the skin."""
    filled = fill_nearest(relief_mm, valid).astype(np.float32, copy=False)
    ring_1 = cv2.medianBlur(filled, 3)
    some = spread_out(valid)
    off = np.abs(filled - ring_1)
    around, least = spread_out(off)[some], float(value_of("scars.spike_height_mm"))
    limit = no_less_than_median(around, factor=_SPIKE_DEVIATIONS * MAD_TO_SD, least=least) if around.size else least
    spike = off > limit
    if spike.any():
        spike &= off > _SPIKE_ISOLATION * np.abs(ring_1 - cv2.medianBlur(filled, 5))
    return valid & ~spike & ~_find_hairs(filled, valid, pixel_mm=pixel_mm)


def _find_hairs(filled: np.ndarray, valid: np.ndarray, *, pixel_mm: float) -> np.ndarray:
    """Return pixels of structures thinner than a hair that stand off the skin (white top-hat)."""
    width = 2 * int(np.ceil(float(value_of("scars.hair_width_mm")) / pixel_mm / 2)) + 1
    if width < 3:
        return np.zeros_like(valid)
    element = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    hat = cv2.morphologyEx(filled, cv2.MORPH_TOPHAT, element, borderType=cv2.BORDER_REPLICATE)
    around, least = spread_out(hat)[spread_out(valid)], float(value_of("scars.hair_height_mm"))
    return hat > (no_less_than_median(around, factor=_SPIKE_DEVIATIONS, least=least) if around.size else least)
