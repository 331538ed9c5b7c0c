"""Forecast a plan: with a scan on simulated surfaces, without one in percent, beside the range of published trials."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from scarplan.canonical import hash_file, make_plain
from scarplan.errors import BadInput, StaleResult
from scarplan.evidence.library import UsedEvidence, recording, value_of
from scarplan.forecast import ZoneHealer, forecast_name
from scarplan.manifest import make_manifest
from scarplan.planning import describe_patient, read_screening
from scarplan.records import Case
from scarplan.records.patient import Patient
from scarplan.records.plan import Basis, Plan
from scarplan.records.plan_file import plan_name, read_plan, read_plan_result
from scarplan.records.record import read_record
from scarplan.workflow import forecast_from_examination, forecast_from_scan
from scarplan.workflow.case_device import find_case_device
from scarplan.workflow.keep_forecast import keep_course_forecast
from scarplan.workflow.progress import Progress, report_nothing, take_share

#: Returns a forecast as plain values with the bytes of its arrays; None where no zone has a setting.
_Maker: TypeAlias = Callable[[Case, Plan, ZoneHealer, Progress], tuple[dict[str, Any], bytes] | None]
#: For each basis of a plan what makes its forecast, and the case files that it is made from.
_MAKERS: dict[Basis, tuple[_Maker, tuple[str, ...]]] = {
    "scan": (forecast_from_scan.forecast_from_scan, forecast_from_scan.INPUTS),
    "examination": (forecast_from_examination.forecast_from_examination, forecast_from_examination.INPUTS),
}


def forecast_course(
    case_path: str | Path,
    *,
    plan: str | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Forecast a plan of a case, the latest one unless `plan` names another by its hash, and write it.

    Writes `forecast/<hash>.npz` and the result; a draft can be forecast. A plan made from an examination is forecast
    in percent only. Raises MissingStep without a plan, StaleResult when what the plan was made from has changed, and
    BadInput when no zone of the plan has a needle length setting.
    """
    progress = progress or report_nothing
    case = Case(case_path)
    progress("reading the plan and what it was made from", 0.0)
    course = read_course(case, plan)
    if course.continues is not None:
        raise BadInput(
            f"the plan {course.content_hash} is for the rest of a course and cannot be forecast by itself",
            code="E-FCST-003",
            do=f"run `scarplan update {case.root}`: it forecasts the sessions as given and as still due",
        )
    made = _make(case, course, seed, progress)
    if made is None:
        case.remove_stale("forecast")  # it is of another plan, and nothing could renew it for the report
        raise _nothing_to_forecast(case, course)
    result, arrays = made
    progress("writing the forecast", 0.97)
    keep_course_forecast(case, result)
    case.write_result("forecast", result, {forecast_name(course.content_hash): arrays})
    progress("done", 1.0)
    return result


def replay_forecast(folder: Path, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the forecast of a plan in `folder`, which holds its inputs and is not written into."""
    case = Case(folder)
    course = read_course(case, arguments["plan"])
    made = _make(case, course, arguments["seed"], report_nothing)
    if made is None:
        raise _nothing_to_forecast(case, course)
    return made[0]


def _make(case: Case, course: Plan, seed: int, progress: Progress) -> tuple[dict[str, Any], bytes] | None:
    """Return the forecast with the bytes of its arrays; None where no zone has a setting."""
    make, files = _MAKERS[course.basis]
    inputs = case.hashes(*files, plan_name(course.content_hash))
    with recording() as used:
        made = make(case, course, make_healer(case, course, seed), take_share(progress, 0.02, 0.97))
    if made is None:
        return None
    described, arrays = made
    result = {
        "plan": course.content_hash,
        "basis": course.basis,
        **described,
        "warnings": list(course.warnings),
        "manifest": _manifest(inputs, seed, used),
    }
    return result, arrays


def _manifest(inputs: dict[str, str], seed: int, used: UsedEvidence) -> dict[str, Any]:
    made = make_manifest(
        "forecast", inputs=inputs, seed=seed, uses_jax=True, quantities=used.quantities, sources=used.sources
    )
    return make_plain(made)


def make_healer(case: Case, course: Plan, seed: int) -> ZoneHealer:
    """Return the healer of the patient of a case with the device of a plan."""
    patient = read_record(case.path("patient.toml"), Patient, what="patient file", template="patient")
    return ZoneHealer(
        device=find_case_device(case, course.device),
        patient=describe_patient(patient, read_screening(case.read_result("screen"))),
        count=value_of("forecast.draws"),
        seed=seed,
        sex=patient.sex,
    )


def read_course(case: Case, plan: str | None) -> Plan:
    """Return the plan with the name `plan`, or the current one; one made from other inputs than are there is stale."""
    name = read_plan_result(case)["plan"] if plan is None else plan
    course = read_plan(case, name)
    for file, digest in course.inputs.items():
        if not case.has(file) or hash_file(case.path(file)) != digest:
            raise StaleResult(
                f"the plan {course.content_hash} is stale: {file} has changed since it was made",
                code="E-CASE-004",
                do=f"run `scarplan plan {case.root}` again",
            )
    if course.basis == "examination" and case.has_result("scars"):
        raise StaleResult(
            f"the plan {course.content_hash} was made from an examination, and the scars of a scan were found since",
            code="E-FCST-002",
            do=f"run `scarplan plan {case.root}` again: it then follows the scan",
        )
    return course


def _nothing_to_forecast(case: Case, course: Plan) -> BadInput:
    if all(zone.zone is None for zone in course.zones):
        scan = f"scarplan scan FILE {case.root} --unit mm --pixel-mm 0.1 --zone cheek --side right --replace"
        allowed, do = "scars in a zone that has a name", f"name the zone: run `{scan}`, then `scars` and `plan` again"
    else:
        allowed = "a setting from a clinic protocol, with name and date"
        do = f"run `scarplan plan {case.root} --protocol clinic.toml` (`scarplan template protocol`)"
    return BadInput(
        "no zone of the plan has a needle length setting, so there is nothing to forecast",
        code="E-FCST-001",
        got="; ".join(zone.needle_length_basis for zone in course.zones),
        allowed=allowed,
        do=do,
    )
