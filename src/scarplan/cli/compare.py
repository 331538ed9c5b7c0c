"""`scarplan compare`: what changed between two visits."""

from __future__ import annotations

from typing import Any

import click

from scarplan.cli.table import format_table
from scarplan.cli.verb import CASE, verb_command


def show_comparison(result: dict[str, Any]) -> str:
    """Return one line per scar and what to make of it."""
    head = ("before", "after", "depth mm", "then mm", "change mm", "+- mm", "verdict")
    rows = [
        [
            pair["id_a"],
            pair["id_b"],
            f"{pair['depth_before_mm']:.2f}",
            f"{pair['depth_after_mm']:.2f}",
            f"{pair['depth_change_mm']:+.3f}",
            f"{1.96 * pair['sd_mm']:.3f}",
            pair["verdict"],
        ]
        for pair in result["pairs"]
    ]
    summary = result["summary"]
    lines = [format_table(head, rows)] if rows else ["No scar was seen on both visits."]
    if rows:
        lines.append(
            f"{summary['pairs']} scars seen on both visits: {summary['milder']} milder, "
            f"{summary['stronger']} stronger, {summary['no_measurable_change']} without measurable change."
        )
        lines.append(f"A change of {1000 * summary['detectable_change_mm']:.0f} um can be told from error (median).")
    for key, words in (("new", "New: scars of the follow-up"), ("vanished", "Gone: scars of the baseline")):
        if result[key]:
            lines.append(f"{words} {', '.join(map(str, result[key]))}.")
    for key, words in (("not_covered_a", "baseline"), ("not_covered_b", "follow-up")):
        if result[key]:
            lines.append(f"Scars of the {words} that the other scan does not show: {', '.join(map(str, result[key]))}.")
    if result["cut"]:
        cut = ", ".join(f"{pair['id_a']} ({pair['id_b']} of the follow-up)" for pair in result["cut"])
        lines.append(f"Cut by the edge of a scan, so their change cannot be told: {cut}.")
    lines.append(
        f"Registration: residual {1000 * result['residual_mm']:.1f} um on scar-free skin (limit "
        f"{1000 * result['residual_limit_mm']:.0f} um), correlation {result['correlation']:.2f}."
    )
    lines += _show_repeatability(result)
    lines += [f"Warning: {warning}" for warning in result["warnings"]]
    return "\n".join(lines)


def _show_repeatability(result: dict[str, Any]) -> list[str]:
    own = result["repeatability"]
    if own is None or own["mdc95_mm"] is None:
        return []
    words = "These two scans" if result["same_day"] else "Two scans of the baseline's day"
    return [f"{words} repeat within {1000 * own['mdc95_mm']:.0f} um (95 %, {own['n']} scars)."]


def draw_figure(case_a: str, case_b: str) -> None:
    """Write compare.png into the follow-up."""
    from scarplan.workflow.compare_figure import draw_comparison

    draw_comparison(case_a, case_b)


@verb_command(
    "compare",
    example="scarplan compare baseline followup",
    show=show_comparison,
    draw=lambda options: draw_figure(options["case_a"], options["case_b"]),
)
@click.argument("case_a", type=CASE)
@click.argument("case_b", type=CASE)
@click.option("--same-day", is_flag=True, help="Nothing can have changed: tell the patient's own repeatability.")
@click.option("--repeat", type=CASE, help="A second scan of the baseline's day, compared with it by --same-day.")
@click.option("--figure/--no-figure", default=None, help="Write compare.png (default: only without --json).")
def command(
    case_a: str, case_b: str, same_day: bool, repeat: str | None, figure: bool | None, progress: Any
) -> dict[str, Any]:
    """Lay the follow-up CASE_B over the baseline CASE_A and tell which scars changed by more than error.

    Both cases must have been through `scars`. What lies below the detectable change is no measurable change. Scans that
    do not lie over each other well enough are refused (exit 3).
    """
    from scarplan.workflow.compare import compare_cases

    return compare_cases(case_a, case_b, same_day=same_day, repeat=repeat, progress=progress)
