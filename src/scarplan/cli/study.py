"""`scarplan study`: analyse a study as it was declared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from scarplan.cli.table import format_table
from scarplan.cli.verb import verb_command


def show_study(result: dict[str, Any]) -> str:
    """Return the primary endpoint in words, then the secondary ones as a table."""
    declared = result["declaration"]
    if result["primary"] is None:
        return f"Declared: {result['title']} ({declared['hash'][:16]}). Nothing was analysed."
    primary = result["primary"]
    lines = [f"{result['title']}: {result['patients']} patients, {' against '.join(result['arms'])}.", ""]
    for amendment in declared["amendments"]:
        lines.append(f"AMENDED after the first analysis by {amendment['by']}: {amendment['reason']}")
    rows = [_row("primary", primary, primary["p"])]
    rows += [_row(f"secondary {n}", each, each["p_holm"]) for n, each in enumerate(result["secondary"], start=1)]
    lines.append(format_table(("endpoint", "measure", "visit", "arms", "estimate", "low", "high", "p", "says"), rows))
    lines += [f"Doubt: {doubt}." for doubt in primary["doubts"]]
    lines += [f"Note: {note}." for note in result["notes"]]
    return "\n".join([*lines, "p of secondary endpoints is that after Holm. Open study.html for the whole."])


def _row(place: str, endpoint: dict[str, Any], p: float | None) -> list[object]:
    estimate = endpoint["estimate"]
    numbers = [None if estimate[key] is None else f"{estimate[key]:.4g}" for key in ("value", "low", "high")]
    against = " less ".join(endpoint["compared"])
    return [place, endpoint["measure"], endpoint["visit"], against, *numbers, _chance(p), endpoint["says"]]


def _chance(p: float | None) -> str | None:
    return None if p is None else "< 0.001" if p < 0.001 else f"{p:.3f}"


@verb_command("study", example="scarplan study myfolder study.toml", show=show_study)
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("study", type=click.Path(path_type=Path))
@click.option("--declare", "declare_only", is_flag=True, help="Keep what is declared; analyse nothing yet.")
@click.option("--amend", metavar="NAME", help="Who changed the plan after the first analysis; needs --reason.")
@click.option("--reason", help="Why the plan had to change; every report shows it.")
@click.option("--date", help="Day of the amendment, YYYY-MM-DD (default: today).")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the imputations.")
@click.option("--pdf", is_flag=True, help="Print the page as PDF too (needs the Pango system library).")
def command(progress: Any, **options: Any) -> dict[str, Any]:
    """Analyse the data in FOLDER as STUDY (TOML) declares; `scarplan template study` prints an example.

    Split-face and parallel studies; scars are clustered in patients. Writes study.html, long.csv, long.parquet and
    dictionary.csv. A plan that was changed after the first analysis is refused unless it is amended.
    """
    from scarplan.workflow.study import analyse_study

    return analyse_study(options.pop("folder"), options.pop("study"), progress=progress, **options)
