"""The small grid: allowed settings and schedules evaluated, and the best course that keeps all limits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float

from scarplan.errors import Refused
from scarplan.evidence.library import value_of
from scarplan.forecast.scar_draws import ScarDraws, join_scars
from scarplan.planning.merits import price_of
from scarplan.planning.objective import ZoneOutcome, price_course, price_zone
from scarplan.planning.prescribe import Setting, prescribe_schedule, prescribe_setting
from scarplan.planning.reach import CourseOutcome, asked_chance, broken_limits, chance_of, days_of_goals
from scarplan.planning.schedule import Schedule
from scarplan.planning.zones import ZoneOptions
from scarplan.records.clinic_protocol import ClinicPrices
from scarplan.records.goal import Goal, goal_in_words
from scarplan.records.plan import Additions

#: Courses are looked at on few days: the one they are judged on, and those of goals. They are worked out by as many.
FEW_DAYS = 4


@dataclass(frozen=True)
class ZoneTarget:
    """One zone of the grid: what may be set there and the scars that it holds."""

    options: ZoneOptions
    scars: ScarDraws

    @cached_property
    def counted(self) -> Bool[np.ndarray, " s"]:
        """The scars that the choice is made for: not ice-picks, unless the zone holds nothing else."""
        other = ~self.scars.is_of("icepick")
        return other if other.any() else ~other

    @property
    def expected(self) -> float:
        """How many scars the choice is expected to be made for."""
        return float(self.scars.expected[self.counted].sum())

    @property
    def settings(self) -> tuple[Setting, ...]:
        """Every setting that is compared here."""
        return tuple(Setting(length, passes) for length in self.options.lengths_mm for passes in self.options.passes)


@dataclass(frozen=True, eq=False)
class TriedSetting:
    """One setting of one zone on one schedule with what it does."""

    target: ZoneTarget
    schedule: Schedule
    setting: Setting
    outcome: ZoneOutcome
    left_percent: float
    price: float
    broken: tuple[Goal, ...]


@dataclass(frozen=True, eq=False)
class TriedCourse:
    """One schedule with a setting for each zone, and additions; `broken` are the limits that it does not keep."""

    schedule: Schedule
    settings: tuple[TriedSetting, ...]
    outcome: CourseOutcome
    price: float
    broken: tuple[Goal, ...]
    left_by_draw: Float[np.ndarray, " draw"]
    adjuncts: Additions = ()

    @property
    def left_percent(self) -> float:
        """Visible depth left when the course is judged, percent of the present depth, over the scars that count."""
        weights = [row.target.expected for row in self.settings]
        return float(np.average([row.left_percent for row in self.settings], weights=weights))


#: Evaluates one setting on one schedule in one zone, on the days asked for.
Evaluate = Callable[[ZoneTarget, Setting, Schedule, Sequence[int]], ZoneOutcome]


def _nothing_further(courses: Sequence[TriedCourse]) -> Sequence[TriedCourse]:
    """Offer no more courses."""
    del courses
    return ()


def _tell_nobody(fraction: float) -> None:
    """Show no progress."""


#: What the default of a first plan is.
PUBLISHED = "the published default"


@dataclass(frozen=True)
class Grid:
    """Everything that was tried, the course that was chosen, and the published default schedule.

    `picked` says which plan of the front a person took instead of the program's choice; None where nobody did.
    `settled_from` is the course, of offered settings, from which one that keeps all limits was settled among the
    device's own steps; None where an offered setting keeps them. `default_is` says what the default is in words.
    """

    tried: tuple[TriedSetting, ...]
    courses: tuple[TriedCourse, ...]
    chosen: TriedCourse
    default: Schedule
    picked: str | None = None
    settled_from: TriedCourse | None = None
    default_is: str = PUBLISHED


def search_grid(
    targets: Sequence[ZoneTarget],
    schedules: Sequence[Schedule],
    goals: Sequence[Goal],
    *,
    evaluate: Evaluate,
    judge_after_days: int,
    prices: ClinicPrices | None = None,
    default: Schedule | None = None,
    default_is: str = PUBLISHED,
    further: Callable[[Sequence[TriedCourse]], Sequence[TriedCourse]] = _nothing_further,
    progress: Callable[[float], None] = _tell_nobody,
) -> Grid:
    """Return the grid with its best course. Raises Refused when no course keeps all limits.

    Settings are compared zone by zone on the default schedule, then schedules with the best setting of each zone.
    `default`, which stays unless another is better by a margin, is one of `schedules`: the published one if not given.
    Only where every schedule breaks a limit the gentlest and then the strongest settings are tried as well, then what
    `further` offers.
    """
    usual = prescribe_schedule(schedules) if default is None else default
    look = Look(goals, evaluate, judge_after_days, prices)
    tried = [[look.try_setting(target, setting, usual) for setting in target.settings] for target in targets]
    courses: list[TriedCourse] = []
    picks = (_best_setting, _gentlest_setting, _strongest_setting)
    for pick in picks:
        settings = [pick(rows) for rows in tried]
        for number, schedule in enumerate(schedules):
            rows = [
                look.try_setting(target, setting, schedule) for target, setting in zip(targets, settings, strict=True)
            ]
            courses.append(join_course(targets, rows, schedule, look))
            progress((number + 1) / len(schedules))
        if not all(course.broken for course in courses):
            break
    else:
        courses += further(courses)
    every = dict.fromkeys([row for rows in tried for row in rows] + [row for c in courses for row in c.settings])
    return Grid(
        tried=tuple(every),
        courses=tuple(courses),
        chosen=choose_course(courses, default=usual),
        default=usual,
        default_is=default_is,
    )


def choose_course(courses: Sequence[TriedCourse], *, default: Schedule) -> TriedCourse:
    """Return the best course among those that keep every limit. Raises Refused when there is none.

    Best is the lowest price; the published default stays unless another is better by a margin.
    """
    allowed = [course for course in courses if not course.broken]
    if allowed:
        margin = value_of("planning.margin_over_default")

        def price(course: TriedCourse) -> tuple[float, int, int]:
            handicap = 0.0 if course.schedule == default else margin
            return course.price + handicap, course.schedule.sessions, course.schedule.interval_days

        return min(allowed, key=price)
    nearest = min(courses, key=lambda course: (len(course.broken), course.price))
    limits = "; ".join(how_sure_in_words(goal, nearest) for goal in nearest.broken)
    raise Refused(
        f"no plan keeps all limits; needling alone is unlikely to reach this: {limits}",
        do="make the limit a goal, relax it, or consider the alternatives",
        code="E-PLAN-006",
        result={"plan": None, "broken_limits": [goal_in_words(goal) for goal in nearest.broken]},
    )


def how_sure_in_words(goal: Goal, course: TriedCourse) -> str:
    """Return a goal with the chance that a course reaches it, and the chance that is asked."""
    return f"{goal_in_words(goal)} ({_how_sure(goal, course)}, asked {asked_chance(goal):.2f})"


def _how_sure(goal: Goal, course: TriedCourse) -> str:
    chance = chance_of(goal, course.outcome, course.schedule)
    if chance is None:
        return "unknown: " + ("the clinic named no prices" if goal.kind == "cost" else "nothing here can answer it")
    return f"reached with a chance of {chance:.2f}"


def days_to_look_at(schedule: Schedule, goals: Sequence[Goal], judge_after_days: int) -> tuple[int, ...]:
    """Return the days on which the outcome is wanted: when it is judged, and the day of each goal for scars."""
    return tuple(sorted({schedule.last_day + judge_after_days, *days_of_goals(goals)}))


def left_by_draw(targets: Sequence[ZoneTarget], rows: Sequence[ZoneOutcome], index: int) -> Float[np.ndarray, " draw"]:
    """Return the depth left in each draw, percent; each scar counts alike, by its own mean depth."""
    left, present = 0.0, 0.0
    for target, row in zip(targets, rows, strict=True):
        scars = target.scars.pick(target.counted)
        share = scars.present / np.maximum(scars.depth_mm.mean(axis=0), np.finfo(float).tiny)
        left = left + (share * row.residual_mm[:, index, target.counted]).sum(axis=1)
        present = present + (share * scars.depth_mm).sum(axis=1)
    return 100 * np.divide(left, present, out=np.full_like(left, 100.0), where=np.asarray(present) > 0)


def is_efficient(course: TriedCourse, courses: Sequence[TriedCourse]) -> bool:
    """Whether no other course is as good in depth, redness, pigment risk, visits and time, and better in one."""
    own = _merits(course)
    others = [_merits(other) for other in courses]
    return not any(np.all(other <= own) and np.any(other < own) for other in others)


def _merits(course: TriedCourse) -> np.ndarray:
    return np.array(
        [
            course.left_percent,
            course.outcome.erythema_days.mean(),
            course.outcome.pigment_risk.mean(),
            course.schedule.sessions,
            course.schedule.last_day,
        ]
    )


def _worst(days: Sequence[np.ndarray | None]) -> np.ndarray | None:
    """Return the most days of each draw over the zones; None where one zone does not tell."""
    known = [values for values in days if values is not None]
    return np.max(known, axis=0) if known and len(known) == len(days) else None


def _best_setting(rows: Sequence[TriedSetting]) -> Setting:
    default = prescribe_setting(rows[0].target.options)
    margin = value_of("planning.margin_over_default")
    return min(
        rows, key=lambda row: (bool(row.broken), row.price + (0.0 if row.setting == default else margin))
    ).setting


def _gentlest_setting(rows: Sequence[TriedSetting]) -> Setting:
    return min((row.setting for row in rows), key=lambda setting: (setting.needle_length_mm, setting.passes))


def _strongest_setting(rows: Sequence[TriedSetting]) -> Setting:
    return max((row.setting for row in rows), key=lambda setting: (setting.needle_length_mm, setting.passes))


@dataclass(frozen=True)
class Look:
    """How one setting on one schedule is looked at; `prices` are the clinic's own."""

    goals: Sequence[Goal]
    evaluate: Evaluate
    judge_after_days: int
    prices: ClinicPrices | None = None

    def days(self, schedule: Schedule) -> tuple[int, ...]:
        """Return the days on which a course is looked at."""
        return days_to_look_at(schedule, self.goals, self.judge_after_days)

    def try_setting(self, target: ZoneTarget, setting: Setting, schedule: Schedule) -> TriedSetting:
        """Return what one setting of one zone does."""
        days = self.days(schedule)
        outcome = self.evaluate(target, setting, schedule, days)
        alone = CourseOutcome(
            days=np.asarray(days),
            scars=target.scars,
            residual_mm=outcome.residual_mm,
            erythema_days=outcome.erythema_days,
            pigment_risk=outcome.pigment_risk,
            downtime_days=outcome.downtime_days,
        )
        harms = [goal for goal in self.goals if goal.kind in ("pigment", "redness", "downtime")]
        judged = outcome.residual_mm[:, days.index(schedule.last_day + self.judge_after_days)]
        left = 100 * target.scars.pick(target.counted).mean_left(judged[:, target.counted])
        return TriedSetting(
            target=target,
            schedule=schedule,
            setting=setting,
            outcome=outcome,
            left_percent=left,
            price=price_zone(outcome, left),
            broken=broken_limits(harms, alone, schedule),
        )


