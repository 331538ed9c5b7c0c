"""`scarplan export`: one file of a case for another program."""

from __future__ import annotations

from typing import Any

import click

from scarplan.cli.verb import CASE, verb_command


def show_export(result: dict[str, Any]) -> str:
    """Return what was written where."""
    what = "relief" if result["charts"] else "the list of scars"
    if result["relief_only"]:
        what = "relief without form, place, date or name"
    return f"Wrote {what} to {result['file']} ({_say_size(result['bytes'])})."


def _say_size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(1, round(count / 1e3))} kB"


@verb_command("export", example="scarplan export mycase cheek.x3p --relief-only", show=show_export)
@click.argument("case", type=CASE)
@click.argument("file", type=CASE)
@click.option("--chart", help="The chart to write, where the scan has several.")
@click.option(
    "--relief-only", is_flag=True, help="Leave out the form of the face and where it lay; refused for a whole face."
)
@click.option("--replace", is_flag=True, help="Overwrite a file that is there already.")
def command(case: str, file: str, progress: Any, **options: Any) -> dict[str, Any]:
    """Write relief (NPY, TIFF, X3P, XYZ), a mesh coloured by depth (PLY) or the scars (CSV, Parquet) to FILE.

    The ending of FILE says which. No name, date or zone is written into a relief.
    """
    from scarplan.workflow.export import export_case

    return export_case(case, file, progress=progress, **options)
