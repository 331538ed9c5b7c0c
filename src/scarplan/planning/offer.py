"""What is offered around the program's choice: the front, three plans by name, and any point of it to pick."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Int

from scarplan.errors import BadInput, Refused
from scarplan.evidence.library import value_of
from scarplan.forecast.courses import ZoneHealer
from scarplan.planning.additions import additions_in_words
from scarplan.planning.describe_settled import describe_settled, settled_in_words
from scarplan.planning.evaluate import ModelEvaluation
from scarplan.planning.follow_model import FollowWithModel
from scarplan.planning.fronts import efficient, spread_out
from scarplan.planning.grid import Grid, Look, TriedCourse, ZoneTarget, how_sure_in_words, join_course, search_grid
from scarplan.planning.inverse import FrontPlan, Search, efficient_plans, offered_settings, plan_of, search_plans
from scarplan.planning.lead import lead_by_slope
from scarplan.planning.many import choose_draws, needling_device, pick_draws
from scarplan.planning.merits import as_rows
from scarplan.planning.named import NAMES, NamedPlans, name_within_limits
from scarplan.planning.prescribe import prescribe_schedule
from scarplan.planning.relax import (
    Conflict,
    conflict_in_words,
    describe_conflict,
    find_conflict,
    meets_all,
    relax_to,
    smaller,
)
from scarplan.planning.robust import Robustness, courses_in_scenarios, describe_robust, look_at_scenarios
from scarplan.planning.schedule import Schedule
from scarplan.planning.settle import Settled, ZoneSteps, settle_course
from scarplan.records.clinic_protocol import ClinicPrices
from scarplan.records.goal import Goal, goal_in_words
from scarplan.records.plan import Additions

#: Most plans of the front that are told. More lie between them; these lie far apart.
MOST_SHOWN = 40
# Plans tried in all draws where the usual courses break a limit: those that bring most, but few enough to wait for.
_TRIED_FURTHER = 6


@dataclass(frozen=True, eq=False)
class Offer:
    """The plans that are offered.

    shown      plans of the front and the named ones, from least to most gain; a point is a place in it, from 1. One
               that was settled among the device's own steps is the last, so that the others keep their points
    is_efficient   whether no other plan is better, one for each plan shown: a named plan need not be
    found      how many plans of the front there are, told or not
    in_full    the named plans, and the picked one, in all draws of the forecast
    picked     the point that became the plan
    conflict   goals that no plan meets together; None where some plan does
    robust     how the named plans, and the picked one, stand when things go otherwise, as plain values
    settled    what came of settling the plan among the device's own steps, from the point `settled_from` (None where no
               offered setting keeps all limits); None where nobody asked
    """

    shown: tuple[FrontPlan, ...]
    is_efficient: tuple[bool, ...]
    found: int
    named: NamedPlans
    in_full: Mapping[str, TriedCourse]
    picked: int
    conflict: Conflict | None
    robust: Mapping[str, Any] | None = None
    settled: Settled | None = None
    settled_from: int | None = None

    def point_of(self, plan: FrontPlan) -> int:
        """Return the point of a plan that is shown."""
        return 1 + [shown.key for shown in self.shown].index(plan.key)

    def names_of(self, plan: FrontPlan) -> tuple[str, ...]:
        """Return the names that a plan goes by."""
        return tuple(name for name, named in self.named.items() if named.key == plan.key)


@dataclass(frozen=True, eq=False)
class Planner:
    """Searches and evaluates plans for the scars of one basis: `targets` hold them in all draws of the forecast.

    With `fine` the plan is settled among the device's own steps, on nothing that brings less than `detectable_percent`,
    the change of the mean depth that two scans can tell from error (None without a scan).
    """

    targets: Sequence[ZoneTarget]
    schedules: Sequence[Schedule]
    additions: Sequence[Additions]
    goals: Sequence[Goal]
    judge_after_days: int
    healer: ZoneHealer
    prices: ClinicPrices | None = None
    fine: bool = False
    detectable_percent: float | None = None

    def rows(self, like: TriedCourse) -> Int[np.ndarray, " few"]:
        """Return the few draws that are searched in: in them the course `like` does nearly what it does in all."""
        outcome = like.outcome
        told = () if outcome.downtime_days is None else (outcome.downtime_days,)
        return choose_draws([like.left_by_draw, outcome.pigment_risk, *told])

    def search(self, rows: Int[np.ndarray, " few"]) -> Search:
        """Return what is searched, in some of the draws."""
        few = [replace(target, scars=pick_draws(target.scars, rows)) for target in self.targets]
        return Search(
            targets=few,
            settings=[offered_settings(target) for target in few],
            additions=self.additions,
            goals=self.goals,
            judge_after_days=self.judge_after_days,
            follow=FollowWithModel(self.healer, few, rows),
            prices=self.prices,
        )

    def look(self, adjuncts: Additions = ()) -> Look:
        """Return how a course is looked at in all draws."""
        evaluation = ModelEvaluation(self.healer, adjuncts)
        return Look(self.goals, evaluation, self.judge_after_days, self.prices)

    def in_full(self, plan: FrontPlan) -> TriedCourse:
        """Return a plan of the front in all draws of the forecast."""
        look = self.look(plan.adjuncts)
        rows = [
            look.try_setting(target, setting, plan.schedule)
            for target, setting in zip(self.targets, plan.settings, strict=True)
        ]
        return join_course(self.targets, rows, plan.schedule, look, adjuncts=plan.adjuncts)

    def settle(self, course: TriedCourse, *, no_more_harm: bool = False) -> Settled:
        """Return the best course among the device's own steps, on the same schedule with the same additions."""
        device = needling_device(self.healer)
        zones = [row.target.options for row in course.settings]
        steps = [ZoneSteps(zone.steps_mm(device), zone.pass_steps) for zone in zones]
        led_to, slopes = lead_by_slope(
            course, steps, rows=self.rows(course), healer=self.healer, judge_after_days=self.judge_after_days
        )
        look = self.look(course.adjuncts)
        return settle_course(
            course,
            steps,
            look=look,
            led_to=led_to,
            slopes=slopes,
            no_more_harm=no_more_harm,
            detectable_percent=self.detectable_percent,
        )

    def choose(self, *, progress: Callable[[float], None]) -> Grid:
        """Return the grid with the program's own choice. Raises Refused, with the smallest relaxation, without any."""
        searched: list[FrontPlan] = []
        settled: list[Settled] = []

        def further(courses: Sequence[TriedCourse]) -> list[TriedCourse]:
            nearest = self._nearest(courses)
            searched.extend(search_plans(self.search(self.rows(nearest)), self.schedules))
            plain = [plan for plan in efficient_plans(searched, self.goals) if not plan.adjuncts]
            found = [self.in_full(plan) for plan in plain[-_TRIED_FURTHER:]]
            if self.fine and all(course.broken for course in found):
                settled.append(self.settle(nearest))
                found.append(settled[0].best)
            return found

        try:
            grid = search_grid(
                self.targets,
                self.schedules,
                self.goals,
                evaluate=ModelEvaluation(self.healer),
                judge_after_days=self.judge_after_days,
                prices=self.prices,
                further=further,
                progress=progress,
            )
        except Refused as refusal:
            raise self._explain(refusal, searched, settled[0] if settled else None) from None
        return replace(grid, settled_from=settled[0].start) if settled else grid

    def _nearest(self, courses: Sequence[TriedCourse]) -> TriedCourse:
        """Return the course that breaks fewest limits; of those the published default, unless one is clearly better."""
        usual, margin = prescribe_schedule(self.schedules), value_of("planning.margin_over_default")

        def price(course: TriedCourse) -> float:
            return course.price + (0.0 if course.schedule == usual else margin)

        return min(courses, key=lambda course: (len(course.broken), price(course)))

    def _explain(self, refusal: Refused, searched: Sequence[FrontPlan], settled: Settled | None) -> Refused:
        """Return the refusal with the limits that exclude each other, and the smallest relaxation in all draws.

        What was settled without keeping them may come nearer than any offered plan.
        """
        limits = [goal for goal in self.goals if goal.strength == "limit"]
        plain = [plan for plan in searched if not plan.adjuncts]
        conflict = find_conflict(plain, limits)
        if conflict is None and plain:
            # Kept in few draws, broken in all of them: what is missing is little, and read off all draws below.
            nearest = efficient_plans(plain, self.goals)[-1]
            conflict = Conflict(together=tuple(limits), relaxed=(), plan=nearest)
        if conflict is not None and conflict.plan is not None:
            course = self.in_full(conflict.plan)
            conflict = replace(conflict, relaxed=relax_to(course.outcome, course.schedule, limits) or conflict.relaxed)
        if conflict is not None and settled is not None:
            ways = relax_to(settled.best.outcome, settled.best.schedule, limits)
            conflict = replace(conflict, relaxed=smaller(conflict.relaxed, ways or ()))
        words = "" if conflict is None else f"; {conflict_in_words(conflict)}"
        kept_with = next((plan for plan in efficient_plans(searched, self.goals) if plan.adjuncts), None)
        if kept_with is not None:
            words += (
                f"; it may be kept with {additions_in_words(kept_with.adjuncts)}, which needs a decision of its own"
            )
        if settled is not None:
            words += f"; {settled_in_words(settled)}"
        return Refused(
            refusal.reason + words,
            do=refusal.do if self.fine else f"{refusal.do}, or look among the device's own steps (`--fine`)",
            code=refusal.code,
            result={
                **refusal.result,
                "conflicts": describe_conflict(conflict),
                "fine": describe_settled(settled, from_point=None),
            },
        )


