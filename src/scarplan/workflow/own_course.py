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
from scarplan.course.given import adjuncts_given, sessions_as_planned, sessions_given, sessions_to_come
from scarplan.course.measured import FollowUp, changes_of, follow_up_of
from scarplan.course.own_response import OwnResponse, learn_response
from scarplan.course.predictor import CoursePredictor
from scarplan.course.read import Course, ScanTaken
from scarplan.devices import EnergyDevice
from scarplan.errors import BadInput, MissingStep
from scarplan.evidence.library import value_of
from scarplan.forecast import ZoneHealer, measured_scars, model_scanner, zone_setting
from scarplan.forecast.scanner import ScannerModel
from scarplan.records import Case
from scarplan.records.plan import Plan
from scarplan.records.plan_file import plan_name, read_plan
from scarplan.workflow.forecast import make_healer
from scarplan.workflow.forecast_from_scan import read_charts, split_scars

#: Case files that such a course is made from, besides its plans and the ledger.
INPUTS = ("patient.toml", "results/screen.json", "results/scars.json", "scars.npz", "surface.npz")


@dataclass(frozen=True, eq=False)
class OwnCourse:
    """A course ready to be learned from.

    plan, first_plan   the plan in force, and the one that was approved first
    rows, left_out     scars that are followed, and why the others are not
    given, due         sessions that were delivered, and those that the plan still has
    follow_ups         what the scans of the ledger measured of `rows`, in their order
    """

    case: Case
    course: Course
    plan: Plan
    first_plan: Plan
    rows: Sequence[Mapping[str, Any]]
    left_out: Sequence[Mapping[str, Any]]
    scanner: ScannerModel
    predictor: CoursePredictor
    given: tuple[CourseSession, ...]
    due: tuple[CourseSession, ...]
    follow_ups: tuple[FollowUp, ...]

    @property
    def sessions(self) -> tuple[CourseSession, ...]:
        """All sessions, given and due."""
        return (*self.given, *self.due)

    @property
    def last_scan(self) -> ScanTaken:
        """The latest follow-up scan."""
        return max(self.course.scans, key=lambda scan: (scan.date, scan.number))

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
        names = dict.fromkeys(plan_name(plan.content_hash) for plan in (self.plan, self.first_plan))
        return self.case.hashes(*INPUTS, *names)

    def learn(self, *, scans: int | None = None) -> OwnResponse:
        """Return the response after the first `scans` follow-ups, after all of them by default."""
        return learn_response(
            self.predictor,
            self.given,
            self.follow_ups[:scans],
            rolling=self.rolling,
            count=int(value_of("course.draws")),
            seed=self.healer.seed,
        )

    def planned_first(self) -> tuple[CourseSession, ...]:
        """Return the sessions as they were planned when the first plan was approved."""
        return sessions_as_planned(self.first_plan)


def prepare_own_course(case: Case, course: Course, *, seed: int | None = None) -> OwnCourse:
    """Return the course of a case; `seed` is that of its plan unless another is given.

    Raises MissingStep without an approved plan, without a session, or before `scars`; BadInput where no scar lies in a
    zone with a setting, or the baseline is another one than the scans of the ledger were compared with.
    """
    plan, first = require_course(case, course)
    scars = case.read_result("scars")
    rows, left_out = split_scars(plan, scars)
    if not rows:
        raise BadInput(
            "no scar lies in a zone of the plan with a needle length setting",
            code="E-COURSE-003",
            do=f"run `scarplan plan {case.root} --protocol clinic.toml`, and approve it",
        )
    check_baseline(case, course.scans)
    healer = make_healer(case, plan, plan.seed if seed is None else seed)
    if isinstance(healer.device, EnergyDevice):
        raise BadInput("a course of needling has no energy device", code="E-COURSE-004", got=healer.device.name)
    scanner = model_scanner(scars["resolves"])
    predictor = CoursePredictor(
        coordinates_of(healer, rows[0]["zone"]),
        measured_scars(rows, count=1, seed=healer.seed),
        scanner,
        adjuncts_given(course.sessions, plan),
    )
    predictor = replace(predictor, bridge=_build_bridge(case, predictor, first, rows))
    given = sessions_given(course.sessions, plan, device=healer.device)
    last_scan = max((scan.day or 0 for scan in course.scans), default=0)
    return OwnCourse(
        case=case,
        course=course,
        plan=plan,
        first_plan=first,
        rows=rows,
        left_out=left_out,
        scanner=scanner,
        predictor=predictor,
        given=given,
        due=sessions_to_come(plan, given, not_before_day=last_scan),
        follow_ups=tuple(_follow_up(scan, rows) for scan in course.scans),
    )


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


def require_course(case: Case, course: Course) -> tuple[Plan, Plan]:
    """Return the plan in force and the one approved first. Raises MissingStep without them, or without a session."""
    if course.plan_in_force is None:
        raise MissingStep(
            f"no plan of the case {case.root} was approved",
            code="E-COURSE-001",
            do=f'run `scarplan approve {case.root} --name "..." --role "..."`',
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
