"""The part of `scan` for photographs: several under known lights become a scan, a single one is refused in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scarplan.errors import BadInput
from scarplan.surface.surface import Scan, Scanner, Surface
from scarplan.workflow.progress import Progress

#: What `scan` calls the device of a capture.
SCANNER_NAME = "photometric stereo"
_PHOTOGRAPHS = frozenset(
    {".jpg", ".jpeg", ".jpe", ".png", ".heic", ".heif", ".webp", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".raf"}
)


def refuse_photograph(path: Path) -> None:
    """Raise BadInput where `path` is a single photograph: it shows colour, not depth."""
    if path.suffix.lower() not in _PHOTOGRAPHS or not path.is_file():
        return
    raise BadInput(
        f"{path.name} is a photograph: a single photograph shows colour, not depth",
        code="E-SCAN-005",
        got=f"a file ending in {path.suffix}",
        allowed="a height map, a mesh, or four photographs or more under known lights, told in a capture file",
        do="keep it with `scarplan photo CASE FILE --view front`; for relief take four photographs of one view, each "
        "under another light, and start from `scarplan template capture > capture.toml`",
    )


def is_capture(path: Path) -> bool:
    """Whether `path` is a capture file: photographs of one view under known lights."""
    if path.suffix.lower() != ".toml":
        return False
    from scarplan.records.capture import is_capture_file  # loaded only for a TOML file: starting stays fast

    return is_capture_file(path)


def read_captured_scan(
    path: Path, options: dict[str, Any], *, progress: Progress
) -> tuple[Scan, dict[str, Any], dict[str, str]]:
    """Return the scan of a capture, how well the photographs told it, and the hashes of the photographs.

    `options` are those of `read_scan`. Raises BadInput where one contradicts the capture file.
    """
    from scarplan.canonical import make_plain
    from scarplan.capture.read import read_capture
    from scarplan.surface.cleaning import clean_heights
    from scarplan.surface.io.heights import check_pixel, heights_in_mm
    from scarplan.surface.io.scan_file import SIDES

    if options.get("side") not in (None, *SIDES):
        raise BadInput(
            "--side is not a side of the body",
            code="E-SCAN-007",
            got=options["side"],
            allowed=", ".join(SIDES),
            do="--side right",
        )
    captured = read_capture(path, progress=progress)
    _refuse_contradiction(options, captured.pixel_mm)
    pixel_mm = check_pixel(captured.pixel_mm, path)
    heights = heights_in_mm(captured.heights_mm, unit_mm=1.0, pixel_mm=pixel_mm, path=path)
    cleaned = clean_heights(heights, pixel_mm=pixel_mm)
    chart = Surface(
        name="map",
        # Heights are kept on file in single precision; a scan read and a scan loaded are the same.
        relief_mm=cleaned.relief_mm.astype("float32").astype("float64"),
        valid=cleaned.valid,
        pixel_mm=pixel_mm,
        zone=options.get("zone"),
        side=options.get("side"),
    )
    scan = Scan(
        charts=(chart,),
        scanner=Scanner(name=SCANNER_NAME),
        scanned_on=options.get("scanned_on"),
        days_since_session=options.get("days_since_session"),
        notes=captured.notes,
    )
    return scan, make_plain(captured.report), captured.hashes


def _refuse_contradiction(options: dict[str, Any], pixel_mm: float) -> None:
    """Raise BadInput for an option that says something else than the capture file, or nothing of it."""
    given = {
        "--unit": options.get("unit") not in (None, "mm"),
        "--pixel-mm": options.get("pixel_mm") not in (None, pixel_mm),
        "--displacement-unit": options.get("displacement_unit") is not None,
        "--displacement": options.get("displacement") is not None,
        "--zones": options.get("zones") is not None,
    }
    given["--displacement-flip"] = bool(options.get("displacement_flip"))
    wrong = [name for name, is_wrong in given.items() if is_wrong]
    if wrong:
        raise BadInput(
            f"{', '.join(wrong)} contradicts the capture file",
            code="E-SCAN-006",
            got=", ".join(str(options.get(name.strip("-").replace("-", "_"))) for name in wrong),
            allowed=f"heights of a capture are in mm, its pixel_mm is {pixel_mm:g}",
            do="leave it out; the scale stands in the capture file",
        )
