"""Every plan there is, and the volume in front of a set of plans: what the search of plans is held against."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from scarplan.planning.fronts import efficient
from scarplan.planning.inverse import FrontPlan, Search, make_plan
from scarplan.planning.schedule import Schedule


def enumerate_plans(search: Search, schedules: Sequence[Schedule]) -> tuple[FrontPlan, ...]:
    """Return every plan there is, the product of all zones: for small cases."""
    named = [(number, setting) for number, offered in enumerate(search.settings) for setting in offered]
    found = []
    for schedule in schedules:
        followed = search.follow(named, search.additions, schedule, search.days(schedule))
        for adjuncts in search.additions:
            each = product(*search.settings)
            found += [make_plan(search, schedule, adjuncts, settings, followed) for settings in each]
    return tuple(found)


def hypervolume(merits: np.ndarray, worst: np.ndarray) -> float:
    """Return the volume between the rows and the point `worst`; what is worse than that counts nothing.

    Exact, by slices along the last figure.
    """
    inside = merits[np.all(merits < worst, axis=1)]
    if inside.size == 0:
        return 0.0
    if inside.shape[1] == 1:
        return float(worst[0] - inside.min())
    levels = np.unique(inside[:, -1])
    tops = np.append(levels[1:], worst[-1])
    total = 0.0
    for level, top in zip(levels, tops, strict=True):
        below = inside[inside[:, -1] <= level, :-1]
        total += (top - level) * hypervolume(below[efficient(below)], worst[:-1])
    return total
