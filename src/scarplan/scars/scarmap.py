"""ScarMap: the scars of one scan as label images and one row per scar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Float, Int

ScarKind = Literal["icepick", "boxcar", "rolling", "raised"]
SCAR_KINDS: tuple[ScarKind, ...] = get_args(ScarKind)


@dataclass(frozen=True)
class Scar:
    """One scar. All measures are those of the relief as an error-free scan by this scanner would show it.

    x_mm, y_mm       centroid of the label (column * pixel, row * pixel)
    depth_mm         mean of the deepest 1 % (at least 3 pixels) of the region deeper than 10 % of the depth,
                     below the scar's own rim; negative for a raised scar
    width_mm         equivalent diameter of that region; area_mm2 its area
    volume_mm3       everything below the rim; negative for a raised scar
    wall_angle_deg   mean slope of the wall between a quarter and three quarters of the depth, degrees from the skin
    confidence       probability that this is a scar (0-1); low ones stay out of the headline
    reviewed         True when a clinician accepted, retyped or added it
    doubt            what around it makes it less sure (`doubt.REASON_OF`); None where nothing does
    """

    id: int
    chart: str
    kind: ScarKind
    kind_probability: Mapping[str, float]
    x_mm: float
    y_mm: float
    depth_mm: float
    depth_sd_mm: float
    width_mm: float
    area_mm2: float
    volume_mm3: float
    volume_sd_mm3: float
    wall_angle_deg: float
    confidence: float
    zone: str | None = None
    side: str | None = None
    touches_edge: bool = False
    reviewed: bool = False
    doubt: str | None = None


@dataclass(frozen=True)
class LeftOut:
    """What was seen and not judged, for one reason: its area, and how many finds were let go for it."""

    reason: str
    area_cm2: float | None
    finds: int | None


@dataclass(frozen=True)
class ScarMap:
    """Scars of one scan: rows, label image of each chart, and the skin level under each scar.

    labels      chart name -> integers [y x]: 0 skin, n = scar n
    level_mm    chart name -> height of the skin as it would be without the scars [y x], mm: the rim of each scar
    left_out    what was not judged, by reason
    reviewed_by, reviewed_on   who looked at the list and when (ISO date); None = nobody has
    """

    scars: tuple[Scar, ...]
    labels: Mapping[str, Int[np.ndarray, "y x"]]
    level_mm: Mapping[str, Float[np.ndarray, "y x"]] = field(default_factory=dict)
    reviewed_by: str | None = None
    reviewed_on: str | None = None
    left_out: tuple[LeftOut, ...] = ()

    def scar(self, scar_id: int) -> Scar:
        """Return the scar with this id. Raises KeyError."""
        for scar in self.scars:
            if scar.id == scar_id:
                return scar
        raise KeyError(scar_id)
