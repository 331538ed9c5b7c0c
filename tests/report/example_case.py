"""A case written by hand in the agreed shapes, so that the report is tested without running the other rooms."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter

PIXEL_MM = 0.2
SIDE_PIXELS = 150
DAYS = [0, 14, 28, 56, 84, 112, 147, 180, 240, 300, 365, 450, 550, 640, 730]
QUANTILES = {"q05": -1.645, "q25": -0.674, "q50": 0.0, "q75": 0.674, "q95": 1.645}

# kind, x_mm, y_mm, depth_mm, width_mm, confidence
SCARS = [
    ("icepick", 6.0, 6.5, 0.62, 1.3, 0.97),
    ("boxcar", 14.0, 7.0, 0.34, 2.8, 0.95),
    ("boxcar", 22.5, 6.0, 0.58, 3.0, 0.98),
    ("rolling", 9.0, 17.0, 0.33, 5.5, 0.93),
    ("rolling", 21.0, 18.0, 0.41, 6.2, 0.96),
    ("icepick", 15.0, 24.0, 0.55, 1.4, 0.91),
    ("raised", 25.5, 26.0, -0.22, 2.2, 0.88),
    ("rolling", 5.0, 26.0, 0.14, 3.0, 0.31),
]
LOW_CONFIDENCE = [8]


def make_arrays(*, filled: float = 0.0) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return relief, valid, labels and skin level of the example; `filled` is the part of each depth that is gone."""
    rng = np.random.default_rng(3)
    y, x = np.mgrid[:SIDE_PIXELS, :SIDE_PIXELS] * PIXEL_MM
    level = 6.0 - 0.006 * ((x - 15) ** 2 + (y - 15) ** 2)
    relief = level + 0.02 * gaussian_filter(rng.standard_normal(x.shape), 4) * 4 + 0.006 * rng.standard_normal(x.shape)
    labels = np.zeros(x.shape, dtype=int)
    for number, (kind, cx, cy, depth, width, _) in enumerate(SCARS, start=1):
        steep = {"icepick": 3, "boxcar": 10, "rolling": 2, "raised": 3}[kind]
        reach = np.hypot(x - cx, y - cy) / (width / 2)
        relief = relief - depth * (1 - filled) * np.exp(-(reach**steep))
        labels[reach < 1] = number
    valid = np.ones(x.shape, dtype=bool)
    valid[:13, 135:] = False
    return np.where(valid, relief, np.nan), valid, labels, level


def make_results() -> dict[str, dict[str, Any]]:
    """Return the result of each verb in the agreed shapes (manifests without inputs)."""
    found = {"screen": _screen(), "scan": _scan(), "scars": _scars(), "plan": _plan(), "forecast": _forecast()}
    for verb, result in found.items():
        result["manifest"] = {
            "verb": verb,
            "inputs": {},
            "seed": 1 if verb == "forecast" else None,
            "device": "cpu",
            "versions": {"python": "3.11.2", "scarplan": "0.1.0"},
            "quantities": [],
            "sources": ["assumption", "scarplan_prototype"],
        }
    return copy.deepcopy(found)


def _finding(rule: str, level: str, answer: str, action: str, **more: Any) -> dict[str, Any]:
    row = {"rule": rule, "level": level, "answer": answer, "wait_until": None, "action": action}
    return row | {"sources": ["assumption"], "basis": "consensus", "verification": "abstract", "override": None} | more


def _screen() -> dict[str, Any]:
    override = {
        "name": "Dr A. Example",
        "role": "dermatologist",
        "reason": "stable on treatment",
        "date": "2026-03-01",
        "taken": True,
    }
    return {
        "decision": "with_changes",
        "earliest_date": None,
        "findings": [
            _finding(
                "herpes_simplex_history",
                "caution",
                "yes",
                "antiviral prophylaxis: prescriber decides",
                condition="Cold sores in the past",
            ),
            _finding("darker_skin", "caution", "yes", "longer interval, strict sun protection"),
            _finding("diabetes", "defer", "yes", "only when well controlled", override=override),
        ],
        "unanswered": [],
        "patient_id": "EX-017",
        "age_years": 31,
        "skin_type": 4,
        "questions_open": 0,
        "summary": "suitable with changes",
        "passed": [],
        "protected": [
            {"rule": "mole", "kind": "mole", "margin_mm": 2.0, "x_mm": 18, "y_mm": 12, "radius_mm": 1.5, "chart": "map"}
        ],
        "policies": {},
    }


def _scan() -> dict[str, Any]:
    return {
        "charts": _charts(),
        "unit": "mm",
        "scanned_on": "2026-03-02",
        "days_since_session": None,
        "resolves": _resolves(),
        "warnings": [],
    }


def _charts() -> list[dict[str, Any]]:
    chart = {"name": "map", "zone": "cheek", "side": "right", "rows": SIDE_PIXELS, "columns": SIDE_PIXELS}
    return [chart | {"pixel_mm": PIXEL_MM, "seen_cm2": 8.93, "not_seen_cm2": 0.08, "holes": []}]


