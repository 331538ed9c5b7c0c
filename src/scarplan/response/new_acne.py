"""New acne as a process: inflamed spots come at random, some leave a scar, and some of those fade again.

    spots        Poisson, rate lambda(t) = spots now / life of a spot * share left by acne control
    scars        each spot leaves one with probability p, independently: Poisson with rate p lambda
    persistence  S(age): .662 are left after six months, .662 x .817 after two years, the same from then on
    number       N(t) ~ Poisson( p int_0^t lambda(s) S(t - s) ds )

A thinned Poisson process is one again, so the number that is there on a day is Poisson exactly. Between the ages that
were observed S falls at a constant rate. Old scars are never touched by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Int
from scipy import stats

from scarplan.errors import BadInput
from scarplan.evidence.library import value_of
from scarplan.injury import Sampler
from scarplan.units import DAYS_PER_YEAR

_MONTHS_PER_YEAR = 12.0


@dataclass(frozen=True)
class ActiveAcne:
    """What is known of a patient's acne: whether there is any, and how many inflamed spots there are now."""

    answer: Literal["yes", "no", "unknown"] = "unknown"
    spots: int | None = None

    def __post_init__(self) -> None:
        if self.spots is not None and self.spots < 0:
            raise BadInput(
                "the number of inflamed spots is not possible",
                code="E-RESP-009",
                got=self.spots,
                allowed="0 or more, or None for unknown",
                do="count the spots on the skin to be treated",
            )


@dataclass(frozen=True, eq=False)
class NewScars:
    """New scars from new acne, apart from the scars that are there.

    days       days since the start of the course [t]
    expected   mean number that is there on each day [draw t]
    count      number that is there on each day [draw t]
    """

    days: Int[np.ndarray, " t"]
    expected: Float[np.ndarray, "draw t"]
    count: Int[np.ndarray, "draw t"]


def new_scars(
    acne: ActiveAcne, *, days: Sequence[int], count: int, seed: int, control: float | None = None
) -> NewScars | None:
    """Return `count` draws of the new scars on `days`; None where the number of spots is not known.

    `control` is the share of spots that acne treatment leaves, 1 without any, 0 where no spot comes any more; None
    draws it. The same draws meet every number of spots and every control. Raises BadInput for a control outside 0-1.
    """
    if control is not None and not 0.0 <= control <= 1.0:
        raise BadInput(
            "acne control leaves a share of the spots",
            code="E-RESP-010",
            got=control,
            allowed="0 to 1",
            do="give 1 without treatment, 0 where no spot comes any more",
        )
    spots = 0 if acne.answer == "no" else acne.spots
    if acne.answer == "unknown" or spots is None:
        return None
    sampler = Sampler(count, seed)
    left = sampler.draw("response.acne_control_left") if control is None else np.full(count, control)
    per_day = spots / sampler.draw("response.spot_life_days") * left * sampler.draw("response.spot_to_scar")
    wanted = np.asarray(list(days), dtype=float)
    expected = per_day[:, None] * scar_days(wanted)
    level = sampler.uniform("response.new_scars")
    numbers = stats.poisson.ppf(level[:, None], expected).astype(int)
    return NewScars(days=wanted.astype(int), expected=expected, count=np.maximum(numbers, 0))


def persistence(age_days: Float[np.ndarray, " t"]) -> Float[np.ndarray, " t"]:
    """Return the share of new scars that is still there at an age."""
    first, second, early, late = _hazards()
    return np.exp(-early * np.clip(age_days, 0.0, first) - late * np.clip(age_days - first, 0.0, second - first))


def scar_days(day: Float[np.ndarray, " t"]) -> Float[np.ndarray, " t"]:
    """Return the integral of `persistence` from 0 to each day: what one new scar a day has left by then."""
    first, second, early, late = _hazards()
    young = np.clip(day, 0.0, first)
    middle = np.clip(day - first, 0.0, second - first)
    old = np.maximum(day - second, 0.0)
    at_first, at_second = np.exp(-early * first), np.exp(-early * first - late * (second - first))
    total = -np.expm1(-early * young) / early - at_first * np.expm1(-late * middle) / late
    return total + at_second * old


def _hazards() -> tuple[float, float, float, float]:
    """Return the two ages that were observed, days, and the rate of fading before each, 1/day."""
    first = value_of("response.new_scar_first_months") / _MONTHS_PER_YEAR * DAYS_PER_YEAR
    second = value_of("response.new_scar_second_months") / _MONTHS_PER_YEAR * DAYS_PER_YEAR
    early = -np.log(value_of("response.new_scar_left_first")) / first
    late = -np.log(value_of("response.new_scar_left_second")) / (second - first)
    return first, second, float(early), float(late)
