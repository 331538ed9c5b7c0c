"""`scarplan report`: write the report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from scarplan.cli.verb import CASE, verb_command


def show_report(result: dict[str, Any]) -> str:
    """Return where the pages lie."""
    case = Path(click.get_current_context().params["case"])
    return "\n".join(f"Wrote {case / name}" for name in result["files"])


@verb_command("report", example="scarplan report mycase --pdf", show=show_report)
@click.argument("case", type=CASE)
@click.option("--pdf", is_flag=True, help="Also write every page as a PDF (needs the Pango system library).")
def command(case: str, pdf: bool, progress: Any) -> dict[str, Any]:
    """Write the report, the patient's leaflet in English and Dutch, and the visit sheet.

    Four self-contained pages: report.html, leaflet.html, leaflet_nl.html and visit_sheet.html; with --pdf the same
    as PDF. A case without a scan is reported from its examination.
    """
    from scarplan.workflow.report import write_report

    return write_report(case, pdf=pdf, progress=progress)
