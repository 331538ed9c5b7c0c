"""Surface: one chart of skin as a height map with mask, scale and place; Scan: all charts of one capture."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Bool, Float

    HeightMap = Float[np.ndarray, "y x"]
    Mask = Bool[np.ndarray, "y x"]

Vector = tuple[float, float, float]

#: Captures that give form, zones and area only, unless a profile says that they resolve 0.1 mm of depth.
FORM_ONLY_CAPTURES = frozenset({"photogrammetry", "lidar"})
#: A chart with fewer pixels across says nothing of noise or form.
FEWEST_ACROSS = 16


def as_vector(values: Float[np.ndarray, " 3"]) -> Vector:
    """Return three numbers as a plain tuple."""
    x, y, z = (float(value) for value in values)
    return x, y, z


@dataclass(frozen=True)
class Scanner:
    """What is known of the device that made a scan; `None` is unknown.

    noise_mm          standard deviation of the height noise of one pixel
    lateral_mm        smallest wavelength that the capture still shows (its lateral transfer)
    bias_mm           measured depth where the true one is 0, with its standard deviation bias_sd_mm
    repeatability_mm  standard deviation of local relief between repeated scans after registration
    depth_gain        measured over true depth (slope), with its standard deviation depth_gain_sd
    resolves_0_1_mm   whether its profile says that it resolves 0.1 mm of depth
    profile_hash      by which the profile of `scarplan commission` is known
    capture           how it makes a scan: "structured_light", "laser", "photometric", "photogrammetry", "lidar"
    """

    name: str = "unknown"
    noise_mm: float | None = None
    lateral_mm: float | None = None
    bias_mm: float | None = None
    bias_sd_mm: float | None = None
    repeatability_mm: float | None = None
    depth_gain: float | None = None
    depth_gain_sd: float | None = None
    resolves_0_1_mm: bool | None = None
    profile_hash: str | None = None
    capture: str | None = None

    @property
    def level_sd_mm(self) -> float:
        """Standard deviation that the scanner adds to every depth; a bias that is not corrected counts whole."""
        return math.hypot(self.bias_mm or 0.0, self.bias_sd_mm or 0.0, self.repeatability_mm or 0.0)

    @property
    def gain_sd(self) -> float:
        """Standard deviation that the scanner adds to a depth, as a share of it; a gain that is not 1 counts whole."""
        off = 0.0 if self.depth_gain is None else self.depth_gain - 1.0
        return math.hypot(off, self.depth_gain_sd or 0.0)

    @property
    def shows_depth(self) -> bool:
        """Whether depths may be measured: a phone's mesh gives form and area only until its profile says otherwise."""
        return self.capture not in FORM_ONLY_CAPTURES or self.resolves_0_1_mm is True


@dataclass(frozen=True)
class ChartFrame:
    """Where a chart of a mesh lies in space: a point is origin + x * right + y * down + height * outward.

    origin_mm   position of the pixel in row 0, column 0 at height 0
    right, down, outward   unit vectors, at right angles; seen from outside, columns run right and rows run down
    """

    origin_mm: Vector
    right: Vector
    down: Vector
    outward: Vector


@dataclass(frozen=True)
class Surface:
    """One chart: heights on a regular grid, positive outwards from the body.

    name           "map" for a height map, otherwise the name of the chart
    relief_mm      heights [y x], mm; NaN where `valid` is False
    valid          True where the skin was seen [y x]
    pixel_mm       grid spacing, mm
    zone, side     facial zone (a name of `anatomy`) and "left" | "right"; None is unknown
    frame          where the chart of a mesh lies in space; None for a plain height map
    sample_mm      spacing of the samples that the heights were made from (mesh edge or texel of a displacement
                   image), mm; None when each pixel is a sample of its own
    own            True where this chart is the one that counts for the skin it shows [y x]: charts of a mesh share
                   borders, and areas must not be counted twice; None means all that is valid
    """

    name: str
    relief_mm: HeightMap
    valid: Mask
    pixel_mm: float
    zone: str | None = None
    side: str | None = None
    frame: ChartFrame | None = None
    sample_mm: float | None = None
    own: Mask | None = None

    @cached_property
    def filled_mm(self) -> HeightMap:
        """Heights less about their median, holes filled from around, in single precision: worked out once."""
        from scarplan.surface.filling import fill_about_middle

        return fill_about_middle(self.relief_mm, self.valid)

    @cached_property
    def seen_cm2(self) -> float:
        """True area of the skin seen, without what another chart counts, cm2: worked out once."""
        from scarplan.surface.area import add_up_cm2

        return add_up_cm2(self)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the grid."""
        rows, columns = self.relief_mm.shape
        return rows, columns

    @property
    def form_xyz_mm(self) -> Float[np.ndarray, "y x 3"] | None:
        """3-D position of each pixel [y x 3], mm (NaN where not seen); None for a plain height map."""
        rows, columns = self.shape
        return self.position_mm(np.arange(rows)[:, None], np.arange(columns)[None, :])

    def position_mm(self, row: np.ndarray | int, column: np.ndarray | int) -> Float[np.ndarray, "*n 3"] | None:
        """3-D position of the pixels (row, column), mm; None for a plain height map."""
        if self.frame is None:
            return None
        axes = (self.frame.origin_mm, self.frame.right, self.frame.down, self.frame.outward)
        origin, right, down, outward = (np.array(vector) for vector in axes)
        x_mm, y_mm = np.asarray(column)[..., None] * self.pixel_mm, np.asarray(row)[..., None] * self.pixel_mm
        return origin + x_mm * right + y_mm * down + self.relief_mm[row, column][..., None] * outward


@dataclass(frozen=True)
class Scan:
    """All charts of one capture, with the day it was made.

    notes   what the reader had to do or could not see, in words for the user
    """

    charts: tuple[Surface, ...]
    scanner: Scanner = field(default_factory=Scanner)
    scanned_on: date | None = None
    days_since_session: int | None = None
    notes: tuple[str, ...] = ()
