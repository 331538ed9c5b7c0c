"""Device: what can be set on a needling device and what one pass of it leaves in the skin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from scarplan.devices.density import AbstractDensity
from scarplan.errors import BadInput

NeedlingClass = Literal["roller", "pen", "stamp"]
ComparatorClass = Literal[
    "fractional_co2",
    "fractional_rf",
    "nonablative_fractional",
    "fractional_erbium_yag",
    "fractional_microplasma_rf",
    "picosecond",
]
DeviceClass = Literal[NeedlingClass, ComparatorClass]

DEVICE_CLASSES: tuple[str, ...] = get_args(DeviceClass)
NEEDLING_CLASSES: tuple[str, ...] = get_args(NeedlingClass)
#: Other treatments that needling is compared with; no device of these is planned.
COMPARATOR_CLASSES: tuple[str, ...] = get_args(ComparatorClass)

# Settings are decimal steps; two that differ by less than this are the same setting.
_SAME_SETTING_MM = 1e-6


@dataclass(frozen=True)
class Device:
    """A needling device. None: unknown. Lengths are settings, not depths reached.

    `evaluated_max_mm` is the longest setting that the cleared labelling says was evaluated; `quantities` maps a
    number of this device to the quantity it was read from (empty for a device described by the user).
    """

    id: str
    name: str
    device_class: NeedlingClass
    needles: int
    needle_diameter_mm: float
    lengths_mm: tuple[float, ...]
    max_mm: float
    density: AbstractDensity
    evaluated_max_mm: float | None = None
    setting_tolerance_mm: float | None = None
    indication: str = ""
    note: str = ""
    sources: tuple[str, ...] = ()
    quantities: Mapping[str, str] = field(default_factory=dict)

    @property
    def channels_per_cm2_per_pass(self) -> float:
        """Channels per cm2 that one pass (one press of a stamp) leaves."""
        return self.density.channels_per_cm2(self.needles)

    @property
    def density_in_words(self) -> str:
        """How `channels_per_cm2_per_pass` comes about, with its inputs."""
        return self.density.in_words(self.needles)

    def settings_up_to(self, length_mm: float) -> tuple[float, ...]:
        """Return the needle length settings of this device that are not longer than `length_mm`."""
        return tuple(setting for setting in self.lengths_mm if setting <= length_mm + _SAME_SETTING_MM)

    def setting_below(self, length_mm: float) -> float | None:
        """Return the longest setting that is not longer than `length_mm`, None where there is none."""
        return max(self.settings_up_to(length_mm), default=None)

    def require_setting(self, length_mm: float) -> float:
        """Return the setting of this device equal to `length_mm`. Raises BadInput where it has none."""
        for setting in self.lengths_mm:
            if abs(setting - length_mm) < _SAME_SETTING_MM:
                return setting
        raise BadInput(
            f"{self.name} has no needle length setting of {length_mm:g} mm",
            code="E-DEV-002",
            got=f"{length_mm:g} mm",
            allowed=", ".join(f"{setting:g}" for setting in self.lengths_mm) + " mm",
            do="choose one of its settings or another device (`scarplan devices`)",
        )
