"""`scarplan schedule`: the days of a course as a calendar."""

from __future__ import annotations

from typing import Any

import click

from scarplan.cli.verb import CASE, verb_command

_STATES = {"done": "done", "past": "past", "planned": ""}


def show_schedule(result: dict[str, Any]) -> str:
    """Return the calendar as a table."""
    sessions = result["sessions"]
    lines = [
        f"Plan {result['plan']}: {sessions['delivered']} of {sessions['planned']} sessions given, "
        f"{sessions['to_come']} to come, {sessions['interval_days']} days apart."
    ]
    lines += [f"Not before {move['earliest']}: {move['because']}." for move in result["moved"]]
    lines += [f"Note: {note}." for note in result["notes"]]
    for row in result["events"]:
        if row["status"] == "CANCELLED":
            continue
        span = row["date"] if row["date"] == row["end_date"] else f"{row['date']} to {row['end_date']}"
        state = "to be decided" if row["status"] == "TENTATIVE" else _STATES[row["state"]]
        lines.append(f"{span:24}  day {row['day']:>4}  {row['title']}{f' [{state}]' if state else ''}")
    dropped = sum(row["status"] == "CANCELLED" for row in result["events"])
    if dropped:
        lines.append(f"{dropped} entries of an earlier calendar are cancelled in it.")
    lines.append(f"Written: {', '.join(result['files'])}. It holds no name, no scar and no setting.")
    return "\n".join(lines)


@verb_command("schedule", example="scarplan schedule mycase --from 2026-12-01", show=show_schedule)
@click.argument("case", type=CASE)
@click.option("--from", "start", help="Earliest day for the next session, YYYY-MM-DD (default: today).")
@click.option("--date", help="Day on which the calendar is made, YYYY-MM-DD (default: today).")
@click.option("--weekends", is_flag=True, help="The clinic works on weekends: leave days where they fall.")
def command(case: str, start: str | None, date: str | None, *, weekends: bool, progress: Any) -> dict[str, Any]:
    """Write the calendar of a course, schedule.ics, from its approved plan and what was done so far.

    Sessions, questions before each, care, the call afterwards, photographs, follow-up scans, the day of judging and
    maintenance, as whole days in neutral words: no text of it tells of a patient. What the clinic does itself and would
    fall on a weekend is put on the Monday after. A calendar made again replaces the one before where it is read in.
    """
    from scarplan.workflow.schedule import schedule_course

    return schedule_course(case, start=start, date=date, weekends=weekends, progress=progress)
