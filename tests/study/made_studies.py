"""Studies with a known truth: scars in sides in patients, two visits, two arms."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np

from scarplan.records.study_plan import StudyPlan
from scarplan.study.tidy import Observation, in_order

ARMS = ("needling", "control")


def make_plan(**changes: Any) -> StudyPlan:
    """A valid plan; `primary` and `missing` may be given in part."""
    primary = {"measure": "depth_mm", "visit": "month 3", "analysis": "mixed", "better": "lower"}
    values: dict[str, Any] = {
        "title": "A study", "declared_by": "Dr A. Example", "declared_on": datetime.date(2026, 3, 2),
        "design": "split_face", "arms": ARMS, "allocation": "random", "data": "data.csv",
        "visit": [{"name": "baseline", "day": 0}, {"name": "month 3", "day": 90, "window_days": [75, 120]}],
    }  # fmt: skip
    values |= changes
    values["primary"] = primary | changes.get("primary", {})
    return StudyPlan.model_validate(values)


def make_study(
    seed: int,
    *,
    patients: int = 14,
    scars: int = 5,
    effect: float = 0.0,
    split_face: bool = True,
    patient_sd: float = 0.05,
    side_sd: float = 0.03,
    scar_sd: float = 0.03,
    missing: float = 0.0,
) -> list[Observation]:
    """Return rows; `effect` is added to the change of the first arm. Patients go missing with chance `missing`."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(patients):
        name, of_patient = f"p{number:02d}", rng.normal(0, patient_sd)
        base_patient, gone = rng.normal(0.35, 0.05), rng.random() < missing
        sides = [("left", 0), ("right", 1)] if split_face else [("", number % 2)]
        if split_face and rng.random() < 0.5:
            sides = [("left", 1), ("right", 0)]
        for side, arm in sides:
            of_side = rng.normal(0, side_sd)
            for scar in range(scars):
                before = base_patient + rng.normal(0, 0.08)
                change = -0.05 + effect * (arm == 0) + of_patient + of_side + rng.normal(0, scar_sd)
                shared = {"patient": name, "side": side, "arm": ARMS[arm], "scar": str(scar + 1) if scars > 1 else ""}
                rows.append(Observation(**shared, visit="baseline", day=0, values={"depth_mm": before}))
                if not gone:
                    after = {"depth_mm": before + change}
                    rows.append(Observation(**shared, visit="month 3", day=91, values=after))
    return in_order(rows)
