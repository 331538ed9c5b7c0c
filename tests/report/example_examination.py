"""A case without a scan, written by hand in the agreed shapes: examination, plan, forecast, follow-up, outcomes."""

from __future__ import annotations

import copy
from typing import Any

import example_case

NOTICE = "estimated from examination; depth was not measured"
DAYS = example_case.DAYS


def _range(low: int, high: int) -> dict[str, int]:
    return {"low": low, "high": high}


def _zone(zone: str, side: str | None, **counts: Any) -> dict[str, Any]:
    kinds = ("icepick", "boxcar_shallow", "boxcar_deep", "rolling", "raised", "other")
    found = {kind: counts.get(kind, _range(0, 0)) for kind in kinds}
    return {"zone": zone, "side": side, "counts": found, "stretch": None, "note": None}


ZONES = [
    _zone("cheek", "left", icepick=_range(5, 10), boxcar_shallow=_range(1, 4), rolling=_range(11, 20)),
    _zone("cheek", "right", icepick=_range(3, 3), boxcar_deep=_range(1, 4), rolling=_range(21, 60)),
    _zone("temple", "left", icepick=_range(1, 4), rolling=None),
    _zone("chin", None, raised=_range(2, 2)),
]


def make_results() -> dict[str, dict[str, Any]]:
    """Return the result of each verb of a case without a scan (manifests without inputs)."""
    found = {verb: row for verb, row in example_case.make_results().items() if verb in ("screen", "plan", "forecast")}
    found["assess"] = _assess()
    found["plan"] |= {"basis": "examination", "goals": []}
    found["plan"]["first"] = [
        found["plan"]["first"][0] | {"count": None, "count_words": "9 to 17"},
        found["plan"]["first"][1] | {"count": None, "count_words": "over 31"},
    ]
    found["forecast"] = _forecast(found["forecast"])
    for verb, result in found.items():
        result["manifest"] = {**found["screen"]["manifest"], "verb": verb}
    order = ("screen", "assess", "plan", "forecast")
    return copy.deepcopy({verb: found[verb] for verb in order})


def make_follow_up() -> dict[str, Any]:
    """Return a follow-up examination: one change beyond the raters, one within, one that cannot be judged."""
    none = "no change beyond what two raters differ by"
    total = {"id": "goodman_baron_quantitative", "what": "Goodman and Baron total", "disagreement": "within 4 points"}
    counts = {"disagreement": "means of 16 to 27 scars", "sources": ["assumption"]}
    return {
        "examinations": [
            {"examined_on": "2026-03-02", "examiner": "Dr A. Example", "days_since_first": 0, "light": "lamp"},
            {"examined_on": "2026-09-07", "examiner": "Dr B. Example", "days_since_first": 189, "light": None},
        ],
        "changes": [
            total
            | {"first": _range(14, 22), "last": _range(7, 9), "first_words": "14 to 22", "last_words": "7 to 9"}
            | {"change": _range(-15, -5), "sources": ["assumption"]}
            | {"judgement": "better", "says": "better by more than raters differ"},
            counts
            | {"id": "count.icepick", "what": "ice-pick scars", "first": _range(9, 17), "last": _range(9, 12)}
            | {"first_words": "9 to 17", "last_words": "9 to 12"}
            | {"change": _range(-8, 3), "judgement": "none", "says": none},
            counts
            | {"id": "count.rolling", "what": "rolling scars", "first": _range(21, 60), "last": None}
            | {"first_words": "over 20", "last_words": None}
            | {"change": None, "judgement": "unknown", "says": "cannot be judged"},
        ],
        "same_examiner": False,
        "says": "Better by more than raters differ: Goodman and Baron total. Cannot be judged: rolling scars.",
        "note": "Raters also saw improvement in skin that nobody had treated.",
        "note_sources": ["assumption"],
        "doubts": ["The light was not the same, or not noted."],
        "manifest": _manifest("follow_up"),
    }


def make_outcomes() -> dict[str, Any]:
    """Return what a patient said at three visits; FASQoL was never asked, SCARS has no known maximum."""
    own = {"is_licensed": False, "lowest": 0, "highest": 10}
    scales = [
        {"key": "dlqi", "name": "DLQI", "better": "lower", "is_licensed": True, "lowest": 0, "highest": 30},
        {"key": "scars", "name": "SCARS", "better": "lower", "is_licensed": True, "lowest": 0, "highest": None},
        {"key": "fasqol", "name": "FASQoL", "better": "lower", "is_licensed": True, "lowest": 0, "highest": None},
        {"key": "bother", "name": "bother", "better": "lower", **own},
        {"key": "avoidance", "name": "avoidance", "better": "lower", **own},
        {"key": "worth_it", "name": "worth it", "better": "higher", **own},
    ]
    values = [
        (0, "2026-03-02", 14, 12, 8, 7, None),
        (84, "2026-05-25", 9, None, 6, 6, 5),
        (189, "2026-09-07", 5, 9, 4, 3, 8),
    ]
    visits = [
        {
            "date": date,
            "day": day,
            "dlqi": dlqi,
            "scars": scars,
            "fasqol": None,
            "bother": bother,
            "avoidance": avoidance,
            "worth_it": worth,
            "note": None,
        }
        for day, date, dlqi, scars, bother, avoidance, worth in values
    ]
    says = "9 points better: at least the 4 points that people with skin disease notice"
    changes = [
        {"what": scale["key"], "name": scale["name"], "change": None, "says": "not asked", "sources": []}
        for scale in scales
    ]
    changes[0] |= {"change": -9, "says": says, "sources": ["assumption"]}
    return {
        "visits": visits,
        "scales": scales,
        "changes": changes,
        "doubts": ["the last answer asks for a talk"],
        "note": "Scores move by themselves from week to week.",
        "manifest": _manifest("outcomes"),
    }