def make_offer(
    planner: Planner, grid: Grid, *, pick: str | None = None, progress: Callable[[float], None] = lambda done: None
) -> tuple[Offer, Grid]:
    """Return what is offered, and the grid with the course that was picked; without `pick` its own choice stays.

    Raises BadInput for a name or point that there is not.
    """
    rows = planner.rows(grid.chosen)
    search = planner.search(rows)
    plans = search_plans(search, planner.schedules, progress=progress)
    front = efficient_plans(plans, planner.goals)
    settings = [row.setting for row in grid.chosen.settings]
    standard = plan_of(search, grid.chosen.schedule, grid.chosen.adjuncts, settings)
    front, named, in_full = name_within_limits(front, standard, chosen=grid.chosen, in_full=planner.in_full)
    shown, is_efficient = _choose_shown(front, named)
    # What the standard plan meets in all draws is no conflict, though a few draws may miss it by one.
    is_met = meets_all(grid.chosen.outcome, grid.chosen.schedule, planner.goals)
    conflict = None if is_met else find_conflict([*front, standard], planner.goals)
    offer = Offer(shown, is_efficient, len(front), named, in_full, picked=0, conflict=conflict)
    point, name = _read_pick(pick, offer)
    looked_at = dict(named.items())
    chosen = name or "standard"
    if pick is not None and name is None:
        chosen, looked_at = "picked", looked_at | {"picked": shown[point - 1]}
    if pick is not None:
        course = in_full[name] if name else planner.in_full(shown[point - 1])
        in_full |= {"picked": course}
        grid = replace(grid, chosen=course, picked=_words_of_pick(point, name, course))
    offer = replace(offer, picked=point, in_full=in_full)
    if planner.fine:
        offer, grid = _settle(planner, offer, grid, search, front, is_standard=pick in (None, "standard"))
        if offer.picked != point:
            chosen, looked_at = "picked", looked_at | {"picked": offer.shown[-1]}
    _refuse_broken(grid.chosen, point, fine=planner.fine)
    return replace(offer, robust=_look_at_all(planner, looked_at, search.targets, rows, chosen)), grid


