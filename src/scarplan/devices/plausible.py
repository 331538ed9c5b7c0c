"""Doubts about a described device: what may be right, and is more often a slip."""

from __future__ import annotations

from scarplan.devices.density import PenDensity
from scarplan.devices.energy_device import EnergyDevice
from scarplan.devices.needling_device import Device
from scarplan.evidence.library import quantity


def doubts_about(device: Device | EnergyDevice) -> tuple[str, ...]:
    """Return in words what of a device is unlike the devices that are known; empty where nothing is."""
    doubts = [_unlike("needle_diameter_mm", device.needle_diameter_mm, "mm")]
    if isinstance(device, EnergyDevice):
        doubts += [
            _unlike("column_radius_mm", device.column_radius_mm, "mm"),
            _unlike("coagulated_rim_mm", device.coagulated_rim_mm, "mm"),
        ]
    else:
        doubts.append(_unlike("channels_per_cm2_per_pass", device.channels_per_cm2_per_pass, "per cm2"))
        if isinstance(device.density, PenDensity):
            doubts.append(_unlike("glide_speed_mm_per_s", device.density.glide_speed_mm_per_s, "mm/s"))
            doubts.append(_unlike("strokes_per_s", device.density.strokes_per_s, "a second"))
        if device.evaluated_max_mm is None:
            doubts.append(
                "evaluated_max_mm is left out: no cleared labelling limits the default, which is then that of the zone"
            )
    return tuple(doubt for doubt in doubts if doubt)


def _unlike(field: str, value: float | None, unit: str) -> str:
    if value is None:
        return ""
    usual = quantity(f"devices.plausible_{field}")
    if usual.low is None or usual.high is None or usual.low <= value <= usual.high:
        return ""
    return (
        f"{field} is {value:.3g} {unit}; devices that are known have {usual.low:g} to {usual.high:g} {unit}: "
        "check the number and its unit"
    )
