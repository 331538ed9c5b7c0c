"""Collagen pools of one layer: new type III, immature type I, mature type I, and fragments awaiting removal.

    session:   fragments += chi v (C3 + Y);   C3, Y *= 1 - chi v
    synthesis: p A M F max(0, 1 - C / cmax), the share f3 of it as C3, the rest as Y
    dC3/dt = f3 syn - (k31 + ky) C3
    dY/dt  = (1 - f3) syn + k31 C3 - (kx + ky) Y
    dX/dt  = kx Y - (km + g) (X - c0)
    dN/dt  = -(kN F + ky) N                   fragments are removed by activated cells, and lost like immature collagen
    C = C3 + Y + X + N

C is relative to healthy dermis; X(0) = c0. Destroyed collagen keeps its place until activated cells have removed
it (the prototype took it away at once, so that each session first made the scar deeper). Each part of a step is
solved exactly (Strang splitting): pools stay positive, C stays below cmax, and what one pool loses another gains.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from scarplan.response.exponential import propagator
from scarplan.units import DAYS_PER_YEAR

if TYPE_CHECKING:
    from scarplan.response.draws import ResponseDraws

Layered = Float[Array, "tissue draw z"]


class Matrix(eqx.Module):
    """Collagen above the content before treatment, by pool, [tissue draw z]; tissue 0 is scar, 1 healthy dermis."""

    type_iii: Layered
    immature: Layered
    mature_surplus: Layered
    fragments: Layered

    @property
    def surplus(self) -> Layered:
        """Collagen content above that before treatment."""
        return self.type_iii + self.immature + self.mature_surplus + self.fragments


def untreated(shape: tuple[int, ...]) -> Matrix:
    """Return pools without any new collagen."""
    return Matrix(*(jnp.zeros(shape) for _ in range(4)))


def destroy(matrix: Matrix, injured: Float[Array, "draw z"], draws: ResponseDraws) -> Matrix:
    """Return the pools after an injury: immature collagen in the injured volume becomes fragments."""
    share = draws.destroyed_share[:, None] * injured
    lost = share * (matrix.type_iii + matrix.immature)
    return Matrix(
        type_iii=matrix.type_iii * (1.0 - share),
        immature=matrix.immature * (1.0 - share),
        mature_surplus=matrix.mature_surplus,
        fragments=matrix.fragments + lost,
    )


def synthesise(
    matrix: Matrix,
    activity: Float[Array, "draw z"],
    *,
    rate: Float[Array, " draw"],
    start: Layered,
    draws: ResponseDraws,
) -> Matrix:
    """Return the pools after activated fibroblasts have worked for `activity` (their integral over the step, days).

    `rate` is the synthesis per day of fully activated fibroblasts, `start` the content before treatment.
    """
    ceiling = draws.collagen_ceiling[:, None]
    room = jnp.maximum(ceiling - start - matrix.surplus, 0.0)
    made = room * -jnp.expm1(-rate[:, None] * activity / ceiling)
    share = draws.type_iii_share[:, None]
    return Matrix(
        type_iii=matrix.type_iii + share * made,
        immature=matrix.immature + (1.0 - share) * made,
        mature_surplus=matrix.mature_surplus,
        fragments=matrix.fragments * jnp.exp(-draws.fragment_removal_per_day[:, None] * activity),
    )


def maturation(draws: ResponseDraws, *, days: float) -> Float[Array, "draw 4 4"]:
    """Return the exact propagator of (C3, Y, X - c0, N) over `days` without synthesis."""
    replaced = jnp.log(2.0) / draws.type_iii_to_i_half_days
    linked = jnp.log(2.0) / draws.cross_linking_half_days
    lost = jnp.log(2.0) / draws.immature_loss_half_days
    worn = jnp.log(2.0) / (draws.mature_loss_half_years * DAYS_PER_YEAR) + draws.ageing_loss_per_year / DAYS_PER_YEAR
    zero = jnp.zeros_like(lost)
    rows = [
        jnp.stack([-(replaced + lost), zero, zero, zero], axis=-1),
        jnp.stack([replaced, -(linked + lost), zero, zero], axis=-1),
        jnp.stack([zero, linked, -worn, zero], axis=-1),
        jnp.stack([zero, zero, zero, -lost], axis=-1),
    ]
    return propagator(jnp.stack(rows, axis=-2) * days)


def mature(matrix: Matrix, over_time: Float[Array, "draw 4 4"]) -> Matrix:
    """Return the pools after maturation and loss over the time of a `maturation`."""

    def factor(row: int, column: int) -> Float[Array, "draw 1"]:
        return over_time[:, row, column, None]

    iii, immature = matrix.type_iii, matrix.immature
    return Matrix(
        type_iii=factor(0, 0) * iii,
        immature=factor(1, 0) * iii + factor(1, 1) * immature,
        mature_surplus=factor(2, 0) * iii + factor(2, 1) * immature + factor(2, 2) * matrix.mature_surplus,
        fragments=factor(3, 3) * matrix.fragments,
    )
