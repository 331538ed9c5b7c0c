"""The forecast of a case without a scan: drawn scars followed as columns, told in percent of their present depth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from scarplan.forecast import (
    Follower,
    ZoneHealer,
    describe_columns,
    describe_new_scars,
    describe_sensitivity,
    draws_to_explain,
    follow_columns,
    look_into,
    write_columns,
    zone_setting,
)
from scarplan.planning import examination_basis
from scarplan.records import Case
from scarplan.records.plan import Plan
from scarplan.workflow.changes import read_changes
from scarplan.workflow.new_acne import read_acne
from scarplan.workflow.progress import Progress

#: Case files that such a forecast is made from, besides the plan.
INPUTS = ("patient.toml", "results/screen.json", "results/assess.json")

_NO_SETTING = "no needle length setting: set by the clinic"


def forecast_from_examination(
    case: Case, course: Plan, healer: ZoneHealer, progress: Progress
) -> tuple[dict[str, Any], bytes] | None:
    """Return the forecast as plain values, and its arrays; None where no group lies in a zone with a setting."""
    assess = case.read_result("assess")
    scars = examination_basis(assess, count=healer.count, seed=healer.seed).scars
    groups = [row for row in assess["groups"] if zone_setting(course, row["zone"], row["side"])]
    if not groups:
        return None
    followed = {row["id"] for row in groups}
    progress("following every drawn scar", 0.1)
    outcomes = follow_columns(course, scars.pick(np.isin(scars.ids, list(followed))), healer=healer)
    disagreement = assess["grades"]["goodman_baron_quantitative"]["rater_disagreement"]
    described = describe_columns(outcomes, groups=groups, patient=healer.patient, disagreement=disagreement)
    acne = read_acne(case, examined=assess.get("new_acne"))
    new = describe_new_scars(acne, outcomes.scars, days=outcomes.timetable.days, seed=healer.seed)
    sensitivity = _explain_spread(case, course, healer, assess, followed)
    left_out = [
        {key: row[key] for key in ("id", "zone", "side", "kind")} | {"why": _NO_SETTING}
        for row in assess["groups"]
        if row["id"] not in followed
    ]
    told = {**described, "sensitivity": sensitivity, "new_scars": new, "not_forecast": left_out}
    return told, write_columns(outcomes)


def _explain_spread(
    case: Case, course: Plan, healer: ZoneHealer, assess: Mapping[str, Any], followed: set[int]
) -> dict[str, Any]:
    """Return what the forecast hangs on, in more draws of the same scars."""
    scars = examination_basis(assess, count=draws_to_explain(healer), seed=healer.seed).scars
    scars = scars.pick(np.isin(scars.ids, list(followed)))
    changes = read_changes(case, course, healer, has_rolling=bool(scars.tethered.any()))
    return describe_sensitivity(look_into(course, Follower(healer, scars), changes=changes))
