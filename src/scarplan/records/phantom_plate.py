"""PhantomPlate: what a printed phantom is, feature by feature; what somebody measured on the print replaces nominal.

Places are in mm on the plate seen from outside: x to the right, y down, from its upper left corner. Depths are below
the plate's surface; raised features have negative depth and volume.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from scarplan.records.record import Record, read_record

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Millimetres = Annotated[float, Field(ge=-5, le=200)]
FeatureShape = Literal["well", "icepick", "boxcar", "rolling", "raised", "fiducial"]


class PlateFeature(Record):
    """One feature with its closed-form measures, and what was measured on the print where somebody did.

    width_mm      whole width (of a well: along x); length_mm of a well along y
    depth_mm      nominal depth of the deepest place below the plate
    wall_mm       width of a well's sloping wall; floor: flat share of a boxcar
    volume_mm3    closed form, nominal
    measured_depth_mm, measured_sd_mm, measured_by   depth of the print itself, with its standard deviation
    """

    id: Text
    shape: FeatureShape
    x_mm: Millimetres
    y_mm: Millimetres
    width_mm: float = Field(gt=0, le=100)
    length_mm: float | None = Field(default=None, gt=0, le=100)
    depth_mm: float = Field(ge=-5, le=5)
    wall_mm: float | None = Field(default=None, gt=0, le=10)
    floor: float = Field(default=0.0, ge=0, lt=1)
    volume_mm3: float
    measured_depth_mm: float | None = Field(default=None, ge=-5, le=5)
    measured_sd_mm: float | None = Field(default=None, gt=0, le=1)
    measured_by: Text | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> PlateFeature:
        if self.shape == "well" and (self.length_mm is None or self.wall_mm is None):
            raise ValueError("a well needs length_mm and wall_mm")
        if self.measured_depth_mm is not None and self.measured_sd_mm is None:
            raise ValueError("measured_depth_mm needs measured_sd_mm, its standard deviation")
        if self.measured_depth_mm is not None and self.measured_depth_mm * self.depth_mm <= 0:
            raise ValueError("measured_depth_mm has the sign of depth_mm (negative for raised features)")
        return self


class PlateStar(Record):
    """The star: waves around a centre, height = slope * r / periods * cos(periods * angle), faded at both radii."""

    x_mm: Millimetres
    y_mm: Millimetres
    inner_mm: float = Field(gt=0)
    outer_mm: float = Field(gt=0)
    periods: int = Field(ge=4, le=64)
    slope: float = Field(gt=0, le=2)


class PlateMark(Record):
    """The engraved id: characters of 3 x 5 squares from its upper left corner."""

    text: Text
    x_mm: Millimetres
    y_mm: Millimetres
    square_mm: float = Field(gt=0)
    depth_mm: float = Field(gt=0)


class PlatePrint(Record):
    """How the print was made, and how far its depths may lie from nominal (standard deviation) if that is known."""

    printer: Text | None = None
    layer_mm: float | None = Field(default=None, gt=0, le=1)
    depth_sd_mm: float | None = Field(default=None, gt=0, le=1)
    depth_sd_by: Text | None = None


class PhantomPlate(Record):
    """The whole plate. `flat_mm` is left, top, right, bottom of the area that holds nothing."""

    id: Text
    width_mm: float = Field(gt=0, le=200)
    height_mm: float = Field(gt=0, le=200)
    thickness_mm: float = Field(gt=0, le=50)
    flat_mm: tuple[Millimetres, Millimetres, Millimetres, Millimetres]
    star: PlateStar
    mark: PlateMark
    print: PlatePrint = PlatePrint()
    feature: tuple[PlateFeature, ...]

    @model_validator(mode="after")
    def _names_each_once(self) -> PhantomPlate:
        ids = [one.id for one in self.feature]
        twice = sorted({one for one in ids if ids.count(one) > 1})
        if twice:
            raise ValueError(f"features with the same id: {', '.join(twice)}")
        return self


def read_phantom_plate(path: Path) -> PhantomPlate:
    """Return the plate in the TOML file at `path`. Raises BadInput that tells every fault."""
    return read_record(path, PhantomPlate, what="phantom", template="phantom")
