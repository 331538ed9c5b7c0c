"""Surface: one chart of skin as a height map with mask, scale and place; Scan: all charts of one capture."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
from jaxtyping import Bool, Float

HeightMap = Float[np.ndarray, "y x"]
Mask = Bool[np.ndarray, "y x"]


@dataclass(frozen=True)
class Scanner:
    """What is known of the device that made a scan; `None` is unknown.

    noise_mm       standard deviation of the height noise of one pixel
    lateral_mm     smallest wavelength that the capture still shows (its lateral transfer)
    """

    name: str = "unknown"
    noise_mm: float | None = None
    lateral_mm: float | None = None


@dataclass(frozen=True)
class Surface:
    """One chart: heights on a regular grid, positive outwards from the body.

    name           "map" for a height map, otherwise the name of the chart
    relief_mm      heights [y x], mm; NaN where `valid` is False
    valid          True where the skin was seen [y x]
    pixel_mm       grid spacing, mm
    zone, side     facial zone (a name of `anatomy`) and "left" | "right"; None is unknown
    form_xyz_mm    3-D position of each pixel [y x 3], mm; None for a plain height map
    """

    name: str
    relief_mm: HeightMap
    valid: Mask
    pixel_mm: float
    zone: str | None = None
    side: str | None = None
    form_xyz_mm: Float[np.ndarray, "y x 3"] | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the grid."""
        rows, columns = self.relief_mm.shape
        return rows, columns


@dataclass(frozen=True)
class Scan:
    """All charts of one capture, with the day it was made."""

    charts: tuple[Surface, ...]
    scanner: Scanner = field(default_factory=Scanner)
    scanned_on: date | None = None
    days_since_session: int | None = None
