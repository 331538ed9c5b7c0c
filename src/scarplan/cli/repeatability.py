"""`scarplan repeatability`: repeated measurements of the same people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from scarplan.cli.table import format_table
from scarplan.cli.verb import verb_command


def show_repeatability(result: dict[str, Any]) -> str:
    """Return what can be told apart as a table, then scars found again and agreement with people."""
    rows = [
        [
            row["measure"],
            row["level"],
            row["zone"] or "all",
            *(_pick(row, key) for key in ("within_sd", "mdc95", "icc21", "icc31")),
        ]
        for row in result["measures"]
    ]
    head = ("measure", "of each", "zone", "SD of repeats", "MDC95", "ICC(2,1)", "ICC(3,1)")
    again = result["found_again"]
    lines = [
        f"{result['subjects']} subject{'s' * (result['subjects'] != 1)}, {result['cases']} cases.",
        "",
        format_table(head, rows),
        "",
    ]
    lines.append(f"Scars found again: {again['found_again']} of {again['in_view']}{_share(again['share'])}.")
    for row in result["human_marks"]:
        lines.append(
            f"{row['first']} and {row['second']}: {row['matched']} the same of {row['marks_first']} and "
            f"{row['marks_second']}; kappa of kind {_number(row['kappa_of_kind']['value'])}."
        )
    lines += [f"Note: {note}." for note in result["notes"]]
    return "\n".join([*lines, "A change below MDC95 is no measurable change. Open repeatability.html for the whole."])


def _pick(row: dict[str, Any], key: str) -> str:
    return _number(row[key]["value"])


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"


def _share(share: dict[str, Any]) -> str:
    if share["value"] is None:
        return ""
    if share["low"] is None:
        return f", {100 * share['value']:.0f} %"
    return f", {100 * share['value']:.0f} % ({100 * share['low']:.0f} to {100 * share['high']:.0f})"


@verb_command("repeatability", example="scarplan repeatability myrepeats", show=show_repeatability)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--pdf", is_flag=True, help="Print the page as PDF too (needs the Pango system library).")
def command(folder: Path, pdf: bool, progress: Any) -> dict[str, Any]:
    """Judge repeated scans of the same people in FOLDER: ICC, detectable change, agreement, scars found again.

    FOLDER holds cases that are through `scars`, listed in repeats.csv (subject, case, repeat, operator, device, side)
    or in folders named subject/repeat. Marks of people lie in CASE/marks/ as CSV or label images.
    """
    from scarplan.workflow.repeatability import judge_repeatability

    return judge_repeatability(folder, pdf=pdf, progress=progress)
