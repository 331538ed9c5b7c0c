"""Three plans by name: gentle, standard, intensive within limits. Their definitions are data, with reasons.

standard    the program's own choice: the published default, unless another course is clearly better
gentle      the least downtime of the whole course among plans that bring at least a share of the standard's gain, with
            no more sessions than it, and no more downtime or risk of darker patches
intensive   among plans that come near to the least depth left, and leave no more than the standard, the fewest sessions

No named plan holds an addition: each of these needs a decision of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from scarplan.evidence.library import value_of
from scarplan.planning.grid import TriedCourse
from scarplan.planning.inverse import FrontPlan
from scarplan.planning.reach import chance_of
from scarplan.planning.texts import read_texts
from scarplan.records.goal import Goal

NAMES = ("gentle", "standard", "intensive")


@dataclass(frozen=True)
class NamedPlans:
    """The three plans."""

    gentle: FrontPlan
    standard: FrontPlan
    intensive: FrontPlan

    def items(self) -> tuple[tuple[str, FrontPlan], ...]:
        """Return name and plan, from least to most."""
        return ("gentle", self.gentle), ("standard", self.standard), ("intensive", self.intensive)


def name_plans(front: Sequence[FrontPlan], standard: FrontPlan) -> NamedPlans:
    """Return the named plans of a front; where nothing fits a definition the standard plan stands for it."""
    plain = [plan for plan in front if not plan.adjuncts]
    return NamedPlans(
        gentle=min(_gentler(plain, standard), key=_harm, default=standard),
        standard=standard,
        intensive=min(_stronger(plain, standard), key=_visits, default=standard),
    )


def name_within_limits(
    front: Sequence[FrontPlan], standard: FrontPlan, *, chosen: TriedCourse, in_full: Callable[[FrontPlan], TriedCourse]
) -> tuple[Sequence[FrontPlan], NamedPlans, dict[str, TriedCourse]]:
    """Return the front, its named plans and these in all draws; `chosen` is the standard plan there.

    A plan may keep a limit in the few draws that are searched and break it in all of them. No named plan does: it
    leaves the front, and with it every plan that keeps that limit no more surely in the few.
    """
    full = {standard.key: chosen}
    while True:
        named = name_plans(front, standard)
        full |= {plan.key: in_full(plan) for _, plan in named.items() if plan.key not in full}
        others = [plan for _, plan in named.items() if plan.key != standard.key]
        broken = [(goal, _sure(goal, plan)) for plan in others for goal in full[plan.key].broken]
        if not broken:
            return front, named, {name: full[plan.key] for name, plan in named.items()}
        front = [plan for plan in front if all(_sure(goal, plan) > least for goal, least in broken)]


def _sure(goal: Goal, plan: FrontPlan) -> float:
    return chance_of(goal, plan.outcome, plan.schedule) or 0.0


def describe_names() -> list[dict[str, Any]]:
    """Return what each name means and why, with the figures of its definition."""
    return [{"name": name, **read_texts("named")[name]} for name in NAMES]


def _gentler(plans: Sequence[FrontPlan], standard: FrontPlan) -> list[FrontPlan]:
    own = standard.merits
    most_left = 100 - value_of("planning.gentle_share_of_gain") * (100 - own.left_percent)
    if own.left_percent >= 100:
        return []
    return [
        plan
        for plan in plans
        if plan.merits.left_percent <= most_left
        and plan.merits.sessions <= own.sessions
        and plan.merits.downtime_days <= own.downtime_days
        and plan.merits.pigment_percent <= own.pigment_percent
    ]


def _stronger(plans: Sequence[FrontPlan], standard: FrontPlan) -> list[FrontPlan]:
    least = min((plan.merits.left_percent for plan in plans), default=standard.merits.left_percent)
    most = min(least + value_of("planning.intensive_margin"), standard.merits.left_percent)
    return [plan for plan in plans if plan.merits.left_percent <= most]


def _harm(plan: FrontPlan) -> tuple[float, ...]:
    merits = plan.merits
    return merits.downtime_days, merits.pigment_percent, merits.left_percent, merits.course_days


def _visits(plan: FrontPlan) -> tuple[float, ...]:
    merits = plan.merits
    return merits.sessions, merits.left_percent, merits.downtime_days, merits.pigment_percent, merits.course_days
