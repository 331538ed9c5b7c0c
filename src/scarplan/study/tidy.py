"""The long table of a study: one row for each patient, side, visit and scar; measures in columns named with their unit.

It is read from CSV and written as CSV and Parquet in one order, so that the order of the rows given does not matter.
An empty cell was not measured.
"""

from __future__ import annotations

import csv
import io
import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scarplan.errors import BadInput

#: Columns that say what a row is of; every other column is a measure.
KEYS = ("patient", "side", "arm", "visit", "day", "scar", "zone")
_NEEDED = ("patient", "arm", "visit")
_MOST_BYTES = 100_000_000
_EMPTY = {"", "na", "nan", "null", "."}


@dataclass(frozen=True)
class Observation:
    """One row. Empty texts and None are not told; `values` holds what was measured."""

    patient: str
    arm: str
    visit: str
    side: str = ""
    day: int | None = None
    scar: str = ""
    zone: str = ""
    values: Mapping[str, float] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, ...]:
        """What no two rows may share."""
        return self.patient, self.side, self.arm, self.visit, self.scar


def read_table(path: Path, *, what: str, needed: Sequence[str]) -> list[dict[str, str]]:
    """Return the rows of a CSV file as column -> text, stripped. Raises BadInput."""
    do = f"give {what} as CSV in UTF-8 with the columns {', '.join(needed)}"
    try:
        if not path.is_file() or not 0 < path.stat().st_size <= _MOST_BYTES:
            raise BadInput(f"{what} {path} is missing, empty or too large", code="E-STUDY-002", do=do)
        text = path.read_bytes().decode("utf-8-sig")
        between = max(",;\t", key=text.split("\n", 1)[0].count)
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=between, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{what} {path.name} cannot be read as a table: {error}", code="E-STUDY-003", do=do) from None
    head = [cell.strip() for cell in lines[0]] if lines else []
    missing = [name for name in needed if name not in head]
    if missing or len(set(head)) < len(head):
        fault = f"lacks the columns {', '.join(missing)}" if missing else "names a column twice"
        raise BadInput(f"{what} {path.name} {fault}", code="E-STUDY-003", got=", ".join(head), do=do)
    rows = []
    for number, cells in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(head):
            raise BadInput(
                f"{what} {path.name} has {len(cells)} cells in row {number} instead of {len(head)}",
                code="E-STUDY-003",
                do=do,
            )
        decimal = (cell.strip().replace(",", ".") if between == ";" else cell.strip() for cell in cells)
        rows.append(dict(zip(head, decimal, strict=True)))
    if not rows:
        raise BadInput(f"{what} {path.name} has no rows", code="E-STUDY-003", do=do)
    return rows


def read_observations(path: Path) -> list[Observation]:
    """Return the rows of the long table at `path`, in one order. Raises BadInput that tells every fault."""
    faults: list[str] = []
    found: list[Observation] = []
    for number, row in enumerate(read_table(path, what="the data", needed=_NEEDED), start=2):
        values = {}
        for name, text in row.items():
            if name in KEYS or text.lower() in _EMPTY:
                continue
            value = _as_number(text)
            if value is None:
                faults.append(f"row {number}: {name} is {text!r}, not a number")
            else:
                values[name] = value
        told_day = "" if row.get("day", "").lower() in _EMPTY else row["day"]
        day = _as_number(told_day)
        faults += [f"row {number}: {name} is empty" for name in _NEEDED if not row[name]]
        if told_day and (day is None or day != int(day)):
            faults.append(f"row {number}: day is {told_day!r}, not a whole number")
            day = None
        texts = {name: row.get(name, "") for name in ("patient", "arm", "visit", "side", "scar", "zone")}
        found.append(Observation(**texts, day=None if day is None else int(day), values=values))
    found = in_order(found)
    faults += [
        f"two rows for {' '.join(part for part in one.key if part)}"
        for one, other in itertools.pairwise(found)
        if one.key == other.key
    ]
    if faults:
        more = f"; and {len(faults) - 10} more" if len(faults) > 10 else ""
        raise BadInput(
            f"the data {path.name} are not valid: {'; '.join(faults[:10])}{more}",
            code="E-STUDY-004",
            do="correct these rows",
        )
    return found


def in_order(rows: Iterable[Observation]) -> list[Observation]:
    """Return rows in the one order in which they are analysed and written."""
    return sorted(rows, key=lambda row: (row.key, row.day if row.day is not None else -math.inf, row.zone))


def measures_of(rows: Iterable[Observation]) -> list[str]:
    """Return the names of all measures, sorted."""
    return sorted({name for row in rows for name in row.values})


def as_columns(rows: Sequence[Observation]) -> dict[str, list[Any]]:
    """Return the table as column -> values; None where nothing was told or measured."""
    columns: dict[str, list[Any]] = {
        name: [getattr(row, name) if getattr(row, name) != "" else None for row in rows] for name in KEYS
    }
    columns |= {name: [row.values.get(name) for row in rows] for name in measures_of(rows)}
    return columns


def write_csv(columns: Mapping[str, Sequence[Any]]) -> bytes:
    """Return columns as CSV; None is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for cells in zip(*columns.values(), strict=True):
        writer.writerow(["" if cell is None else f"{cell:.9g}" if isinstance(cell, float) else cell for cell in cells])
    return text.getvalue().encode()


def write_parquet(columns: Mapping[str, Sequence[Any]], *, floats: Iterable[str]) -> bytes:
    """Return columns as Parquet; `floats` names those that are numbers, `day` is whole, the others are text."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    numbers = set(floats)
    types = {
        name: pa.float64() if name in numbers else pa.int64() if name == "day" else pa.string() for name in columns
    }
    table = pa.table({name: pa.array(list(values), types[name]) for name, values in columns.items()})
    stream = io.BytesIO()
    pq.write_table(table, stream, compression="zstd")
    return stream.getvalue()


def _as_number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
