"""The long table of a study from case folders: scars by patient, side, arm and visit, followed by `compare`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scarplan.errors import BadInput, MissingStep
from scarplan.records.case import Case
from scarplan.study.tidy import Observation, in_order, read_table

_NEEDED = ("patient", "arm", "visit", "case")
#: What is taken of each scar.
SCAR_MEASURES = ("depth_mm", "width_mm", "area_mm2", "volume_mm3")


def read_case_observations(folder: Path, table: Path) -> tuple[list[Observation], list[str]]:
    """Return the rows of the case folders named in `table` (columns patient, side, arm, visit, day, case), and notes.

    A patient (or side) has its count, total volume and mean depth; and each scar of the first visit its measures at
    every later visit at which `compare` found it again. Raises BadInput that names the row.
    """
    named = read_table(table, what="the list of cases", needed=_NEEDED)
    groups: dict[tuple[str, str], list[tuple[int, dict[str, str]]]] = {}
    for number, row in enumerate(named, start=2):
        groups.setdefault((row["patient"], row.get("side", "")), []).append((number, row))
    found: list[Observation] = []
    notes: list[str] = []
    for members in groups.values():
        members.sort(key=lambda member: _day(member) or 0)
        first = None
        for number, row in members:
            case = Case(folder / row["case"])
            scars = case.read_result("scars")
            found.append(_of_patient(number, row, scars))
            names: dict[int, int] | None
            if first is None:
                first, names = case, {scar["id"]: scar["id"] for scar in counted_scars(scars)}
            else:
                names = _same_scars(case, first)
                if names is None:
                    notes.append(
                        f"{row['case']}: not compared with its baseline, so its scars are not followed one by one"
                    )
            found += [
                _of_scar(number, row, scar, (names or {})[scar["id"]])
                for scar in counted_scars(scars)
                if scar["id"] in (names or {})
            ]
    return in_order(found), sorted(notes)


def _same_scars(case: Case, first: Case) -> dict[int, int] | None:
    """Return id in this case -> id at the first visit, as `compare` found; None where it was not run."""
    try:
        compared = case.read_result("compare")
    except MissingStep:
        return None
    return {pair["id_b"]: pair["id_a"] for pair in compared["pairs"]}


def _of_patient(number: int, row: dict[str, str], scars: dict[str, Any]) -> Observation:
    counted = counted_scars(scars)
    dents = [scar for scar in counted if scar["depth_mm"] > 0]
    values = {"count": float(len(counted)), "total_volume_mm3": sum(scar["volume_mm3"] for scar in dents)}
    if dents:
        values["mean_depth_mm"] = sum(scar["depth_mm"] for scar in dents) / len(dents)
    return Observation(**_place(number, row), values=values)


def _of_scar(number: int, row: dict[str, str], scar: dict[str, Any], name: int) -> Observation:
    values = {measure: float(scar[measure]) for measure in SCAR_MEASURES}
    return Observation(**_place(number, row), scar=str(name), zone=scar.get("zone") or "", values=values)


def _place(number: int, row: dict[str, str]) -> dict[str, Any]:
    texts = {name: row.get(name, "") for name in ("patient", "side", "arm", "visit")}
    return texts | {"day": _day((number, row))}


def _day(member: tuple[int, dict[str, str]]) -> int | None:
    number, row = member
    text = row.get("day", "")
    try:
        return int(text) if text else None
    except ValueError:
        raise BadInput(
            f"row {number} of the list of cases: day is {text!r}",
            code="E-STUDY-014",
            allowed="a whole number",
            do="correct it",
        ) from None


def counted_scars(scars: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the scars of the headline."""
    faint = {row["id"] if isinstance(row, dict) else row for row in scars.get("low_confidence", ())}
    return [scar for scar in scars["scars"] if scar["id"] not in faint]
