"""The cascade of healing after a session: debris W, inflammation I, growth factor T, activated fibroblasts F.

    session:  W += v
    dW/dt = -kW W
    dI/dt =  kW W - kI I
    dT/dt =  sW W + sI I - kT T
    dF/dt =  aF T / (KT + T) (1 - F) - kF F

W, I and T are linear with constant rates, so one unit response per draw, advanced with exact exponentials, serves
every layer: T(z, t) = s(z) T_unit(t), where s is the injured fraction after spread over depth. Heated tissue is
cleared more slowly and holds no clot, so it has a unit response of its own, and the growth factor of both adds up.
F is linear in F: over a step its drive is averaged at Gauss nodes and the step is then solved exactly. So F stays in
[0, 1], and a larger drive never gives a smaller F, in every draw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from scarplan.response.exponential import propagator

if TYPE_CHECKING:
    from scarplan.response.draws import ResponseDraws

# The growth factor rises within hours, so a step is solved in two parts with two Gauss nodes each.
_PARTS = 2
_GAUSS = 0.5 + np.array([-0.5, 0.5]) / np.sqrt(3.0)


class Cascade(eqx.Module):
    """Exact propagators of the linear cascade over one step of `step_days`.

    advance   unit response (W, I, T) over the step [draw 3 3]
    observe   growth factor at the Gauss nodes of each part of the step [part node draw 3]
    """

    advance: Float[Array, "draw 3 3"]
    observe: Float[Array, "part node draw 3"]
    step_days: float = eqx.field(static=True)


class Heated(eqx.Module):
    """The heated part of an injury: its own cascade, and what of its growth factor arrives in each layer [draw z]."""

    cascade: Cascade
    source: Float[Array, "draw z"]


def make_heated(draws: ResponseDraws, source: Float[Array, "draw z"], *, step_days: float) -> Heated | None:
    """Return the heated part of every session; None for draws of needles."""
    if draws.heat is None:
        return None
    silent = jnp.zeros_like(draws.signal_from_clot_per_day)
    cascade = _make(draws, draws.heat.heated_clearance_per_day, silent, step_days=step_days)
    return Heated(cascade=cascade, source=source)


def make_cascade(draws: ResponseDraws, *, step_days: float) -> Cascade:
    """Return the propagators of `draws` for steps of `step_days`."""
    return _make(draws, draws.clot_clearance_per_day, draws.signal_from_clot_per_day, step_days=step_days)


def _make(
    draws: ResponseDraws, clot: Float[Array, " draw"], from_clot: Float[Array, " draw"], *, step_days: float
) -> Cascade:
    calm = draws.inflammation_clearance_per_day
    zero = jnp.zeros_like(clot)
    rates = jnp.stack(
        [
            jnp.stack([-clot, zero, zero], axis=-1),
            jnp.stack([clot, -calm, zero], axis=-1),
            jnp.stack(
                [
                    from_clot,
                    draws.signal_from_inflammation_per_day,
                    -draws.signal_clearance_per_day,
                ],
                axis=-1,
            ),
        ],
        axis=-2,
    )
    shares = np.array([[(part + node) / _PARTS for node in _GAUSS] for part in range(_PARTS)])
    moments = jnp.asarray(np.append(shares.ravel(), 1.0) * step_days)
    propagators = propagator(rates[None] * moments[:, None, None, None])
    observe = propagators[:-1, :, 2, :].reshape(*shares.shape, -1, 3)
    return Cascade(advance=propagators[-1], observe=observe, step_days=step_days)


def advance_fibroblasts(
    fibroblasts: Float[Array, "draw z"],
    unit_response: Float[Array, "draw 3"],
    source: Float[Array, "draw z"],
    *,
    cascade: Cascade,
    draws: ResponseDraws,
    heated: Heated | None = None,
    heated_response: Float[Array, "draw 3"] | None = None,
) -> tuple[Float[Array, "draw z"], Float[Array, "draw z"]]:
    """Return the activated fibroblasts after the step, and their integral over it (days)."""
    activity = jnp.zeros_like(fibroblasts)
    half = draws.signal_half_activation[:, None]
    loss = draws.fibroblast_loss_per_day[:, None]
    days = cascade.step_days / _PARTS
    for part in range(_PARTS):
        drive = jnp.zeros_like(fibroblasts)
        for node in range(len(_GAUSS)):
            signal = source * jnp.sum(cascade.observe[part, node] * unit_response, axis=-1)[:, None]
            if heated is not None and heated_response is not None:
                slow = jnp.sum(heated.cascade.observe[part, node] * heated_response, axis=-1)
                signal = signal + heated.source * slow[:, None]
            drive = drive + signal / (half + signal) / len(_GAUSS)
        rise = draws.fibroblast_activation_per_day[:, None] * drive
        rate = rise + loss
        level = rise / rate
        done = -jnp.expm1(-rate * days)
        activity = activity + level * days + (fibroblasts - level) * done / rate
        fibroblasts = fibroblasts + (level - fibroblasts) * done
    return fibroblasts, activity


def inflammation_course(draws: ResponseDraws, days: Float[Array, " t"]) -> Float[Array, "draw t"]:
    """Return the inflammation after one session relative to its injury, at `days` after it (closed form)."""
    clot, calm = draws.clot_clearance_per_day[:, None], draws.inflammation_clearance_per_day[:, None]
    return clot / (clot - calm) * (jnp.exp(-calm * days) - jnp.exp(-clot * days))
