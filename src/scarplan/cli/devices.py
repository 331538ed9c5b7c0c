"""`scarplan devices`: the device library."""

from __future__ import annotations

from typing import Any

from scarplan.cli.table import format_table
from scarplan.cli.verb import verb_command


def show_devices(result: dict[str, Any]) -> str:
    """Return one line per device."""
    head = ("id", "name", "class", "settings mm", "evaluated to mm", "needles", "channels/cm2 a pass")
    rows = [
        [
            device["id"],
            device["name"],
            device["device_class"],
            f"{min(device['lengths_mm']):g}-{max(device['lengths_mm']):g}" if device["lengths_mm"] else None,
            device["evaluated_max_mm"],
            device["needles"],
            device["channels_per_cm2_per_pass"],
        ]
        for device in result["devices"]
    ]
    return format_table(head, rows)


@verb_command("devices", example="scarplan devices", show=show_devices)
def command(progress: Any) -> dict[str, Any]:
    """List the needling devices: settings, what their label evaluated, needles, density, sources."""
    from scarplan.workflow.devices import list_devices

    return list_devices()
