"""Review: the clinician accepts, rejects, retypes or adds scars in `review.csv`; plan and report use the result.

Columns: action (accept | reject | retype | add), id, kind, x_mm, y_mm, chart, width_mm, reviewer, date, note.
`accept`, `reject` and `retype` name an id of the list; `retype` and `add` a kind; `add` a place.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from scarplan.errors import BadInput
from scarplan.scars.add import add_scar
from scarplan.scars.scarmap import SCAR_KINDS, Scar, ScarMap
from scarplan.surface.surface import Scanner, Surface

ACTIONS = ("accept", "reject", "retype", "add")
COLUMNS = ("action", "id", "kind", "x_mm", "y_mm", "chart", "width_mm", "reviewer", "date", "note")
_MANDATORY_COLUMNS = ("action", "id", "reviewer", "date")
_LARGEST_REVIEW_BYTES = 2_000_000
_ADD_WIDTHS_MM = (0.2, 15.0)


@dataclass(frozen=True)
class ReviewRow:
    """One line of a review; `line` is its number in the file."""

    line: int
    action: str
    scar_id: int | None
    kind: str | None
    x_mm: float | None
    y_mm: float | None
    chart: str | None
    width_mm: float | None
    note: str


@dataclass(frozen=True)
class Review:
    """What one reviewer decided on one day, with how many of each action."""

    reviewer: str
    date: date
    rows: tuple[ReviewRow, ...]

    def count(self, action: str) -> int:
        """Return how many rows have this action."""
        return sum(row.action == action for row in self.rows)


def read_review(path: Path) -> Review:
    """Return the review in a CSV file. Raises BadInput naming the line, the column and what is allowed."""
    lines = list(csv.DictReader(io.StringIO(_read_text(path), newline="")))
    header = list(lines[0]) if lines else []
    missing = [name for name in _MANDATORY_COLUMNS if name not in header]
    unknown = [name for name in header if name not in COLUMNS]
    if not lines or missing or unknown:
        what = "has no rows" if not lines else f"lacks the column {missing[0]}" if missing else "has an unknown column"
        raise BadInput(
            f"the review {path} {what}", code="E-SCAR-011", got=unknown[0] if unknown and not missing else None,
            allowed=", ".join(COLUMNS), do="give one row per decision, with these column names in the first line",
        )  # fmt: skip
    rows = tuple(_read_row(line, number, path) for number, line in enumerate(lines, start=2))
    signed = {((line["reviewer"] or "").strip(), (line["date"] or "").strip()) for line in lines}
    if len(signed) != 1:
        raise BadInput(
            f"the review {path} has more than one reviewer or date", code="E-SCAR-012", got=sorted(signed),
            allowed="one reviewer and one date", do="write one file per review",
        )  # fmt: skip
    reviewer, day = signed.pop()
    if not reviewer:
        raise BadInput(f"the review {path} names no reviewer", code="E-SCAR-013", do="fill the column reviewer")
    review = Review(reviewer, _read_date(day, path), rows)
    _check_once(review, path)
    return review


def apply_review(
    review: Review, scarmap: ScarMap, surfaces: Mapping[str, Surface], *, scanner: Scanner | None = None
) -> ScarMap:
    """Return the reviewed map: rejected scars are gone, retyped ones have their kind, added ones are measured.

    Scars that the review does not name stay as they are, not reviewed. Ids are kept; added scars get new ones.
    What is known of the errors of `scanner` counts in the deviations of added scars.
    """
    known = {scar.id: scar for scar in scarmap.scars}
    for row in review.rows:
        if row.scar_id is not None and row.scar_id not in known:
            raise BadInput(
                f"the review names a scar that is not in the list (line {row.line})", code="E-SCAR-014",
                got=row.scar_id, allowed=_ids_in_words(known), do="use an id of scars.csv",
            )  # fmt: skip
    labels = {chart: image.copy() for chart, image in scarmap.labels.items()}
    decided: dict[int, Scar] = dict(known)
    for row in review.rows:
        if row.scar_id is None:
            continue
        if row.action == "reject":
            del decided[row.scar_id]
            for image in labels.values():
                image[image == row.scar_id] = 0
        else:
            decided[row.scar_id] = _accepted(known[row.scar_id], row)
    result = replace(
        scarmap, scars=tuple(decided.values()), labels=labels,
        reviewed_by=review.reviewer, reviewed_on=review.date.isoformat(),
    )  # fmt: skip
    next_id = max(known, default=0) + 1
    for row in review.rows:
        if row.action == "add":
            place = {"x_mm": _number(row.x_mm), "y_mm": _number(row.y_mm), "width_mm": row.width_mm}
            result = add_scar(
                result,
                _chart_of(row, surfaces),
                scar_id=next_id,
                kind=row.kind or "",
                line=row.line,
                scanner=scanner,
                **place,
            )
            next_id += 1
    return result


def _accepted(scar: Scar, row: ReviewRow) -> Scar:
    kind = row.kind if row.action == "retype" else scar.kind
    if kind is not None and (kind == "raised") != (scar.depth_mm < 0):
        raise BadInput(
            f"line {row.line}: scar {scar.id} cannot be of this kind", code="E-SCAR-015", got=kind,
            allowed="raised for a scar that stands up, icepick, boxcar or rolling for one that lies below the skin",
            do="reject it and add another one if the place is wrong",
        )  # fmt: skip
    sure = {one: float(one == kind) for one in SCAR_KINDS} if row.action == "retype" else scar.kind_probability
    return replace(scar, kind=kind, kind_probability=sure, confidence=1.0, reviewed=True)


def _chart_of(row: ReviewRow, surfaces: Mapping[str, Surface]) -> Surface:
    name = row.chart or (next(iter(surfaces)) if len(surfaces) == 1 else "")
    if name not in surfaces:
        raise BadInput(
            f"line {row.line}: the chart of the added scar is not known", code="E-SCAR-016", got=name or "nothing",
            allowed=", ".join(surfaces), do="fill the column chart",
        )  # fmt: skip
    return surfaces[name]


def _read_row(line: Mapping[str, str | None], number: int, path: Path) -> ReviewRow:
    values = {name: (line.get(name) or "").strip() for name in COLUMNS}
    action = values["action"]
    _check(action in ACTIONS, path, number, "action", action, ", ".join(ACTIONS))
    needs_id, needs_kind = action != "add", action in ("retype", "add")
    _check(bool(values["id"]) == needs_id, path, number, "id", values["id"],
           "the id of a scar of the list" if needs_id else "nothing: an added scar gets a new id")  # fmt: skip
    if needs_id:
        _check(values["id"].isdecimal(), path, number, "id", values["id"], "a whole number")
    if needs_kind or values["kind"]:
        _check(values["kind"] in SCAR_KINDS, path, number, "kind", values["kind"], ", ".join(SCAR_KINDS))
    x, y, width = (_read_number(values[name], path, number, name) for name in ("x_mm", "y_mm", "width_mm"))
    if action == "add":
        _check(x is not None and y is not None, path, number, "x_mm, y_mm", "nothing", "the place of the scar in mm")
    if width is not None:
        low, high = _ADD_WIDTHS_MM
        _check(low <= width <= high, path, number, "width_mm", width, f"{low} to {high} mm")
    return ReviewRow(
        number, action, int(values["id"]) if needs_id else None, values["kind"] or None, x, y,
        values["chart"] or None, width, values["note"],
    )  # fmt: skip


def _read_number(text: str, path: Path, line: int, column: str) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    _check(math.isfinite(value), path, line, column, text, "a number in mm")
    return value


def _read_date(text: str, path: Path) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(
            f"the review {path} has no valid date", code="E-SCAR-017", got=text, allowed="YYYY-MM-DD", do="correct it"
        ) from None


def _read_text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError:
        raise BadInput(f"the review {path} cannot be read", code="E-SCAR-018", do="name a review.csv file") from None
    if len(data) > _LARGEST_REVIEW_BYTES:
        raise BadInput(
            f"the review {path} is too large", code="E-SCAR-019", got=f"{len(data)} bytes",
            allowed=f"at most {_LARGEST_REVIEW_BYTES} bytes", do="name a review.csv file",
        )  # fmt: skip
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(f"the review {path} is not UTF-8 text", code="E-SCAR-020", do="save it as UTF-8") from None


def _check_once(review: Review, path: Path) -> None:
    seen: set[int] = set()
    for row in review.rows:
        _check(row.scar_id not in seen, path, row.line, "id", row.scar_id, "each scar once")
        if row.scar_id is not None:
            seen.add(row.scar_id)


def _check(holds: bool, path: Path, line: int, column: str, got: object, allowed: str) -> None:
    if not holds:
        raise BadInput(
            f"the review {path} is wrong in line {line}, column {column}", code="E-SCAR-021",
            got=got if got not in ("", None) else "nothing", allowed=allowed, do="correct the line",
        )  # fmt: skip


def _ids_in_words(known: Mapping[int, Scar]) -> str:
    return f"{min(known)} to {max(known)}" if known else "none: the list is empty"


def _number(value: float | None) -> float:
    return math.nan if value is None else value
