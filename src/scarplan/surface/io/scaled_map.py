"""ScaledMap: a height map from a file that carries its own unit and spacing; options must not contradict it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from scarplan.errors import BadInput
from scarplan.units import read_length_unit

if TYPE_CHECKING:
    from jaxtyping import Float

#: An option that was rounded when it was typed still agrees.
_AGREES = 1e-3


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


def square_pixels(scaled: ScaledMap) -> ScaledMap:
    """Return the map on square pixels: on the finer of its two spacings, heights interpolated along the other one."""
    coarse, fine = max(scaled.column_mm, scaled.row_mm), min(scaled.column_mm, scaled.row_mm)
    if coarse / fine - 1 <= _AGREES:
        return scaled
    rows, columns = scaled.heights_mm.shape
    new_rows = round((rows - 1) * scaled.row_mm / fine) + 1
    new_columns = round((columns - 1) * scaled.column_mm / fine) + 1
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
