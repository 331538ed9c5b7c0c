"""`scarplan scan`: read a 3-D scan of skin into a case."""

from __future__ import annotations

from typing import Any

import click

from scarplan.cli.small_matrices import keep_blas_alone
from scarplan.cli.table import format_table
from scarplan.cli.verb import CASE, verb_command
from scarplan.cli.working_memory import keep_memory


def show_scan(result: dict[str, Any]) -> str:
    """Return what was read and what it can resolve."""
    head = ("chart", "zone", "side", "rows", "columns", "pixel mm", "seen cm2", "not seen cm2")
    keys = ("name", "zone", "side", "rows", "columns", "pixel_mm", "seen_cm2", "not_seen_cm2")
    rows = [[chart[key] for key in keys] for chart in result["charts"]]
    shown = result["resolves"]
    noise, finest = f"{1000 * shown['noise_mm']:.0f} um", f"{shown['lateral_mm']:.2g} mm"
    lines = [format_table(head, rows), "", shown["statement"]]
    lines.append(f"Noise of one pixel {noise}; finest detail (lateral resolution) {finest}.")
    lines += [f"Warning: {warning}" for warning in result["warnings"] if warning != shown["statement"]]
    return "\n".join(lines)


@verb_command(
    "scan",
    example="scarplan scan cheek.npy mycase --unit mm --pixel-mm 0.1 --zone cheek --side right",
    show=show_scan,
)
@click.argument("file", type=CASE)
@click.argument("case", type=CASE)
@click.option("--unit", help="Unit of the heights or coordinates: um, mm, cm, m, or a length such as 50mm.")
@click.option("--pixel-mm", type=float, help="Grid spacing in mm; needed for NPY and TIFF.")
@click.option("--displacement", type=CASE, help="Displacement image of a mesh with texture coordinates.")
@click.option("--displacement-unit", help="Height of one grey level, for example 0.0215mm.")
@click.option("--displacement-flip", is_flag=True, help="The displacement image stands upside down on the mesh.")
@click.option("--zones", type=CASE, help="Zones picked on a mesh of a face (see `scarplan zones`): one chart for each.")
@click.option("--zone", help="Facial zone, for example cheek. Without it no needle length is planned.")
@click.option("--side", type=click.Choice(["left", "right"]), help="The patient's side.")
@click.option("--date", help="Day of the scan, YYYY-MM-DD.")
@click.option("--days-since-session", type=int, help="Days since the last needling session.")
@click.option("--attribution", help="Whom the scan is owed to, where its licence asks for it; the report prints it.")
@click.option("--scanner", type=CASE, help="Profile of the scanner, written by `scarplan commission`.")
@click.option("--capture", help="How it was made: structured_light, laser, photometric, photogrammetry, lidar.")
@click.option("--replace", is_flag=True, help="Replace another scan of this case.")
def command(file: str, case: str, progress: Any, **options: Any) -> dict[str, Any]:
    """Read a height map (NPY, TIFF, X3P), points (XYZ, PLY) or mesh (PLY, OBJ, STL, GLB) and say what it resolves.

    Or photographs of one view under known lights, told in a capture file (TOML; see `scarplan template capture`).

    Heights are positive outwards from the body. The unit is never guessed.
    """
    keep_blas_alone()
    keep_memory()
    from scarplan.workflow.scan import scan_surface

    return scan_surface(file, case, progress=progress, **options)
