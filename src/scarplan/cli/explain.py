"""`scarplan explain`: from a printed number to its source."""

from __future__ import annotations

from typing import Any

import click

from scarplan.cli.verb import CASE, verb_command


def show_explanation(result: dict[str, Any]) -> str:
    """Return the explanation as text."""
    return result["summary"]


@verb_command("explain", example="scarplan explain mycase zones.0.needle_length_mm", show=show_explanation)
@click.argument("case", type=CASE)
@click.argument("name")
@click.option("--all", "in_full", is_flag=True, help="Tell every quantity with its meaning and source.")
def command(case: str, name: str, in_full: bool, progress: Any) -> dict[str, Any]:
    """Walk from a printed number to how it was made, the quantities behind it, and their sources.

    NAME is a dotted path from any --json, such as scars.0.depth_mm, or forecast.harms.erythema_days.q50.
    """
    from scarplan.workflow.explain import explain_number

    explained = explain_number(case, name)
    return {**explained, "summary": explained["text"]} if in_full else explained
