"""One channel: its radius after the skin springs back; and how many channels a number of passes makes.

    r(z; D) = 0.5 d recoil clip((D - z) / taper, 0, 1)        radius at depth z of a channel that reaches D

`d` is the needle's diameter. The injured radius adds a rim of crushed tissue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scarplan.evidence.library import value_of

if TYPE_CHECKING:
    from jaxtyping import Array, Float

    from scarplan.devices import Device
    from scarplan.injury.draws import NeedlingDraws


def full_radius_mm(needle_diameter_mm: Float[Array, ""], draws: NeedlingDraws) -> Float[Array, " draw"]:
    """Return the radius of the open channel above its taper [draw], mm."""
    return 0.5 * needle_diameter_mm * draws.recoil_ratio


def channels_per_cm2(device: Device, passes: int) -> float | None:
    """Return the channels per cm2 that `passes` passes make; None where the device's density is unknown.

    Example: 16 passes of the roller with 192 needles make about 245 channels per cm2.
    """
    if device.channels_per_cm2_per_pass is None:
        return None
    return passes * device.channels_per_cm2_per_pass * value_of("injury.skip_factor")
