"""What a setting does as a smooth function of length and density, its exact gradient, and the best setting by it.

Injury, healing and relief of fixed draws are one JAX function of (needle length setting, channels per cm2), which are
differentiated side by side in forward mode: two numbers go in. Where a device has many settings the best one is found
between bounds with the gradient, and then among its steps around that point, each worked out exactly. Corners of the
model (a needle that just reaches a layer, a scar that is full) have a slope to either side; the gradient is that of
one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from scipy.optimize import minimize

from scarplan.evidence.library import value_of
from scarplan.forecast.scar_draws import ScarDraws
from scarplan.injury import MechanicalNeedling
from scarplan.planning.prescribe import Setting
from scarplan.response import ResponseDraws, ZoneCourse, prepare_healing
from scarplan.units import MM2_PER_CM2

# Days of a course that is looked at on one of them.
_ONE_DAY = 1
# Searches of a best point: value and gradient together, at most so often from each start.
_MOST_STEPS = 12
# A change of the worth by less, percent of the depth, is not worth another step: far below what few draws can tell.
_ENOUGH = 1e-3


class SmoothOutcome(eqx.Module):
    """What a setting does, as means over the draws: depth left (percent), days of redness, downtime, risk (percent)."""

    left_percent: Float[Array, ""]
    erythema_days: Float[Array, ""]
    downtime_days: Float[Array, ""]
    pigment_percent: Float[Array, ""]


@dataclass(frozen=True, eq=False)
class SmoothZone:
    """Scars of one zone (those that count) and a course whose length and density are free.

    `draws` and `scars` hold the same draws; `day` is the day on which the course is judged.
    """

    draws: ResponseDraws
    scars: ScarDraws
    session_days: Sequence[int]
    day: int
    needle_diameter_mm: float
    glides: bool = False

    def outcome(self, length_mm: Float[Array, ""], channels_per_cm2: Float[Array, ""]) -> SmoothOutcome:
        """Return what a setting does; a JAX function of both numbers."""
        count = self.draws.count

        def along(value: Array | float) -> Float[Array, " draw"]:
            return jnp.broadcast_to(jnp.asarray(value, dtype=float), (count,))

        injury = MechanicalNeedling(
            length_mm=along(length_mm),
            density_per_mm2=along(channels_per_cm2 / MM2_PER_CM2),
            needle_diameter_mm=along(self.needle_diameter_mm),
            glides=along(float(self.glides)),
        )
        course = prepare_healing(injury, draws=self.draws).trace(
            session_days=self.session_days, days=(self.day,), rows=_ONE_DAY
        )
        return SmoothOutcome(
            left_percent=100.0 * _mean_left(course, self.scars),
            erythema_days=jnp.mean(course.harms.erythema_days),
            downtime_days=jnp.mean(course.harms.downtime_days),
            pigment_percent=100.0 * jnp.mean(course.harms.pigment_risk),
        )

    def worth(self, length_mm: Float[Array, ""], channels_per_cm2: Float[Array, ""]) -> Float[Array, ""]:
        """Return what the choice weighs in one zone (`objective.price_zone`), percent of the present depth."""
        found = self.outcome(length_mm, channels_per_cm2)
        redness = value_of("planning.price_of_redness_day") * found.erythema_days
        return found.left_percent + redness + value_of("planning.price_of_pigment_percent") * found.pigment_percent


def value_and_slopes(
    of: Callable[[Array, Array], Array], length_mm: float, channels_per_cm2: float
) -> tuple[float, Float[np.ndarray, " two"]]:
    """Return a function of a setting and its exact derivatives by length (per mm) and density (per channel per cm2)."""
    point = (jnp.asarray(length_mm, dtype=float), jnp.asarray(channels_per_cm2, dtype=float))

    def along(length: Array, density: Array) -> tuple[Array, Array]:
        return jax.jvp(of, point, (length, density))

    values, slopes = jax.vmap(along)(jnp.array([1.0, 0.0]), jnp.array([0.0, 1.0]))
    return float(values[0]), np.asarray(slopes)


@dataclass(frozen=True)
class BestSetting:
    """The best setting found, its worth, and how often the model was followed to find it.

    slopes   evaluations with gradient; exact   settings of the device worked out around the best point
    """

    setting: Setting
    worth: float
    slopes: int
    exact: int


@dataclass(eq=False)
class SettingSearch:
    """Searches the settings of a device: `lengths_mm` in rising order, whole passes from 1 to `most_passes`."""

    zone: SmoothZone
    lengths_mm: Sequence[float]
    most_passes: int
    channels_per_cm2_per_pass: float
    _known: dict[Setting, float] = field(default_factory=dict)

    def worth(self, setting: Setting) -> float:
        """Return the worth of a setting, followed once."""
        if setting not in self._known:
            density = setting.passes * self.channels_per_cm2_per_pass
            found = self.zone.worth(jnp.asarray(setting.needle_length_mm), jnp.asarray(density))
            self._known[setting] = float(found)
        return self._known[setting]

    def enumerate(self) -> BestSetting:
        """Return the best of all settings."""
        every = [Setting(length, passes) for length in self.lengths_mm for passes in range(1, self.most_passes + 1)]
        best = min(every, key=self.worth)
        return BestSetting(best, self.worth(best), slopes=0, exact=len(every))

    def follow_slope(self) -> BestSetting:
        """Return the best setting found by the gradient between the bounds, then among the steps around that point.

        Two starts: the middle and the strongest setting. A walk over neighbouring steps ends it, so that no neighbour
        of the setting found is better.
        """
        low = np.array([self.lengths_mm[0], 1.0])
        high = np.array([self.lengths_mm[-1], float(self.most_passes)])
        span = np.where(high > low, high - low, 1.0)
        slopes = 0

        def scaled(place: Float[np.ndarray, " two"]) -> tuple[float, Float[np.ndarray, " two"]]:
            nonlocal slopes
            slopes += 1
            length, passes = low + place * span
            per_pass = self.channels_per_cm2_per_pass
            value, found = value_and_slopes(self.zone.worth, float(length), float(passes * per_pass))
            return value, found * np.array([1.0, per_pass]) * span

        best: Setting | None = None
        for start in (np.array([0.5, 0.5]), np.array([1.0, 1.0])):
            found = minimize(
                scaled,
                start,
                jac=True,
                method="L-BFGS-B",
                bounds=[(0.0, 1.0)] * 2,
                options={"maxfun": _MOST_STEPS, "ftol": _ENOUGH / 100.0},
            )
            here = self._walk(self._nearest(low + np.clip(found.x, 0.0, 1.0) * span))
            best = here if best is None else min(best, here, key=self.worth)
        if best is None:
            raise ValueError("no start was tried")
        return BestSetting(best, self.worth(best), slopes=slopes, exact=len(self._known))

    def _nearest(self, point: Float[np.ndarray, " two"]) -> Setting:
        length = min(self.lengths_mm, key=lambda one: abs(one - point[0]))
        return Setting(length, int(np.clip(round(float(point[1])), 1, self.most_passes)))

    def _walk(self, setting: Setting) -> Setting:
        while True:
            place = self.lengths_mm.index(setting.needle_length_mm)
            around = [
                Setting(length, passes)
                for length in self.lengths_mm[max(0, place - 1) : place + 2]
                for passes in range(max(1, setting.passes - 1), min(self.most_passes, setting.passes + 1) + 1)
            ]
            better = min(around, key=self.worth)
            if self.worth(better) >= self.worth(setting):
                return setting
            setting = better


def _mean_left(course: ZoneCourse, scars: ScarDraws) -> Float[Array, ""]:
    """Return the depth left relative to the present depth, as `ScarDraws.mean_left` of `residual_depth`, in JAX."""
    depth, width = jnp.asarray(scars.depth_mm), jnp.asarray(scars.width_mm)
    kept = -jnp.expm1(-((0.5 * width) ** 2) / (2.0 * course.lateral_sigma_mm[:, None] ** 2))
    floor = jnp.minimum(jnp.maximum(course.dermis_mm[:, None] - depth, 0.0), course.edges_mm[-1])
    reached = jax.vmap(jnp.interp, in_axes=(0, None, 0))(floor, course.edges_mm, course.surplus_mm[:, 0])
    gained = reached - course.surplus_normal_mm[:, :1]
    lifted = jnp.asarray(scars.tethered) * (course.tether_share * course.tether_release[:, 0])[:, None] * depth
    left = depth * (1.0 + course.deepening[:, :1]) - jnp.minimum(depth, kept * gained + lifted)
    there = scars.present.any(axis=1, keepdims=True)
    weights = jnp.asarray(np.where(there, scars.present, True), dtype=float)
    each = (left * weights).sum(axis=0) / jnp.maximum((depth * weights).sum(axis=0), _TINY_MM)
    return (each * weights.sum(axis=0)).sum() / weights.sum()


# Keeps a scar that is in no draw from being 0 / 0; it weighs nothing.
_TINY_MM = 1e-12
