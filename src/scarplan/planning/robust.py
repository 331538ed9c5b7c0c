"""How the offered plans stand when things go otherwise than planned: expected, the worst tenth, the worst scenario.

Every scenario counts alike: nobody has counted how often they come. What a plan is worth is judged as the choice was
(`objective.py`), so the answer to whether another plan should have been chosen is in the same unit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from scarplan.evidence.library import value_of
from scarplan.forecast.courses import ZoneHealer
from scarplan.planning.evaluate import make_setting
from scarplan.planning.grid import ZoneTarget, left_by_draw
from scarplan.planning.inverse import FrontPlan
from scarplan.planning.many import Candidate, ManyCourses
from scarplan.planning.objective import ZoneOutcome, price_course, price_zone
from scarplan.planning.scenarios import WORDS, draws_in, scars_in, session_days_in


@dataclass(frozen=True, eq=False)
class PlanInScenario:
    """One plan in one scenario: depth left [draw], percent; harms; and what it is worth, percent of the depth."""

    left_percent: Float[np.ndarray, " draw"]
    pigment_percent: float
    downtime_days: float
    worth: Float[np.ndarray, " draw"]


@dataclass(frozen=True, eq=False)
class Robustness:
    """One plan over all scenarios. Figures are the depth left, percent; `*_worth` what the plan is worth then."""

    by_scenario: Mapping[str, PlanInScenario]

    @property
    def expected(self) -> float:
        """Mean over scenarios and draws."""
        return float(self._pooled("left_percent").mean())

    @property
    def tail(self) -> float:
        """Conditional value at risk: the mean of the worst share of scenarios and draws."""
        return _tail(self._pooled("left_percent"))

    @property
    def worst(self) -> tuple[str, float]:
        """The scenario with the most left, and its mean."""
        means = {name: float(found.left_percent.mean()) for name, found in self.by_scenario.items()}
        name = max(means, key=lambda key: means[key])
        return name, means[name]

    def worth(self, by: str) -> float:
        """Return the worth by "expected", "tail" or "worst"; lower is better."""
        if by == "expected":
            return float(self._pooled("worth").mean())
        if by == "tail":
            return _tail(self._pooled("worth"))
        return max(float(found.worth.mean()) for found in self.by_scenario.values())

    def _pooled(self, name: str) -> Float[np.ndarray, " all"]:
        return np.concatenate([getattr(found, name) for found in self.by_scenario.values()])


def courses_in_scenarios(healer: ZoneHealer, rows: Int[np.ndarray, " few"]) -> ManyCourses:
    """Return courses whose candidates are each in a scenario by name, in the draws `rows` of the healer's."""
    return ManyCourses(healer, rows, lambda one: draws_in(one.scenario, one.setting.zone, healer))


def look_at_scenarios(
    plan: FrontPlan,
    targets: Sequence[ZoneTarget],
    *,
    courses: ManyCourses,
    judge_after_days: int,
) -> Robustness:
    """Return a plan in every scenario; `targets` hold the scars in the draws of `courses`."""
    schedule, day = plan.schedule, plan.schedule.last_day + judge_after_days
    alike: dict[tuple[int, ...], list[str]] = {}
    for name in WORDS:
        alike.setdefault(session_days_in(name, schedule), []).append(name)
    found: dict[str, PlanInScenario] = {}
    for session_days, names in alike.items():
        named = {
            (name, number): Candidate(make_setting(target, setting, courses.healer), "prp" in plan.adjuncts, name)
            for name in names
            for number, (target, setting) in enumerate(zip(targets, plan.settings, strict=True))
        }
        followed = courses.follow(named.values(), session_days, (day,))
        for name in names:
            theirs = [replace(target, scars=scars_in(name, target.scars)) for target in targets]
            outcomes = [
                followed[named[name, number]].outcome(target.scars, with_subcision="subcision" in plan.adjuncts)
                for number, target in enumerate(theirs)
            ]
            found[name] = _judge(plan, theirs, outcomes)
    return Robustness({name: found[name] for name in WORDS})


def describe_robust(found: Mapping[str, Robustness], chosen: str) -> dict[str, Any]:
    """Return how the plans stand as plain values; `chosen` is the name of the plan that was chosen among them."""
    best = {by: min(found, key=lambda name: found[name].worth(by)) for by in ("expected", "tail", "worst")}
    margin = value_of("planning.margin_over_default")
    changes = {by: name for by, name in best.items() if found[chosen].worth(by) > found[name].worth(by) + margin}
    return {
        "scenarios": [{"scenario": name, "words": words} for name, words in WORDS.items()],
        "plans": [_describe(name, one) for name, one in found.items()],
        "choice_changes": bool(changes),
        "words": _say(found[chosen], chosen, changes),
    }


def _describe(name: str, found: Robustness) -> dict[str, Any]:
    worst, left = found.worst
    return {
        "plan": name,
        "expected_left_percent": _round(found.expected),
        "tail_left_percent": _round(found.tail),
        "worst_left_percent": _round(left),
        "worst_scenario": worst,
        "in_scenarios": [
            {
                "scenario": scenario,
                "left_percent": _round(one.left_percent.mean()),
                "pigment_percent": _round(one.pigment_percent),
                "downtime_days": _round(one.downtime_days),
            }
            for scenario, one in found.by_scenario.items()
        ],
    }


def _say(found: Robustness, chosen: str, changes: Mapping[str, str]) -> str:
    worst, left = found.worst
    start = (
        f"when things go otherwise than planned {found.expected:.0f} % of the depth is left on average, "
        f"{found.tail:.0f} % in the worst tenth, and {left:.0f} % when {WORDS[worst]}"
    )
    if not changes:
        return f"{start}; no other of the three plans would then be clearly better than the {chosen} one"
    others = " and ".join(dict.fromkeys(changes.values()))
    return f"{start}; judged so, the {others} plan would be clearly better than the {chosen} one"


def _judge(plan: FrontPlan, targets: Sequence[ZoneTarget], outcomes: Sequence[ZoneOutcome]) -> PlanInScenario:
    weights = [target.expected for target in targets]
    left = left_by_draw(targets, outcomes, 0)
    # Harms and visits weigh as in the choice; what is left is that of each draw.
    harms = [price_zone(outcome, 0.0) for outcome in outcomes]
    pigment = np.max([outcome.pigment_risk for outcome in outcomes], axis=0)
    downtime = np.max([outcome.downtime_days for outcome in outcomes if outcome.downtime_days is not None], axis=0)
    return PlanInScenario(
        left_percent=left,
        pigment_percent=100 * float(pigment.mean()),
        downtime_days=float(downtime.mean()),
        worth=left + price_course(harms, weights, plan.schedule, ()),
    )


def _tail(values: Float[np.ndarray, " all"]) -> float:
    count = max(1, round(value_of("planning.scenario_tail_share") * len(values)))
    return float(np.sort(values)[-count:].mean())


def _round(value: Any) -> float:
    return round(float(value), 2) + 0.0
