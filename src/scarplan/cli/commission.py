"""`scarplan commission`: find out what a scanner can be trusted with, and sign it off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from scarplan.cli.table import format_table
from scarplan.cli.verb import CASE, verb_command

_VERDICT = {True: "pass", False: "FAIL", None: "not tried"}


def show_commissioning(result: dict[str, Any]) -> str:
    """Return what was done and found."""
    show = {"phantom": _show_phantom, "digital": _show_digital}.get(result["done"], _show_scans)
    lines = [*show(result), *(f"Warning: {warning}" for warning in result.get("warnings", []))]
    return "\n".join(lines)


def _show_phantom(result: dict[str, Any]) -> list[str]:
    plate = result["plate"]
    size = f"{plate['width_mm']:g} x {plate['height_mm']:g} x {plate['thickness_mm']:g} mm"
    folder = Path(result["folder"])
    return [
        f"Phantom {result['phantom']}: {size}, {plate['features']} features, {plate['triangles']} triangles.",
        f"Print {folder / 'phantom.stl'} (unit mm); {folder / 'phantom.html'} says how.",
        f"Complete {folder / 'phantom.toml'} with what you measured on the print.",
    ]


def _show_digital(result: dict[str, Any]) -> list[str]:
    keys = ("name", "scars", "found", "false_finds", "depth_bias_mm", "depth_mae_mm", "volume_error", "covered")
    head = ("phantom", "scars", "found", "false", "depth bias mm", "depth error mm", "volume error", "in 90 %", "")
    rows = [[*(row[key] for key in keys), _VERDICT[row["passed"]]] for row in result["digital"]]
    return [format_table(head, rows), f"The measuring software: {_VERDICT[result['passed']]}."]


def _show_scans(result: dict[str, Any]) -> list[str]:
    rows = [
        [
            check["name"],
            f"{check['value']:g}" if check["unit"] == "features" else check["value"],
            check["sd"],
            check["unit"],
            _limit(check),
            _VERDICT[check["passed"]],
        ]
        for check in result["checks"]
    ]
    scanner = result["profile"]["scanner"]
    return [
        format_table(("figure", "value", "+- sd", "unit", "limit", ""), rows),
        f"{scanner}: {_VERDICT[result['passed']]}. 0.1 mm of depth: {result['resolves_why']}.",
        f"Profile {result['profile_hash'][:12]}: use it with `scarplan scan ... --scanner FOLDER/profile.toml`.",
    ]


def _limit(check: dict[str, Any]) -> str:
    low, high = check["low"], check["high"]
    if low is None:
        return f"at most {high:g}"
    return f"{low:g} to {high:g}"


@verb_command(
    "commission",
    example="scarplan commission scanner-x --phantom",
    show=show_commissioning,
)
@click.argument("folder", type=CASE)
@click.option("--phantom", is_flag=True, help="Write the printable phantom: STL, its truth, and how to print it.")
@click.option("--scan", type=CASE, multiple=True, help="A scan of the print (or a capture file); once for each scan.")
@click.option("--repeats", type=CASE, multiple=True, help="A scan of skin; give it once for each repeated scan.")
@click.option("--digital", is_flag=True, help="Try the measuring software itself on digital phantoms.")
@click.option("--unit", help="Unit of the heights or coordinates: um, mm, cm, m, or a length such as 50mm.")
@click.option("--pixel-mm", type=float, help="Grid spacing in mm; needed for NPY and TIFF.")
@click.option("--scanner", help="Name of the scanner with its settings; another distance is another scanner.")
@click.option("--capture", help="How it scans: structured_light, laser, photometric, photogrammetry, lidar, unknown.")
@click.option("--name", help="Who stands for the result.")
@click.option("--role", help="Role of that person.")
@click.option("--date", help="Day of the scans, YYYY-MM-DD (default: today).")
@click.option("--no-pdf", is_flag=True, help="Write the pages as HTML only (PDF needs the Pango system library).")
@click.option("--replace", is_flag=True, help="Replace an earlier commissioning of this folder.")
def command(folder: str, no_pdf: bool, progress: Any, **options: Any) -> dict[str, Any]:
    """Find out what one scanner can be trusted with: print the phantom, scan it, compare the scan with the truth.

    Writes profile.toml for `scarplan scan --scanner`, and one page to sign. A scan of something else is refused
    (exit 3).
    """
    from scarplan.workflow.commission import commission_scanner

    return commission_scanner(folder, pdf=not no_pdf, progress=progress, **options)
