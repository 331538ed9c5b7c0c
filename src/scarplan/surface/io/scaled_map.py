"""ScaledMap: a height map from a file that carries its own unit and spacing; options must not contradict it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from scarplan.errors import BadInput
from scarplan.evidence.library import value_of
from scarplan.surface.io.heights import check_header
from scarplan.units import read_length_unit

if TYPE_CHECKING:
    from jaxtyping import Float

#: An option that was rounded when it was typed still agrees.
_AGREES = 1e-3
#: OpenCV counts pixels of one side in 16 bits.
_LONGEST_SIDE = 32_000


@dataclass(frozen=True)
class ScaledMap:
    """Heights in mm with their spacing.

    heights_mm    [y x], NaN where not measured
    column_mm     distance of neighbouring columns; row_mm of neighbouring rows
    unit          unit of the file's own numbers, for the user
    notes         what the reader found, in words
    """

    heights_mm: Float[np.ndarray, "y x"]
    column_mm: float
    row_mm: float
    unit: str
    notes: tuple[str, ...] = ()


def check_options(scaled: ScaledMap, path: Path, *, unit: str | None, pixel_mm: float | None) -> None:
    """Raise BadInput when a unit or spacing is given that the file itself contradicts."""
    if unit is not None and abs(read_length_unit(unit) / read_length_unit(scaled.unit) - 1) > _AGREES:
        raise BadInput(
            f"--unit contradicts {path.name}, which carries its own unit",
            code="E-SURF-091",
            got=unit,
            allowed=f"{scaled.unit}, or no --unit at all",
            do="leave --unit out",
        )
    if pixel_mm is not None and not any(
        abs(pixel_mm / step - 1) <= _AGREES for step in (scaled.column_mm, scaled.row_mm)
    ):
        raise BadInput(
            f"--pixel-mm contradicts {path.name}, which carries its own spacing",
            code="E-SURF-081",
            got=f"{pixel_mm:g}",
            allowed=f"{scaled.column_mm:.6g}, or no --pixel-mm at all",
            do="leave --pixel-mm out",
        )


def check_spacing(scaled: ScaledMap, path: Path) -> None:
    """Raise BadInput unless the spacing that the file itself carries is one of a scan of skin, and of one kind."""
    low, high = value_of("surface.smallest_pixel_mm"), value_of("surface.largest_pixel_mm")
    # A NaN is outside of every range.
    if not all(low <= step <= high for step in (scaled.column_mm, scaled.row_mm)):
        raise BadInput(
            f"the spacing that {path.name} carries is not that of a scan of skin",
            code="E-SURF-092",
            got=f"{scaled.column_mm:g} mm between columns, {scaled.row_mm:g} mm between rows",
            allowed=f"{low:g} to {high:g} mm",
            do="check the unit and the lateral calibration of the export",
        )
    squared = _square_shape(scaled)
    check_header(scaled.heights_mm.dtype, squared, path)
    if squared != scaled.heights_mm.shape and max(*squared, *scaled.heights_mm.shape) > _LONGEST_SIDE:
        raise BadInput(
            f"{path.name} is too long to be brought onto square pixels",
            code="E-SURF-093",
            got=f"{squared[0]} rows x {squared[1]} columns",
            allowed=f"at most {_LONGEST_SIDE} each way",
            do="export it with the same spacing along rows and columns",
        )


def _square_shape(scaled: ScaledMap) -> tuple[int, int]:
    rows, columns = scaled.heights_mm.shape
    coarse, fine = max(scaled.column_mm, scaled.row_mm), min(scaled.column_mm, scaled.row_mm)
    if coarse / fine - 1 <= _AGREES:
        return rows, columns
    return round((rows - 1) * scaled.row_mm / fine) + 1, round((columns - 1) * scaled.column_mm / fine) + 1


def square_pixels(scaled: ScaledMap) -> ScaledMap:
    """Return the map on square pixels: on the finer of its two spacings, heights interpolated along the other one."""
    new_rows, new_columns = _square_shape(scaled)
    if (new_rows, new_columns) == scaled.heights_mm.shape:
        return scaled
    fine = min(scaled.column_mm, scaled.row_mm)
    y, x = np.mgrid[:new_rows, :new_columns].astype(np.float32)
    y, x = y * np.float32(fine / scaled.row_mm), x * np.float32(fine / scaled.column_mm)
    seen = np.isfinite(scaled.heights_mm)
    offset = float(np.median(scaled.heights_mm[seen])) if seen.any() else 0.0
    filled = np.where(seen, scaled.heights_mm - offset, 0.0).astype(np.float32)
    edge = cv2.BORDER_REPLICATE
    heights = cv2.remap(filled, x, y, cv2.INTER_LINEAR, borderMode=edge)
    # A height that leans on a pixel nobody saw is not seen either.
    whole = cv2.remap(seen.astype(np.float32), x, y, cv2.INTER_LINEAR, borderMode=edge) > 0.999
    note = (
        f"pixels of {scaled.column_mm:g} x {scaled.row_mm:g} mm were made square ({fine:g} mm) by interpolation: "
        "rows and columns count on the square grid"
    )
    heights_mm = np.where(whole, heights.astype(np.float64) + offset, np.nan)
    return ScaledMap(heights_mm, fine, fine, scaled.unit, (*scaled.notes, note))
