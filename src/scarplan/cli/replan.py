"""`scarplan replan`: plan the rest of a course from what was learned."""

from __future__ import annotations

from typing import Any

import click

from scarplan.cli.compilation import keep_compiled_programs
from scarplan.cli.verb import CASE, verb_command


def show_replan(result: dict[str, Any]) -> str:
    """Return the settings from now on, and why."""
    number = result["sessions"]
    apart = "" if number == 1 else f"s, {result['interval_days']} days apart"
    lines = [
        f"Plan {result['plan'][:12]} for the rest of the course ({result['status']}): {number} more "
        f"session{apart}, after "
        f"{result['after_sessions']} that were given."
    ]
    for zone in result["zones"]:
        if zone["needle_length_mm"] is not None:
            name = " ".join(part for part in ((zone["zone"] or "").replace("_", " "), zone["side"]) if part)
            lines.append(f"  {name}: {zone['needle_length_mm']:g} mm, {zone['passes']} passes.")
    lines += ["What may be done, by the patient's own forecast:", *_table(result["offers"])]
    lines.append("  (depth left of all scars together; the reasons below count each scar alike, ice-picks not)")
    lines += [f"  Why: {reason['text']}." for reason in result["reasons"]]
    return "\n".join([*lines, 'Next: scarplan approve CASE --name "..." --role "..."'])


_OFFERS = {
    "stop_now": "stop now",
    "as_planned": "as planned",
    "recommended": "this plan",
    "fewer_sessions": "fewer sessions",
    "more_sessions": "more sessions",
    "other_interval": "another interval",
}


def _table(offers: list[dict[str, Any]]) -> list[str]:
    """Return the offers as lines of a table."""
    rows = [("", "sessions", "days apart", "depth left, %", "redness, days", "darker patches, %")]
    for row in offers:
        left = row["left_percent"]
        rows.append(
            (
                _OFFERS[row["offer"]] + ("" if row["keeps_limits"] else " (breaks a limit)"),
                f"{row['sessions']}",
                "-" if row["interval_days"] is None else f"{row['interval_days']}",
                f"{left['q50']:.0f} ({left['q05']:.0f} to {left['q95']:.0f})",
                "-" if row["redness_days"] is None else f"{row['redness_days']:.1f}",
                "-" if row["pigment_percent"] is None else f"{row['pigment_percent']:.1f}",
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  " + "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


@verb_command("replan", example="scarplan replan mycase", show=show_replan)
@click.argument("case", type=CASE)
def command(case: str, progress: Any) -> dict[str, Any]:
    """Plan the rest of a course from how this patient answered, as the last `update` learned it.

    Shows what else may be done beside it: going on as planned, stopping now, a session fewer or more, another interval.

    The new plan names the one that it continues and is a draft until it is approved. One course never has more sessions
    than are allowed, those that were given included. Where the update says wait, stop or maintain nothing is planned
    (exit 3).
    """
    from scarplan.workflow.replan import replan_course

    keep_compiled_programs()
    return replan_course(case, progress=progress)
