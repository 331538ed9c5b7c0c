"""What a setting does as a smooth function of length and density, its exact slopes, and the best point by them.

Injury, healing and relief of fixed draws are one JAX function of (needle length setting, channels per cm2), compiled
as a whole: every zone, patient and schedule shares the program. The best point between bounds is found with the slopes;
it lies between the steps of a device, and `settle.py` goes on from there step by step. Corners of the model (a needle
that just reaches a layer, a scar that is full) have a slope to either side; the one told is one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from scipy.optimize import minimize

from scarplan.evidence.library import value_of
from scarplan.forecast.scar_draws import ScarDraws
from scarplan.injury import MechanicalNeedling
from scarplan.response import AskedDays, ResponseDraws, ZoneCourse, lay_days, prepare_healing
from scarplan.units import MM2_PER_CM2

# Days of a course that is looked at on one of them.
_ONE_DAY = 1
# Scars are padded to multiples of this, so that zones share one compiled program.
_SCAR_BLOCK = 32
# Values with slopes, at most, until a point is found.
_MOST_SLOPES = 12
# A change of the worth by less, percent of the depth, is not worth another look: far below what few draws can tell.
_ENOUGH = 1e-3


class SmoothOutcome(eqx.Module):
    """What a setting does, as means over the draws: depth left (percent), days of redness, downtime, risk (percent)."""

    left_percent: Float[Array, ""]
    erythema_days: Float[Array, ""]
    downtime_days: Float[Array, ""]
    pigment_percent: Float[Array, ""]


class SmoothZone(eqx.Module):
    """Scars of one zone and a course whose length and density are free; `smooth_zone` makes one.

    Scars are padded: those with the weight 0 in every draw do not count. `prices` are those of a day of redness and of
    a percent of risk, percent of the present depth.
    """

    draws: ResponseDraws
    depth_mm: Float[Array, "draw s"]
    width_mm: Float[Array, "draw s"]
    tethered: Float[Array, "draw s"]
    weights: Float[Array, "draw s"]
    asked: AskedDays
    needle_diameter_mm: Float[Array, ""]
    glides: Float[Array, ""]
    prices: Float[Array, " two"]

    def outcome(self, length_mm: Float[Array, ""], channels_per_cm2: Float[Array, ""]) -> SmoothOutcome:
        """Return what a setting does; a JAX function of both numbers."""
        count = self.draws.count

        def along(value: Array) -> Float[Array, " draw"]:
            return jnp.broadcast_to(jnp.asarray(value, dtype=float), (count,))

        injury = MechanicalNeedling(
            length_mm=along(length_mm),
            density_per_mm2=along(channels_per_cm2 / MM2_PER_CM2),
            needle_diameter_mm=along(self.needle_diameter_mm),
            glides=along(self.glides),
        )
        course = prepare_healing(injury, draws=self.draws).trace(self.asked)
        return SmoothOutcome(
            left_percent=100.0 * self._mean_left(course),
            erythema_days=jnp.mean(course.harms.erythema_days),
            downtime_days=jnp.mean(course.harms.downtime_days),
            pigment_percent=100.0 * jnp.mean(course.harms.pigment_risk),
        )

    def worth(self, length_mm: Float[Array, ""], channels_per_cm2: Float[Array, ""]) -> Float[Array, ""]:
        """Return what the choice weighs in one zone (`objective.price_zone`), percent of the present depth."""
        found = self.outcome(length_mm, channels_per_cm2)
        harms = jnp.stack([found.erythema_days, found.pigment_percent])
        return found.left_percent + jnp.dot(self.prices, harms)

    def _mean_left(self, course: ZoneCourse) -> Float[Array, ""]:
        """Return the depth left relative to the present depth: `ScarDraws.mean_left` of `residual_depth`, in JAX."""
        depth, width = self.depth_mm, self.width_mm
        kept = -jnp.expm1(-((0.5 * width) ** 2) / (2.0 * course.lateral_sigma_mm[:, None] ** 2))
        floor = jnp.minimum(jnp.maximum(course.dermis_mm[:, None] - depth, 0.0), course.edges_mm[-1])
        reached = jax.vmap(jnp.interp, in_axes=(0, None, 0))(floor, course.edges_mm, course.surplus_mm[:, 0])
        gained = reached - course.surplus_normal_mm[:, :1]
        lifted = self.tethered * (course.tether_share * course.tether_release[:, 0])[:, None] * depth
        left = depth * (1.0 + course.deepening[:, :1]) - jnp.minimum(depth, kept * gained + lifted)
        each = (left * self.weights).sum(axis=0) / jnp.maximum((depth * self.weights).sum(axis=0), _TINY_MM)
        return (each * self.weights.sum(axis=0)).sum() / self.weights.sum()


# Keeps a scar that is in no draw from being 0 / 0; it weighs nothing.
_TINY_MM = 1e-12


def smooth_zone(
    draws: ResponseDraws,
    scars: ScarDraws,
    *,
    session_days: Sequence[int],
    day: int,
    needle_diameter_mm: float,
    glides: bool,
) -> SmoothZone:
    """Return the smooth function of a zone. `draws` and `scars` (those that count) hold the same draws.

    `day` is the day on which the course is judged.
    """
    there = scars.present.any(axis=1, keepdims=True)
    more = -len(scars.ids) % _SCAR_BLOCK

    def padded(values: np.ndarray, *, by: float) -> Float[Array, "draw s"]:
        return jnp.asarray(np.pad(np.asarray(values, dtype=float), ((0, 0), (0, more)), constant_values=by))

    return SmoothZone(
        draws=jax.tree.map(jnp.asarray, draws),
        depth_mm=padded(scars.depth_mm, by=1.0),
        width_mm=padded(scars.width_mm, by=1.0),
        tethered=padded(scars.tethered, by=0.0),
        weights=padded(np.where(there, scars.present, True), by=0.0),
        asked=lay_days(session_days, (day,), rows=_ONE_DAY),
        needle_diameter_mm=jnp.asarray(needle_diameter_mm, dtype=float),
        glides=jnp.asarray(glides, dtype=float),
        prices=jnp.array(
            [value_of("planning.price_of_redness_day"), value_of("planning.price_of_pigment_percent")], dtype=float
        ),
    )


def value_and_slopes(
    of: Callable[[Array, Array], Array], length_mm: float, channels_per_cm2: float
) -> tuple[float, Float[np.ndarray, " two"]]:
    """Return a function of a setting and its exact derivatives by length (per mm) and density (per channel per cm2).

    `of` is a method of a module, such as `SmoothZone.worth`: modules with arrays of one shape share a program.
    """
    value, slopes = _value_and_slopes(
        of, jnp.asarray(length_mm, dtype=float), jnp.asarray(channels_per_cm2, dtype=float)
    )
    return float(value), np.asarray(slopes)


@eqx.filter_jit
def _value_and_slopes(of: Callable[[Array, Array], Array], length: Array, density: Array) -> tuple[Array, Array]:
    # Forward mode: two numbers go in.
    def along(by_length: Array, by_density: Array) -> tuple[Array, Array]:
        return jax.jvp(of, (length, density), (by_length, by_density))

    values, slopes = jax.vmap(along)(jnp.array([1.0, 0.0]), jnp.array([0.0, 1.0]))
    return values[0], slopes


@dataclass(frozen=True)
class SmoothBest:
    """The best point found between the bounds, its worth, and how many values with slopes it took."""

    length_mm: float
    channels_per_cm2: float
    worth: float
    slopes: int


def follow_slope(
    zone: SmoothZone, start: tuple[float, float], *, low: tuple[float, float], high: tuple[float, float]
) -> SmoothBest:
    """Return the best point by slope (L-BFGS-B) from `start`; each pair is (length in mm, channels per cm2)."""
    least, most = np.array(low), np.array(high)
    span = np.where(most > least, most - least, 1.0)
    slopes = 0

    def scaled(place: Float[np.ndarray, " two"]) -> tuple[float, Float[np.ndarray, " two"]]:
        nonlocal slopes
        slopes += 1
        length, density = least + place * span
        value, found = value_and_slopes(zone.worth, float(length), float(density))
        return value, found * span

    found = minimize(
        scaled,
        (np.array(start) - least) / span,
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, float(upper > lower)) for lower, upper in zip(low, high, strict=True)],
        options={"maxfun": _MOST_SLOPES, "ftol": _ENOUGH / 100.0},
    )
    length, density = least + found.x * span
    return SmoothBest(float(length), float(density), float(found.fun), slopes)
