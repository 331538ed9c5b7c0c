"""What the course model makes of the same dose: layers well mixed, growth factor spread over depth by `spread.py`."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from scarplan.response.unit_cell.fibroblasts import GAUSS_NODES, activate, drive_of
from scarplan.response.unit_cell.rates import CellRates
from scarplan.response.unit_cell.signal import released
from scarplan.response.unit_cell.steps import session_steps


def activity_when_mixed(
    source: Float[np.ndarray, "*shape"],
    rates: CellRates,
    *,
    half_activation: Float[np.ndarray, "*shape"] | float | None = None,
    step_days: Float[np.ndarray, " step"] | None = None,
) -> Float[np.ndarray, "*shape"]:
    """Return the yield of one session by the course model, days, from the injured share after spread, of any shape."""
    half = rates.signal_half_activation if half_activation is None else half_activation
    rates = jax.tree.map(jnp.asarray, eqx.tree_at(lambda of: of.signal_half_activation, rates, half))
    return np.asarray(
        _activity(jnp.asarray(source), rates, jnp.asarray(session_steps() if step_days is None else step_days))
    )


@eqx.filter_jit
def _activity(source: Float[Array, "*shape"], rates: CellRates, steps: Float[Array, " step"]) -> Float[Array, "*shape"]:
    clot, calm = rates.clot_clearance_per_day, rates.inflammation_clearance_per_day
    held = rates.signal_from_inflammation_per_day * clot / (clot - calm)

    def level(day: Array) -> Array:
        """Growth factor per injured share at a day."""
        rate = jnp.asarray(rates.signal_clearance_per_day)
        kept = jnp.exp(-rate * day)
        early = (rates.signal_from_clot_per_day - held) * released(rate, kept, clot, day)
        return early + held * released(rate, kept, calm, day)

    def step(carry: tuple[Array, Array, Array], days: Array) -> tuple[tuple[Array, Array, Array], None]:
        now, cells, total = carry
        first, second = (drive_of(source * level(now + share * days), rates) for share in GAUSS_NODES)
        cells, activity = activate(cells, (first, second), days, rates)
        return (now + days, cells, total + activity), None

    nothing = jnp.zeros_like(source)
    (_, cells, total), _ = jax.lax.scan(step, (jnp.zeros(()), nothing, nothing), steps)
    return total + cells / rates.fibroblast_loss_per_day
