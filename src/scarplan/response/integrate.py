"""The course over days, on one frozen grid of steps (`steps.py`), differentiable in forward mode.

Steps, sessions and wanted days are padded to a fixed size and the number of moves is an argument, so all plans share
one compiled program. Inside, the draws are the last axis, and layers and draws are worked on side by side. What depends
on a draw alone is prepared in double precision; the layers are advanced in the precision asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, DTypeLike, Float, Int

from scarplan.response.cascade import (
    Debris,
    Fibroblasts,
    HalfStep,
    Worked,
    advance_activity,
    after_half,
    drive_of,
    make_fibroblasts,
    make_half_steps,
)
from scarplan.response.pools import (
    Maturation,
    Pools,
    Synthesis,
    advance_pools,
    destroy_immature,
    empty_pools,
    make_maturation,
    make_synthesis,
)
from scarplan.response.propagators import Propagators, propagators
from scarplan.response.steps import LONGEST_DAYS, UNIT_DAYS, Steps

if TYPE_CHECKING:
    from scarplan.response.draws import ResponseDraws


class Progress(eqx.Module):
    """State of all columns between two steps.

    unit_response   debris, inflammation, growth factor per unit of each kind of debris [3 kind draw]
    drive           rate at which resting fibroblasts are activated [z draw]
    fibroblasts     activated fibroblasts 0-1 [z draw]
    pools           collagen pools, and the surplus as the surface shows it [tissue z draw]
    tether          tethers left, 0-1 [draw]
    release         release of tethers as the surface shows it [draw]
    """

    unit_response: Float[Array, "3 kind draw"]
    drive: Float[Array, "z draw"]
    fibroblasts: Float[Array, "z draw"]
    pools: Pools
    tether: Float[Array, " draw"]
    release: Float[Array, " draw"]


class Recorded(eqx.Module):
    """Values on the wanted days, [t ...]."""

    surplus: Float[Array, "t tissue draw z"]
    release: Float[Array, "t draw"]
    fibroblasts: Float[Array, "t draw"]
    type_iii_share: Float[Array, "t draw"]


class Constants(eqx.Module):
    """What stays the same over the course."""

    fibroblasts: Fibroblasts
    synthesis: Synthesis
    kept: Float[Array, "session draw"]


#: What a step of one length does: a row of two tables.
Row: TypeAlias = tuple[HalfStep, Maturation]


def integrate(
    draws: ResponseDraws,
    *,
    injured: Float[Array, "draw z"],
    debris: tuple[Debris, ...],
    rate: Float[Array, " draw"],
    start: Float[Array, "tissue draw 1"],
    kept: Float[Array, "session draw"],
    steps: Steps,
    rows: int,
    parts: Int[Array, ""] | int = 1,
    dtype: DTypeLike = "float64",
) -> Recorded:
    """Return the course at the wanted days; a value of a session day is the one just before the session.

    injured   injured fraction of every session
    debris    the kinds of debris that every session leaves
    rate      synthesis per day of fully activated fibroblasts
    start     collagen content of scar and healthy dermis before treatment, below the ceiling
    kept      share of the tethers that each session leaves
    steps     from `choose_steps`, for the same `rows` (padded number of wanted days) and `parts`
    dtype     precision in which the layers are advanced: "float32" for screening many
    """
    constants, table = prepare(
        draws,
        injured=injured,
        debris=debris,
        rate=rate,
        start=start,
        kept=kept,
        steps=steps,
        parts=parts,
        dtype=dtype,
    )
    shape = (start.shape[0], injured.shape[1], injured.shape[0])

    def fetch(move: Array | int) -> Row:
        return jax.tree.map(lambda values: values[steps.length[move]], table)

    def body(move: Array, carry: tuple[Progress, Recorded, Row]) -> tuple[Progress, Recorded, Row]:
        progress, recorded, over = carry
        after = advance(progress, constants, over, session=steps.session[move])
        recorded = jax.lax.cond(
            steps.row[move] < rows, lambda: _record(recorded, after, row=steps.row[move]), lambda: recorded
        )
        progress = jax.tree.map(lambda old, new: jnp.where(steps.stays[move], old, new), progress, after)
        # The row of the next move is fetched ahead: the compiler would look it up again for each layer that uses it.
        return progress, recorded, fetch(move + 1)

    first = (untouched(shape, kinds=len(debris), dtype=dtype), _blank(shape, rows, dtype), fetch(0))
    return jax.lax.fori_loop(0, steps.count, body, first)[1]


def prepare(
    draws: ResponseDraws,
    *,
    injured: Float[Array, "draw z"],
    debris: tuple[Debris, ...],
    rate: Float[Array, " draw"],
    start: Float[Array, "tissue draw 1"],
    kept: Float[Array, "session draw"],
    steps: Steps,
    parts: Int[Array, ""] | int,
    dtype: DTypeLike,
    raised: Propagators = propagators,
) -> tuple[Constants, Row]:
    """Return what stays the same over a course, and what a step of each length does; the arguments of `integrate`."""
    unit_days = UNIT_DAYS / parts
    largest = round(0.5 * LONGEST_DAYS / UNIT_DAYS)
    constants = Constants(
        fibroblasts=make_fibroblasts(draws, debris, dtype=dtype),
        synthesis=make_synthesis(draws, injured=injured, rate=rate, start=start, dtype=dtype),
        kept=kept.astype(dtype),
    )
    table = (
        make_half_steps(
            draws, debris, steps.half_units, unit_days=unit_days, largest=largest, dtype=dtype, raised=raised
        ),
        make_maturation(draws, steps.half_units, unit_days=unit_days, largest=largest, dtype=dtype, raised=raised),
    )
    return constants, table


def advance(progress: Progress, constants: Constants, over: Row, *, session: Array) -> Progress:
    """Return the state after a move; `session` is the number of the session just before it, or less than 0."""
    half, maturation = over
    happens = session >= 0
    fresh = happens.astype(progress.drive.dtype)
    unit = progress.unit_response.at[0].add(fresh)
    pools = destroy_immature(progress.pools, fresh * constants.synthesis.destroyed)
    tether = progress.tether * jnp.where(happens, constants.kept[jnp.maximum(session, 0)], 1.0)
    unit_middle = after_half(unit, half)
    unit_end = after_half(unit_middle, half)
    cells = constants.fibroblasts
    drives = (progress.drive, drive_of(unit_middle, cells), drive_of(unit_end, cells))

    def work() -> tuple[Array, Worked]:
        return advance_activity(
            progress.fibroblasts, drives, days=maturation.days, resting=half.resting, loss=cells.loss
        )

    nothing = jnp.zeros_like(progress.drive)
    fibroblasts, worked = jax.lax.cond(
        maturation.days >= 0.0, work, lambda: (nothing, Worked(nothing, nothing, nothing, nothing, nothing))
    )
    follows = 1.0 - maturation.lag_left**2
    return Progress(
        unit_response=unit_end,
        drive=drives[2],
        fibroblasts=fibroblasts,
        pools=advance_pools(pools, worked, over=maturation, synthesis=constants.synthesis),
        tether=tether,
        release=progress.release + follows * ((1.0 - tether) - progress.release),
    )


def untouched(shape: tuple[int, int, int], *, kinds: int, dtype: DTypeLike) -> Progress:
    """Return the state before any treatment; `shape` is [tissue z draw]."""
    draws = shape[2]
    return Progress(
        unit_response=jnp.zeros((3, kinds, draws), dtype),
        drive=jnp.zeros(shape[1:], dtype),
        fibroblasts=jnp.zeros(shape[1:], dtype),
        pools=empty_pools(shape, dtype),
        tether=jnp.ones(draws, dtype),
        release=jnp.zeros(draws, dtype),
    )


def _blank(shape: tuple[int, int, int], rows: int, dtype: DTypeLike) -> Recorded:
    tissues, layers, draws = shape
    return Recorded(
        surplus=jnp.zeros((rows, tissues, draws, layers), dtype),
        release=jnp.zeros((rows, draws), dtype),
        fibroblasts=jnp.zeros((rows, draws), dtype),
        type_iii_share=jnp.zeros((rows, draws), dtype),
    )


def _record(recorded: Recorded, progress: Progress, *, row: Array) -> Recorded:
    pools = progress.pools
    scar = jnp.sum(pools.surplus[0], axis=0)
    share = jnp.sum(pools.type_iii[0], axis=0) / jnp.where(scar > 0.0, scar, 1.0)
    return Recorded(
        surplus=recorded.surplus.at[row].set(jnp.moveaxis(pools.shown, 2, 1)),
        release=recorded.release.at[row].set(progress.release),
        fibroblasts=recorded.fibroblasts.at[row].set(jnp.mean(progress.fibroblasts, axis=0)),
        type_iii_share=recorded.type_iii_share.at[row].set(share),
    )
