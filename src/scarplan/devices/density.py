"""Channels per cm2 that one pass leaves, from the geometry and speed of a device.

A roller turns its whole drum onto the skin once per turn; a pen strikes with all needles at every stroke while its
tip sweeps a band; a stamp leaves its head once per press.
"""

from __future__ import annotations

import math

from scarplan.units import density_per_cm2


def roller_channels_per_cm2(*, needles: int, drum_diameter_mm: float, drum_width_mm: float) -> float:
    """Return the channels per cm2 of one pass of a roller: needles over the area of the drum's wall.

    >>> round(roller_channels_per_cm2(needles=192, drum_diameter_mm=20, drum_width_mm=20), 1)
    15.3
    """
    return density_per_cm2(needles / (math.pi * drum_diameter_mm * drum_width_mm))


def pen_channels_per_cm2(
    *, needles: int, strokes_per_s: float, tip_width_mm: float, glide_speed_mm_per_s: float
) -> float:
    """Return the channels per cm2 of one pass of a gliding pen: punctures per second over area swept per second.

    >>> pen_channels_per_cm2(needles=12, strokes_per_s=100, tip_width_mm=8, glide_speed_mm_per_s=20)
    750.0
    """
    return density_per_cm2(needles * strokes_per_s / (tip_width_mm * glide_speed_mm_per_s))


def stamp_channels_per_cm2(*, needles: int, head_diameter_mm: float) -> float:
    """Return the channels per cm2 of one press of a round stamp.

    >>> round(stamp_channels_per_cm2(needles=40, head_diameter_mm=10), 1)
    50.9
    """
    return density_per_cm2(needles / (math.pi * head_diameter_mm**2 / 4))
