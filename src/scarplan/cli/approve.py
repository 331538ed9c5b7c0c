"""`scarplan approve`: approve a plan."""

from __future__ import annotations

from typing import Any

import click

from scarplan.cli.verb import CASE, verb_command


def show_approval(result: dict[str, Any]) -> str:
    """Return who approved what, and what that means beside other approvals."""
    approval = result["approval"]
    line = f"Plan {result['plan'][:12]} approved by {approval['name']}, {approval['role']}, {approval['date']}."
    return "\n".join([line, *(f"Note: {note}." for note in result["notes"])])


@verb_command("approve", example='scarplan approve mycase --name "A. Doctor" --role dermatologist', show=show_approval)
@click.argument("case", type=CASE)
@click.option("--name", required=True, help="Who approves.")
@click.option("--role", required=True, help="In which role, for example dermatologist.")
@click.option("--date", help="Day of approval, YYYY-MM-DD (default: today).")
def command(case: str, name: str, role: str, date: str | None, progress: Any) -> dict[str, Any]:
    """Approve the plan of a case with name, role and date. Until then it is a draft.

    A plan with an open question behind a contraindication cannot be approved (exit 3).
    """
    from scarplan.workflow.approve import approve_plan

    return approve_plan(case, name=name, role=role, date=date)
