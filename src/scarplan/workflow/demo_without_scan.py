"""The demo without a scanner: an invented patient examined by eye, planned and forecast through the same verbs."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scarplan.manifest import make_manifest
from scarplan.records import Case
from scarplan.workflow.assess import assess_patient
from scarplan.workflow.demo_folder import MARKS, check_demo_folder, start_again
from scarplan.workflow.demo_patient import (
    FIRST_VISIT,
    SECOND_VISIT,
    DemoZone,
    count_again,
    invent_zones,
    write_examination,
    write_outcomes,
)
from scarplan.workflow.demo_photographs import VIEW, DrawnPhotograph, draw_photographs
from scarplan.workflow.forecast import forecast_course
from scarplan.workflow.new_patient import example_patient
from scarplan.workflow.outcomes import keep_outcomes
from scarplan.workflow.photo import keep_photos
from scarplan.workflow.plan import plan_course
from scarplan.workflow.progress import Progress, report_nothing, take_share
from scarplan.workflow.report import write_report
from scarplan.workflow.screen import screen_patient
from scarplan.workflow.template import print_template

_EXAMINATION = MARKS["examination"][0]
_TODAY = datetime.date.fromisoformat(SECOND_VISIT)


def run_demo_without_scan(
    folder: str | Path, *, seed: int = 1, pdf: bool = False, progress: Progress | None = None
) -> dict[str, Any]:
    """Invent a patient, then screen, examine, plan, forecast and report in `folder`: no scan, no depth measured.

    Raises BadInput when `folder` holds something else.
    """
    progress = progress or report_nothing
    case = Case(folder)
    check_demo_folder(case, kind="examination", seed=seed)
    progress("inventing a patient", 0.0)
    start_again(case)
    zones = invent_zones(seed)
    photographs = draw_photographs(zones, seed)
    files = _input_files(zones, photographs, seed)
    case.write_files(files)

    def inside(name: str) -> str:
        return str(case.path("input") / name)

    screening = screen_patient(
        case.root, inside("patient.toml"), date=SECOND_VISIT, progress=take_share(progress, 0.02, 0.05)
    )
    assess = assess_patient(
        case.root,
        inside("assessment.toml"),
        replace=True,
        today=_TODAY,
        progress=take_share(progress, 0.05, 0.10),
    )
    follow_up = assess_patient(
        case.root,
        inside("second_assessment.toml"),
        follow_up=True,
        replace=True,
        today=_TODAY,
        progress=take_share(progress, 0.10, 0.15),
    )
    keep_outcomes(case.root, inside("outcomes.toml"), replace=True, date=_TODAY)
    _keep_photographs(case, photographs, take_share(progress, 0.15, 0.25))
    plan = plan_course(
        case.root,
        goals=inside("goals.toml"),
        protocol=inside("clinic_protocol.toml"),
        seed=seed,
        progress=take_share(progress, 0.25, 0.60),
    )
    forecast = forecast_course(case.root, seed=seed, progress=take_share(progress, 0.60, 0.75))
    report = write_report(case.root, pdf=pdf, progress=take_share(progress, 0.75, 1.0))
    return {
        "folder": str(case.root),
        "report": str(case.path("report.html")),
        "basis": plan["basis"],
        "examination_notice": assess["notice"],
        "screening": {"decision": screening["decision"], "summary": screening["summary"]},
        "examination": {
            **{key: assess[key] for key in ("examined_on", "examiner", "counts", "routed_out", "doubts")},
            "places": len(assess["zones"]),
            "follow_up": follow_up["says"],
        },
        "plan": {key: plan[key] for key in ("plan", "status", "sessions", "interval_days", "zones", "first")},
        "forecast": {
            key: forecast[key] for key in ("published", "kinds", "total", "judge_day", "judged_by", "notice", "harms")
        },
        "files": report["files"],
        "manifest": make_manifest("demo", inputs=case.hashes(*files), seed=seed, uses_jax=True),
    }


def _keep_photographs(case: Case, photographs: Sequence[DrawnPhotograph], progress: Progress) -> None:
    for number, drawn in enumerate(photographs):
        progress("keeping a photograph and the marks on it", number / len(photographs))
        name = f"{drawn.taken_on}_{VIEW}"
        kept = keep_photos(
            case.root, case.path(f"input/{name}.jpg"), view=VIEW, date=drawn.taken_on, light="drawn, from the left"
        )
        for rater in drawn.marks:
            keep_photos(case.root, marks=case.path(_marks_file(drawn, rater)), photo=kept["done"]["id"], rater=rater)


def _marks_file(drawn: DrawnPhotograph, rater: str) -> str:
    return f"input/{drawn.taken_on}_{VIEW}_{rater.lower().replace('.', '').replace(' ', '_')}.csv"


def _input_files(zones: Sequence[DemoZone], photographs: Sequence[DrawnPhotograph], seed: int) -> dict[str, bytes]:
    second = write_examination(count_again(zones, seed), examiner="Dr B. Example", day=SECOND_VISIT)
    texts = {
        "input/patient.toml": example_patient(),
        "input/second_assessment.toml": second,
        "input/outcomes.toml": write_outcomes(),
        "input/goals.toml": print_template("goals"),
        "input/clinic_protocol.toml": print_template("protocol"),
        _EXAMINATION: write_examination(zones, examiner="Dr A. Example", day=FIRST_VISIT),
    }
    texts |= {_marks_file(drawn, rater): marks for drawn in photographs for rater, marks in drawn.marks.items()}
    pictures = {f"input/{drawn.taken_on}_{VIEW}.jpg": drawn.jpeg for drawn in photographs}
    return {name: text.encode() for name, text in texts.items()} | pictures
