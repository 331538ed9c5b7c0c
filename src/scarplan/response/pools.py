"""Collagen pools over whole steps: exact without synthesis, fourth order with it.

The equations are those of `matrix.py`, and L' = (C - C(0) - L) / tau_h for what the surface shows of the surplus.
Without synthesis everything is linear with constant rates and solved exactly over any step. What is made enters at the
start, middle and end of a step, shared out as the fibroblasts worked there; the room left for it at the middle and the
end follows as in the classical Runge-Kutta scheme of fourth order, which is a linear function of the pools before. So
what one pool loses another gains, to rounding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, DTypeLike, Float, Int

from scarplan.response.cascade import Worked
from scarplan.response.propagators import Propagators, matrix_of, product, propagators
from scarplan.units import DAYS_PER_YEAR

if TYPE_CHECKING:
    from scarplan.response.draws import ResponseDraws

Layered: TypeAlias = Float[Array, "tissue z draw"]


class Pools(eqx.Module):
    """Collagen above the content before treatment, by pool [tissue z draw]; tissue 0 is scar, 1 healthy dermis.

    shown   the surplus as the surface shows it
    """

    type_iii: Layered
    immature: Layered
    mature_surplus: Layered
    fragments: Layered
    shown: Layered

    @property
    def linear(self) -> tuple[Layered, Layered, Layered]:
        """The pools that pass into each other."""
        return self.type_iii, self.immature, self.mature_surplus

    @property
    def surplus(self) -> Layered:
        """Collagen content above that before treatment."""
        return self.type_iii + self.immature + self.mature_surplus + self.fragments


class Maturation(eqx.Module):
    """What happens to the pools without synthesis in a step of one length; a table of them has a first axis more.

    days              length of the step []
    half, full        propagator of (C3, Y, X - c0, L) over half of it and over all of it [4 4 draw]
    half_of_new, full_of_new   what half of it and all of it make of one unit of new collagen [4 draw]
    fragments_left    share of the fragments that half of it leaves where no cell is active [draw]
    lag_left          share of an old lag that half of it leaves [draw]
    """

    days: Float[Array, "*length"]
    half: Float[Array, "*length 4 4 draw"]
    full: Float[Array, "*length 4 4 draw"]
    half_of_new: Float[Array, "*length 4 draw"]
    full_of_new: Float[Array, "*length 4 draw"]
    fragments_left: Float[Array, "*length draw"]
    lag_left: Float[Array, "*length draw"]


class Synthesis(eqx.Module):
    """Rates of making, removing and destroying collagen.

    per_room    synthesis per day of fully activated fibroblasts and per room left [draw]
    room        room for new collagen before treatment, above 0 [tissue 1 draw]
    type_iii_share   share of new collagen that is type III [draw]
    removal_per_day  removal of fragments by fully activated cells [draw]
    lag_days    lag of the surface [draw]
    destroyed   share of the immature collagen that a session destroys [z draw]
    """

    per_room: Float[Array, " draw"]
    room: Float[Array, "tissue 1 draw"]
    type_iii_share: Float[Array, " draw"]
    removal_per_day: Float[Array, " draw"]
    lag_days: Float[Array, " draw"]
    destroyed: Float[Array, "z draw"]


def empty_pools(shape: tuple[int, int, int], dtype: DTypeLike) -> Pools:
    """Return pools without any new collagen."""
    return Pools(*(jnp.zeros(shape, dtype) for _ in range(5)))


def make_maturation(
    draws: ResponseDraws,
    half_units: Int[Array, " length"],
    *,
    unit_days: Float[Array, ""] | float,
    largest: int,
    dtype: DTypeLike,
    raised: Propagators = propagators,
) -> Maturation:
    """Return the exact solution without synthesis for steps of twice `half_units * unit_days` days, one row each."""
    replaced = jnp.log(2.0) / draws.type_iii_to_i_half_days
    linked = jnp.log(2.0) / draws.cross_linking_half_days
    lost = jnp.log(2.0) / draws.immature_loss_half_days
    worn = jnp.log(2.0) / (draws.mature_loss_half_years * DAYS_PER_YEAR) + draws.ageing_loss_per_year / DAYS_PER_YEAR
    follows = 1.0 / draws.surface_lag_days
    rates = matrix_of(
        {
            (0, 0): -(replaced + lost),
            (1, 0): replaced,
            (1, 1): -(linked + lost),
            (2, 1): linked,
            (2, 2): -worn,
            (3, 0): follows,
            (3, 1): follows,
            (3, 2): follows,
            (3, 3): -follows,
        },
        4,
    )
    half = raised(rates * unit_days, half_units, largest=largest)
    places_first = jnp.moveaxis(half, 0, 2)
    full = jnp.moveaxis(product(places_first, places_first), 2, 0)
    share = draws.type_iii_share
    half_days = half_units * unit_days
    table = Maturation(
        days=2.0 * half_days,
        half=half,
        full=full,
        half_of_new=half[:, :, 0] * share + half[:, :, 1] * (1.0 - share),
        full_of_new=full[:, :, 0] * share + full[:, :, 1] * (1.0 - share),
        fragments_left=jnp.exp(-lost * half_days[:, None]),
        lag_left=jnp.exp(-follows * half_days[:, None]),
    )
    return jax.tree.map(lambda values: values.astype(dtype), table)


def make_synthesis(
    draws: ResponseDraws,
    *,
    injured: Float[Array, "draw z"],
    rate: Float[Array, " draw"],
    start: Float[Array, "tissue draw 1"],
    dtype: DTypeLike,
) -> Synthesis:
    """Return the rates of `draws`: `rate` per day of fully activated fibroblasts, `start` the content before treatment,
    below the ceiling."""
    parts = Synthesis(
        per_room=rate / draws.collagen_ceiling,
        room=draws.collagen_ceiling - jnp.moveaxis(start, 2, 1),
        type_iii_share=draws.type_iii_share,
        removal_per_day=draws.fragment_removal_per_day,
        lag_days=draws.surface_lag_days,
        destroyed=draws.destroyed_share * injured.T,
    )
    return jax.tree.map(lambda values: values.astype(dtype), parts)


def destroy_immature(pools: Pools, share: Float[Array, "z draw"]) -> Pools:
    """Return the pools after an injury has turned `share` of the immature collagen into fragments."""
    return Pools(
        type_iii=pools.type_iii * (1.0 - share),
        immature=pools.immature * (1.0 - share),
        mature_surplus=pools.mature_surplus,
        fragments=pools.fragments + share * (pools.type_iii + pools.immature),
        shown=pools.shown,
    )


def advance_pools(pools: Pools, worked: Worked, *, over: Maturation, synthesis: Synthesis) -> Pools:
    """Return the pools after a step in which fibroblasts have `worked`."""

    def work(before: Pools) -> tuple[Layered, Layered, Layered, Layered, Layered]:
        return _made(before, worked, over=over, synthesis=synthesis)

    # Always taken. But the compiler cannot know it, so it works these out once and not again for each of the pools.
    made = jax.lax.cond(over.days >= 0.0, work, lambda before: (before.shown,) * 5, pools)
    first, middle, last, fragments_middle, fragments_end = made
    full, lag = _passed(over.full, pools), over.lag_left
    share = synthesis.type_iii_share
    fragments_seen = pools.fragments * lag**2 + 4.0 * fragments_middle * lag + fragments_end
    return Pools(
        type_iii=full[0] + over.full_of_new[0] * first + over.half_of_new[0] * middle + share * last,
        immature=full[1] + over.full_of_new[1] * first + over.half_of_new[1] * middle + (1.0 - share) * last,
        mature_surplus=full[2] + over.full_of_new[2] * first + over.half_of_new[2] * middle,
        fragments=fragments_end,
        shown=full[3]
        + over.full[3, 3] * pools.shown
        + over.full_of_new[3] * first
        + over.half_of_new[3] * middle
        + over.days / (6.0 * synthesis.lag_days) * fragments_seen,
    )


def _made(
    pools: Pools, worked: Worked, *, over: Maturation, synthesis: Synthesis
) -> tuple[Layered, Layered, Layered, Layered, Layered]:
    """Return what is made at the start, middle and end of a step, and the fragments at its middle and end."""
    fragments, removed = pools.fragments, synthesis.removal_per_day
    fragments_middle = fragments * (over.fragments_left * jnp.exp(-removed * worked.by_middle))
    fragments_end = fragments * (over.fragments_left**2 * jnp.exp(-removed * worked.by_end))
    half, full = _passed(over.half, pools), _passed(over.full, pools)
    room = synthesis.room - _total(pools.linear) - fragments
    room_middle = synthesis.room - _total(half[:3]) - fragments_middle
    room_end = synthesis.room - _total(full[:3]) - fragments_end
    # What is made in the whole step with the activity of its start, middle and end, per room left.
    first, second, third = (synthesis.per_room * part for part in (worked.start, worked.middle, worked.end))
    # Those are 1, 4 and 1 sixths of the step: half a step at the rate of its start is 3 times the first, and so on. The
    # room at the middle is guessed as free - a room, corrected to free - b guess, and the end is free - c corrected.
    kept = _total((over.half_of_new[0], over.half_of_new[1], over.half_of_new[2]))
    a, b, c = 3.0 * kept * first, 0.75 * second, 1.5 * kept * second
    at_middle = 0.5 * second * ((2.0 - b) * room_middle - a * (1.0 - b) * room)
    at_end = third * (room_end - c * (1.0 - b) * room_middle - (a * b * c) * room)
    return first * room, at_middle, at_end, fragments_middle, fragments_end


def _passed(over: Float[Array, "4 4 draw"], pools: Pools) -> tuple[Layered, Layered, Layered, Layered]:
    """Return what a time makes of the linear pools, and what the surface comes to show of them."""
    iii, immature, mature = pools.linear
    return (
        over[0, 0] * iii,
        over[1, 0] * iii + over[1, 1] * immature,
        over[2, 0] * iii + over[2, 1] * immature + over[2, 2] * mature,
        over[3, 0] * iii + over[3, 1] * immature + over[3, 2] * mature,
    )


def _total(parts: tuple[Array, Array, Array]) -> Array:
    return parts[0] + parts[1] + parts[2]
