"""The scoring sheet: one row a picture, a column for each scale; and the filled sheets read back.

A scale is a name with its lowest and highest whole number; the column says both, `severity (0-4)`, so that a filled
sheet can be checked without anything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from scarplan.errors import BadInput
from scarplan.study.tidy import read_table, write_csv

_SCALE = re.compile(r"^([A-Za-z][\w ]{0,39}):(-?\d{1,3}):(-?\d{1,3})$")
_COLUMN = re.compile(r"^([A-Za-z][\w ]{0,39}) \((-?\d{1,3})-(-?\d{1,3})\)$")


@dataclass(frozen=True)
class Scale:
    """One scale: whole numbers from `lowest` to `highest`."""

    name: str
    lowest: int
    highest: int

    @property
    def column(self) -> str:
        """Its column in the sheet."""
        return f"{self.name} ({self.lowest}-{self.highest})"

    @property
    def is_comparison(self) -> bool:
        """Whether it runs from as far below 0 as above: of two pictures it tells which has more."""
        return self.lowest == -self.highest

    @property
    def measure(self) -> str:
        """Its column in the long table."""
        return self.name.lower().replace(" ", "_")


@dataclass(frozen=True)
class Score:
    """What one rater gave one picture; a scale left empty is missing in `values`."""

    rater: str
    code: str
    values: Mapping[str, float]


def read_scales(texts: Iterable[str]) -> list[Scale]:
    """Return scales told as `name:lowest:highest`. Raises BadInput."""
    found = []
    for text in texts:
        told = _SCALE.match(text)
        scale = told and Scale(told[1].strip(), int(told[2]), int(told[3]))
        if not scale or not scale.lowest < scale.highest:
            raise BadInput(
                "this is no scale",
                code="E-BLIND-001",
                got=text,
                allowed="a name and two whole numbers, the lower first, such as severity:0:4",
                do="--scale severity:0:4 --scale improvement:-4:4",
            )
        found.append(scale)
    if len({scale.measure for scale in found}) < len(found):
        raise BadInput("two scales have one name", code="E-BLIND-001", do="name each scale once")
    return found


def last_to_first(
    scores: Iterable[Score], key: Mapping[str, Mapping[str, str]], scales: Iterable[Scale]
) -> list[Score]:
    """Return scores of two pictures as last visit to first, whichever stood on the right; others as they are.

    A comparison is scored as right to left. Shown the other way round, the same opinion has the other sign.
    """
    compared = {scale.measure for scale in scales if scale.is_comparison}
    turned = []
    for score in scores:
        row = key[score.code]
        is_last_left = bool(row.get("first_file")) and row["first_file"] == row["file_right"]
        values = {
            name: -value if is_last_left and name in compared and value else value
            for name, value in score.values.items()
        }
        turned.append(replace(score, values=values))
    return turned


def write_sheet(codes: Sequence[str], scales: Sequence[Scale]) -> bytes:
    """Return the empty sheet as CSV, in the order of showing."""
    columns: dict[str, Sequence[object]] = {"rater": [None] * len(codes), "order": list(range(1, len(codes) + 1))}
    columns |= {"code": list(codes)} | {scale.column: [None] * len(codes) for scale in scales}
    return write_csv(columns | {"remark": [None] * len(codes)})


def read_sheet(path: Path, codes: Iterable[str]) -> tuple[list[Scale], list[Score]]:
    """Return the scales and scores of a filled sheet. Raises BadInput that tells every fault."""
    rows = read_table(path, what="the scoring sheet", needed=("code",))
    scales = [Scale(m[1], int(m[2]), int(m[3])) for name in rows[0] if (m := _COLUMN.match(name))]
    known, faults, found = set(codes), [], []
    if not scales:
        faults.append("no column is a scale, such as `severity (0-4)`")
    for number, row in enumerate(rows, start=2):
        if row["code"] not in known:
            faults.append(f"row {number}: code {row['code']!r} is not in the key")
        values = {}
        for scale in scales:
            text = row[scale.column]
            if not text:
                continue
            if re.fullmatch(r"-?\d+", text) and scale.lowest <= int(text) <= scale.highest:
                values[scale.measure] = float(text)
            else:
                faults.append(f"row {number}: {scale.name} is {text!r}, allowed: {scale.lowest} to {scale.highest}")
        found.append(Score(row.get("rater", "") or path.stem, row["code"], values))
    if faults:
        more = f"; and {len(faults) - 10} more" if len(faults) > 10 else ""
        raise BadInput(
            f"the scoring sheet {path.name} is not valid: {'; '.join(faults[:10])}{more}",
            code="E-BLIND-002",
            do="correct it",
        )
    return scales, found
