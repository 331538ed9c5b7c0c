"""`scarplan devices`: the device library."""

from __future__ import annotations

from typing import Any

import click

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
            _format_lengths(device["lengths_mm"]),
            None if device["evaluated_max_mm"] is None else f"{device['evaluated_max_mm']:g}",
            device["needles"],
            None if device["channels_per_cm2_per_pass"] is None else f"{device['channels_per_cm2_per_pass']:.0f}",
        ]
        for device in result["devices"]
    ]
    return format_table(head, rows)


def _format_lengths(lengths_mm: list[float]) -> str | None:
    """Return one setting as it is, several as their range."""
    ends = sorted({min(lengths_mm), max(lengths_mm)}) if lengths_mm else []
    return "-".join(f"{length:g}" for length in ends) or None


@verb_command("devices", example="scarplan devices", show=show_devices)
@click.option("--file", "own", help="A device of your own (TOML) to check and list too; `scarplan template device`.")
def command(own: str | None, progress: Any) -> dict[str, Any]:
    """List the needling devices: settings, what their label evaluated, needles, density, sources."""
    from scarplan.workflow.devices import list_devices

    return list_devices(own)
