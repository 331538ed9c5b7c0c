"""`scarplan blind`: pictures under random codes for raters; and their filled sheets joined with the key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from scarplan.cli.table import format_table
from scarplan.cli.verb import verb_command


def show_blind(result: dict[str, Any]) -> str:
    """Return where the pictures and the key lie, or how far the raters agree."""
    if "agreement" in result:
        return _show_agreement(result)
    lines = [
        f"{result['pictures']} pictures, {result['shown_twice']} of them twice: {result['folder']}",
        f"Key, not for raters: {result['key']}",
    ]
    lines += [f"Note: {note}." for note in result["notes"]]
    return "\n".join([*lines, "Raters fill scoring_sheet.csv; then `scarplan blind FOLDER --key KEY --unblind SHEET`."])


def _show_agreement(result: dict[str, Any]) -> str:
    rows = [
        [
            scale["measure"],
            pair["first"],
            pair["second"],
            pair["pictures"],
            pair["same"]["value"],
            pair["weighted_kappa"]["value"],
        ]
        for scale in result["agreement"]
        for pair in (*scale["with_themselves"], *scale["with_each_other"])
        if pair["pictures"]
    ]
    table = format_table(("scale", "rater", "with", "pictures", "same", "weighted kappa"), rows)
    return (
        f"{table}\n{result['scores']} scores of {len(result['raters'])} raters joined with the key: {result['folder']}"
    )


@verb_command("blind", example="scarplan blind mypictures --seed 7", show=show_blind)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--seed", type=click.IntRange(min=0), help="Seed of codes, order, side and mirror image.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the raters (default: FOLDER-blinded).")
@click.option("--key", type=click.Path(path_type=Path), help="File of the key (default: FOLDER-key.csv).")
@click.option("--scale", "scales", multiple=True, metavar="NAME:LOW:HIGH", help="What is scored (severity:0:4).")
@click.option("--repeat-share", type=click.FloatRange(0, 1), help="Share of the pictures shown twice (default: 0.2).")
@click.option("--pairs", is_flag=True, help="Show first and last visit beside each other, side drawn at random.")
@click.option("--pdf", is_flag=True, help="Print the scoring sheet as PDF too (needs the Pango system library).")
@click.option("--unblind", "sheets", multiple=True, type=click.Path(path_type=Path), help="Join this filled sheet.")
def command(progress: Any, **options: Any) -> dict[str, Any]:
    """Give the photographs and scans in FOLDER random codes, order, side and mirror image for blinded raters.

    Names, dates and hidden data are gone; the key lies outside of the raters' folder. With --unblind filled scoring
    sheets are joined with the key, and the agreement of the raters is told.
    """
    sheets = options.pop("sheets")
    if sheets:
        from scarplan.workflow.unblind import join_scores

        folder = options["folder"].resolve()
        key = options["key"] or folder.with_name(f"{folder.name}-key.csv")
        return join_scores(sheets, key=key, out=options["out"], progress=progress)
    from scarplan.workflow.blind import blind_pictures

    return blind_pictures(options.pop("folder"), progress=progress, **options)
