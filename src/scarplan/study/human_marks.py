"""Marks of people on a scan: a CSV file of places, or a label image on the scan's own grid.

CSV      chart, x_mm, y_mm [, radius_mm | width_mm] [, kind] [, rater]; positions as in `scars.csv`: column * pixel
         and row * pixel. `chart` may be left out where there is one chart. Without a size a mark is a point.
image    PNG, TIFF or NPY of whole numbers: 0 skin, n = scar n; with two grey levels only, each connected patch is one
         scar. The file is named `<rater>.png`, or `<rater>@<chart>.png` where there are several charts. No kinds.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scarplan.errors import BadInput
from scarplan.scars.scarmap import SCAR_KINDS
from scarplan.study.matching import MarkedRegion, disc, regions_of

IMAGES = (".png", ".tif", ".tiff", ".npy")
_COLUMNS = ("chart", "x_mm", "y_mm", "radius_mm", "width_mm", "kind", "rater")
_KINDS = {**{kind: kind for kind in SCAR_KINDS}, "ice_pick": "icepick", "ice-pick": "icepick", "other": "other"}
_MOST_BYTES = 200_000_000
_MOST_MARKS = 10_000
_DO = "give a CSV with chart, x_mm, y_mm [, radius_mm or width_mm, kind, rater], or a label image on the scan's grid"


@dataclass(frozen=True)
class Grid:
    """The grid of a chart: rows and columns, and the spacing in mm."""

    shape: tuple[int, int]
    pixel_mm: float


@dataclass(frozen=True)
class HumanMarks:
    """What one rater marked on one chart."""

    rater: str
    chart: str
    regions: tuple[MarkedRegion, ...]


def read_human_marks(path: Path, grids: Mapping[str, Grid]) -> list[HumanMarks]:
    """Return the marks in the file at `path` on charts of these grids, one entry per rater and chart.

    Raises BadInput that names the file and the row.
    """
    try:
        size = path.stat().st_size
        if not path.is_file() or not 0 < size <= _MOST_BYTES:
            raise _bad(path, "is empty, too large or no file")
        data = path.read_bytes()
    except OSError as error:
        raise _bad(path, f"cannot be read: {error.strerror}") from None
    return _read_image(path, data, grids) if path.suffix.lower() in IMAGES else _read_csv(path, data, grids)


def _read_csv(path: Path, data: bytes, grids: Mapping[str, Grid]) -> list[HumanMarks]:
    try:
        rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise _bad(path, f"is no table in UTF-8: {error}") from None
    names = {name for row in rows for name in row}
    if None in names or not {"x_mm", "y_mm"} <= names or names - set(_COLUMNS):
        got = ", ".join(sorted(str(name) for name in names)) or "none"
        raise _bad(path, f"does not have the right columns (got {got})")
    if len(rows) > _MOST_MARKS:
        raise _bad(path, f"has {len(rows)} marks, more than {_MOST_MARKS}")
    found: dict[tuple[str, str], list[MarkedRegion]] = {}
    for number, row in enumerate(rows, start=2):
        chart = (row.get("chart") or "").strip() or (next(iter(grids)) if len(grids) == 1 else "")
        if chart not in grids:
            raise _bad(path, f"row {number}: chart {chart!r} is none of {', '.join(grids)}")
        marks = found.setdefault(((row.get("rater") or "").strip() or path.stem, chart), [])
        marks.append(_read_row(path, number, row, grids[chart], len(marks) + 1))
    return [HumanMarks(rater, chart, tuple(marks)) for (rater, chart), marks in sorted(found.items())]


def _read_row(path: Path, number: int, row: Mapping[str, str], grid: Grid, mark_id: int) -> MarkedRegion:
    x, y = (_number(path, number, row, name) for name in ("x_mm", "y_mm"))
    radius, width = (_number(path, number, row, name) for name in ("radius_mm", "width_mm"))
    if x is None or y is None:
        raise _bad(path, f"row {number}: x_mm or y_mm is missing")
    centre = (y / grid.pixel_mm, x / grid.pixel_mm)
    if not all(-0.5 <= at <= size - 0.5 for at, size in zip(centre, grid.shape, strict=True)):
        raise _bad(path, f"row {number}: ({x:g}, {y:g}) mm lies outside the chart")
    radius = radius if radius is not None else width / 2 if width is not None else None
    if radius is not None and radius <= 0:
        raise _bad(path, f"row {number}: the size is not above 0")
    words = (row.get("kind") or "").strip().lower().replace(" ", "_")
    if words not in ("", "unknown") and words not in _KINDS:
        raise _bad(path, f"row {number}: kind {words!r} is none of {', '.join(SCAR_KINDS)}, other, unknown")
    kind = _KINDS.get(words)
    if radius is None:
        return MarkedRegion(centre, None, kind, mark_id)
    return disc(centre, radius / grid.pixel_mm, grid.shape, kind=kind, id=mark_id)


def _number(path: Path, number: int, row: Mapping[str, str], name: str) -> float | None:
    text = (row.get(name) or "").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise _bad(path, f"row {number}: {name} is {text!r}, not a number")
    return value


def _read_image(path: Path, data: bytes, grids: Mapping[str, Grid]) -> list[HumanMarks]:
    rater, _, chart = path.stem.partition("@")
    chart = chart or (next(iter(grids)) if len(grids) == 1 else "")
    if chart not in grids:
        raise _bad(path, f"does not say which chart of {', '.join(grids)} it is of (name it rater@chart)")
    labels = _decode(path, data)
    if labels.ndim != 2 or not (np.issubdtype(labels.dtype, np.integer) or labels.dtype == bool):
        raise _bad(path, f"is no label image: whole numbers in rows and columns are needed, got {labels.dtype}")
    if labels.shape != grids[chart].shape:
        got, want = (" x ".join(map(str, shape)) for shape in (labels.shape, grids[chart].shape))
        raise _bad(path, f"has {got} pixels, and the chart {want}")
    labels = labels.astype(np.int64)
    if labels.min() < 0:
        raise _bad(path, "has labels below 0")
    if len(np.unique(labels)) <= 2:  # drawn with one brush: patches that do not touch are different scars
        from scipy import ndimage

        labels, _ = ndimage.label(labels > 0, structure=np.ones((3, 3)))
    return [HumanMarks(rater, chart, tuple(regions_of(labels)))]


def _decode(path: Path, data: bytes) -> np.ndarray:
    try:
        if path.suffix.lower() == ".npy":
            return np.load(io.BytesIO(data), allow_pickle=False)
        if path.suffix.lower() == ".png":
            from PIL import Image

            with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
                return np.asarray(image)
        import tifffile

        return tifffile.imread(io.BytesIO(data))
    except Exception as error:  # decoders raise whatever a damaged file provokes; to the user it is one fault
        raise _bad(path, f"is damaged ({type(error).__name__})") from None


def _bad(path: Path, what: str) -> BadInput:
    return BadInput(f"the marks {path.name} cannot be used: it {what}", code="E-STUDY-001", do=_DO)
