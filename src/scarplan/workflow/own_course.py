"""The course of a case made ready to learn from: plan in force, sessions as given, scans of the ledger.

What a follow-up measured stands in the ledger, so that everything here comes from the case alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from scarplan.course.bridge import Bridge, build_bridge
from scarplan.course.coordinates import coordinates_of
from scarplan.course.delivered import CourseSession
from scarplan.course.examined import ExaminedFollowUp, figure_of
from scarplan.course.given import adjuncts_given, sessions_as_planned, sessions_given, sessions_to_come
from scarplan.course.measured import FollowUp, changes_of, follow_up_of
from scarplan.course.own_examined import learn_from_examinations
from scarplan.course.own_response import OwnResponse, learn_response
from scarplan.course.predictor import CoursePredictor
from scarplan.course.read import Course, ExaminationTaken, ScanTaken
from scarplan.course.rest import sessions_left
from scarplan.course.severity import Faces
from scarplan.devices import Device, EnergyDevice
from scarplan.errors import BadInput, MissingStep
from scarplan.evidence.library import value_of
from scarplan.examination import draw_scars
from scarplan.forecast import ZoneHealer, measured_scars, model_scanner, zone_setting
from scarplan.forecast.scanner import ScannerModel
from scarplan.planning import examination_basis
from scarplan.records import Case
from scarplan.records.plan import Plan
from scarplan.records.plan_file import plan_name, read_plan
from scarplan.workflow.clinic import CLINIC_PROTOCOL, read_clinic
from scarplan.workflow.forecast import make_healer
from scarplan.workflow.forecast_from_scan import read_charts, split_scars

#: Case files that such a course is made from, besides its plans and the ledger.
INPUTS = ("patient.toml", "results/screen.json", "results/scars.json", "scars.npz", "surface.npz")
#: The same without a scan, the first examination, and the folder of later ones.
FIRST_EXAMINATION = "assessment.toml"
LATER = "assessments"
INPUTS_WITHOUT_SCAN = ("patient.toml", "results/screen.json", "results/assess.json", FIRST_EXAMINATION)

_NO_SETTING = "no needle length setting: set by the clinic"


@dataclass(frozen=True, eq=False)
class OwnCourse:
    """A course ready to be learned from.

    plan, first_plan   the plan in force, and the one that was approved first
    rows, left_out     scars that are followed, and why the others are not; groups of scars without a scan
    given, due         sessions that were delivered, and those that the plan still has
    follow_ups         what the scans of the ledger measured of `rows`, in their order
    examined           what examinations of the ledger saw
    faces, scanner     how an examiner sees the drawn scars of a course without a scan; the scanner of one with a scan
    """

    case: Case
    course: Course
    plan: Plan
    first_plan: Plan
    rows: Sequence[Mapping[str, Any]]
    left_out: Sequence[Mapping[str, Any]]
    scanner: ScannerModel | None
    predictor: CoursePredictor
    given: tuple[CourseSession, ...]
    due: tuple[CourseSession, ...]
    follow_ups: tuple[FollowUp, ...]
    examined: tuple[ExaminedFollowUp, ...] = ()
    faces: Faces | None = None

    @property
    def sessions(self) -> tuple[CourseSession, ...]:
        """All sessions, given and due."""
        return (*self.given, *self.due)

    @property
    def last(self) -> ScanTaken | ExaminationTaken:
        """The latest follow-up, by scan or by examination."""
        return max((*self.course.scans, *self.course.examinations), key=lambda one: (one.date, one.number))

    @property
    def basis_files(self) -> tuple[str, ...]:
        """The case files that the course is made from, besides its plans and the ledger."""
        later = tuple(f"{LATER}/{path.name}" for path in sorted(self.case.path(LATER).glob("*.toml")))
        clinic = (CLINIC_PROTOCOL,) if self.case.has(CLINIC_PROTOCOL) else ()
        if self.faces is not None:
            return (*INPUTS_WITHOUT_SCAN, *clinic, *later)
        return (*INPUTS, *clinic, *((FIRST_EXAMINATION, *later) if self.course.examinations else ()))

    @property
    def further_sessions(self) -> int:
        """How many more sessions goals, clinic and planning allow; those still due at least."""
        goals = [planned.goal for planned in self.first_plan.goals]
        most = int(value_of("planning.sessions_most"))
        return max(sessions_left(goals, read_clinic(self.case), given=len(self.given), most=most), len(self.due))

    @property
    def healer(self) -> ZoneHealer:
        """The healer of the patient."""
        return self.predictor.coordinates.healer

    @property
    def rolling(self) -> np.ndarray:
        """Chance of each scar of being a tethered one."""
        return np.array([row["kind_probability"]["rolling"] for row in self.rows], dtype=float)

    @property
    def inputs(self) -> dict[str, str]:
        """File -> hash of what the course is made from."""
        followed = (each.plan for each in self.course.sessions if each.plan)
        names = dict.fromkeys((self.plan.content_hash, self.first_plan.content_hash, *followed))
        return self.case.hashes(*self.basis_files, *map(plan_name, names))

    def learn(self, *, first: int | None = None) -> OwnResponse:
        """Return the response after the first `first` scans and examinations, after all of them by default."""
        count, seed = int(value_of("course.draws")), self.healer.seed
        if self.faces is not None:
            return learn_from_examinations(
                self.predictor, self.faces, self.given, self.examined[:first], count=count, seed=seed
            )
        return learn_response(
            self.predictor,
            self.given,
            self.follow_ups[:first],
            rolling=self.rolling,
            count=count,
            seed=seed,
            examined=self.examined[:first],
        )

    def planned_first(self) -> tuple[CourseSession, ...]:
        """Return the sessions as they were planned when the first plan was approved."""
        return sessions_as_planned(self.first_plan)


@dataclass(frozen=True, eq=False)
class _Basis:
    """What a course is followed by: the fields of `OwnCourse` that a scan and an examination give each in its way.

    examinations_whole   whether the total of an examiner's scale stands for the scars that are followed
    """

    rows: Sequence[Mapping[str, Any]]
    left_out: Sequence[Mapping[str, Any]]
    predictor: CoursePredictor
    examinations_whole: bool
    scanner: ScannerModel | None = None
    faces: Faces | None = None


def prepare_own_course(case: Case, course: Course, *, seed: int | None = None) -> OwnCourse:
    """Return the course of a case; `seed` is that of its plan unless another is given.

    Raises MissingStep without an approved plan, without a session, or before `scars`; BadInput where no scar lies in a
    zone with a setting, or the baseline is another one than the scans of the ledger were compared with.
    """
    plan, first = require_course(case, course)
    by_eye = plan.basis == "examination"
    told = case.read_result("assess" if by_eye else "scars")
    if not by_eye:
        check_baseline(case, course.scans)
    check_first_examination(case, course.examinations)
    healer, needles = _needling_healer(case, plan, seed)
    adjuncts = adjuncts_given(course.sessions, plan)
    if by_eye:
        basis = _basis_by_eye(case, plan, told, healer, adjuncts)
    else:
        basis = _basis_by_scan(case, plan, told, healer, adjuncts, first=first)
    given = sessions_given(course.sessions, plan, plans=_followed(case, course), device=needles)
    return OwnCourse(
        case=case,
        course=course,
        plan=plan,
        first_plan=first,
        rows=basis.rows,
        left_out=basis.left_out,
        scanner=basis.scanner,
        predictor=basis.predictor,
        given=given,
        due=sessions_to_come(plan, given, not_before_day=_last_day(course)),
        follow_ups=() if by_eye else tuple(_follow_up(scan, basis.rows) for scan in course.scans),
        examined=tuple(_examined(one, whole=basis.examinations_whole) for one in course.examinations),
        faces=basis.faces,
    )


def _basis_by_scan(
    case: Case, plan: Plan, scars: Mapping[str, Any], healer: ZoneHealer, adjuncts: tuple[str, ...], *, first: Plan
) -> _Basis:
    rows, left_out = split_scars(plan, scars)
    if not rows:
        raise _nothing_followed(case)
    scanner = model_scanner(scars["resolves"])
    measured = measured_scars(rows, count=1, seed=healer.seed)
    predictor = CoursePredictor(coordinates_of(healer, rows[0]["zone"]), measured, scanner, adjuncts)
    predictor = replace(predictor, bridge=_build_bridge(case, predictor, first, rows))
    # A scan shows a part of the face: only counts, by their ratio, stand for it.
    return _Basis(rows, left_out, predictor, examinations_whole=False, scanner=scanner)


def _basis_by_eye(
    case: Case, plan: Plan, assess: Mapping[str, Any], healer: ZoneHealer, adjuncts: tuple[str, ...]
) -> _Basis:
    """Return the basis of a case that was planned from an examination: its scars are drawn."""
    groups = [row for row in assess["groups"] if zone_setting(plan, row["zone"], row["side"])]
    if not groups:
        raise _nothing_followed(case)
    count = int(value_of("course.draws"))
    scars = examination_basis(assess, count=count, seed=healer.seed).scars
    drawn = draw_scars(assess, count=count, seed=healer.seed)
    here = np.isin(scars.ids, [row["id"] for row in groups])
    left_out = [
        {key: row[key] for key in ("id", "zone", "side", "kind")} | {"why": _NO_SETTING}
        for row in assess["groups"]
        if row not in groups
    ]
    predictor = CoursePredictor(coordinates_of(healer, groups[0]["zone"]), scars.pick(here), adjuncts=adjuncts)
    faces = Faces(drawn.kind_index[:, here], drawn.width_mm[:, here], drawn.present[:, here])
    # Points are those of the whole of what was counted: they stand for it where nothing of it is left out.
    return _Basis(groups, left_out, predictor, examinations_whole=not left_out, faces=faces)


def _followed(case: Case, course: Course) -> dict[str, Plan]:
    """Return the plans that were in force at the sessions, by their hash."""
    return {name: read_plan(case, name) for name in {each.plan for each in course.sessions} if name is not None}


def _needling_healer(case: Case, plan: Plan, seed: int | None) -> tuple[ZoneHealer, Device]:
    healer = make_healer(case, plan, plan.seed if seed is None else seed)
    if isinstance(healer.device, EnergyDevice):
        raise BadInput("a course of needling has no energy device", code="E-COURSE-004", got=healer.device.name)
    return healer, healer.device


def _nothing_followed(case: Case) -> BadInput:
    return BadInput(
        "no scar lies in a zone of the plan with a needle length setting",
        code="E-COURSE-003",
        do=f"run `scarplan plan {case.root} --protocol clinic.toml`, and approve it",
    )


def _last_day(course: Course) -> int:
    return max((one.day or 0 for one in (*course.scans, *course.examinations)), default=0)


def _build_bridge(case: Case, predictor: CoursePredictor, plan: Plan, rows: Sequence[Mapping[str, Any]]) -> Bridge:
    """Return what makes columns answer as the surfaces of the baseline do, on the course that was planned first."""
    sessions = sessions_as_planned(plan)
    settings = {
        place: setting
        for place in predictor.scars.ids_by_place()
        if (setting := zone_setting(plan, *place)) is not None
    }
    days = (sessions[-1].day + plan.interval_days, sessions[-1].day + plan.judge_after_days)
    charts = read_charts(case, list(rows))
    return build_bridge(predictor, sessions, days=days, settings=settings, charts=charts, rows=rows)


def check_baseline(case: Case, scans: Sequence[ScanTaken]) -> None:
    """Raise BadInput where a scan of the ledger was compared with another baseline than the case holds."""
    now = case.hashes("surface.npz", "scars.npz")
    for scan in scans:
        if any(scan.content["baseline"].get(name) != digest for name, digest in now.items()):
            raise BadInput(
                f"the follow-up of {scan.date.isoformat()} was compared with another baseline than {case.root} holds "
                "now",
                code="E-COURSE-005",
                do="put the baseline's files back, or begin a case of its own",
            )


def check_first_examination(case: Case, examinations: Sequence[ExaminationTaken]) -> None:
    """Raise BadInput where an examination of the ledger was compared with another first one than the case holds."""
    now = case.hashes(FIRST_EXAMINATION)
    for one in examinations:
        if one.content["baseline"] != now:
            raise BadInput(
                f"the examination of {one.date.isoformat()} was compared with another first one than {case.root} holds "
                "now",
                code="E-COURSE-013",
                do=f"run `scarplan update {case.root}`: it compares them anew",
            )


def require_course(case: Case, course: Course) -> tuple[Plan, Plan]:
    """Return the plan in force and the one approved first. Raises MissingStep without them, or without a session."""
    if course.plan_in_force is None and course.sessions:
        make = "" if case.has_result("plan") else f"make the plan with `scarplan plan {case.root}`, then "
        raise MissingStep(
            f"no plan of the case {case.root} was approved, and sessions were recorded ({len(course.sessions)}): what "
            "is still due, and what a record leaves out, is taken from the plan that was followed",
            code="E-COURSE-001",
            do=f'{make}approve it with the day on which it was agreed: `scarplan approve {case.root} --name "..." '
            '--role "..." --date YYYY-MM-DD`, and run this again',
        )
    if course.plan_in_force is None:
        raise MissingStep(
            f"no plan of the case {case.root} was approved",
            code="E-COURSE-001",
            do=f'run `scarplan approve {case.root} --name "..." --role "..."`; what changed between two scans is told '
            "without a plan by `scarplan compare BASELINE FOLLOWUP`",
        )
    if not course.sessions:
        raise MissingStep(
            f"no session of the case {case.root} was recorded yet, so there is nothing to learn from",
            code="E-COURSE-002",
            do=f"run `scarplan session {case.root} add session.toml` (`scarplan template session`)",
        )
    return read_plan(case, course.plan_in_force), read_plan(case, course.approvals[0].plan)


def _follow_up(scan: ScanTaken, rows: Sequence[Mapping[str, Any]]) -> FollowUp:
    day = int(scan.day or 0)
    return follow_up_of(changes_of(scan.content["changes"]), [row["id"] for row in rows], day=day)


def _examined(one: ExaminationTaken, *, whole: bool) -> ExaminedFollowUp:
    """Return what an examination says; `whole`: whether the total of the scale stands for the scars that are drawn."""
    changes = one.content["changes"]["changes"]
    return ExaminedFollowUp(
        day=int(one.day or 0), figure=figure_of(changes, whole=whole and bool(one.content["same_skin"]))
    )
