"""`scarplan scars`: find and measure the scars of the scan."""

from __future__ import annotations

from typing import Any

import click

from scarplan.cli.small_matrices import keep_blas_alone
from scarplan.cli.table import format_table
from scarplan.cli.verb import CASE, verb_command
from scarplan.cli.working_memory import keep_memory


def show_scars(result: dict[str, Any]) -> str:
    """Return the counts and one line per scar."""
    counts = ", ".join(f"{n} {kind.replace('_', ' ')}" for kind, n in result["counts"].items() if n) or "no scars"
    many = len(result["charts"]) > 1
    head = (
        "id",
        *(["chart"] if many else []),
        "kind",
        "p",
        "confidence",
        "x mm",
        "y mm",
        "depth mm",
        "+- sd",
        "width mm",
        "volume mm3",
        "reviewed",
        "doubt",
    )
    rows = [
        [
            scar["id"],
            *([scar["chart"]] if many else []),
            scar["kind"],
            f"{scar['kind_probability'][scar['kind']]:.2f}",
            f"{scar['confidence']:.2f}",
            f"{scar['x_mm']:.1f}",
            f"{scar['y_mm']:.1f}",
            scar["depth_mm"],
            scar["depth_sd_mm"],
            f"{scar['width_mm']:.2f}",
            scar["volume_mm3"],
            "yes" if scar["reviewed"] else "no",
            ", ".join(filter(None, (scar["doubt"], "touches the edge" if scar["touches_edge"] else None))),
        ]
        for scar in result["scars"]
    ]
    low = len(result["low_confidence"])
    lines = [f"{counts} in {result['area_cm2']:.1f} cm2", *([format_table(head, rows)] if rows else [])]
    if low:
        lines.append(
            "1 find of low confidence stays out of the counts."
            if low == 1
            else f"{low} finds of low confidence stay out of the counts."
        )
    lines += _show_not_judged(result["not_judged"])
    review = result["review"]
    lines.append(
        f"Reviewed by {review['reviewer']} on {review['date']}." if review else "Not reviewed: these are proposals."
    )
    lines += [f"Warning: {warning}" for warning in result["warnings"]]
    return "\n".join(lines)


def _show_not_judged(left_out: list[dict[str, Any]]) -> list[str]:
    """Return what was seen and not judged, in a line for skin and one for finds."""
    skin = [f"{one['reason']} {one['area_cm2']:.1f} cm2" for one in left_out if one["area_cm2"] is not None]
    finds = [f"{one['finds']} {one['reason']}" for one in left_out if one["finds"] is not None]
    return [f"Skin not judged: {', '.join(skin)}."] * bool(skin) + [f"Finds let go: {', '.join(finds)}."] * bool(finds)


def draw_figure(case: str) -> None:
    """Write scars.png into the case."""
    from scarplan.workflow.figure import draw_scars

    draw_scars(case)


@verb_command(
    "scars",
    example="scarplan scars mycase --review review.csv",
    show=show_scars,
    draw=lambda options: draw_figure(options["case"]),
)
@click.argument("case", type=CASE)
@click.option("--review", type=CASE, help="A clinician's review (CSV): accept, reject, retype, add.")
@click.option("--figure/--no-figure", default=None, help="Write scars.png (default: only without --json).")
def command(case: str, review: str | None, figure: bool | None, progress: Any) -> dict[str, Any]:
    """Find every scar against its own rim; measure depth, width, area and volume with their uncertainty.

    Finds are proposals until a clinician has reviewed them. A scan that cannot show scars is refused (exit 3).
    """
    keep_blas_alone()
    keep_memory()
    from scarplan.workflow.scars import find_scars

    return find_scars(case, review=review, progress=progress)