def _refuse_broken(course: TriedCourse, point: int, *, fine: bool) -> None:
    """Raise Refused for a picked plan that keeps a limit in the few draws that are searched, but not in all of them."""
    if not course.broken:
        return
    limits = "; ".join(how_sure_in_words(goal, course) for goal in course.broken)
    raise Refused(
        f"point {point} of the front breaks a limit when it is looked at in all draws: {limits}",
        do="pick another point" + ("" if fine else ", or let this one be settled (`--fine`)"),
        code="E-PLAN-036",
        result={"plan": None, "broken_limits": [goal_in_words(goal) for goal in course.broken]},
    )


def _settle(
    planner: Planner, offer: Offer, grid: Grid, search: Search, front: Sequence[FrontPlan], *, is_standard: bool
) -> tuple[Offer, Grid]:
    """Return the offer and the grid with the chosen course settled; a plan that was picked for less harm keeps it."""
    if is_standard and grid.settled_from is not None:
        # What keeps the limits was settled from a course that does not: it is told how.
        return replace(offer, settled=planner.settle(grid.settled_from)), grid
    settled = planner.settle(grid.chosen, no_more_harm=not is_standard)
    offer = replace(offer, settled=settled, settled_from=offer.picked)
    if not settled.is_taken:
        return offer, grid
    course = settled.best
    plan = plan_of(search, course.schedule, course.adjuncts, [row.setting for row in course.settings])
    is_efficient = bool(efficient(as_rows([*(each.merits for each in front), plan.merits]))[-1])
    offer = replace(
        offer,
        shown=(*offer.shown, plan),
        is_efficient=(*offer.is_efficient, is_efficient),
        in_full={**offer.in_full, "picked": course},
        picked=len(offer.shown) + 1,
    )
    words = None if grid.picked is None else f"{grid.picked}, then settled among the device's own steps"
    return offer, replace(grid, chosen=course, picked=words)