def _resolves() -> dict[str, Any]:
    return {
        "noise_mm": 0.006,
        "lateral_mm": 0.3,
        "smallest_width_mm": 0.6,
        "smallest_depth_mm": 0.05,
        "shows_scars": True,
        "statement": "this scan shows scars from 0.6 mm width and 0.05 mm depth",
    }


def _scars() -> dict[str, Any]:
    rows = []
    for number, (kind, x_mm, y_mm, depth, width, confidence) in enumerate(SCARS, start=1):
        area = np.pi * width**2 / 4
        rows.append(
            {
                "id": number,
                "chart": "map",
                "kind": kind,
                "kind_probability": {
                    k: 0.79 if k == kind else 0.07 for k in ("icepick", "boxcar", "rolling", "raised")
                },
                "x_mm": x_mm,
                "y_mm": y_mm,
                "depth_mm": depth,
                "depth_sd_mm": 0.02,
                "width_mm": width,
                "area_mm2": round(area, 3),
                "volume_mm3": round(0.5 * area * depth, 3),
                "volume_sd_mm3": 0.05,
                "wall_angle_deg": 48.0,
                "zone": "cheek",
                "side": "right",
                "reviewed": False,
                "confidence": confidence,
                "touches_edge": False,
            }
        )
    counts = {"icepick": 2, "boxcar_shallow": 1, "boxcar_deep": 1, "rolling": 2, "raised": 1}
    return {
        "scars": rows,
        "resolves": _resolves(),
        "grades": _grades(),
        "charts": _charts(),
        "counts": counts,
        "counts_per_cm2": {kind: round(number / 8.93, 3) for kind, number in counts.items()},
        "low_confidence": LOW_CONFIDENCE,
        "histogram": {
            "depth_edges_mm": [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7],
            "area_mm2": [31.2, 20.1, 15.4, 9.8, 4.2, 2.9, 0.6],
            "volume_mm3": [1.6, 3.0, 3.8, 3.4, 1.9, 1.6, 0.4],
        },
        "area_cm2": 8.93,
        "total_volume_mm3": 15.7,
        "review": None,
        "warnings": [],
    }


def _grades() -> dict[str, Any]:
    total = {"low": 9, "high": 27, "verified": False, "note": "rows not assessed widen the range"}
    rows = [
        {"row": "Macular erythematous or pigmented", "grade": "A", "count": None, "status": "not assessed"},
        {"row": "Moderately atrophic dish-like", "grade": "B", "count": 2, "status": "from relief"},
    ]
    items = [{"item": "V-shaped, narrower than 2 mm", "count": 2, "status": "from relief"}]
    return {
        "goodman_baron_quantitative": {"rows": rows, "total": total},
        "goodman_baron_qualitative": {"suggested": [3, 4], "status": "from relief", "note": "the stretch test decides"},
        "ecca": {"items": items, "total": total},
        "whole_face": None,
        "note": "a patch gives counts per cm2, never a whole-face grade",
    }


def _plan() -> dict[str, Any]:
    zone = {
        "zone": "cheek",
        "side": "right",
        "needle_length_mm": 1.5,
        "needle_length_basis": "label and median of published courses",
        "passes": 3,
        "directions": ["horizontal", "vertical", "oblique both ways"],
        "mode": "glide",
        "channels_per_cm2": 180.0,
        "end_point": "uniform pinpoint bleeding, not oozing",
        "ceiling": "1.5 mm; stop before oozing",
        "ceiling_mm": 1.5,
        "leave_out": ["mole at 18, 12 mm with 2 mm margin"],
        "set_by_the_clinic": [],
    }
    return {
        "plan": "3f9ac01d77e2",
        "status": "draft",
        "sessions": 3,
        "interval_days": 42,
        "device": {"id": "skinpen", "name": "SkinPen Precision"},
        "clinic_protocol": None,
        "maintenance_days": 270,
        "review_after_sessions": 3,
        "judge_after_days": 182,
        "zones": [
            zone,
            zone
            | {
                "zone": "malar",
                "needle_length_mm": None,
                "passes": None,
                "set_by_the_clinic": ["needle_length_mm", "passes"],
            },
        ],
        "first": [
            {
                "kind": "icepick",
                "count": 2,
                "do": "consider TCA CROSS or punch excision first; prescriber decides",
                "why": "narrow scars answer least",
                "sources": ["assumption"],
            },
            {
                "kind": "rolling",
                "count": 2,
                "do": "check for tethering; consider subcision",
                "why": "a bound base holds the surface",
                "sources": ["assumption"],
            },
        ],
        "anaesthesia": {
            "need": "usual above a needle length setting of 1 mm",
            "clinic": None,
            "options": [
                {
                    "product": "lidocaine-only cream",
                    "use": "possible",
                    "why": "",
                    "set_by_the_clinic": ["area", "amount", "minutes", "at_most", "occlusion"],
                    "sources": ["assumption"],
                }
            ],
            "rules": ["on intact skin, before needling, never after it"],
            "sources": ["assumption"],
        },
        "aftercare": [
            {
                "day": "0",
                "expect": "redness like a light sunburn",
                "do": ["sterile saline"],
                "avoid": ["make-up", "sun"],
            },
            {"day": "1", "expect": "redness, slight swelling", "do": ["gentle cleanser"], "avoid": ["retinoid"]},
            {"day": "2-4", "expect": "fine flaking", "do": ["sunscreen"], "avoid": ["hard exercise"]},
            {"day": "5-7", "expect": "normal for most", "do": ["sunscreen"], "avoid": ["peel, laser"]},
        ],
        "call_the_clinic": [
            "fever, spreading redness or pus",
            "blisters or a cold sore",
            "redness beyond 7 days",
            "hard bumps",
            "dark lines or tracks",
        ],
        "goals": [{"words": "mean visible depth at least 20 % shallower", "probability": 0.41}],
        "unlikely": None,
        "not_cleared_because": [],
        "approval": None,
        "reasons": [{"text": "three sessions are the median of published courses", "sources": ["assumption"]}],
        "alternatives": [
            {
                "name": "No treatment",
                "for": "anyone",
                "gain": "none",
                "downtime": "none",
                "pigment": "none",
                "note": "",
                "sources": ["assumption"],
            }
        ],
        "candidates": [],
    }


