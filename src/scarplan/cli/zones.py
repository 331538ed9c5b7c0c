"""`scarplan zones`: pick the zones of a face on its mesh."""

from __future__ import annotations

from typing import Any

import click

from scarplan.cli.verb import CASE, verb_command


def show_zones(result: dict[str, Any]) -> str:
    """Return where the page is and what to do with it."""
    size = " x ".join(f"{side:.0f}" for side in result["size_mm"])
    needed, optional = len(result["needed"]), len(result["optional"])
    return "\n".join(
        [
            f"Wrote {result['page']}: {result['file']['name']}, {size} mm, from {len(result['views'])} sides.",
            f"Open it in a browser, click {needed} landmarks (and up to {optional} more), look at the zones, save.",
            "No face upright and from the front? Say how it lies in the file with --up and --front.",
            f"Then: {result['then']}",
        ]
    )


@verb_command("zones", example="scarplan zones head.ply --unit mm", show=show_zones)
@click.argument("file", type=CASE)
@click.option("--unit", help="Unit of the coordinates: um, mm, cm, m, or a length such as 50mm.")
@click.option("--page", type=CASE, default="zones.html", show_default=True, help="The page to write.")
@click.option("--zones", type=CASE, help="Zones to start from, saved by this page before.")
@click.option("--up", default="+y", show_default=True, help="Axis of the file that points upwards.")
@click.option("--front", default="+z", show_default=True, help="Axis of the file towards which the face looks.")
@click.option("--texture", type=CASE, help="Colour image of a mesh with texture coordinates, for seeing better.")
@click.option("--texture-flip", is_flag=True, help="The colour image stands upside down on the mesh.")
def command(file: str, progress: Any, **options: Any) -> dict[str, Any]:
    """Write a page on which the zones of the face on a mesh are picked: a few landmarks, or drawn outlines.

    The page works without a network and saves zones.toml, which `scarplan scan --zones` cuts the mesh by.
    """
    from scarplan.workflow.zones import write_zones_page

    return write_zones_page(file, progress=progress, **options)
