"""Inverse planning: every allowed course compared at once, and those that no other course is better than.

Limits are no merit. What may not be done (lengths beyond a zone's, more sessions, a shorter interval, an addition that
the screening speaks against) is not among the candidates, and a course that breaks a limit of the goals is dropped.
Given schedule and additions zones are apart: what is left of the scars adds up, harms are those of the worst zone of
each draw. So zones are merged one by one, and a part that another part is as good as in every draw is dropped at once:
whatever the other zones get, it cannot become the better one. The product of all zones is never made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from scarplan.forecast.scar_draws import ScarDraws, join_scars
from scarplan.planning.fronts import efficient, spread_out
from scarplan.planning.grid import ZoneTarget, days_to_look_at, left_by_draw
from scarplan.planning.merits import Merits, as_rows, merits_of
from scarplan.planning.objective import ZoneOutcome
from scarplan.planning.prescribe import Setting
from scarplan.planning.reach import CourseOutcome, broken_limits, scars_of
from scarplan.planning.schedule import Schedule
from scarplan.records.clinic_protocol import ClinicPrices
from scarplan.records.goal import AbstractScarGoal, DepthGoal, Goal
from scarplan.records.plan import Additions

# Two parts of a plan are the same when they differ by less in every draw: percent of the present depth, days, percent
# of risk. Far below what 32 draws can tell.
_SAME = 0.02

#: Name of a setting with its additions in one zone (its number among the targets).
Name = tuple[int, Setting, Additions]
#: Follows the settings of every zone with each set of additions on one schedule, on the days asked for.
FollowAll = Callable[
    [Sequence[tuple[int, Setting]], Sequence[Additions], Schedule, Sequence[int]], Mapping[Name, ZoneOutcome]
]


@dataclass(frozen=True, eq=False)
class Search:
    """What is searched: zones with the scars of few draws, the settings offered in each, and what plans must keep."""

    targets: Sequence[ZoneTarget]
    settings: Sequence[Sequence[Setting]]
    additions: Sequence[Additions]
    goals: Sequence[Goal]
    judge_after_days: int
    follow: FollowAll
    prices: ClinicPrices | None = None

    def days(self, schedule: Schedule) -> tuple[int, ...]:
        """Days on which a course is looked at."""
        return days_to_look_at(schedule, self.goals, self.judge_after_days)

    def judge_index(self, schedule: Schedule) -> int:
        """Number of the day on which a course is judged."""
        return self.days(schedule).index(schedule.last_day + self.judge_after_days)

    @cached_property
    def scars(self) -> ScarDraws:
        """The scars of all zones."""
        return join_scars([target.scars for target in self.targets])


@dataclass(frozen=True, eq=False)
class FrontPlan:
    """One course: a setting for each zone on a schedule with additions, what each does in few draws, and its merits."""

    search: Search
    schedule: Schedule
    adjuncts: Additions
    settings: tuple[Setting, ...]
    rows: tuple[ZoneOutcome, ...]
    merits: Merits

    @property
    def key(self) -> tuple[Schedule, Additions, tuple[Setting, ...]]:
        """What makes the plan this one."""
        return self.schedule, self.adjuncts, self.settings

    @cached_property
    def outcome(self) -> CourseOutcome:
        """All zones together; harms are those of the worst zone of each draw. Made only for plans that need it."""
        return CourseOutcome(
            days=np.asarray(self.search.days(self.schedule)),
            scars=self.search.scars,
            residual_mm=np.concatenate([row.residual_mm for row in self.rows], axis=2),
            erythema_days=np.max([row.erythema_days for row in self.rows], axis=0),
            pigment_risk=np.max([row.pigment_risk for row in self.rows], axis=0),
            downtime_days=np.max([_downtime(row) for row in self.rows], axis=0),
            cost=self.merits.cost,
        )

    @property
    def left_percent(self) -> Float[np.ndarray, " draw"]:
        """Depth left when it is judged, percent of the present depth, in each draw."""
        return left_by_draw(self.search.targets, self.rows, self.search.judge_index(self.schedule))


def offered_settings(target: ZoneTarget) -> tuple[Setting, ...]:
    """Return every setting that a plan may have in a zone: the lengths and passes offered there, none beyond."""
    options = target.options
    return tuple(Setting(length, passes) for length in options.offered_lengths_mm for passes in options.offered_passes)


def search_plans(
    search: Search,
    schedules: Sequence[Schedule],
    *,
    within: float = _SAME,
    progress: Callable[[float], None] = lambda done: None,
) -> tuple[FrontPlan, ...]:
    """Return every plan that another is not as good as in each draw, whether or not it keeps the limits.

    `within` 0 keeps parts that differ by less than any draw can tell.
    """
    found: list[FrontPlan] = []
    for number, schedule in enumerate(schedules):
        followed = _follow(search, schedule)
        for adjuncts in search.additions:
            found += _plans_on(search, schedule, adjuncts, followed, within=within)
        progress((number + 1) / len(schedules))
    return tuple(found)


def efficient_plans(plans: Sequence[FrontPlan], goals: Sequence[Goal]) -> tuple[FrontPlan, ...]:
    """Return the plans that keep every limit and that no other such plan is better than, from least to most gain."""
    kept = [plan for plan in plans if not broken_limits(goals, plan.outcome, plan.schedule)]
    if not kept:
        return ()
    keep = efficient(as_rows([plan.merits for plan in kept]))
    return tuple(sorted((kept[row] for row in np.flatnonzero(keep)), key=_order))


def plan_of(search: Search, schedule: Schedule, adjuncts: Additions, settings: Sequence[Setting]) -> FrontPlan:
    """Return one plan with its merits, whether or not another is better."""
    chosen = list(enumerate(settings))
    followed = search.follow(chosen, [adjuncts], schedule, search.days(schedule))
    return make_plan(search, schedule, adjuncts, tuple(settings), followed)


def make_plan(
    search: Search,
    schedule: Schedule,
    adjuncts: Additions,
    settings: tuple[Setting, ...],
    followed: Mapping[Name, ZoneOutcome],
) -> FrontPlan:
    """Return the plan of these settings, one for each zone, from what each of them does."""
    rows = tuple(followed[number, setting, adjuncts] for number, setting in enumerate(settings))
    index = search.judge_index(schedule)
    weights = [target.expected for target in search.targets]
    each = [mean_left(target, row, index) for target, row in zip(search.targets, rows, strict=True)]
    merits = merits_of(
        float(np.average(each, weights=weights)),
        downtime_days=np.max([_downtime(row) for row in rows], axis=0),
        pigment_percent=100 * np.max([row.pigment_risk for row in rows], axis=0),
        schedule=schedule,
        adjuncts=adjuncts,
        prices=search.prices,
    )
    return FrontPlan(search, schedule, adjuncts, settings, rows, merits)


def mean_left(target: ZoneTarget, outcome: ZoneOutcome, index: int) -> float:
    """Return the depth left of the scars of a zone that count on one day, percent of the present depth."""
    counted = target.counted
    return 100 * target.scars.pick(counted).mean_left(outcome.residual_mm[:, index, counted])


def _follow(search: Search, schedule: Schedule) -> Mapping[Name, ZoneOutcome]:
    named = [(number, setting) for number, offered in enumerate(search.settings) for setting in offered]
    return search.follow(named, search.additions, schedule, search.days(schedule))


def _order(plan: FrontPlan) -> tuple[object, ...]:
    merits = plan.merits
    settings = tuple((setting.needle_length_mm, setting.passes) for setting in plan.settings)
    return (-merits.left_percent, merits.sessions, merits.course_days, merits.procedures, settings)


def _downtime(row: ZoneOutcome) -> Float[np.ndarray, " draw"]:
    if row.downtime_days is None:
        raise ValueError("downtime was not told")
    return row.downtime_days


#: So many settings of the zones so far are carried to the next zone.
_MOST_PARTS = 60


@dataclass(frozen=True, eq=False)
class _Parts:
    """Settings for the first zones: what adds up over zones [n a], and what the worst of them says [n w]."""

    settings: list[tuple[Setting, ...]]
    adding: Float[np.ndarray, "n a"]
    worst: Float[np.ndarray, "n w"]

    def best(self, within: float) -> _Parts:
        keep = np.flatnonzero(efficient(np.concatenate([self.adding, self.worst], axis=1), within=within))
        if len(self.settings[0]) > 2:
            # Of many zones the rows grow beyond all use: those that lie far apart in the mean stand for the rest.
            means = [part[keep].mean(axis=1) for part in (self.adding[:, :1], *np.array_split(self.worst, 2, axis=1))]
            keep = keep[spread_out(np.stack(means, axis=1), most=_MOST_PARTS)]
        return _Parts([self.settings[row] for row in keep], self.adding[keep], self.worst[keep])

    def beside(self, other: _Parts) -> _Parts:
        size = (len(self.settings), len(other.settings))
        settings = [(*mine, *theirs) for mine in self.settings for theirs in other.settings]
        adding = self.adding[:, None] + other.adding[None, :]
        worst = np.maximum(self.worst[:, None], other.worst[None, :])
        return _Parts(settings, adding.reshape(size[0] * size[1], -1), worst.reshape(size[0] * size[1], -1))


def _plans_on(
    search: Search,
    schedule: Schedule,
    adjuncts: Additions,
    followed: Mapping[Name, ZoneOutcome],
    *,
    within: float,
) -> list[FrontPlan]:
    parts: _Parts | None = None
    for number in range(len(search.targets)):
        zone = _parts_of_zone(search, number, schedule, adjuncts, followed).best(within)
        parts = zone if parts is None else parts.beside(zone).best(within)
    if parts is None:
        return []
    found = []
    for settings, adding, worst in zip(parts.settings, parts.adding, parts.worst, strict=True):
        rows = tuple(followed[number, setting, adjuncts] for number, setting in enumerate(settings))
        draws = len(rows[0].pigment_risk)
        merits = merits_of(
            float(adding[0]),
            downtime_days=worst[:draws],
            pigment_percent=worst[draws : 2 * draws],
            schedule=schedule,
            adjuncts=adjuncts,
            prices=search.prices,
        )
        found.append(FrontPlan(search, schedule, adjuncts, settings, rows, merits))
    return found


def _parts_of_zone(
    search: Search, number: int, schedule: Schedule, adjuncts: Additions, followed: Mapping[Name, ZoneOutcome]
) -> _Parts:
    target, days = search.targets[number], search.days(schedule)
    weight = target.expected / sum(zone.expected for zone in search.targets)
    index = search.judge_index(schedule)
    adding, worst = [], []
    for setting in search.settings[number]:
        row = followed[number, setting, adjuncts]
        sums = [100 * _summed(goal, target, row, days) for goal in search.goals if isinstance(goal, AbstractScarGoal)]
        adding.append(np.concatenate([[weight * mean_left(target, row, index)], *sums]))
        redness = [row.erythema_days] if any(goal.kind == "redness" for goal in search.goals) else []
        worst.append(np.concatenate([_downtime(row), 100 * row.pigment_risk, *redness]))
    settings = [(setting,) for setting in search.settings[number]]
    return _Parts(settings, np.array(adding), np.array(worst))


def _summed(
    goal: AbstractScarGoal, target: ZoneTarget, row: ZoneOutcome, days: Sequence[int]
) -> Float[np.ndarray, " draw"]:
    """Return what a goal for scars adds up in one zone, draw by draw: depth left, or hollow space left."""
    chosen = scars_of(goal, target.scars)
    index = max(0, int(np.searchsorted(days, goal.by_day, side="right")) - 1)
    weights = target.scars.present[:, chosen].astype(float)
    if not isinstance(goal, DepthGoal):
        weights = weights * target.scars.width_mm[:, chosen] ** 2
    return (row.residual_mm[:, index, chosen] * weights).sum(axis=1)
