"""Channels per cm2 that one pass leaves, from the geometry and speed of a device.

A roller turns its whole drum onto the skin once per turn; a pen strikes with all needles at every stroke while its
tip sweeps a band; a stamp leaves its head once per press. Or the density is simply stated.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields

from scarplan.units import density_per_cm2


class AbstractDensity(ABC):
    """What a device of a kind leaves per pass, for a number of needles."""

    @abstractmethod
    def channels_per_cm2(self, needles: int) -> float:
        """Return the channels per cm2 of one pass (one press of a stamp)."""

    @abstractmethod
    def in_words(self, needles: int) -> str:
        """Return how the figure comes about, with its inputs."""


@dataclass(frozen=True)
class RollerDensity(AbstractDensity):
    """Needles over the wall of the drum.

    >>> round(RollerDensity(drum_diameter_mm=20, drum_width_mm=20).channels_per_cm2(192), 1)
    15.3
    """

    drum_diameter_mm: float
    drum_width_mm: float

    def channels_per_cm2(self, needles: int) -> float:
        """Return the channels per cm2 of one turn."""
        return density_per_cm2(needles / (math.pi * self.drum_diameter_mm * self.drum_width_mm))

    def in_words(self, needles: int) -> str:
        """Return how the figure comes about."""
        return f"{needles} needles / (pi x {self.drum_diameter_mm:g} mm x {self.drum_width_mm:g} mm)"


@dataclass(frozen=True)
class PenDensity(AbstractDensity):
    """Punctures per second over the area swept per second.

    >>> PenDensity(strokes_per_s=100, tip_width_mm=8, glide_speed_mm_per_s=20).channels_per_cm2(12)
    750.0
    """

    strokes_per_s: float
    tip_width_mm: float
    glide_speed_mm_per_s: float

    def channels_per_cm2(self, needles: int) -> float:
        """Return the channels per cm2 of one gliding pass."""
        return density_per_cm2(needles * self.strokes_per_s / (self.tip_width_mm * self.glide_speed_mm_per_s))

    def in_words(self, needles: int) -> str:
        """Return how the figure comes about."""
        swept = f"({self.tip_width_mm:g} mm tip x {self.glide_speed_mm_per_s:g} mm/s)"
        return f"{needles} needles x {self.strokes_per_s:g} strokes/s / {swept}"


@dataclass(frozen=True)
class StampDensity(AbstractDensity):
    """Needles over a round head.

    >>> round(StampDensity(head_diameter_mm=10).channels_per_cm2(40), 1)
    50.9
    """

    head_diameter_mm: float

    def channels_per_cm2(self, needles: int) -> float:
        """Return the channels per cm2 of one press."""
        return density_per_cm2(needles / (math.pi * self.head_diameter_mm**2 / 4))

    def in_words(self, needles: int) -> str:
        """Return how the figure comes about."""
        return f"{needles} needles / (pi x ({self.head_diameter_mm:g} mm / 2)^2), one press"


@dataclass(frozen=True)
class StatedDensity(AbstractDensity):
    """A density that is stated as such."""

    channels_per_cm2_per_pass: float

    def channels_per_cm2(self, needles: int) -> float:
        """Return the stated channels per cm2 of one pass."""
        return self.channels_per_cm2_per_pass

    def in_words(self, needles: int) -> str:
        """Return that it is stated."""
        return "as stated for this device"


#: What gives the density of each class of device.
DENSITY_OF_CLASS: Mapping[str, type[RollerDensity] | type[PenDensity] | type[StampDensity]] = {
    "roller": RollerDensity,
    "pen": PenDensity,
    "stamp": StampDensity,
}


def density_inputs(device_class: str) -> tuple[str, ...]:
    """Return the names of what the density of a class of device follows from."""
    return tuple(field.name for field in fields(DENSITY_OF_CLASS[device_class]))


def make_density(device_class: str, inputs: Mapping[str, float]) -> AbstractDensity:
    """Return the density of a class of device from its inputs, by name."""
    return DENSITY_OF_CLASS[device_class](**{name: inputs[name] for name in density_inputs(device_class)})
