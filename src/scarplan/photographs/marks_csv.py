"""Marks as CSV: what, name, x_px, y_px, edge_x_px, edge_y_px, length_mm; read strictly, every fault with its row.

    what      name                          x_px, y_px          edge_x_px, edge_y_px      length_mm
    scar      kind of scar                  scar, or one edge   its other edge or empty   -
    landmark  name of the landmark          landmark            -                         -
    ruler     ruler or empty                one mark of it      another mark of it        length between them
    chart     name of the corner patch      middle of it        -                         -
    skin      reference, patch_1 ...        middle of it        its border or empty       -
    photo     id and first digits of the    -                   -                         -
              SHA-256 of the photograph

The page for marking writes the row `photo`, so that its marks are not kept for another picture; by hand it is left out.

Comma, semicolon or tab between; with semicolon or tab the decimal sign may be a comma. A first row of names.
"""

from __future__ import annotations

import csv
import io
import math
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scarplan.errors import BadInput
from scarplan.photographs.marks import CHART_CORNERS, NAMES, MarkedScar, Marks, Position, Ruler, SkinPatch

COLUMNS = ("what", "name", "x_px", "y_px", "edge_x_px", "edge_y_px", "length_mm")
_MOST_BYTES = 2_000_000
_MOST_ROWS = 5000
_MOST_TOLD = 12
_RULER_MM = (1.0, 500.0)
_SHORTEST_RULER_PX = 20.0
#: What people and spreadsheets write; Python's own reading also takes 1_0, nan and digits of other scripts.
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_SPELLINGS = {"ice_pick": "icepick", "flat": "flat_mark"}
_PHOTO = "photo"
#: Digits of the SHA-256 that the page writes: enough that no two photographs of a case share them.
PHOTO_DIGITS = 12
_PHOTO_NAME = re.compile(rf"(\S+) ([0-9a-f]{{{PHOTO_DIGITS}}})")
#: What has a second position: of what it is, and whether it must be there.
_SECOND = {"scar": ("the other edge", False), "ruler": ("the other end", True), "skin": ("the border", False)}


@dataclass(frozen=True)
class _Row:
    number: int
    what: str
    name: str
    at: Position
    edge: Position | None
    length_mm: float | None


class _Fault(Exception):
    """What is wrong with one row, in words."""


def read_marks(path: Path, *, size_px: tuple[int, int], photo_sha256: str | None = None) -> Marks:
    """Return the marks in a CSV file for a photograph of (width, height) pixels.

    `photo_sha256`: of the photograph that they are to be kept for; None: a row that names another one is passed over.
    Raises BadInput that tells every fault with its row (the row of names is row 1).
    """
    rows, faults = [], []
    of_photo = 0
    for number, cells in _read_table(path):
        try:
            if cells["what"].lower() == _PHOTO:
                of_photo = _check_photo(path, cells, photo_sha256, row=number, earlier_row=of_photo)
            else:
                rows.append(_read_row(number, cells, size_px))
        except _Fault as fault:
            faults.append(f"row {number}: {fault}")
    faults += _find_contradictions(rows)
    if faults:
        more = len(faults) - _MOST_TOLD
        told = "; ".join(faults[:_MOST_TOLD]) + (f"; and {more} more" if more > 0 else "")
        raise BadInput(
            f"the marks {path.name} are not valid: {told}",
            code="E-PHOTO-021",
            do="correct these rows, or mark the photograph on its page (`scarplan photo CASE --mark ID`)",
        )
    return _collect(rows)


def write_marks(marks: Marks) -> str:
    """Return marks as CSV in the one order and form in which they are kept."""
    lines = [",".join(COLUMNS)]
    lines += [_line("scar", scar.kind, scar.tap_px, scar.edge_px) for scar in marks.scars]
    lines += [_line("landmark", name, at) for name, at in sorted(marks.landmarks.items())]
    if marks.ruler:
        lines.append(_line("ruler", "ruler", *marks.ruler.ends_px, length_mm=marks.ruler.length_mm))
    lines += [_line("chart", name, marks.chart[name]) for name in CHART_CORNERS if name in marks.chart]
    lines += [_line("skin", name, patch.centre_px, patch.border_px) for name, patch in sorted(marks.skin.items())]
    return "\n".join(lines) + "\n"


