"""Bring your own device: a TOML file that describes it, checked and told where its numbers come from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from scarplan.devices.density import StatedDensity, density_inputs, make_density
from scarplan.devices.needling_device import Device, NeedlingClass
from scarplan.records.record import Record, read_record

_Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
_Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,40}$")]
_Length = Annotated[float, Field(ge=0, le=5)]
_Positive = Annotated[float, Field(gt=0, le=1000)]

#: A valid description, as `read_device` accepts it.
EXAMPLE_DEVICE = """\
# A device of your own. Every number needs an origin: say in `stated_by` where they come from.
id = "my_pen"
name = "My pen"
device_class = "pen"              # roller | pen | stamp
needles = 16
needle_diameter_mm = 0.25
lengths_mm = [0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0]
evaluated_max_mm = 1.5            # leave out where no cleared labelling says one
setting_tolerance_mm = 0.15
strokes_per_s = 100               # pen: these three give the density of one pass
tip_width_mm = 8
glide_speed_mm_per_s = 20
# drum_diameter_mm, drum_width_mm  for a roller; head_diameter_mm for a stamp;
# channels_per_cm2_per_pass        instead of all of these
stated_by = "maker's manual, page 12"
"""


class DeviceDescription(Record):
    """The file of a device that is not in the library."""

    id: _Id
    name: _Word
    device_class: NeedlingClass
    needles: Annotated[int, Field(ge=1, le=1000)]
    needle_diameter_mm: Annotated[float, Field(gt=0.02, le=1)]
    lengths_mm: Annotated[tuple[_Length, ...], Field(min_length=1, max_length=60)]
    evaluated_max_mm: _Length | None = None
    setting_tolerance_mm: Annotated[float, Field(ge=0, le=1)] | None = None
    strokes_per_s: _Positive | None = None
    tip_width_mm: _Positive | None = None
    glide_speed_mm_per_s: _Positive | None = None
    drum_diameter_mm: _Positive | None = None
    drum_width_mm: _Positive | None = None
    head_diameter_mm: _Positive | None = None
    channels_per_cm2_per_pass: Annotated[float, Field(gt=0, le=5000)] | None = None
    indication: str = ""
    note: str = ""
    stated_by: _Word

    @model_validator(mode="after")
    def _hangs_together(self) -> DeviceDescription:
        if list(self.lengths_mm) != sorted(set(self.lengths_mm)):
            raise ValueError(f"lengths_mm must rise and not repeat, got {list(self.lengths_mm)}")
        if self.evaluated_max_mm is not None and self.evaluated_max_mm > self.lengths_mm[-1]:
            raise ValueError(f"evaluated_max_mm {self.evaluated_max_mm:g} is longer than every setting")
        missing = [name for name in density_inputs(self.device_class) if getattr(self, name) is None]
        if self.channels_per_cm2_per_pass is None and missing:
            needs = ", ".join(missing)
            raise ValueError(f"a {self.device_class} needs {needs}, or channels_per_cm2_per_pass")
        return self


def read_device(path: Path | str) -> Device:
    """Return the device described in the TOML file at `path`. Raises BadInput that tells every fault."""
    said = read_record(Path(path), DeviceDescription, what="device file", template="device")
    stated = said.channels_per_cm2_per_pass
    return Device(
        id=said.id,
        name=said.name,
        device_class=said.device_class,
        needles=said.needles,
        needle_diameter_mm=said.needle_diameter_mm,
        lengths_mm=said.lengths_mm,
        max_mm=said.lengths_mm[-1],
        density=StatedDensity(stated) if stated else make_density(said.device_class, said.model_dump()),
        evaluated_max_mm=said.evaluated_max_mm,
        setting_tolerance_mm=said.setting_tolerance_mm,
        indication=said.indication,
        note=f"{said.note}; stated by: {said.stated_by}" if said.note else f"stated by: {said.stated_by}",
        sources=("user_device",),
    )
