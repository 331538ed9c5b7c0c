"""`devices`: the device library, every number with where it comes from; and the check of a device of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scarplan.anatomy import all_zones, layers_of
from scarplan.canonical import make_plain
from scarplan.devices import (
    COMPARATOR_CLASSES,
    Device,
    EnergyDevice,
    all_devices,
    all_energy_devices,
    doubts_about,
    read_any_device,
)
from scarplan.evidence.library import quantity, recording, source
from scarplan.manifest import make_manifest

#: What is printed of a device as such; its numbers follow row by row with their origin.
_PRINTED = (
    "id",
    "name",
    "device_class",
    "needles",
    "needle_diameter_mm",
    "lengths_mm",
    "evaluated_max_mm",
    "max_mm",
    "setting_tolerance_mm",
    "channels_per_cm2_per_pass",
    "density_in_words",
    "indication",
    "note",
    "sources",
)
_PRINTED_OF_ENERGY = (
    "id",
    "name",
    "device_class",
    "kernel",
    "needles",
    "needle_diameter_mm",
    "bare_mm",
    "column_radius_mm",
    "coagulated_rim_mm",
    "max_mm",
    "note",
    "sources",
)


def list_devices(own: str | Path | None = None, *, check: str | Path | None = None) -> dict[str, Any]:
    """Return the devices of the library, and the one described in the file `own` where given.

    `check` is the file of a device too: it alone is returned, with `doubts` in words about what is plausible. Raises
    BadInput where a file is not a valid description of a device.
    """
    with recording() as used:
        file = own if check is None else check
        described = None if file is None else read_any_device(file)
        listed = [] if check is not None else [*all_devices(), *all_energy_devices()]
        listed += [described] if described else []
        doubts = [*doubts_about(described), *_beyond_the_skin(described)] if described else []
        needling = [_describe(each) for each in listed if isinstance(each, Device)]
        energy = [_describe_energy(each) for each in listed if isinstance(each, EnergyDevice)]
        for each in listed:
            for source_id in each.sources:
                source(source_id)
    manifest = make_manifest("devices", inputs={}, quantities=used.quantities, sources=used.sources)
    return make_plain(
        {
            "devices": needling,
            "energy_devices": energy,
            "comparators": list(COMPARATOR_CLASSES),
            "checked": described.id if described else None,
            "doubts": doubts,
            "manifest": manifest,
        }
    )


def _beyond_the_skin(described: Device | EnergyDevice) -> list[str]:
    """Return in which zones of the face the longest setting is longer than the skin is thick, in words."""
    if described.max_mm is None:
        return []
    thin = []
    for zone in all_zones():
        layers = layers_of(zone.id)
        thickness = layers.epidermis_mm + layers.dermis_mm
        if described.max_mm > thickness:
            thin.append((thickness, zone.id.replace("_", " ")))
    if not thin:
        return []
    thickness, zone = min(thin)
    return [
        f"the longest setting, {described.max_mm:g} mm, is longer than the skin is thick in {len(thin)} "
        f"{'zone' if len(thin) == 1 else 'zones'}, the thinnest {zone} with {thickness:.1f} mm on average: "
        "there it would pass the dermis at full reach"
    ]


def _describe(device: Device) -> dict[str, Any]:
    printed = {name: getattr(device, name) for name in _PRINTED}
    printed["channels_per_cm2_per_pass"] = round(device.channels_per_cm2_per_pass, 1)
    return printed | {"numbers": [_describe_number(*item) for item in device.quantities.items()]}


def _describe_energy(device: EnergyDevice) -> dict[str, Any]:
    printed = {name: getattr(device, name) for name in _PRINTED_OF_ENERGY}
    return printed | {"numbers": [_describe_number(*item) for item in device.quantities.items()]}


def _describe_number(field: str, name: str) -> dict[str, Any]:
    row = quantity(name)
    return {
        "field": field,
        "quantity": name,
        "value": row.value,
        "unit": row.unit,
        "kind": row.kind,
        "source": row.source,
        "rank": source(row.source).rank,
        "locator": row.locator,
        "verification": row.verification,
        "low": row.low,
        "high": row.high,
    }