def _manifest(verb: str) -> dict[str, Any]:
    return {**example_case.make_results()["screen"]["manifest"], "verb": verb}


def _assess() -> dict[str, Any]:
    kinds = ("icepick", "boxcar_shallow", "boxcar_deep", "rolling")
    groups = [
        {"zone": zone["zone"], "side": zone["side"], "kind": kind, **zone["counts"][kind]}
        for zone in ZONES
        for kind in kinds
        if zone["counts"][kind] and zone["counts"][kind]["high"]
    ]
    return {
        "basis": "examination",
        "notice": NOTICE,
        "use": "acne_scars",
        "examiner": "Dr A. Example",
        "role": "dermatologist",
        "examined_on": "2026-03-02",
        "light": "lamp from the side",
        "flat_marks": "some",
        "stretch": "partly",
        "scar_age_months": 30,
        "picked": "no",
        "new_acne": "unknown",
        "zones": copy.deepcopy(ZONES),
        "groups": [{"id": number, **group} for number, group in enumerate(groups, start=1)],
        "counts": {
            "icepick": _range(9, 17),
            "boxcar_shallow": _range(1, 4),
            "boxcar_deep": _range(1, 4),
            "rolling": None,
            "raised": _range(2, 2),
            "other": _range(0, 0),
        },
        "routed_out": [
            {
                "what": "flat dark or red marks",
                "where": ["cheek left"],
                "why": "a mark is colour, not depth",
                "do": "strict sun protection; let marks fade first",
                "sources": ["assumption"],
            }
        ],
        "grades": _grades(),
        "unanswered": ["new_acne", "zone.temple_left.rolling"],
        "doubts": ["many rolling scars and a stretch that flattens only in part"],
        "whole_face": False,
        "ready_to_plan": True,
        "not_ready_because": [],
    }


def _grades() -> dict[str, Any]:
    total = {"low": 14, "high": 22, "verified": False, "note": "the table of points is unverified"}
    row = {"id": "dish_mild", "row": "Mildly atrophic dish-like", "grade": "A", "count": _range(11, 80)}
    item = {"id": "v_shaped", "item": "V-shaped, under 2 mm", "class": _range(1, 2), "points": _range(15, 30)}
    return {
        "goodman_baron_qualitative": {
            "grade": 3,
            "name": "moderate",
            "possible": [3],
            "note": "as the examiner gave it",
            "rater_disagreement": "No figure was found for two raters. The grade tells severities apart.",
        },
        "goodman_baron_quantitative": {
            "rows": [row | {"points": _range(2, 3)}],
            "total": total,
            "rater_disagreement": {
                "points": 4,
                "words": "Eight observers lay within 4 points of one another on 9 of 10 photographs.",
                "sources": ["assumption"],
            },
        },
        "ecca": {"items": [item], "total": total, "rater_disagreement": {"words": "They agreed.", "sources": []}},
        "scar_s": None,
        "note": "The examiner's grade is the grade.",
    }


def percent_course(final: float) -> dict[str, list[float]]:
    """Return quantiles of percent change over the example's days, 0 today and `final` at the end."""
    shares = [min(1.0, day / 266) for day in DAYS]
    return {
        name: [round(share * (final + z * 9.0), 3) for share in shares] for name, z in example_case.QUANTILES.items()
    }


def _forecast(scan: dict[str, Any]) -> dict[str, Any]:
    kept = (
        "plan",
        "days",
        "harms",
        "published",
        "session_days",
        "judge_day",
        "assumption_from_day",
        "validated",
        "notice",
    )
    kinds = [("icepick", 9, 17, -9.0), ("boxcar_shallow", 1, 4, -16.0), ("rolling", 32, 80, -27.0)]
    return {key: scan[key] for key in kept} | {
        "basis": "examination",
        "examination_notice": NOTICE,
        "scars": [],
        "groups": [
            {
                "id": 1,
                "zone": "cheek",
                "side": "left",
                "kind": "rolling",
                "low": 11,
                "high": 20,
                "percent_change": _band(-27.0),
            }
        ],
        "kinds": [
            {"kind": kind, "low": low, "high": high, "percent_change": _band(change)}
            for kind, low, high, change in kinds
        ],
        "total": {"percent_change": _band(-22.0), "percent_change_by_day": percent_course(-22.0)},
        "maintained": {"days": DAYS, "session_days": [0, 42, 84, 354, 624], "percent_change": percent_course(-24.0)},
        "unmaintained": {"days": DAYS, "session_days": [0, 42, 84], "percent_change": percent_course(-19.0)},
        "grades": {"status": "not forecast", "note": "a grade jumps between classes"},
        "not_forecast": [],
        "warnings": [],
    }


def _band(middle: float) -> dict[str, float]:
    return {name: round(middle + z * 9.0, 3) for name, z in example_case.QUANTILES.items()}
