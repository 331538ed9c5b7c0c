"""A course on the example case: its ledger by the public functions, update and front by hand in the agreed shapes."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import numpy as np

import scarplan
from course.course_case import ZONE, write_session
from planning.example_plan import make_plan, make_zone
from scarplan.aftercare import plan_aftercare
from scarplan.canonical import dump_json, hash_bytes
from scarplan.course import Signer, append_entry
from scarplan.records import Case
from scarplan.records.plan import Plan
from scarplan.records.plan_file import write_plan

PROGRAM = Signer("scarplan", "software")
APPROVED, TODAY = "2026-03-01", "2026-08-01"
DAYS = tuple(range(0, 731, 14))
JUDGE = 150


def course_plan() -> Plan:
    return make_plan(zones=(make_zone("cheek", "right"), make_zone("cheek", "left")), aftercare=plan_aftercare())


def band(spread: float) -> dict[str, list[float]]:
    middle = 0.16 * np.exp(-np.array(DAYS) / 500) + 0.22
    steps = {"q05": -1.645, "q25": -0.674, "q50": 0.0, "q75": 0.674, "q95": 1.645}
    return {name: [round(float(m * (1 + spread * z)), 4) for m in middle] for name, z in steps.items()}


def keep_band(case: Case, plan: Plan, spread: float, *, date: str, verb: str) -> None:
    """Keep a forecast as the verbs do: its bytes under their hash, and an entry."""
    told = {"days": DAYS, "judge_day": JUDGE, "total": {"depth_mm": band(spread)}}
    data = dump_json({"forecast": told} if verb == "update" else told).encode()
    case.write_files({f"kept/{hash_bytes(data)}": data})
    content = {"verb": verb, "plan": plan.content_hash, "result": hash_bytes(data)}
    append_entry(case, "forecast", datetime.date.fromisoformat(date), PROGRAM, content)


def add_course(case: Case, folder: Path, plan: Plan) -> None:
    """Record two sessions with a deviation and an event, a scan and two decisions; forecasts before and after it."""
    case.write_files(write_plan(plan))
    scarplan.approve_plan(case.root, name="Dr A. Example", role="dermatologist", date=APPROVED)
    keep_band(case, plan, 0.30, date=APPROVED, verb="forecast")
    left = ZONE.replace('"right"', '"left"')
    first = write_session(folder, "2026-03-02", zone=ZONE + left)
    scarplan.add_session(case.root, first, date=TODAY)
    shorter = left.replace("1.5", "1.0") + 'because = "redness was still there"\n'
    event = '[[adverse_event]]\ntype = "prolonged_erythema"\nwhat = "redness for nine days"\nserious = "no"\n'
    second = write_session(folder, "2026-04-06", zone=ZONE + shorter, rest=event)
    scarplan.add_session(case.root, second, date=TODAY)
    scan = {"name": "follow_up_1", "follow_up": {}, "changes": {"pairs": []}}
    append_entry(case, "scan", datetime.date(2026, 6, 15), PROGRAM, scan)
    keep_band(case, plan, 0.18, date="2026-06-15", verb="update")
    proposal = {"verb": "update", "action": "continue", "reasons": ["a third session is expected to be seen"]}
    append_entry(case, "decision", datetime.date(2026, 6, 15), PROGRAM, proposal)
    case.write_result("update", make_update())


def make_update() -> dict[str, Any]:
    pairs = [
        {"id_a": number, "id_b": number, "depth_change_mm": change, "sd_mm": 0.02, "detectable": abs(change) > 0.04}
        for number, change in enumerate((-0.10, -0.08, -0.01, 0.02, -0.06), start=1)
    ]
    hit = {"forecast": "forecast 1", "made_on": APPROVED, "scan": "follow_up_1", "day": 105, "scar": "total"}
    figures = {"low_mm": 0.17, "middle_mm": 0.35, "high_mm": 0.52, "measured_mm": 0.31, "hit": True, "crps_mm": 0.03}
    return {
        "changes": {"pairs": pairs},
        "on_track": {"ahead": 0.31, "on": 0.61, "behind": 0.08, "says": "on track (61 of 100)"},
        "scoreboard": {"rows": [hit | figures], "says": "of 90 % bands, 1 of 1 held the mean of all"},
        "manifest": {"verb": "update", "inputs": {}},
    }


def make_front() -> list[dict[str, Any]]:
    """Return plans of a front in the agreed shape, three of them named."""
    rng = np.random.default_rng(5)
    named = {1: "gentle", 8: "standard", 16: "intensive"}
    return [
        {
            "point": number,
            "named": named.get(number),
            "picked": number == 8,
            "sessions": 1 + number // 3,
            "interval_days": 42,
            "adjuncts": ["subcision"] if number % 5 == 0 else [],
            "left_percent": {"mean": 92.0 - 2.4 * number + float(rng.normal(0, 1)), "q05": 50.0, "q95": 99.0},
            "redness_days": 3.0,
            "downtime_days": 3.0,
            "course_downtime_days": 3.0 * (1 + number // 3) + float(rng.uniform(0, 1)),
            "pigment_percent": 1.5 * (1 + number // 3) + float(rng.uniform(0, 1)),
            "cost": None,
        }
        for number in range(1, 18)
    ]
