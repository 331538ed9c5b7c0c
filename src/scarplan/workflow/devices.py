"""`devices`: the device library, every number with where it comes from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scarplan.canonical import make_plain
from scarplan.devices import COMPARATOR_CLASSES, Device, all_devices, read_device
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


def list_devices(own: str | Path | None = None) -> dict[str, Any]:
    """Return the devices of the library, and the one described in the file `own` where given.

    Raises BadInput where that file is not a valid description of a device.
    """
    with recording() as used:
        devices = [*all_devices(), *([read_device(own)] if own is not None else [])]
        described = [_describe(device) for device in devices]
        for device in devices:
            for source_id in device.sources:
                source(source_id)
    manifest = make_manifest("devices", inputs={}, quantities=used.quantities, sources=used.sources)
    return make_plain({"devices": described, "comparators": list(COMPARATOR_CLASSES), "manifest": manifest})


def _describe(device: Device) -> dict[str, Any]:
    printed = {name: getattr(device, name) for name in _PRINTED}
    printed["channels_per_cm2_per_pass"] = round(device.channels_per_cm2_per_pass, 1)
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
