"""scarplan: an open treatment planning system for microneedling of scars.

The way of the data: screen -> scan -> scars -> plan -> forecast -> report. Each verb reads and writes a case
folder; the command line and these functions do the same thing.

Rooms, from the evidence up:
    evidence    sources and quantities; explain and cite
    records     patient, protocol, plan; the case folder
    devices     needling devices as data
    anatomy     facial zones and their skin layers as data
    indications what needling is used for, and what is done here about each
    aftercare   the days after a session, and when to call
    surface     height maps and meshes as charts; what a scan can resolve; phantoms
    photographs dated views, marks on them, colour with a chart
    capture     relief from photographs under known lights
    texture     roughness of scar-free skin by ISO 25178
    scars       finding, measuring, classifying, grading, reviewing
    visits      two scans laid over each other: the same scars, and what changed
    commissioning what one scanner can be trusted with
    study       agreement, repeatability, blinding, and the analysis of studies
    examination what a clinician sees without a scanner
    candidacy   screening rules as data and the engine that explains every finding
    injury      from the needle to the injured fraction of each skin layer
    response    from the injury to new matrix, relief and harms
    forecast    simulated outcomes, measured with the same code as the scan
    population  virtual patients, and the scores that raters give them
    calibration the fit to published trials, and what it predicts for others
    planning    goals, limits, the plan and its reasons
    course      the ledger, planned beside delivered, the patient's own response
    report      HTML, PDF, leaflet
    workflow    one file per verb
    cli         one file per command
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scarplan.workflow.approve import approve_plan as approve_plan
    from scarplan.workflow.assess import assess_patient as assess_patient
    from scarplan.workflow.blind import blind_pictures as blind_pictures
    from scarplan.workflow.calibrate import calibrate_population as calibrate_population
    from scarplan.workflow.cite import cite_sources as cite_sources
    from scarplan.workflow.commission import commission_scanner as commission_scanner
    from scarplan.workflow.compare import compare_cases as compare_cases
    from scarplan.workflow.demo import run_demo as run_demo
    from scarplan.workflow.devices import list_devices as list_devices
    from scarplan.workflow.explain import explain_number as explain_number
    from scarplan.workflow.export import export_case as export_case
    from scarplan.workflow.forecast import forecast_course as forecast_course
    from scarplan.workflow.new_patient import new_patient as new_patient
    from scarplan.workflow.outcomes import keep_outcomes as keep_outcomes
    from scarplan.workflow.photo import keep_photos as keep_photos
    from scarplan.workflow.plan import plan_course as plan_course
    from scarplan.workflow.predict import predict_arms as predict_arms
    from scarplan.workflow.repeatability import judge_repeatability as judge_repeatability
    from scarplan.workflow.replan import replan_course as replan_course
    from scarplan.workflow.replay import replay_forecasts as replay_forecasts
    from scarplan.workflow.report import write_report as write_report
    from scarplan.workflow.scan import scan_surface as scan_surface
    from scarplan.workflow.scars import find_scars as find_scars
    from scarplan.workflow.schedule import schedule_course as schedule_course
    from scarplan.workflow.screen import screen_patient as screen_patient
    from scarplan.workflow.session import add_session as add_session
    from scarplan.workflow.session import correct_entry as correct_entry
    from scarplan.workflow.session import find_lot as find_lot
    from scarplan.workflow.session import list_sessions as list_sessions
    from scarplan.workflow.session import verify_sessions as verify_sessions
    from scarplan.workflow.sheets import write_sheets as write_sheets
    from scarplan.workflow.study import analyse_study as analyse_study
    from scarplan.workflow.template import print_template as print_template
    from scarplan.workflow.texture import measure_texture as measure_texture
    from scarplan.workflow.unblind import join_scores as join_scores
    from scarplan.workflow.update import update_course as update_course
    from scarplan.workflow.uses import list_uses as list_uses
    from scarplan.workflow.validate import validate_population as validate_population
    from scarplan.workflow.zones import write_zones_page as write_zones_page

__version__ = "0.1.0"

#: Public function -> the file of `workflow` that holds it; loaded when first used, so that starting is fast.
_VERBS = {
    "add_session": "session",
    "analyse_study": "study",
    "approve_plan": "approve",
    "assess_patient": "assess",
    "blind_pictures": "blind",
    "calibrate_population": "calibrate",
    "cite_sources": "cite",
    "commission_scanner": "commission",
    "compare_cases": "compare",
    "correct_entry": "session",
    "explain_number": "explain",
    "export_case": "export",
    "find_lot": "session",
    "find_scars": "scars",
    "forecast_course": "forecast",
    "join_scores": "unblind",
    "judge_repeatability": "repeatability",
    "keep_outcomes": "outcomes",
    "keep_photos": "photo",
    "list_devices": "devices",
    "list_sessions": "session",
    "list_uses": "uses",
    "measure_texture": "texture",
    "new_patient": "new_patient",
    "plan_course": "plan",
    "predict_arms": "predict",
    "print_template": "template",
    "replan_course": "replan",
    "replay_forecasts": "replay",
    "run_demo": "demo",
    "scan_surface": "scan",
    "schedule_course": "schedule",
    "screen_patient": "screen",
    "update_course": "update",
    "validate_population": "validate",
    "verify_sessions": "session",
    "write_report": "report",
    "write_sheets": "sheets",
    "write_zones_page": "zones",
}

__all__ = [
    "add_session",
    "analyse_study",
    "approve_plan",
    "assess_patient",
    "blind_pictures",
    "calibrate_population",
    "cite_sources",
    "commission_scanner",
    "compare_cases",
    "correct_entry",
    "explain_number",
    "export_case",
    "find_lot",
    "find_scars",
    "forecast_course",
    "join_scores",
    "judge_repeatability",
    "keep_outcomes",
    "keep_photos",
    "list_devices",
    "list_sessions",
    "list_uses",
    "measure_texture",
    "new_patient",
    "plan_course",
    "predict_arms",
    "print_template",
    "replan_course",
    "replay_forecasts",
    "run_demo",
    "scan_surface",
    "schedule_course",
    "screen_patient",
    "update_course",
    "validate_population",
    "verify_sessions",
    "write_report",
    "write_sheets",
    "write_zones_page",
]


def __getattr__(name: str) -> Any:
    if name in _VERBS:
        return getattr(import_module(f"scarplan.workflow.{_VERBS[name]}"), name)
    raise AttributeError(f"module 'scarplan' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_VERBS])
