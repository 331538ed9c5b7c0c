"""Bring your own device: a TOML file that describes it, checked and told where its numbers come from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, get_args

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from scarplan.devices.density import StatedDensity, density_inputs, make_density
from scarplan.devices.energy_device import EnergyDevice
from scarplan.devices.library import all_devices, all_energy_devices
from scarplan.devices.needling_device import NEEDLING_CLASSES, ComparatorClass, Device, DeviceClass, NeedlingClass
from scarplan.devices.units_meant import diameter_in_mm, length_in_mm, strokes_a_second
from scarplan.errors import BadInput, Refused
from scarplan.records.record import Record, read_record

_Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
_Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,40}$")]
_Length = Annotated[float, Field(ge=0, le=5), BeforeValidator(length_in_mm)]
_Thin = Annotated[float, Field(gt=0.02, le=1), BeforeValidator(diameter_in_mm)]
_Rim = Annotated[float, Field(ge=0, le=1), BeforeValidator(diameter_in_mm)]
_Positive = Annotated[float, Field(gt=0, le=1000)]
_Strokes = Annotated[float, Field(gt=0, le=1000), BeforeValidator(strokes_a_second)]

#: A valid description, as `read_device` accepts it.
EXAMPLE_DEVICE = """\
# A device of your own. Every number needs an origin: say in `stated_by` where they come from.
id = "my_pen"
name = "My pen"
device_class = "pen"              # roller | pen | stamp; energy devices: see the how-to page
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
# column_radius_mm, coagulated_rim_mm  for a laser or plasma; bare_mm, coagulated_rim_mm  for RF needles
stated_by = "maker's manual, page 12"
"""


#: What the injury of an energy device follows from, by class; lasers and plasma share theirs.
_COLUMN = ("column_radius_mm", "coagulated_rim_mm")
_RF = ("needles", "needle_diameter_mm", "bare_mm", "coagulated_rim_mm")


class DeviceDescription(Record):
    """The file of a device that is not in the library."""

    id: _Id
    name: _Word
    device_class: DeviceClass
    needles: Annotated[int, Field(ge=1, le=1000)] | None = None
    needle_diameter_mm: _Thin | None = None
    lengths_mm: Annotated[tuple[_Length, ...], Field(min_length=1, max_length=60)]
    evaluated_max_mm: _Length | None = None
    setting_tolerance_mm: Annotated[float, Field(ge=0, le=1)] | None = None
    strokes_per_s: _Strokes | None = None
    tip_width_mm: _Positive | None = None
    glide_speed_mm_per_s: _Positive | None = None
    drum_diameter_mm: _Positive | None = None
    drum_width_mm: _Positive | None = None
    head_diameter_mm: _Positive | None = None
    channels_per_cm2_per_pass: Annotated[float, Field(gt=0, le=5000)] | None = None
    column_radius_mm: _Rim | None = None
    coagulated_rim_mm: _Rim | None = None
    bare_mm: _Length | None = None
    indication: str = ""
    note: str = ""
    stated_by: _Word

    @model_validator(mode="after")
    def _hangs_together(self) -> DeviceDescription:
        if list(self.lengths_mm) != sorted(set(self.lengths_mm)):
            raise ValueError(f"lengths_mm must rise and not repeat, got {list(self.lengths_mm)}")
        if self.evaluated_max_mm is not None and self.evaluated_max_mm > self.lengths_mm[-1]:
            raise ValueError(f"evaluated_max_mm {self.evaluated_max_mm:g} is longer than every setting")
        if self.device_class not in NEEDLING_CLASSES:
            return self._has_its_kernel()
        heat = [
            name for name in ("column_radius_mm", "coagulated_rim_mm", "bare_mm") if getattr(self, name) is not None
        ]
        if heat:
            raise ValueError(f"a {self.device_class} does not heat: {', '.join(heat)} is of an energy device")
        self._needs("needles", "needle_diameter_mm")
        missing = [name for name in density_inputs(self.device_class) if getattr(self, name) is None]
        if self.channels_per_cm2_per_pass is None and missing:
            needs = ", ".join(missing)
            raise ValueError(f"a {self.device_class} needs {needs}, or channels_per_cm2_per_pass")
        return self

    def _has_its_kernel(self) -> DeviceDescription:
        self._needs(*(_RF if self.device_class == "fractional_rf" else _COLUMN))
        if self.bare_mm is not None and self.bare_mm > self.lengths_mm[-1]:
            raise ValueError(f"bare_mm {self.bare_mm:g} is longer than every setting: the whole needle is bare?")
        return self

    def _needs(self, *names: str) -> None:
        missing = [name for name in names if getattr(self, name) is None]
        if missing:
            raise ValueError(f"a device of the class {self.device_class} needs {', '.join(missing)}")


def read_device(path: Path | str) -> Device:
    """Return the needling device described in the TOML file at `path`.

    Raises BadInput that tells every fault, and Refused for an energy device: no course is planned with one.
    """
    found = read_any_device(path)
    if isinstance(found, EnergyDevice):
        raise Refused(
            f"{found.name} is an energy device: courses are planned with needles only",
            code="E-DEV-005",
            do="plan with a needling device; `scarplan devices --check` checks this one",
        )
    return found


def read_any_device(path: Path | str) -> Device | EnergyDevice:
    """Return the device described in the TOML file at `path`, of any class. Raises BadInput that tells every fault."""
    said = read_record(Path(path), DeviceDescription, what="device file", template="device")
    taken = {each.id: each.name for each in (*all_devices(), *all_energy_devices())}
    if said.id in taken:
        raise BadInput(
            f"the id of the device file {path} is that of a device of the library, {taken[said.id]}",
            code="E-DEV-006",
            got=said.id,
            allowed="an id that no device of the library has",
            do=f"call it my_{said.id}, say",
        )
    note = f"{said.note}; stated by: {said.stated_by}" if said.note else f"stated by: {said.stated_by}"
    return _needling(said, note) if said.device_class in NEEDLING_CLASSES else _energy(said, note)


def _needling(said: DeviceDescription, note: str) -> Device:
    stated = said.channels_per_cm2_per_pass
    (device_class,) = (name for name in get_args(NeedlingClass) if name == said.device_class)
    return Device(
        id=said.id,
        name=said.name,
        device_class=device_class,
        needles=said.needles or 0,
        needle_diameter_mm=said.needle_diameter_mm or 0.0,
        lengths_mm=said.lengths_mm,
        max_mm=said.lengths_mm[-1],
        density=StatedDensity(stated) if stated else make_density(said.device_class, said.model_dump()),
        evaluated_max_mm=said.evaluated_max_mm,
        setting_tolerance_mm=said.setting_tolerance_mm,
        indication=said.indication,
        note=note,
        sources=("user_device",),
    )


def _energy(said: DeviceDescription, note: str) -> EnergyDevice:
    (device_class,) = (name for name in get_args(ComparatorClass) if name == said.device_class)
    return EnergyDevice(
        id=said.id,
        name=said.name,
        device_class=device_class,
        kernel="the shape of its class with the sizes stated",
        max_mm=said.lengths_mm[-1],
        needles=said.needles,
        needle_diameter_mm=said.needle_diameter_mm,
        bare_mm=said.bare_mm,
        column_radius_mm=said.column_radius_mm,
        coagulated_rim_mm=said.coagulated_rim_mm,
        note=note,
        sources=("user_device",),
    )
