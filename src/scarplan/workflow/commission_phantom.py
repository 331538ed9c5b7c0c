"""Write the printable phantom: its body, its truth, its height map, and a page on how to print and scan it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np

from scarplan.canonical import hash_bytes, make_plain
from scarplan.commissioning import build_plate, design_plate, map_plate, write_stl, write_truth
from scarplan.errors import BadInput
from scarplan.evidence.library import recording
from scarplan.manifest import make_manifest
from scarplan.records.case import Case
from scarplan.report.pdf import print_pdf
from scarplan.report.sheets.phantom_sheet import render_phantom_sheet
from scarplan.workflow.progress import Progress

TRUTH, BODY, MAP, SHEET, SHEET_PRINTED = "phantom.toml", "phantom.stl", "phantom.npy", "phantom.html", "phantom.pdf"


def write_phantom(folder: str | Path, *, pdf: bool, progress: Progress) -> dict[str, Any]:
    """Write the phantom into `folder`. A phantom.toml that somebody has completed is not overwritten: BadInput."""
    case = Case(folder)
    with recording() as used:
        progress("designing the plate", 0.0)
        plate = design_plate()
        truth = write_truth(plate).encode()
        _keep_completed(case, truth)
        surface = map_plate(plate)
        progress("cutting it into triangles", 0.3)
        vertices, faces = build_plate(plate)
        page = render_phantom_sheet(plate, surface)
    stream = io.BytesIO()
    np.save(stream, surface.relief_mm.astype(np.float32), allow_pickle=False)
    files = {TRUTH: truth, BODY: write_stl(vertices, faces), MAP: stream.getvalue(), SHEET: page.encode()}
    progress("writing the phantom", 0.7)
    case.write_files(files)
    if pdf:
        progress(f"printing {SHEET_PRINTED}", 0.8)
        files[SHEET_PRINTED] = print_pdf(page)
        case.write_files({SHEET_PRINTED: files[SHEET_PRINTED]})
    manifest = make_manifest("commission", inputs={}, quantities=used.quantities, sources=used.sources)
    progress("phantom written", 1.0)
    return make_plain(
        {
            "done": "phantom",
            "folder": str(folder),
            "files": list(files),
            "phantom": plate.id,
            "pages": [{"file": name, "sha256": hash_bytes(data)} for name, data in files.items()],
            "plate": {
                "width_mm": plate.width_mm,
                "height_mm": plate.height_mm,
                "thickness_mm": plate.thickness_mm,
                "features": len(plate.feature),
                "triangles": len(faces),
                "pixel_mm": surface.pixel_mm,
            },
            "manifest": manifest,
        }
    )


def _keep_completed(case: Case, truth: bytes) -> None:
    if case.has(TRUTH) and case.path(TRUTH).read_bytes() != truth:
        raise BadInput(
            f"{case.path(TRUTH)} was completed or is of another phantom; it is not overwritten",
            code="E-COMM-016",
            got=TRUTH,
            do="name another folder for another phantom",
        )
