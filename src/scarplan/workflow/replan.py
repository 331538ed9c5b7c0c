"""Replan: a plan for the rest of a course from what was learned of the patient, a new version that needs approval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from scarplan.canonical import dump_json, make_plain
from scarplan.course import make_course, read_ledger
from scarplan.course.delivered import CourseSession
from scarplan.course.own_forecast import own_timetable, pick_for_forecast
from scarplan.course.own_response import OwnResponse
from scarplan.course.rest import (
    OwnEvaluation,
    chance_of_rest,
    explain_departure,
    goals_of_rest,
    plan_rest,
    prices_of_rest,
    refuse_where_nothing_can_be_paid,
    rest_goal_in_words,
    sessions_left,
)
from scarplan.course.rest_offers import describe_offers, list_offers
from scarplan.devices import Device, EnergyDevice
from scarplan.errors import BadInput, MissingStep, Refused
from scarplan.evidence.library import recording, value_of
from scarplan.forecast.scar_draws import ScarDraws
from scarplan.manifest import make_manifest
from scarplan.planning import describe_courses, describe_front, describe_plan, read_screening, status_of
from scarplan.planning.grid import Grid, ZoneTarget
from scarplan.planning.merits import price_of
from scarplan.planning.reasons import explain_choice
from scarplan.planning.schedule import Schedule, offer_schedules
from scarplan.planning.zones import ZoneOptions, offer_zones
from scarplan.records import Case
from scarplan.records.case import result_name
from scarplan.records.clinic_protocol import ClinicProtocol
from scarplan.records.goal import Goal
from scarplan.records.plan import Plan, PlannedGoal, PlannedZone, Reason
from scarplan.records.plan_file import plan_name, read_approval, write_plan
from scarplan.workflow.clinic import read_clinic
from scarplan.workflow.own_course import OwnCourse, prepare_own_course
from scarplan.workflow.own_learned import left_percent
from scarplan.workflow.progress import Progress, report_nothing

#: Decisions after which nothing is planned.
_NOTHING_TO_PLAN = ("wait", "stop", "maintain")
#: Kinds of entry that an update learns from, or that hold back further sessions: after one of them it is asked anew.
_LEARNED_FROM = ("session", "scan", "examination", "adverse_event", "correction")


def replan_course(case_path: str | Path, *, progress: Progress | None = None) -> dict[str, Any]:
    """Plan the rest of a course from the patient's own response, as the last `update` learned it.

    Writes `plans/<hash>.toml` and the results `replan` and `plan`; the plan is a draft that names the one it continues,
    and supersedes it once it is approved. Never more sessions than one course may have, those given included. Raises
    Refused where the update says wait, stop or maintain, where no session is left, or no course keeps the limits;
    MissingStep before `update`, or when the course went on since.
    """
    progress = progress or report_nothing
    case = Case(case_path)
    updated = _read_update(case)
    decision = updated["decision"]
    inputs = case.hashes("results/update.json")
    if decision["action"] in _NOTHING_TO_PLAN:
        raise Refused(
            f"nothing is planned anew, the decision is to {decision['action']}: {'; '.join(decision['reasons'])}",
            code="R-COURSE-003",
            do="scan again when it is time, and run `scarplan update` again",
            result={"decision": decision, "manifest": make_plain(make_manifest("replan", inputs=inputs))},
        )
    progress("learning how this patient answers", 0.0)
    with recording() as used:
        own = prepare_own_course(case, make_course(read_ledger(case)), seed=updated["manifest"]["seed"])
        plan, grid, targets, offers = _plan(own, decision, progress)
        result = describe_plan(
            plan,
            status=status_of(plan, approval=read_approval(case, plan)),
            approval=read_approval(case, plan),
            candidates=describe_courses(grid),
            offered=describe_front(None, tuple(targets), tuple(planned.goal for planned in plan.goals)),
        )
    made = {
        verb: {
            **result,
            **({"offers": offers} if verb == "replan" else {}),
            "manifest": make_plain(
                make_manifest(
                    verb,
                    inputs=dict(plan.inputs) if verb == "plan" else own.inputs | inputs,
                    seed=own.healer.seed,
                    uses_jax=True,
                    quantities=used.quantities,
                    sources=used.sources,
                )
            ),
        }
        for verb in ("plan", "replan")
    }
    as_plan = (dump_json(made["plan"], indent=1) + "\n").encode()
    case.write_result("replan", made["replan"], {**write_plan(plan), result_name("plan"): as_plan})
    progress("done", 1.0)
    return made["replan"]


def _read_update(case: Case) -> dict[str, Any]:
    updated = case.read_result("update")
    if not _is_whole(updated):
        raise case.damaged("update")
    since = read_ledger(case).entries[updated["ledger"]["entries"] :]
    told = [f"{entry.kind.replace('_', ' ')} (entry {entry.number})" for entry in since if entry.kind in _LEARNED_FROM]
    if told:
        raise MissingStep(
            f"the course of {case.root} went on after the last update: {', '.join(told)}",
            code="E-COURSE-011",
            do=f"run `scarplan update {case.root}` first",
        )
    return updated


def _is_whole(updated: Mapping[str, Any]) -> bool:
    """Whether an update tells what is read of it here: it may be of another version, or changed by hand."""
    try:
        decision, entries, seed = updated["decision"], updated["ledger"]["entries"], updated["manifest"]["seed"]
        told = isinstance(decision["action"], str) and all(isinstance(reason, str) for reason in decision["reasons"])
    except (KeyError, TypeError):
        return False
    return told and type(entries) is int and type(seed) is int


def _plan(
    own: OwnCourse, decision: dict[str, Any], progress: Progress
) -> tuple[Plan, Grid, list[ZoneTarget], list[dict[str, Any]]]:
    """Return the plan for the rest with the search that it comes from, and what else may be done."""
    device, clinic = own.healer.device, read_clinic(own.case)
    if isinstance(device, EnergyDevice):
        raise BadInput("a course of needling has no energy device", code="E-COURSE-004", got=device.name)
    goals = tuple(planned.goal for planned in own.first_plan.goals)
    most = sessions_left(goals, clinic, given=len(own.given), most=int(value_of("planning.sessions_most")))
    if most == 0:
        raise Refused(
            f"sessions given: {len(own.given)}; no more are allowed in one course",
            code="R-COURSE-004",
            do="judge the result, and see what maintenance is worth: `scarplan update`",
            result={"manifest": make_plain(make_manifest("replan", inputs=own.inputs))},
        )
    learned = own.learn()
    judged = (own_timetable(own.plan, own.sessions).judge_day,)
    picked = pick_for_forecast(learned, left_percent(own, learned, own.sessions, judged)[:, 0], count=own.healer.count)
    targets = _targets(own, picked, device, clinic)
    intervals = _intervals(own, targets, decision, clinic)
    start = max(own.given[-1].day + max(intervals), int(own.last.day or 0))
    progress("comparing what may come next", 0.4)
    prices = clinic.prices if clinic else None
    paid = price_of(Schedule(len(own.given), own.plan.interval_days), own.plan.adjuncts, prices)
    refuse_where_nothing_can_be_paid(goals, paid=paid, given=len(own.given))
    rest = goals_of_rest(goals, given=len(own.given), start_day=start, paid=paid)
    evaluate = OwnEvaluation(own.predictor, picked, own.given, start, device)
    after = own.plan.judge_after_days
    grid = plan_rest(
        targets,
        rest,
        evaluate=evaluate,
        intervals_days=intervals,
        most=most,
        judge_after_days=after,
        decided=decision["further_sessions"],
        prices=prices_of_rest(prices, own.plan.adjuncts),
    )
    progress("forecasting what may be done instead", 0.8)
    offers = list_offers(grid, evaluate, due=own.due, interval_days=own.plan.interval_days, most=most)

    def left(sessions: Sequence[CourseSession], day: int) -> Float[np.ndarray, " draw"]:
        return left_percent(own, picked, sessions, (day,))[:, 0]

    table = describe_offers(offers, left, given=own.given, judge_after_days=after)
    return _compose(own, grid, (goals, rest), decision, device, start_day=start, paid=paid), grid, targets, table


def _intervals(
    own: OwnCourse, targets: Sequence[ZoneTarget], decision: Mapping[str, Any], clinic: ClinicProtocol | None
) -> tuple[int, ...]:
    """Return the days between sessions that may be: those of the plan, and where the course is changed all allowed."""
    if decision["action"] != "change":
        return (own.plan.interval_days,)
    strict = read_screening(own.case.read_result("screen")).is_strict
    longest = max((length for target in targets for length in target.options.lengths_mm), default=None)
    allowed = offer_schedules(clinic, is_strict=strict, longest_mm=longest).schedules
    return tuple(dict.fromkeys((own.plan.interval_days, *(each.interval_days for each in allowed))))


def _targets(own: OwnCourse, picked: OwnResponse, device: Device, clinic: ClinicProtocol | None) -> list[ZoneTarget]:
    many = picked.scars or _repeated(own, picked.count)
    strict = read_screening(own.case.read_result("screen")).is_strict
    zones = offer_zones(many.ids_by_place(), device=device, clinic=clinic, is_strict=strict)
    return [
        ZoneTarget(options=zone, scars=many.pick(many.is_in(zone.zone, zone.side))) for zone in zones if zone.lengths_mm
    ]


def _repeated(own: OwnCourse, count: int) -> ScarDraws:
    """Return the measured scars in so many draws, the same in each."""
    scars, shape = own.predictor.scars, (count, len(own.predictor.scars.ids))
    return replace(
        scars,
        depth_mm=np.broadcast_to(scars.depth_mm, shape),
        width_mm=np.broadcast_to(scars.width_mm, shape),
        tethered=np.zeros(shape),
        present=np.ones(shape, dtype=bool),
    )


def _compose(
    own: OwnCourse,
    grid: Grid,
    goals: tuple[tuple[Goal, ...], tuple[Goal, ...]],
    decision: dict[str, Any],
    device: Device,
    *,
    start_day: int,
    paid: float | None,
) -> Plan:
    """Return the plan; `goals` are those of the course and, beside each, what is left of it for the rest."""
    chosen = grid.chosen
    learned = (
        Reason(text=f"after {len(own.given)} sessions and {_count_follow_ups(own)}: {reason}")
        for reason in decision["reasons"]
    )
    kept = Reason(
        text=f"for the rest of the course: continues plan {own.plan.content_hash}; sessions given: {len(own.given)}"
    )
    departure = explain_departure(grid)
    departs = () if departure is None else (Reason(text=departure),)
    planned = tuple(
        PlannedGoal(
            goal=rest,
            words=rest_goal_in_words(goal, rest, given=len(own.given), start_day=start_day, paid=paid),
            probability=_chance(goal, rest, grid, given=len(own.given)),
        )
        for goal, rest in zip(*goals, strict=True)
    )
    return own.plan.model_copy(
        update={
            "sessions": chosen.schedule.sessions,
            "interval_days": chosen.schedule.interval_days,
            "review_after_sessions": min(own.plan.review_after_sessions, chosen.schedule.sessions),
            "zones": tuple(_zone(zone, grid, device) for zone in own.plan.zones),
            "goals": planned,
            "reasons": (kept, *learned, *departs, *explain_choice(grid)),
            "continues": own.plan.content_hash,
            "after_sessions": len(own.given),
            "inputs": own.plan.inputs | own.case.hashes(plan_name(own.plan.content_hash)),
        }
    )


def _count_follow_ups(own: OwnCourse) -> str:
    seen = len(own.follow_ups) + len(own.examined)
    return f"{seen} follow-up{'' if seen == 1 else 's'}"


def _chance(goal: Goal, rest: Goal, grid: Grid, *, given: int) -> float | None:
    chance = chance_of_rest(goal, rest, grid.chosen.outcome, grid.chosen.schedule, given=given)
    return None if chance is None else round(chance, 2)


def _zone(zone: PlannedZone, grid: Grid, device: Device) -> PlannedZone:
    """Return what a zone receives from now on; one that was not searched stays as it was."""
    for row in grid.chosen.settings:
        options: ZoneOptions = row.target.options
        if (options.zone, options.side) == (zone.zone, zone.side):
            return zone.model_copy(
                update={
                    "needle_length_mm": row.setting.needle_length_mm,
                    "passes": row.setting.passes,
                    "channels_per_cm2": row.setting.passes * device.channels_per_cm2_per_pass,
                    "end_point": options.end_point_at(row.setting.needle_length_mm),
                }
            )
    return zone
