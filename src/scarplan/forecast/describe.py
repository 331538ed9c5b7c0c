"""A forecast as plain values: what `--json` prints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from scarplan.evidence.library import value_of
from scarplan.evidence.published import published_range
from scarplan.forecast.baseline_error import with_baseline_error
from scarplan.forecast.change import expect_change
from scarplan.forecast.columns import interpolation_error_mm
from scarplan.forecast.finder_check import FinderCheck
from scarplan.forecast.harms import describe_harms
from scarplan.forecast.maintenance import describe_benefit
from scarplan.forecast.outcomes import Outcomes, TreatedScar
from scarplan.forecast.quantiles import describe_band, describe_bands, round_figure
from scarplan.forecast.scar_draws import count_as
from scarplan.forecast.storage import surface_array
from scarplan.forecast.surfaces import OUTCOME_LEVELS, OutcomeSurfaces
from scarplan.response import ResponsePatient
from scarplan.scars import COUNTED_KINDS, Scar, counted_kind
from scarplan.scars.grading import suggest_grades

NOTICE = "not yet validated, not for deciding treatment"
# Spacing of the nodes of depth on which the relief change is read off (`response.relief`).
_NODE_MM = 0.05


def describe_forecast(
    outcomes: Outcomes,
    *,
    patient: ResponsePatient,
    surfaces: Sequence[OutcomeSurfaces],
    checks: Sequence[FinderCheck],
    area_cm2: float,
) -> dict[str, Any]:
    """Return a forecast as plain values, the keys of the JSON contract first; the caller adds plan and manifest."""
    table = outcomes.timetable
    return {
        "days": list(table.days),
        "scars": describe_scars(outcomes),
        "grades": describe_grades(checks, area_cm2=area_cm2),
        "harms": describe_harms((scar.course for scar in outcomes.scars), patient),
        "published": describe_published(skin_type=patient.skin_type),
        "kinds": describe_kinds(outcomes),
        "total": describe_total(outcomes),
        **describe_maintenance(outcomes),
        "maintenance_benefit": describe_benefit(
            _percent_of_present(outcomes, outcomes.depth_mm),
            _percent_of_present(outcomes, outcomes.maintained_depth_mm),
            table,
        ),
        "session_days": list(table.session_days),
        "judge_day": table.judge_day,
        "assumption_from_day": value_of("forecast.assumption_from_day"),
        "validated": False,
        "notice": NOTICE,
        "draws": outcomes.depth_mm.shape[0],
        "surfaces": describe_surfaces(surfaces, judge_day=table.judge_day),
        "finder_check": describe_finder_check(checks),
        "accuracy": describe_accuracy(outcomes),
    }


def describe_surfaces(surfaces: Sequence[OutcomeSurfaces], *, judge_day: int) -> dict[str, Any]:
    """Return which draws are stored as surfaces: outcome -> quantile, draw, day, arrays by chart."""
    if not surfaces:
        return {}
    return {
        outcome: {
            "level": level,
            "draw": surfaces[0].draws[outcome],
            "day": judge_day,
            "arrays": {surface.chart: surface_array(outcome, surface.chart) for surface in surfaces},
        }
        for outcome, level in OUTCOME_LEVELS.items()
    }


def describe_grades(checks: Sequence[FinderCheck], *, area_cm2: float) -> dict[str, Any]:
    """Return the grades that relief suggests for poor, middle and good outcome, from the scars found again on them.

    `area_cm2` is the seen skin of the charts that were looked at.
    """
    least = float(value_of("scars.headline_confidence"))
    found: dict[str, list[Scar]] = {}
    for check in checks:
        found.setdefault(check.outcome, []).extend(s for s in check.found.scars if s.confidence >= least)
    return {
        outcome: {
            "counts": {kind: sum(counted_kind(scar) == kind for scar in scars) for kind in COUNTED_KINDS},
            **suggest_grades(scars, area_cm2=area_cm2),
        }
        for outcome, scars in found.items()
    }


def describe_scars(outcomes: Outcomes) -> list[dict[str, Any]]:
    """Return one row for each treated scar: quantiles of depth and volume over the days, and what may be said."""
    return [_describe_scar(outcomes, number, scar) for number, scar in enumerate(outcomes.scars)]


def describe_kinds(outcomes: Outcomes) -> list[dict[str, Any]]:
    """Return one row for each kind that was treated: mean depth, summed volume, percent change when judged."""
    kinds = np.array([count_as(scar.row) for scar in outcomes.scars])
    return [
        {"kind": kind, "count": int((kinds == kind).sum()), **_describe_group(outcomes, kinds == kind)}
        for kind in COUNTED_KINDS
        if (kinds == kind).any()
    ]


def describe_total(outcomes: Outcomes) -> dict[str, Any]:
    """Return all treated scars together: mean depth, summed volume, percent change when judged."""
    return _describe_group(outcomes, np.ones(len(outcomes.scars), dtype=bool))


def describe_maintenance(outcomes: Outcomes) -> dict[str, Any]:
    """Return mean depth over the days with maintenance and without it, and the sessions of each."""
    table = outcomes.timetable
    return {
        "maintained": {
            "days": list(table.days),
            "session_days": list(table.maintained_days),
            "depth_mm": describe_bands(outcomes.maintained_depth_mm.mean(axis=2)),
        },
        "unmaintained": {
            "days": list(table.days),
            "session_days": list(table.session_days),
            "depth_mm": describe_bands(outcomes.depth_mm.mean(axis=2)),
        },
    }


def _percent_of_present(outcomes: Outcomes, depth_mm: np.ndarray) -> np.ndarray:
    return 100 * depth_mm.sum(axis=2) / outcomes.present_depth_mm.sum()


def describe_published(*, skin_type: int | None) -> dict[str, Any]:
    """Return the plain range of published trials like this patient, with rater and number of people."""
    return published_range(skin_type=skin_type).to_result()


def describe_finder_check(checks: Sequence[FinderCheck]) -> dict[str, Any]:
    """Return how the full finder and measuring in the first scan's windows agree."""
    rows = [
        {
            "chart": check.chart,
            "outcome": check.outcome,
            "treated": check.treated,
            "refound": check.refound,
            "median_difference_mm": round_figure(check.median_difference_mm),
            "typical_difference_mm": round_figure(check.typical_difference_mm),
            "deepest_not_refound_mm": round_figure(max(check.not_refound_mm, default=None)),
        }
        for check in checks
    ]
    refound, treated = sum(check.refound for check in checks), sum(check.treated for check in checks)
    differences = [abs(value) for check in checks for value in check.difference_mm]
    words = (
        f"the full finder, run on poor, middle and good outcome, found {refound} of {treated} treated scars again"
        + (
            f"; their depths differ from those in the first windows by {np.median(differences):.3f} mm"
            if differences
            else ""
        )
    )
    return {"words": words, "surfaces": rows}


