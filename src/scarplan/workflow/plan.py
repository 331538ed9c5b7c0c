"""Plan a course: screening, scars or an examination, goals and the clinic's protocol in; a draft with reasons out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scarplan.canonical import hash_bytes, make_plain
from scarplan.devices import read_device
from scarplan.errors import MissingStep, Refused
from scarplan.evidence.library import UsedEvidence, recording, value_of
from scarplan.manifest import make_manifest
from scarplan.planning import (
    PlanParts,
    ScarBasis,
    ask_for_scars,
    choose_device,
    compare_with,
    compose_plan,
    describe_courses,
    describe_cross,
    describe_front,
    describe_other_devices,
    describe_plan,
    describe_settled,
    examination_basis,
    prepare_plan,
    read_screening,
    scan_basis,
    status_of,
    write_front,
)
from scarplan.records import Case
from scarplan.records.clinic_protocol import ClinicProtocol, read_clinic_protocol
from scarplan.records.goal import Goals, read_goals
from scarplan.records.patient import Patient
from scarplan.records.plan_file import read_approval, write_plan
from scarplan.records.record import read_record
from scarplan.workflow.case_device import OWN_DEVICE, read_own_device
from scarplan.workflow.clinic import CLINIC_PROTOCOL, read_clinic
from scarplan.workflow.progress import Progress, report_nothing

_GOALS = "goals.toml"
#: Case files that a plan is made from; those that exist are hashed, so that a change makes the plan stale.
_INPUTS = (
    "patient.toml",
    "results/screen.json",
    "results/scars.json",
    "results/assess.json",
    _GOALS,
    CLINIC_PROTOCOL,
    OWN_DEVICE,
)


def plan_course(
    case_path: str | Path,
    *,
    goals: str | Path | None = None,
    protocol: str | Path | None = None,
    device: str | None = None,
    pick: str | None = None,
    fine: bool = False,
    seed: int = 0,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Plan the course of a case and write it.

    `goals` and `protocol` (the clinic's own) are kept in the case; left away, those of the case are used.
    `device` is an id of the library, or the file (.toml) of the clinic's own device, which is kept in the case too and
    then goes by its id; left away, that of the clinic protocol, or SkinPen. `pick` takes an offered plan, by its name
    (gentle, standard, intensive) or its point of the front, instead of the program's choice. `fine` settles length and
    passes of each zone among the device's own steps, by slope and then step by step, where that is worth it. Writes
    `plans/<hash>.toml`, `pareto.csv` and the result. Raises Refused when the screening says wait or do not needle, or
    no course keeps the limits; MissingStep without screening, or with neither scars nor an examination; BadInput for a
    file, a setting or a pick that cannot be.
    """
    progress = progress or report_nothing
    case = Case(case_path)
    progress("reading what the plan is made from", 0.0)
    own_file = device if device is not None and device.endswith(".toml") else None
    kept = _kept_files(goals, protocol, own_file)
    goals_read, clinic = _read_goals(case, goals), _read_protocol(case, protocol)
    inputs = case.hashes(*_INPUTS) | {name: hash_bytes(data) for name, data in kept.items()}
    with recording() as used:
        try:
            own = read_own_device(case) if own_file is None else read_device(own_file)
            parts = prepare_plan(
                screening=read_screening(case.read_result("screen")),
                basis=_read_basis(case, seed=seed),
                patient=read_record(case.path("patient.toml"), Patient, what="patient file", template="patient"),
                goals=goals_read.goal,
                clinic=clinic,
                device=choose_device(device if own_file is None or own is None else own.id, clinic, own=own),
                inputs=inputs,
                seed=seed,
                pick=pick,
                fine=fine,
                progress=lambda done: progress("comparing courses", 0.05 + 0.85 * done),
            )
        except Refused as refusal:
            case.remove_stale("plan", "forecast")  # an older plan that still holds stays
            raise _with_manifest(refusal, inputs, seed, used) from None
        progress("writing the reasons", 0.9)
        result, files = _write_down(case, parts)
    result["manifest"] = _manifest(inputs, seed, used, uses_jax=True)
    case.write_result("plan", result, {**kept, **files})
    progress("done", 1.0)
    return result


def _read_basis(case: Case, *, seed: int) -> ScarBasis:
    """Return what the plan is made from: the scars of a scan where they were found, else the examination."""
    draws = value_of("forecast.draws")
    if case.has_result("scars"):
        basis = scan_basis(case.read_result("scars"), count=draws, seed=seed)
        return compare_with(case.read_result("assess"), basis) if case.has_result("assess") else basis
    if case.has_result("assess"):
        basis = examination_basis(case.read_result("assess"), count=draws, seed=seed)
        return ask_for_scars(case.read_result("scan", allow_stale=True), basis) if case.has_result("scan") else basis
    raise MissingStep(
        f"the case {case.root} has neither the scars of a scan nor an examination to plan from",
        code="E-PLAN-017",
        do=f"run `scarplan scars {case.root}` after `scarplan scan`, or, without a scanner, "
        f"`scarplan assess {case.root} --assessment assessment.toml` (`scarplan template assessment`)",
    )


def _write_down(case: Case, parts: PlanParts) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the result without its manifest, and the files of the plan."""
    plan = compose_plan(parts)
    approval = read_approval(case, plan)
    result = describe_plan(
        plan,
        status=status_of(plan, approval=approval),
        approval=approval,
        candidates=describe_courses(parts.grid),
        offered=describe_front(parts.offer, parts.targets, parts.goals)
        | {
            "fine": describe_settled(
                parts.offer.settled if parts.offer else None,
                from_point=parts.offer.settled_from if parts.offer else None,
            ),
            "other_devices": describe_other_devices(parts.other_devices),
            "cross": describe_cross(parts.basis.counts, parts.basis.count_words),
        },
    )
    return result, {**write_plan(plan), "pareto.csv": write_front(parts.offer, parts.targets)}


def _with_manifest(refusal: Refused, inputs: dict[str, str], seed: int, used: UsedEvidence) -> Refused:
    """Return the refusal with the manifest of the run in its result: a refusal is a result too."""
    result = {**make_plain(refusal.result), "manifest": _manifest(inputs, seed, used, uses_jax=False)}
    return Refused(refusal.reason, do=refusal.do, code=refusal.code, result=result)


def _manifest(inputs: dict[str, str], seed: int, used: UsedEvidence, *, uses_jax: bool) -> dict[str, Any]:
    made = make_manifest(
        "plan", inputs=inputs, seed=seed, uses_jax=uses_jax, quantities=used.quantities, sources=used.sources
    )
    return make_plain(made)


def _kept_files(goals: str | Path | None, protocol: str | Path | None, own: str | None) -> dict[str, bytes]:
    """Return the files to keep in the case; their faults are told when they are read."""
    given = {_GOALS: goals, CLINIC_PROTOCOL: protocol, OWN_DEVICE: own}
    return {name: Path(path).read_bytes() for name, path in given.items() if path and Path(path).is_file()}


def _read_goals(case: Case, path: str | Path | None) -> Goals:
    if path is not None:
        return read_goals(Path(path))
    return read_goals(case.path(_GOALS)) if case.has(_GOALS) else Goals()


def _read_protocol(case: Case, path: str | Path | None) -> ClinicProtocol | None:
    if path is not None:
        return read_clinic_protocol(Path(path))
    return read_clinic(case)
