"""Sheets: blank sheets for paper, for use before any computer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scarplan.canonical import hash_bytes, make_plain
from scarplan.errors import BadInput
from scarplan.evidence.library import recording
from scarplan.manifest import make_manifest
from scarplan.records import Case
from scarplan.report import print_pdf
from scarplan.report.sheets.blank import BLANK_SHEETS, INDEX_MARK, render_sheet_index
from scarplan.workflow.progress import Progress, report_nothing

INDEX = "index.html"


def write_sheets(folder: str | Path, *, pdf: bool = False, progress: Progress | None = None) -> dict[str, Any]:
    """Write every blank sheet and a list of them into `folder`, which is made if missing; with `pdf` each as PDF too.

    Sheets of an earlier run are written anew; nothing else in the folder is touched. Raises BadInput when `folder` is
    a file or holds an index.html of something else, and when `pdf` is asked for and Pango is missing: the HTML pages
    are written all the same.
    """
    progress = progress or report_nothing
    case = Case(folder)
    _check_folder(case)
    progress("writing the sheets", 0.0)
    with recording() as used:
        pages = {f"{sheet.name}.html": sheet.render().encode() for sheet in BLANK_SHEETS}
    manifest = make_manifest("sheets", inputs={}, quantities=used.quantities, sources=used.sources)
    case.write_files({INDEX: render_sheet_index(pdf=False).encode(), **pages})
    case.remove(*(f"{sheet.name}.pdf" for sheet in BLANK_SHEETS))  # those of an earlier run may be of another version
    files = dict(pages)
    if pdf:
        for done, sheet in enumerate(BLANK_SHEETS):
            progress(f"printing {sheet.name}.pdf", done / len(BLANK_SHEETS))
            files[f"{sheet.name}.pdf"] = print_pdf(pages[f"{sheet.name}.html"].decode())
    files[INDEX] = render_sheet_index(pdf=pdf).encode()
    if pdf:
        case.write_files(files)
    progress("sheets written", 1.0)
    return make_plain(
        {
            "folder": str(folder),
            "index": INDEX,
            "files": list(files),
            "sheets": [
                {"name": sheet.name, "title": sheet.title, "purpose": sheet.purpose, "file": f"{sheet.name}.html"}
                for sheet in BLANK_SHEETS
            ],
            "pages": [{"file": name, "sha256": hash_bytes(data)} for name, data in files.items()],
            "manifest": manifest,
        }
    )


def _check_folder(case: Case) -> None:
    do = "name another folder, for example `scarplan sheets blank-sheets`"
    if case.root.exists() and not case.root.is_dir():
        raise BadInput(
            "the blank sheets need a folder, and this is a file",
            code="E-SHEETS-001",
            got=str(case.root),
            allowed="a folder, there already or new",
            do=do,
        )
    if case.has(INDEX) and INDEX_MARK.encode() not in case.path(INDEX).read_bytes():
        raise BadInput(
            f"the folder holds an {INDEX} that is no list of blank sheets; it is not overwritten",
            code="E-SHEETS-002",
            got=str(case.path(INDEX)),
            allowed="a new folder, or one of an earlier run",
            do=do,
        )