def describe_accuracy(outcomes: Outcomes) -> dict[str, Any]:
    """Return the numerical error of reading the relief change off a table of depths."""
    courses = {id(scar.course): scar.course for scar in outcomes.scars}.values()
    deepest = float(outcomes.present_depth_mm.max())
    error = max(
        interpolation_error_mm(course, node_mm=_NODE_MM, deepest_mm=deepest, day_index=outcomes.timetable.judge_index)
        for course in courses
    )
    return {
        "interpolation_error_mm": round_figure(error),
        "averaged_windows": sum(scar.simulator.window.pixels_averaged > 1 for scar in outcomes.scars),
        "words": "largest error of any draw from interpolating in local depth; wide scars of fine scans were simulated "
        "on averaged pixels",
    }


def _describe_scar(outcomes: Outcomes, number: int, scar: TreatedScar) -> dict[str, Any]:
    depth, volume = outcomes.depth_mm[:, :, number], outcomes.volume_mm3[:, :, number]
    present, present_volume = float(outcomes.present_depth_mm[number]), float(outcomes.present_volume_mm3[number])
    judged = depth[:, outcomes.timetable.judge_index]
    change = expect_change(judged, present_mm=present, depth_sd_mm=scar.row["depth_sd_mm"])
    return {
        "id": scar.row["id"],
        "kind": scar.row["kind"],
        "zone": scar.row["zone"],
        "side": scar.row["side"],
        "present_depth_mm": round_figure(present),
        "present_volume_mm3": round_figure(present_volume),
        "depth_mm": describe_bands(with_baseline_error(depth, scar.row, measure="depth", unit="mm", present=present)),
        "volume_mm3": describe_bands(
            with_baseline_error(volume, scar.row, measure="volume", unit="mm3", present=present_volume)
        ),
        "scanned_depth_mm": describe_bands(depth),
        "percent_change": describe_band(100 * (judged / present - 1)),
        "detectable_change_mm": round_figure(change.detectable_mm),
        "chance_shallower": round_figure(change.chance_shallower),
        "chance_deeper": round_figure(change.chance_deeper),
        "says": change.words,
    }


def _describe_group(outcomes: Outcomes, chosen: np.ndarray) -> dict[str, Any]:
    depth = outcomes.depth_mm[:, :, chosen].mean(axis=2)
    volume = outcomes.volume_mm3[:, :, chosen].sum(axis=2)
    present = float(outcomes.present_depth_mm[chosen].mean())
    return {
        "present_depth_mm": round_figure(present),
        "present_volume_mm3": round_figure(outcomes.present_volume_mm3[chosen].sum()),
        "depth_mm": describe_bands(depth),
        "volume_mm3": describe_bands(volume),
        "percent_change": describe_band(100 * (depth[:, outcomes.timetable.judge_index] / present - 1)),
    }
