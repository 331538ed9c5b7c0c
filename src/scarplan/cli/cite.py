"""`scarplan cite`: the sources of this case."""

from __future__ import annotations

from typing import Any

import click

from scarplan.cli.verb import CASE, verb_command


def show_sources(result: dict[str, Any]) -> str:
    """Return one line per source, the strongest first."""
    return "\n".join(f"[{row['rank']}] {row['text']}" for row in result["sources"])


@verb_command("cite", example="scarplan cite mycase", show=show_sources)
@click.argument("case", type=CASE)
def command(case: str, progress: Any) -> dict[str, Any]:
    """List only the sources that the results of this case used, the strongest first."""
    from scarplan.workflow.cite import cite_sources

    return cite_sources(case)