def _line(what: str, name: str, at: Position, edge: Position | None = None, *, length_mm: float | None = None) -> str:
    numbers = (*at, *(edge or (None, None)), length_mm)
    return ",".join((what, name, *("" if n is None else f"{n:.3f}".rstrip("0").rstrip(".") for n in numbers)))


def _collect(rows: list[_Row]) -> Marks:
    ruler = next((row for row in rows if row.what == "ruler"), None)
    return Marks(
        scars=tuple(MarkedScar(row.name, row.at, row.edge) for row in rows if row.what == "scar"),
        landmarks={row.name: row.at for row in rows if row.what == "landmark"},
        ruler=Ruler((ruler.at, ruler.edge), ruler.length_mm) if ruler and ruler.edge and ruler.length_mm else None,
        chart={row.name: row.at for row in rows if row.what == "chart"},
        skin={row.name: SkinPatch(row.at, row.edge) for row in rows if row.what == "skin"},
    )


def _read_table(path: Path) -> list[tuple[int, Mapping[str, str]]]:
    """Return (row number, column -> text) of every row that is not empty. Raises BadInput."""
    text = _read_text(path)
    first = text.split("\n", 1)[0]
    between = max(",;\t", key=first.count)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=between, strict=True))
    except csv.Error as error:
        raise _bad_file(path, f"cannot be read as a table: {error}") from None
    header = [cell.strip().lower() for cell in lines[0]] if lines else []
    if depth := [name for name in header if "depth" in name]:
        raise _bad_file(path, f"have a column {depth[0]}, but no depth can be read from a photograph")
    if sorted(header) != sorted(COLUMNS):
        raise _bad_file(path, f"do not have the right columns (got {', '.join(header) or 'none'})")
    if len(lines) > _MOST_ROWS:
        raise _bad_file(path, f"have {len(lines)} rows, more than {_MOST_ROWS}")
    rows = []
    for number, cells in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            raise _bad_file(path, f"have {len(cells)} cells in row {number} instead of {len(header)}")
        texts = [cell.strip() if between == "," else cell.strip().replace(",", ".") for cell in cells]
        rows.append((number, dict(zip(header, texts, strict=True))))
    return rows


def _read_text(path: Path) -> str:
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            raise _bad_file(path, "are not a file")
        if not 0 < about.st_size <= _MOST_BYTES:
            raise _bad_file(path, f"are empty or too large ({about.st_size} bytes)")
        return path.read_bytes().decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        raise _bad_file(path, "do not exist") from None
    except UnicodeDecodeError:
        raise _bad_file(path, "are not UTF-8 text") from None
    except (OSError, ValueError) as error:
        raise _bad_file(path, f"cannot be read: {error}") from None


def _bad_file(path: Path, what: str) -> BadInput:
    return BadInput(
        f"the marks {path.name} {what}",
        code="E-PHOTO-020",
        allowed=f"a CSV file with the columns {', '.join(COLUMNS)}",
        do="mark the photograph on its page (`scarplan photo CASE --mark ID`) and save the marks there",
    )


def _check_photo(path: Path, cells: Mapping[str, str], photo_sha256: str | None, *, row: int, earlier_row: int) -> int:
    """Return the number of a row `photo` that names this photograph. Raises BadInput where it names another one."""
    if earlier_row:
        raise _Fault(f"the photo stands already in row {earlier_row}")
    found = _PHOTO_NAME.fullmatch(cells["name"])
    if found is None or any(cells[column] for column in COLUMNS[2:]):
        raise _Fault(
            f"photo needs as name an id and {PHOTO_DIGITS} digits, as the page writes them, and nothing else; "
            "leave the row out in marks made by hand"
        )
    if photo_sha256 is not None and found.group(2) != photo_sha256[:PHOTO_DIGITS]:
        raise BadInput(
            f"the marks {path.name} were made on another picture than the one they are to be kept for",
            code="E-PHOTO-024",
            got=f"made on {cells['name']}",
            allowed=f"a photograph whose SHA-256 begins with {photo_sha256[:PHOTO_DIGITS]}",
            do="give --photo with the photograph they were made on; if it is no longer in the case, mark this one anew",
        )
    return row


