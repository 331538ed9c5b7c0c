"""Activated fibroblasts of the box: activation by growth factor, loss, random walk, drift up its slope.

    F_t = Df lap F - chi_F div(F grad T) + d (1 - F) - kF F,    d = aF T / (KT + T)

Activation and loss are linear in F, so a step needs the drive d at two Gauss nodes only: the exponential of the step is
taken to fourth order (Magnus), with a = sqrt(3) / 12 * step * (d2 - d1),

    F' = d_mean + kF a - (d_mean + kF) F,    (integral of F)' = (1 + a) F - a

both with constant coefficients, solved exactly. Walk and drift are split off (Strang): the walk is exact in waves, the
drift moves cells from voxel to voxel (upwind), so neither makes nor loses a cell, whatever the step.
"""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from scarplan.response.unit_cell.rates import CellRates
from scarplan.response.unit_cell.spectrum import Spectrum

Field = Float[Array, "z y x"]

#: Where the drive is taken within a step.
GAUSS_NODES = (0.5 - 0.5 / math.sqrt(3.0), 0.5 + 0.5 / math.sqrt(3.0))
_COMMUTATOR = math.sqrt(3.0) / 12.0
# A drift may not carry a cell past its neighbour: at most this share of a voxel's cells leaves in one go.
_COURANT = 0.4


def drive_of(signal: Field, rates: CellRates) -> Field:
    """Return the activation rate at a level of growth factor; waves cut off at the voxel may dip below 0."""
    level = jnp.maximum(signal, 0.0)
    return rates.fibroblast_activation_per_day * level / (rates.signal_half_activation + level)


def activate(
    fibroblasts: Field, drives: tuple[Field, Field], days: Float[Array, ""], rates: CellRates
) -> tuple[Field, Field]:
    """Return the activated fibroblasts after `days`, and their integral over them; `drives` at the Gauss nodes."""
    first, second = drives
    loss = rates.fibroblast_loss_per_day
    turn = _COMMUTATOR * days * (second - first)
    mean = 0.5 * (first + second)
    rate = mean + loss
    level = (mean + loss * turn) / rate
    done = -jnp.expm1(-rate * days)
    plain = level * days + (fibroblasts - level) * done / rate
    return fibroblasts + (level - fibroblasts) * done, (1.0 + turn) * plain - turn * days


def walk(fibroblasts: Field, days: Float[Array, ""], spectrum: Spectrum) -> Field:
    """Return the fibroblasts after a random walk of `days`."""
    return spectrum.to_field(spectrum.decay(days) * spectrum.to_waves(fibroblasts))


def drift(
    fibroblasts: Field,
    signal: Field,
    days: Float[Array, ""],
    *,
    rates: CellRates,
    voxel_mm: Float[Array, ""],
    layer_mm: Float[Array, ""],
) -> Field:
    """Return the fibroblasts after drifting up the slope of growth factor for `days`; as many as before."""
    speeds = [
        rates.chemotaxis_mm2_per_day * (jnp.roll(signal, -1, axis) - signal) / size**2
        for axis, size in ((0, layer_mm), (1, voxel_mm), (2, voxel_mm))
    ]
    # Nothing passes the top and the bottom of the box.
    speeds[0] = speeds[0].at[-1].set(0.0)
    leaving = sum(jnp.abs(speed) + jnp.abs(jnp.roll(speed, 1, axis)) for axis, speed in enumerate(speeds))
    rounds = jnp.ceil(jnp.max(leaving) * days / _COURANT).astype(int)
    part = days / jnp.maximum(rounds, 1)

    def once(_: Array, cells: Field) -> Field:
        change = jnp.zeros_like(cells)
        for axis, speed in enumerate(speeds):
            moved = part * (jnp.maximum(speed, 0.0) * cells + jnp.minimum(speed, 0.0) * jnp.roll(cells, -1, axis))
            change = change - moved + jnp.roll(moved, 1, axis)
        return cells + change

    return jax.lax.fori_loop(0, rounds, once, fibroblasts)