def _course(final: float, start: float = 0.40) -> dict[str, list[float]]:
    t = np.array(DAYS) / 365
    middle = start - (start - final) * (1 - np.exp(-2.2 * t))
    spread = 0.01 + 0.05 * (1 - np.exp(-2.0 * t))
    return {name: [round(float(v), 4) for v in middle + z * spread] for name, z in QUANTILES.items()}


def _band(middle: float, spread: float) -> dict[str, float]:
    return {name: round(middle + z * spread, 3) for name, z in QUANTILES.items()}


def _forecast() -> dict[str, Any]:
    kinds = [("icepick", 2, -8.0), ("boxcar", 2, -15.0), ("rolling", 2, -27.0), ("raised", 1, 0.0)]
    study = {
        "id": "assumption",
        "percent": 31.0,
        "n": 30,
        "rater": "an observer who did not know the treatment",
        "sessions": 4,
        "days_after_last": 90,
    }
    return {
        "plan": "3f9ac01d77e2",
        "days": DAYS,
        "scars": [{"id": number, "depth_mm": _course(0.3), "volume_mm3": _course(0.3)} for number in range(1, 9)],
        "grades": {},
        "harms": {
            "erythema_days": _band(2.4, 0.8),
            "downtime_days": _band(3.1, 0.9),
            "barrier_hours": _band(22.0, 6.0),
            "pigment_risk": {"median": 0.07, "q05": 0.02, "q95": 0.16},
            "oedema_days": _band(1.6, 0.5),
            "pain_vas": _band(5.2, 1.7),
            "pain_vas_without_cream": _band(7.0, 1.5),
            "pigment_half_weeks": _band(5.0, 2.0),
            "infection_risk": 0.0041,
            "after_session": [
                {"day": day, "redness": red, "swelling": 0.7 * red, "crusts": 0.0, "barrier_open": 0.8 * red}
                for day, red in ((0, 1.0), (1, 0.97), (2, 0.5), (3, 0.05), (5, 0.0), (28, 0.0))
            ],
            "rare": [
                {"event": "infection", "words": "rare when sterile", "sources": ["assumption"]},
                {"event": "tram-track scars", "words": "case reports", "sources": ["assumption"]},
                {"event": "granuloma", "words": "after cosmetic products on open skin", "sources": ["assumption"]},
            ],
        },
        "new_scars": {
            "status": "forecast",
            "words": "expected from new acne besides the scars above, if as many spots go on coming",
            "days": [0, 730],
            "count": {"q05": [0.0, 0.0], "q50": [0.0, 4.0], "q95": [0.0, 9.0]},
            "count_with_control": {"q05": [0.0, 0.0], "q50": [0.0, 1.0], "q95": [0.0, 4.0]},
        },
        "published": {
            "sentence": "published courses of needling alone improved acne scars by 9 to 38 %",
            "instrument": "Goodman and Baron grade",
            "low_percent": 9.0,
            "median_percent": 24.0,
            "high_percent": 38.0,
            "studies": [
                study,
                study | {"percent": 9.3},
                study | {"percent": 24.0, "rater": "an observer who knew the treatment"},
            ],
            "responders": {"of_ten": 6, "definition": "improved by at least one grade", "n": 36},
        },
        "kinds": [
            {
                "kind": kind,
                "count": number,
                "depth_mm": _course(0.3),
                "volume_mm3": _course(0.3),
                "percent_change": _band(change, 7.0),
            }
            for kind, number, change in kinds
        ],
        "total": {"depth_mm": _course(0.29), "volume_mm3": _course(0.29)},
        "maintained": {"days": DAYS, "depth_mm": _course(0.28)},
        "unmaintained": {"days": DAYS, "depth_mm": _course(0.31)},
        "session_days": [0, 42, 84],
        "judge_day": 266,
        "assumption_from_day": 365,
        "validated": False,
        "notice": "not yet validated, not for deciding treatment",
        "surfaces": {},
    }