def join_course(
    targets: Sequence[ZoneTarget],
    rows: Sequence[TriedSetting],
    schedule: Schedule,
    look: Look,
    *,
    adjuncts: Additions = (),
) -> TriedCourse:
    """Return one course of the settings of its zones: harms are those of the worst zone of each draw."""
    outcome = CourseOutcome(
        days=np.asarray(look.days(schedule)),
        scars=join_scars([target.scars for target in targets]),
        residual_mm=np.concatenate([row.outcome.residual_mm for row in rows], axis=2),
        erythema_days=np.max([row.outcome.erythema_days for row in rows], axis=0),
        pigment_risk=np.max([row.outcome.pigment_risk for row in rows], axis=0),
        downtime_days=_worst([row.outcome.downtime_days for row in rows]),
        cost=price_of(schedule, adjuncts, look.prices),
    )
    chances = [chance_of(goal, outcome, schedule) for goal in look.goals if goal.strength == "goal"]
    return TriedCourse(
        schedule=schedule,
        settings=tuple(rows),
        outcome=outcome,
        price=price_course(
            [row.price for row in rows],
            [target.expected for target in targets],
            schedule,
            [chance for chance in chances if chance is not None],
        ),
        broken=broken_limits(look.goals, outcome, schedule),
        left_by_draw=left_by_draw(
            targets,
            [row.outcome for row in rows],
            look.days(schedule).index(schedule.last_day + look.judge_after_days),
        ),
        adjuncts=adjuncts,
    )
