"""`scarplan replay`: make every kept forecast again and compare."""

from __future__ import annotations

from typing import Any

import click

from scarplan.cli.compilation import keep_compiled_programs
from scarplan.cli.table import format_table
from scarplan.cli.verb import CASE, verb_command


def show_replay(result: dict[str, Any]) -> str:
    """Return one line for each kept forecast."""
    lines = [f"Note: {notice}." for notice in result["notices"]]
    if not result["forecasts"]:
        return "\n".join([*lines, "No forecast is kept yet: a course begins with `scarplan approve`."])
    head = ("entry", "date", "verb", "plan", "seed", "again")
    rows = [
        [row["number"], row["date"], row["verb"], (row["plan"] or "")[:8], row["seed"], "the same, to the byte"]
        for row in result["forecasts"]
    ]
    return "\n".join([*lines, format_table(head, rows)])


@verb_command("replay", example="scarplan replay mycase", show=show_replay)
@click.argument("case", type=CASE)
def command(case: str, progress: Any) -> dict[str, Any]:
    """Make every forecast that the ledger keeps again from the same inputs, and compare it to the byte.

    Exit 3 where one does not come out as it was: --json tells the values that differ, and which version or file
    changed.
    """
    from scarplan.workflow.replay import replay_forecasts

    keep_compiled_programs()
    return replay_forecasts(case, progress=progress)
