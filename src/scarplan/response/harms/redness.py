"""Redness and swelling after a session.

    V(0) = injury / injury of the reference session,    dV/dt = -kV V
    days = max(0, ln(V(0) / V_seen) / kV)

So the days of redness rise with the logarithm of the injury, never faster.
"""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float


def days_visible(
    peak: Float[Array, " draw"], *, seen_share: Float[Array, " draw"], clearing_per_day: Float[Array, " draw"]
) -> Float[Array, " draw"]:
    """Return for how many days after one session a fading sign can be seen."""
    above = jnp.maximum(peak / seen_share, 1.0)
    return jnp.log(above) / clearing_per_day


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
