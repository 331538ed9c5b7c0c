"""The reasons of a plan in words: why this course, why not another, and which goals are out of reach."""

from __future__ import annotations

from collections.abc import Sequence

from scarplan.planning.grid import Grid, TriedCourse
from scarplan.planning.objective import describe_objective
from scarplan.planning.reach import asked_chance, chance_of
from scarplan.planning.schedule import Schedule
from scarplan.planning.zones import ZoneOptions
from scarplan.records.goal import Goal, goal_in_words
from scarplan.records.plan import Reason

#: How many of the courses that were not chosen are told about.
_MOST_REJECTED = 3


def explain_choice(grid: Grid) -> tuple[Reason, ...]:
    """Return why the course was chosen, why its neighbours were not, and what was preferred."""
    chosen = grid.chosen
    if grid.settled_from is not None:
        return _explain_settled(grid), Reason(text=describe_objective(grid.default_is))
    others = [course for course in grid.courses if course is not chosen]
    others.sort(key=lambda course: (abs(course.schedule.sessions - chosen.schedule.sessions), course.price))
    rejected = (Reason(text=_why_not(course, chosen)) for course in others[:_MOST_REJECTED])
    return (Reason(text=_why_this(grid)), *rejected, Reason(text=describe_objective(grid.default_is)))


def name_unlikely_goals(goals: Sequence[Goal], grid: Grid | None) -> str | None:
    """Return the goals that no course of the grid reaches with the chance asked for; None when there is none."""
    if grid is None:
        return None
    missed = []
    for goal in goals:
        chances = [chance_of(goal, course.outcome, course.schedule) for course in grid.courses]
        best = max((chance for chance in chances if chance is not None), default=None)
        if best is not None and best < asked_chance(goal):
            missed.append(
                f"{goal_in_words(goal)} (at best {100 * best:.0f} of 100, in the best of all courses compared)"
            )
    return f"needling alone is unlikely to reach this: {'; '.join(missed)}" if missed else None


def name_place(zone: ZoneOptions) -> str:
    """Return a zone and its side in words."""
    name = (zone.zone or "zone not known").replace("_", " ")
    return f"{name} {zone.side}" if zone.side else name


def _explain_settled(grid: Grid) -> Reason:
    """Return why a course of no offered setting was chosen: every course of offered ones breaks a limit."""
    chosen = grid.chosen
    limits = dict.fromkeys(goal_in_words(goal) for course in grid.courses for goal in course.broken)
    picked = "" if grid.picked is None else f"{grid.picked}, not chosen by this program; "
    return Reason(
        text=f"{_schedule_in_words(chosen.schedule)}: {picked}each of the {len(grid.courses) - 1} courses of offered "
        f"settings breaks a limit ({'; '.join(limits)}); the model expects {chosen.left_percent:.0f} % of the present "
        "depth to be left when it is judged, ice-picks not counted (not yet validated, not for deciding treatment)"
    )


def _why_this(grid: Grid) -> str:
    chosen = grid.chosen
    if grid.picked is not None:
        return (
            f"{_schedule_in_words(chosen.schedule)}: {grid.picked}, not chosen by this program; the model expects "
            f"{chosen.left_percent:.0f} % of the present depth to be left when it is judged, ice-picks not counted "
            "(not yet validated, not for deciding treatment)"
        )
    default = f"{grid.default_is}, no course was clearly better of"
    basis = default if chosen.schedule == grid.default else "best of"
    return (
        f"{_schedule_in_words(chosen.schedule)}: {basis} {len(grid.courses)} courses compared; the model expects "
        f"{chosen.left_percent:.0f} % of the present depth to be left when it is judged, ice-picks not counted "
        "(not yet validated, not for deciding treatment)"
    )


def _why_not(course: TriedCourse, chosen: TriedCourse) -> str:
    words = f"not {_schedule_in_words(course.schedule)}: "
    if course.broken:
        return words + f"breaks a limit ({'; '.join(goal_in_words(goal) for goal in course.broken)})"
    visits = course.schedule.sessions - chosen.schedule.sessions
    days = course.schedule.last_day - chosen.schedule.last_day
    return (
        words + f"{course.left_percent:.0f} % of the depth left against {chosen.left_percent:.0f} % "
        f"for {_more_or_fewer(visits, 'session')} and {_more_or_fewer(days, 'day')}"
    )


def _more_or_fewer(number: int, what: str) -> str:
    if number == 0:
        return f"no more {what}s"
    return f"{abs(number)} {'more' if number > 0 else 'fewer'} {what}{'' if abs(number) == 1 else 's'}"


def _schedule_in_words(schedule: Schedule) -> str:
    if schedule.sessions == 1:
        return "1 session"
    return f"{schedule.sessions} sessions, {schedule.interval_days} days apart"
