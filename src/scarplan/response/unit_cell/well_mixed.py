"""What the course model makes of the same dose: layers well mixed, growth factor spread over depth by `spread.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from scarplan.response.cascade import advance_fibroblasts, make_cascade
from scarplan.response.unit_cell.steps import HORIZON_DAYS

if TYPE_CHECKING:
    from scarplan.response.draws import ResponseDraws


def activity_when_mixed(
    source: Float[np.ndarray, "draw z"], draws: ResponseDraws, *, steps_per_day: int = 1
) -> Float[np.ndarray, "draw z"]:
    """Return the yield of one session by the course model, days, from the injured share after spread."""
    return np.asarray(_activity(jnp.asarray(source), draws, steps_per_day))


@eqx.filter_jit
def _activity(source: Float[Array, "draw z"], draws: ResponseDraws, steps_per_day: int) -> Float[Array, "draw z"]:
    cascade = make_cascade(draws, step_days=1.0 / steps_per_day)

    def step(_: Array, carry: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        cells, total, unit = carry
        cells, activity = advance_fibroblasts(cells, unit, source, cascade=cascade, draws=draws)
        return cells, total + activity, jnp.sum(cascade.advance * unit[:, None, :], axis=-1)

    unit = jnp.zeros((source.shape[0], 3)).at[:, 0].set(1.0)
    nothing = jnp.zeros_like(source)
    cells, total, _ = jax.lax.fori_loop(0, round(HORIZON_DAYS * steps_per_day), step, (nothing, nothing, unit))
    return total + cells / draws.fibroblast_loss_per_day[:, None]
