"""`scarplan sheets`: blank sheets for paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from scarplan.cli.table import format_table
from scarplan.cli.verb import verb_command


def show_sheets(result: dict[str, Any]) -> str:
    """Return the sheets with what each is for, and where the list of them lies."""
    rows = [[sheet["file"], sheet["title"], sheet["purpose"]] for sheet in result["sheets"]]
    table = format_table(("file", "sheet", "what it is for"), rows)
    printed = " and printed as PDF" if any(name.endswith(".pdf") for name in result["files"]) else ""
    return f"{table}\nWrote {len(rows)} sheets{printed}. Open {Path(result['folder']) / result['index']}"


@verb_command("sheets", example="scarplan sheets blank-sheets --pdf", show=show_sheets)
@click.argument("folder", type=click.Path(path_type=str))
@click.option("--pdf", is_flag=True, help="Print each sheet as PDF too (needs the Pango system library).")
def command(folder: str, pdf: bool, progress: Any) -> dict[str, Any]:
    """Write blank sheets for paper into FOLDER: screening, examination, photographs, visit, events, outcomes, leaflet.

    They need no case and no computer beside the patient: print them, fill them with a pen, type them in later.
    """
    from scarplan.workflow.sheets import write_sheets

    return write_sheets(folder, pdf=pdf, progress=progress)
