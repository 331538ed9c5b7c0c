"""`scarplan texture`: the roughness of scar-free skin."""

from __future__ import annotations

from typing import Any

import click

from scarplan.cli.table import format_table
from scarplan.cli.verb import CASE, verb_command


def show_texture(result: dict[str, Any]) -> str:
    """Return a table of the parameters, one column for each zone, or chart where no zone is known."""
    rows = result["zones"] or result["charts"]
    filters = result["filters"]
    lines = [
        f"Texture between {filters['s_mm']:g} and {filters['l_mm']:g} mm, mean of evaluation areas of "
        f"{filters['area_mm']:g} mm, value +- standard error."
    ]
    names = list(rows[0]["parameters"])
    head = ("", "unit", *(" ".join(filter(None, (row.get("zone") or row.get("chart"), row["side"]))) for row in rows))
    table = [
        [name, rows[0]["parameters"][name]["unit"], *(_say(row["parameters"][name]) for row in rows)] for name in names
    ]
    skin = ["skin", "cm2", *(f"{row['skin_cm2']:.1f} ({row['areas']} areas)" for row in rows)]
    lines += [format_table(head, [skin, *table])]
    lines += [f"Warning: {warning}" for warning in result["warnings"]]
    return "\n".join(lines)


def _say(told: dict[str, Any]) -> str:
    if told["value"] is None:
        return "unknown"
    return f"{told['value']:.4g}" + ("" if told["se"] is None else f" +- {told['se']:.2g}")


@verb_command("texture", example="scarplan texture mycase", show=show_texture)
@click.argument("case", type=CASE)
@click.option("--s-filter-mm", type=float, help="Nesting index of the S-filter; waves shorter than this are left out.")
@click.option("--l-filter-mm", type=float, help="Nesting index of the L-filter; waves longer than this are left out.")
@click.option("--area-mm", type=float, help="Side of the square evaluation areas.")
def command(case: str, progress: Any, **options: Any) -> dict[str, Any]:
    """Measure how rough the scar-free skin is, by the parameters of ISO 25178-2, with standard errors.

    The scars that `scars` found are left out with a margin. Numbers compare only at the same filters.
    """
    from scarplan.workflow.texture import measure_texture

    return measure_texture(case, progress=progress, **options)
