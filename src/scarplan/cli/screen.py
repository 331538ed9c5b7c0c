"""`scarplan screen`: is this patient suitable?"""

from __future__ import annotations

from typing import Any

import click

from scarplan.cli.verb import CASE, verb_command

DECISIONS = {
    "suitable": "suitable",
    "with_changes": "suitable with changes",
    "open": "not cleared",
    "wait": "wait",
    "stop": "do not needle",
}


def show_screening(result: dict[str, Any]) -> str:
    """Return the screening in words."""
    lines = [f"Decision: {DECISIONS[result['decision']]}"]
    if result["earliest_date"]:
        lines[0] += f" until {result['earliest_date']}"
    if result["unanswered"]:
        lines[0] += f", {len(result['unanswered'])} questions open"
    for finding in result["findings"]:
        lines.append(f"- {finding['rule']} ({finding['level']}): {finding['action']}")
        if finding["override"]:
            override = finding["override"]
            lines.append(f"  override: {', '.join(f'{k}: {v}' for k, v in override.items() if v is not None)}")
    if result["unanswered"]:
        lines.append("Open: " + ", ".join(result["unanswered"]))
    if result["expectations"]["worth_it"]:
        lines.append(f"Worth it to the patient: {result['expectations']['worth_it']}")
    lines += [f"Note: {warning}" for warning in result["warnings"]]
    if result["decision"] not in {"wait", "stop"}:
        lines.append("Next: scarplan scan FILE CASE, or without a scanner scarplan assess CASE")
    return "\n".join(lines)


@verb_command("screen", example="scarplan screen mycase --patient patient.toml --date 2026-05-01", show=show_screening)
@click.argument("case", type=CASE)
@click.option("--patient", required=True, help="The patient's answers (TOML); `scarplan template patient`.")
@click.option("--date", help="Day of screening, YYYY-MM-DD (default: today).")
def command(case: str, patient: str, date: str | None, progress: Any) -> dict[str, Any]:
    """Screen a patient against every rule: yes, no and unknown are three answers.

    The result is one of: suitable, suitable with changes, wait until a date, do not needle, or open
    (a question that could stop the plan has no answer). Every finding carries its action and sources.
    """
    from scarplan.workflow.screen import screen_patient

    return screen_patient(case, patient, date=date, progress=progress)
