"""A small case for planning and forecasting: a screened patient and a handful of scars on known skin."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scarplan.canonical import make_plain
from scarplan.manifest import make_manifest
from scarplan.records import Case
from scarplan.workflow.screen import screen_patient

SCREENED_ON = "2026-03-02"


def write_patient(
    folder: Path, *, skin_type: int | None = 2, answers: dict[str, str] | None = None, unknown: tuple[str, ...] = ()
) -> Path:
    """Write a patient file in which every question is answered no but those named."""
    from scarplan.candidacy import history_rules

    history = {rule.id: "no" for rule in history_rules()} | (answers or {})
    lines = ['patient_id = "P-1"', "birth_year = 1994", 'sex = "female"', 'sun = "usual"']
    lines += [f"skin_type = {skin_type}"] if skin_type else []
    lines += ["[history]", *(f'{rule} = "{answer}"' for rule, answer in history.items() if rule not in unknown)]
    path = folder / "given_patient.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def scar_row(
    number: int, kind: str = "boxcar", *, depth_mm: float = 0.3, zone: str | None = "cheek", **other: Any
) -> dict[str, Any]:
    """Return one scar as `scars --json` holds it."""
    probability = dict.fromkeys(("icepick", "boxcar", "rolling", "raised"), 0.05) | {kind: 0.85}
    width = {"icepick": 0.9, "boxcar": 2.5, "rolling": 4.5, "raised": 3.0}[kind]
    return {
        "id": number,
        "chart": "map",
        "kind": kind,
        "kind_probability": probability,
        "x_mm": 2.0 * number,
        "y_mm": 3.0,
        "depth_mm": -0.3 if kind == "raised" else depth_mm,
        "depth_sd_mm": 0.02,
        "width_mm": width,
        "area_mm2": width**2,
        "volume_mm3": 0.3 * width**2,
        "volume_sd_mm3": 0.05,
        "wall_angle_deg": 40.0,
        "confidence": 0.95,
        "zone": zone,
        "side": None if zone is None else "right",
        "touches_edge": False,
        "reviewed": False,
    } | other


def usual_scars() -> list[dict[str, Any]]:
    return [
        scar_row(1, "rolling", depth_mm=0.3),
        scar_row(2, "boxcar", depth_mm=0.25),
        scar_row(3, "boxcar", depth_mm=0.7),
        scar_row(4, "icepick", depth_mm=1.2),
        scar_row(5, "raised"),
    ]


def write_scars(case: Case, rows: list[dict[str, Any]], *, low_confidence: tuple[int, ...] = ()) -> None:
    """Write the result of `scars` into the case, as if it had been run."""
    counted = [row for row in rows if row["id"] not in low_confidence]
    names = [
        row["kind"] if row["kind"] != "boxcar" else f"boxcar_{'shallow' if row['depth_mm'] < 0.5 else 'deep'}"
        for row in counted
    ]
    kinds = ("icepick", "boxcar_shallow", "boxcar_deep", "rolling", "raised")
    result = {
        "scars": rows,
        "resolves": {"noise_mm": 0.01, "lateral_mm": 0.2},
        "grades": {},
        "counts": {kind: names.count(kind) for kind in kinds},
        "low_confidence": list(low_confidence),
        "area_cm2": 9.0,
        "review": None,
        "warnings": [],
        "manifest": make_plain(make_manifest("scars", inputs={})),
    }
    case.write_result("scars", result)


def make_case(
    folder: Path, *, rows: list[dict[str, Any]] | None = None, low_confidence: tuple[int, ...] = (), **patient: Any
) -> Case:
    """Return a case that is ready for `plan`."""
    case = Case(folder / "case")
    screen_patient(case.root, write_patient(folder, **patient), date=SCREENED_ON)
    write_scars(case, usual_scars() if rows is None else rows, low_confidence=low_confidence)
    return case
