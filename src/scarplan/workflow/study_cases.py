"""The long table of a study from case folders: scars by patient, side, arm and visit, followed by `compare`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scarplan.errors import BadInput, MissingStep
from scarplan.records.case import Case, result_name
from scarplan.study.tidy import Observation, in_order, read_table

_NEEDED = ("patient", "arm", "visit", "case")
#: What is taken of each scar.
SCAR_MEASURES = ("depth_mm", "width_mm", "area_mm2", "volume_mm3")


def read_case_observations(folder: Path, table: Path) -> tuple[list[Observation], list[str]]:
    """Return the rows of the case folders named in `table` (columns patient, side, arm, visit, day, case), and notes.

    A patient (or side) has its count, total volume and mean depth. Each scar of the first visit has its measures there
    and, at every later visit that `compare` laid over the first, what became of it: also when it can no longer be told
    from healthy skin, or scars that got better would drop out. Raises BadInput that names the row.
    """
    named = read_table(table, what="the list of cases", needed=_NEEDED)
    groups: dict[tuple[str, str], list[tuple[int, dict[str, str]]]] = {}
    for number, row in enumerate(named, start=2):
        groups.setdefault((row["patient"], row.get("side", "")), []).append((number, row))
    found: list[Observation] = []
    notes: list[str] = []
    for members in groups.values():
        members.sort(key=lambda member: _day(member) or 0)
        first, before = None, {}
        for number, row in members:
            case = Case(folder / row["case"])
            scars = case.read_result("scars")
            found.append(_of_patient(number, row, scars))
            if first is None:
                first, before = case, {scar["id"]: scar for scar in counted_scars(scars)}
                found += [_of_scar(number, row, scar, _measures(scar)) for scar in before.values()]
                continue
            followed, note = _follow(case, first, before, {scar["id"]: scar for scar in scars["scars"]})
            found += [_of_scar(number, row, before[scar_id], values) for scar_id, values in followed.items()]
            notes += [f"{row['case']}: {note}"] if note else []
    return in_order(found), sorted(notes)


def list_case_files(folder: Path, table: Path) -> dict[str, Path]:
    """Return what is read of the case folders named in `table`: path inside the folder -> file."""
    named = read_table(table, what="the list of cases", needed=_NEEDED)
    names = [f"{row['case']}/{result_name(verb)}" for row in named for verb in ("scars", "compare")]
    return {name: path for name in names if (path := folder / name).is_file()}


def _follow(
    case: Case, first: Case, before: dict[int, dict[str, Any]], after: dict[int, dict[str, Any]]
) -> tuple[dict[int, dict[str, float]], str]:
    """Return id at the first visit -> measures in this case, as `compare` found, and what to tell."""
    try:
        compared = case.read_result("compare")
    except MissingStep:
        return {}, "not compared with its baseline, so its scars are not followed one by one"
    if first.hashes(result_name("scars")).get(result_name("scars")) not in compared["manifest"]["inputs"].values():
        return {}, "compared with another scan than its baseline, so its scars are not followed one by one"
    followed = {}
    for pair in compared["pairs"]:
        if pair["id_a"] in before:
            # The change is measured more exactly than the two depths apart.
            depth = before[pair["id_a"]]["depth_mm"] + pair["depth_change_mm"]
            followed[pair["id_a"]] = _measures(after[pair["id_b"]]) | {"depth_mm": depth}
    gone = [scar_id for scar_id in compared["vanished"] if scar_id in before]
    followed |= {scar_id: {"depth_mm": 0.0, "volume_mm3": 0.0} for scar_id in gone}
    told = f"{len(gone)} scars are no longer told from healthy skin and count with depth and volume 0" if gone else ""
    return followed, told


def _measures(scar: dict[str, Any]) -> dict[str, float]:
    return {measure: float(scar[measure]) for measure in SCAR_MEASURES}


def _of_patient(number: int, row: dict[str, str], scars: dict[str, Any]) -> Observation:
    counted = counted_scars(scars)
    dents = [scar for scar in counted if scar["depth_mm"] > 0]
    values = {"count": float(len(counted)), "total_volume_mm3": sum(scar["volume_mm3"] for scar in dents)}
    if dents:
        values["mean_depth_mm"] = sum(scar["depth_mm"] for scar in dents) / len(dents)
    return Observation(**_place(number, row), values=values)


def _of_scar(number: int, row: dict[str, str], scar: dict[str, Any], values: dict[str, float]) -> Observation:
    return Observation(**_place(number, row), scar=str(scar["id"]), zone=scar.get("zone") or "", values=values)


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
