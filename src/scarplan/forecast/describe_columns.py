"""A forecast from an examination as plain values: percent of the present depth, never millimetres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from scarplan.evidence.library import value_of
from scarplan.examination import DEPRESSED_KINDS, NOTICE, say_count, say_total
from scarplan.forecast.column_outcomes import ColumnOutcomes
from scarplan.forecast.describe import NOTICE as MODEL_NOTICE
from scarplan.forecast.describe import describe_published
from scarplan.forecast.harms import describe_harms
from scarplan.forecast.maintenance import describe_benefit
from scarplan.forecast.quantiles import describe_band, describe_bands
from scarplan.response import ResponsePatient

Row = Mapping[str, Any]

_NO_GRADES = (
    "a grade is given by eye and jumps between classes; without a scan it is not forecast. At follow-up the grade is "
    "given again and judged against how far raters differ"
)
_JUDGING = (
    "without a scan a change is judged by examining again: it counts where it is larger than the difference between "
    "two raters; better by the same examiner in the same light"
)


def describe_columns(
    outcomes: ColumnOutcomes, *, groups: Sequence[Row], patient: ResponsePatient, disagreement: Row
) -> dict[str, Any]:
    """Return a forecast as plain values; the caller adds plan, what was left out, and the manifest.

    `groups` are the rows of the examination that were followed, `disagreement` tells how far raters differ.
    """
    table = outcomes.timetable
    return {
        "days": list(table.days),
        "scars": [],
        "examination_notice": NOTICE,
        "groups": [_describe_group(outcomes, row) for row in groups],
        "kinds": [
            _describe_kind(outcomes, kind, rows)
            for kind in DEPRESSED_KINDS
            if (rows := [row for row in groups if row["kind"] == kind])
        ],
        "total": _describe_total(outcomes),
        "maintained": _describe_course(outcomes, table.maintained_days, maintained=True),
        "unmaintained": _describe_course(outcomes, table.session_days, maintained=False),
        "maintenance_benefit": describe_benefit(outcomes.total_change(), outcomes.total_change(maintained=True), table),
        "grades": {"status": "not forecast", "note": _NO_GRADES},
        "judged_by": {"words": _JUDGING, "rater_disagreement": dict(disagreement)},
        "harms": describe_harms(outcomes.courses.values(), patient),
        "published": describe_published(skin_type=patient.skin_type),
        "session_days": list(table.session_days),
        "judge_day": table.judge_day,
        "assumption_from_day": value_of("forecast.assumption_from_day"),
        "validated": False,
        "notice": MODEL_NOTICE,
        "draws": outcomes.residual_mm.shape[0],
    }


def _describe_group(outcomes: ColumnOutcomes, row: Row) -> dict[str, Any]:
    low, high = row["low"], row["high"]
    return {
        **{key: row[key] for key in ("id", "zone", "side", "kind")},
        "low": low,
        "high": high,
        "count_words": say_count(low, high),
        "percent_change": _judged(outcomes, outcomes.scars.ids == row["id"]),
    }


def _describe_kind(outcomes: ColumnOutcomes, kind: str, rows: Sequence[Row]) -> dict[str, Any]:
    return {
        "kind": kind,
        "low": sum(row["low"] for row in rows),
        "high": sum(row["high"] for row in rows),
        "count_words": say_total((row["low"], row["high"]) for row in rows),
        "percent_change": _judged(outcomes, outcomes.scars.is_of(kind)),
    }


def _describe_total(outcomes: ColumnOutcomes) -> dict[str, Any]:
    change = outcomes.total_change()
    return {
        "percent_change": describe_band(change[:, outcomes.timetable.judge_index]),
        "percent_change_by_day": describe_bands(change),
    }


def _describe_course(outcomes: ColumnOutcomes, sessions: Sequence[int], *, maintained: bool) -> dict[str, Any]:
    return {
        "days": list(outcomes.timetable.days),
        "session_days": list(sessions),
        "percent_change": describe_bands(outcomes.total_change(maintained=maintained)),
    }


def _judged(outcomes: ColumnOutcomes, chosen: np.ndarray) -> dict[str, float | None]:
    return describe_band(outcomes.percent_change(chosen)[:, outcomes.timetable.judge_index])