def _read_row(number: int, cells: Mapping[str, str], size_px: tuple[int, int]) -> _Row:
    what = cells["what"].lower()
    if what not in NAMES:
        raise _Fault(f"what is {cells['what']!r}, allowed: {', '.join(NAMES)}")
    name = cells["name"].lower().replace("-", "_").replace(" ", "_") or ("ruler" if what == "ruler" else "")
    name = _SPELLINGS.get(name, name)
    if name not in NAMES[what]:
        raise _Fault(f"{what} {cells['name']!r} is not known, allowed: {', '.join(NAMES[what])}")
    at = _read_position(cells, ("x_px", "y_px"), size_px)
    if at is None:
        raise _Fault("has no position (x_px, y_px)")
    edge = _read_position(cells, ("edge_x_px", "edge_y_px"), size_px)
    second, is_needed = _SECOND.get(what, ("", False))
    if edge is None and is_needed:
        raise _Fault(f"{second} of the {what} is missing (edge_x_px, edge_y_px)")
    if edge is not None and not second:
        raise _Fault(f"a {what} has one position only, but edge_x_px and edge_y_px are given")
    if edge == at:
        raise _Fault(f"{second} of the {what} lies on its first position")
    length = _read_number(cells["length_mm"], "length_mm")
    if (length is None) == (what == "ruler"):
        raise _Fault("the length of the ruler in mm is missing" if length is None else f"a {what} has no length_mm")
    if length is not None and not _RULER_MM[0] <= length <= _RULER_MM[1]:
        raise _Fault(f"length_mm is {length:g}, allowed: {_RULER_MM[0]:g} to {_RULER_MM[1]:g}")
    if what == "ruler" and edge is not None and math.dist(at, edge) < _SHORTEST_RULER_PX:
        raise _Fault(f"the two ends of the ruler are less than {_SHORTEST_RULER_PX:g} pixels apart")
    return _Row(number, what, name, at, edge, length)


def _read_position(cells: Mapping[str, str], names: tuple[str, str], size_px: tuple[int, int]) -> Position | None:
    x, y = (_read_number(cells[name], name) for name in names)
    if x is None or y is None:
        if x is not y:
            raise _Fault(f"only one of {names[0]} and {names[1]} is given")
        return None
    if not (0 <= x <= size_px[0] and 0 <= y <= size_px[1]):
        raise _Fault(f"({x:g}, {y:g}) lies outside the photograph of {size_px[0]} x {size_px[1]} pixels")
    return x, y


def _read_number(text: str, column: str) -> float | None:
    if not text:
        return None
    number = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(number):
        raise _Fault(f"{column} is {text!r}, not a number")
    return round(number, 3)  # as it is kept


def _find_contradictions(rows: list[_Row]) -> list[str]:
    """Return what is wrong between rows, in words."""
    faults = []
    seen: dict[tuple[object, ...], int] = {}
    for row in rows:
        key = (row.what, row.name, row.at) if row.what == "scar" else (row.what, row.name)
        if key in seen:
            which = "the ruler" if row.what == "ruler" else f"{row.what} {row.name}"
            place = " at the same place" if row.what == "scar" else ""
            faults.append(f"row {row.number}: {which} stands already in row {seen[key]}{place}")
        seen.setdefault(key, row.number)
    if not any(row.what == "ruler" for row in rows):
        faults += [
            f"row {row.number}: a scar has a width, but no ruler is marked"
            for row in rows
            if row.what == "scar" and row.edge is not None
        ]
    corners = {row.name for row in rows if row.what == "chart"}
    if corners and corners != set(CHART_CORNERS):
        faults.append("chart corners are missing: " + ", ".join(name for name in CHART_CORNERS if name not in corners))
    return faults
