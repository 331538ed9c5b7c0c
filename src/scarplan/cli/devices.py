"""`scarplan devices`: the device library."""

from __future__ import annotations

from typing import Any

import click

from scarplan.cli.table import format_table
from scarplan.cli.verb import verb_command


def show_devices(result: dict[str, Any]) -> str:
    """Return one line per device, and what is doubted of the one described by the user."""
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
    parts = [format_table(head, rows)] if rows else []
    if result["energy_devices"]:
        energy = [
            [each["id"], each["name"], each["device_class"], None if each["max_mm"] is None else f"{each['max_mm']:g}"]
            for each in result["energy_devices"]
        ]
        table = format_table(("id", "name", "class", "deepest mm"), energy)
        parts += ["Energy devices, compared with needling and never planned with:", table]
    if result["checked"]:
        parts += [f"The file of {result['checked']} is valid.", *(f"Look again: {each}." for each in result["doubts"])]
        parts += [] if result["doubts"] else ["Nothing in it is unlike the devices that are known."]
    return "\n".join(parts)


def _format_lengths(lengths_mm: list[float]) -> str | None:
    """Return one setting as it is, several as their range."""
    ends = sorted({min(lengths_mm), max(lengths_mm)}) if lengths_mm else []
    return "-".join(f"{length:g}" for length in ends) or None


@verb_command("devices", example="scarplan devices", show=show_devices)
@click.option("--file", "own", help="A device of your own (TOML) to check and list too; `scarplan template device`.")
@click.option("--check", help="Check the file of a device of your own (TOML) alone: units, ranges, plausibility.")
def command(own: str | None, check: str | None, progress: Any) -> dict[str, Any]:
    """List the devices: settings, what their label evaluated, needles, density, sources; or check your own."""
    from scarplan.workflow.devices import list_devices

    return list_devices(own, check=check)
