"""`scarplan update`: learn from a follow-up scan or examination, and forecast the course anew."""

from __future__ import annotations

from typing import Any

import click

from scarplan.cli.compilation import keep_compiled_programs
from scarplan.cli.verb import CASE, verb_command


def show_update(result: dict[str, Any]) -> str:
    """Return where the course lies, what the forecast became, and what to do."""
    track, response, decision = result["on_track"], result["response"], result["decision"]
    follow_up = result["follow_up"]
    number = follow_up["scans"] + follow_up["examinations"]
    lines = [
        f"Follow-up {number} of {follow_up['date']}, day {follow_up['day']} of the course, by {follow_up['by']}"
        + (f": {_say_pairs(result['changes']['summary'])}." if follow_up["by"] == "scan" else "."),
        *(f"Examined on {row['date']}: {row['says']}." for row in result["examined"]),
        *(f"Not learned from: {row['name']}, {row['why']}." for row in result["examinations_left_out"]),
        f"The course is {track['says']}: ahead {100 * track['ahead']:.0f}, on track {100 * track['on']:.0f}, behind "
        f"{100 * track['behind']:.0f} of 100.",
        f"{_say_depth(response)} Model, {result['forecast']['notice']}.",
        f"Scoreboard: {result['scoreboard']['says']}.",
    ]
    another = result["value_of_another_scan"]
    what = "scan" if result["forecast"]["basis"] == "scan" else "examination"
    lines += [
        f"Another {what} now: {another['now']['says']}; in 3 months: {another['in_3_months']['says']}.",
        f"What next: {decision['action']}.",
        *(f"  {reason[0].upper()}{reason[1:]}." for reason in decision["reasons"]),
    ]
    if decision["action"] == "change":
        lines.append("Next: scarplan replan CASE")
    return "\n".join(lines)


def _say_pairs(summary: dict[str, Any]) -> str:
    return (
        f"{summary['pairs']} scars seen on both visits, {summary['milder']} milder, {summary['stronger']} stronger, "
        f"{summary['no_measurable_change']} without measurable change"
    )


def _say_depth(response: dict[str, Any]) -> str:
    """Return the depth expected when the result is judged, before and after; in percent where nothing was measured."""
    if "left_mm" in response:
        what, unit, digits, name = "Mean depth", "mm", 3, "left_mm"
    else:
        what, unit, digits, name = "Depth left", "% of the present depth", 0, "left_percent"
    before, after = response[name.replace("left_", "left_before_")], response[name]

    def band(of: dict[str, float], words: str) -> str:
        return f"{of['q50']:.{digits}f} {unit} ({words}{of['q05']:.{digits}f} to {of['q95']:.{digits}f})"

    return (
        f"{what} expected on day {response['judge_day']}: {band(after, '90 %: ')}; before any follow-up "
        f"{band(before, '')}."
    )


@verb_command("update", example="scarplan update mycase --scan followup", show=show_update)
@click.argument("case", type=CASE)
@click.option("--scan", "scan", type=CASE, help="Case of the follow-up scan, through `scars`.")
@click.option("--date", help="Day after which no follow-up can lie, YYYY-MM-DD (default: today).")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="Seed of the draws (default: that of the plan).")
def command(case: str, scan: str | None, date: str | None, seed: int | None, progress: Any) -> dict[str, Any]:
    """Compare a follow-up with the baseline, learn how this patient answers, and forecast the course anew.

    A follow-up is a scan, or without a scanner an examination that `assess --follow-up` kept: it is judged against how
    far two examiners differ. Tells whether the course is ahead, on track or behind, what every earlier forecast was
    worth, what another scan would be worth, and what to do next with reasons. Follow-ups and the decision are kept in
    the ledger. Without anything new everything is made anew from the ledger. Scans that do not lie over each other well
    enough, scans of swollen skin and a follow-up that is known already are refused (exit 3).
    """
    from scarplan.workflow.update import update_course

    keep_compiled_programs()
    return update_course(case, scan=scan, date=date, seed=seed, progress=progress)
