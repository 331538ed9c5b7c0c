"""Redness and swelling after a session.

    V(0) = injury / injury of the reference session,    dV/dt = -kV V
    days = max(0, ln(V(0) / V_seen) / kV)

So the days of redness rise with the logarithm of the injury, never faster. Heated skin fades at a rate of its own: then
the sign is a sum of two, and the day on which it falls below what is seen is found by halving.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


def days_visible(
    peak: Float[Array, " draw"], *, seen_share: Float[Array, " draw"], clearing_per_day: Float[Array, " draw"]
) -> Float[Array, " draw"]:
    """Return for how many days after one session a fading sign can be seen."""
    above = jnp.maximum(peak / seen_share, 1.0)
    return jnp.log(above) / clearing_per_day


# Halvings of the time between the days of the slower sign alone and those of twice the sum: 2^-40 of a day.
_HALVINGS = 48


def days_visible_together(
    peaks: tuple[Float[Array, " draw"], Float[Array, " draw"]],
    *,
    seen_share: Float[Array, " draw"],
    clearing_per_day: tuple[Float[Array, " draw"], Float[Array, " draw"]],
) -> Float[Array, " draw"]:
    """Return for how many days the sum of two fading signs can be seen."""
    first, second = peaks
    slower = jnp.minimum(*clearing_per_day)
    late = days_visible(first + second, seen_share=seen_share, clearing_per_day=slower)

    def halve(_: int, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = ends
        middle = 0.5 * (low + high)
        left = first * jnp.exp(-clearing_per_day[0] * middle) + second * jnp.exp(-clearing_per_day[1] * middle)
        seen = left > seen_share
        return jnp.where(seen, middle, low), jnp.where(seen, high, middle)

    return jax.lax.fori_loop(0, _HALVINGS, halve, (jnp.zeros_like(late), late))[1]


def fading_course(
    peak: Float[Array, " draw"],
    *,
    clearing_per_day: Float[Array, " draw"],
    session_days: Float[Array, " session"],
    days: Float[Array, " t"],
) -> Float[Array, "draw t"]:
    """Return the sign on each day, sessions added up; on a session day just after it. Negative days are no sessions."""
    since = days[None, :] - session_days[:, None]
    happened = (since >= 0.0) & (session_days >= 0.0)[:, None]
    fading = jnp.exp(-clearing_per_day[:, None, None] * jnp.maximum(since, 0.0)) * happened
    return peak[:, None] * jnp.sum(fading, axis=1)
