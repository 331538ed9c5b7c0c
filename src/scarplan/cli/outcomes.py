"""`scarplan outcomes`: what the patient says about the scars at each visit."""

from __future__ import annotations

from typing import Any

import click

from scarplan.cli.table import format_table
from scarplan.cli.verb import CASE, verb_command

_COLUMNS = (
    ("DLQI", "dlqi"),
    ("SCARS", "scars"),
    ("FASQoL", "fasqol"),
    ("bother", "bother"),
    ("avoidance", "avoidance"),
    ("worth it", "worth_it"),
    ("DLQI says", "dlqi_band"),
)


def show_outcomes(result: dict[str, Any]) -> str:
    """Return the visits as a table, then what changed and what asks for a talk."""
    shown = [(name, key) for name, key in _COLUMNS if any(visit[key] is not None for visit in result["visits"])]
    head = ("visit", "day", *(name for name, _ in shown))
    rows = [[visit["date"], visit["day"], *(visit[key] for _, key in shown)] for visit in result["visits"]]
    lines = [format_table(head, rows), ""]
    lines += [
        f"{change['name']}: {change['first']} to {change['last']}, {change['says']}."
        for change in result["changes"]
        if change["change"] is not None
    ]
    if result["days_followed"] == 0:
        lines.append("One visit so far; a change needs two.")
    if result["never_answered"]:
        lines.append(f"Never asked or answered: {', '.join(result['never_answered'])}.")
    lines += [f"Note: {doubt}." for doubt in result["doubts"]]
    return "\n".join([*lines, result["note"]])


@verb_command("outcomes", example="scarplan outcomes mycase --outcomes outcomes.toml", show=show_outcomes)
@click.argument("case", type=CASE)
@click.option("--outcomes", help="All visits so far (TOML); `scarplan template outcomes`. Default: those in the case.")
@click.option("--replace", is_flag=True, help="Drop visits that the case holds and the file lacks.")
@click.option("--date", help="Day after which no visit can lie, YYYY-MM-DD (default: today).")
def command(case: str, outcomes: str | None, replace: bool, date: str | None, progress: Any) -> dict[str, Any]:
    """Keep what the patient says at each visit, and say what changed since the first.

    Totals of DLQI, SCARS and FASQoL (their texts are not shipped) and three questions of our own: bother,
    avoidance, worth it. What was not answered stays unknown.
    """
    from scarplan.workflow.outcomes import keep_outcomes

    return keep_outcomes(case, outcomes, replace=replace, date=date, progress=progress)