def _look_at_all(
    planner: Planner,
    plans: Mapping[str, FrontPlan],
    targets: Sequence[ZoneTarget],
    rows: Int[np.ndarray, " few"],
    chosen: str,
) -> dict[str, Any]:
    courses = courses_in_scenarios(planner.healer, rows)
    found: dict[Any, Robustness] = {}
    for plan in plans.values():
        if plan.key not in found:
            found[plan.key] = look_at_scenarios(
                plan, targets, courses=courses, judge_after_days=planner.judge_after_days
            )
    return describe_robust({name: found[plan.key] for name, plan in plans.items()}, chosen)


def _choose_shown(front: Sequence[FrontPlan], named: NamedPlans) -> tuple[tuple[FrontPlan, ...], tuple[bool, ...]]:
    every = {plan.key: plan for plan in front}
    on_front = set(every)
    every |= {plan.key: plan for _, plan in named.items() if plan.key not in every}
    plans = sorted(every.values(), key=lambda plan: (-plan.merits.left_percent, plan.merits.sessions))
    keys = [plan.key for plan in plans]
    always = [keys.index(plan.key) for _, plan in named.items()]
    rows = as_rows([plan.merits for plan in plans])
    chosen = spread_out(rows, most=MOST_SHOWN, always=list(dict.fromkeys(always)))
    shown = tuple(plans[row] for row in chosen)
    return shown, tuple(plan.key in on_front for plan in shown)


def _read_pick(pick: str | None, offer: Offer) -> tuple[int, str | None]:
    """Return the point that was picked, and its name where it was picked by name."""
    if pick is None:
        return offer.point_of(offer.named.standard), None
    if pick in NAMES:
        return offer.point_of(getattr(offer.named, pick)), pick
    if pick.isascii() and pick.isdigit() and 1 <= int(pick) <= len(offer.shown):
        return int(pick), None
    raise BadInput(
        "there is no such plan to pick",
        code="E-PLAN-032",
        got=pick,
        allowed=f"{', '.join(NAMES)}, or a point of the front from 1 to {len(offer.shown)}",
        do="run `scarplan plan CASE` and look at pareto.csv",
    )


def _words_of_pick(point: int, name: str | None, course: TriedCourse) -> str:
    what = f"the {name} plan" if name else f"point {point} of the front"
    extra = additions_in_words(course.adjuncts)
    return f"{what} was picked" + (f", with {extra}" if extra else "")
