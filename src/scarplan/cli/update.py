"""`scarplan update`: learn from a follow-up scan, and forecast the course anew."""

from __future__ import annotations

from typing import Any

import click

from scarplan.cli.compilation import keep_compiled_programs
from scarplan.cli.verb import CASE, verb_command


def show_update(result: dict[str, Any]) -> str:
    """Return where the course lies, what the forecast became, and what to do."""
    track, response, decision = result["on_track"], result["response"], result["decision"]
    summary, before, after = result["changes"]["summary"], response["left_before_mm"], response["left_mm"]
    lines = [
        f"Follow-up {result['follow_up']['scans']} of {result['follow_up']['date']}, day {result['follow_up']['day']} "
        f"of the course: {summary['pairs']} scars seen on both visits, {summary['milder']} milder, "
        f"{summary['stronger']} stronger, {summary['no_measurable_change']} without measurable change.",
        f"The course is {track['says']}: ahead {100 * track['ahead']:.0f}, on track {100 * track['on']:.0f}, behind "
        f"{100 * track['behind']:.0f} of 100.",
        f"Mean depth expected on day {response['judge_day']}: {after['q50']:.3f} mm (90 %: {after['q05']:.3f} to "
        f"{after['q95']:.3f}); before any scan {before['q50']:.3f} mm ({before['q05']:.3f} to {before['q95']:.3f}). "
        f"Model, {result['forecast']['notice']}.",
        f"Scoreboard: {result['scoreboard']['says']}.",
    ]
    another = result["value_of_another_scan"]
    lines += [
        f"Another scan now: {another['now']['says']}; in 3 months: {another['in_3_months']['says']}.",
        f"What next: {decision['action']}.",
        *(f"  {reason[0].upper()}{reason[1:]}." for reason in decision["reasons"]),
    ]
    if decision["action"] == "change":
        lines.append("Next: scarplan replan CASE")
    return "\n".join(lines)


@verb_command("update", example="scarplan update mycase --scan followup", show=show_update)
@click.argument("case", type=CASE)
@click.option("--scan", "scan", type=CASE, help="Case of the follow-up scan, through `scars`.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="Seed of the draws (default: that of the plan).")
def command(case: str, scan: str | None, seed: int | None, progress: Any) -> dict[str, Any]:
    """Compare a follow-up scan with the baseline, learn how this patient answers, and forecast the course anew.

    Tells whether the course is ahead, on track or behind, what every earlier forecast was worth, what another scan
    would be worth, and what to do next with reasons. The scan and the decision are kept in the ledger. Without --scan
    everything is made anew from the ledger. Scans that do not lie over each other well enough, scans of swollen skin
    and a follow-up that is known already are refused (exit 3).
    """
    from scarplan.workflow.update import update_course

    keep_compiled_programs()
    return update_course(case, scan=scan, seed=seed, progress=progress)
