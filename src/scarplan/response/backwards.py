"""The course followed backwards: the slopes of one number made of it, by every parameter in one pass.

The states before all moves are kept; backwards each move is undone (`adjoints.py`) and the slopes by rates, equal in
all moves, are summed on the way. JAX takes them on from there to the parameters. Pools start empty and all that is made
is in proportion to the room left, so a course is in proportion to the room at its start: both tissues are one course
per unit of room, times the room of each. Layers do not touch each other, so a few at a time are followed to the end
once more and back: their states stay in the cache.

Forward mode (`integrate`) gives the slopes of every value in a direction, this one the slopes of one value in every
direction; JAX cannot have both of one function.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, DTypeLike, Float, Int

from scarplan.response.adjoints import (
    once,
    retrace_activity,
    undo_activity,
    undo_destruction,
    undo_drives,
    undo_pools,
)
from scarplan.response.cascade import Debris, HalfStep, after_half, drive_of
from scarplan.response.integrate import Constants, Progress, Recorded, Row, advance, prepare, untouched
from scarplan.response.pools import Maturation, destroy_immature
from scarplan.response.propagators import propagators_for_reverse
from scarplan.response.steps import Steps

if TYPE_CHECKING:
    from scarplan.response.draws import ResponseDraws

#: Moves are padded to multiples of this: each is kept.
KEPT_MOVE_BLOCK = 128
_Taken = TypeVar("_Taken")
# So many layers at a time: with 128 draws they take half the time of 24, which do not stay in the cache.
_LAYERS = 8


class _Shown(eqx.Module):
    """What is seen on the wanted days, per unit of room; every value is linear in the states."""

    surplus: Float[Array, "part t z draw"]
    release: Float[Array, "t draw"]
    fibroblasts: Float[Array, "t draw"]
    type_iii: Float[Array, "t draw"]
    total: Float[Array, "t draw"]


def integrate_backwards(
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
    """Return what `integrate` returns, to rounding, for differentiation in reverse mode (`jax.grad`, `jax.vjp`).

    Choose the steps with `move_block=KEPT_MOVE_BLOCK`: every padded move takes memory, 7 values per layer and draw of
    the layers followed at a time.
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
        raised=propagators_for_reverse,
    )
    room, layers = constants.synthesis.room, injured.shape[1]
    unit = eqx.tree_at(lambda of: of.synthesis.room, constants, jnp.ones_like(room[:1]))
    count = layers // max(part for part in range(1, min(_LAYERS, layers) + 1) if layers % part == 0)
    shown: _Shown = _follow(_by_part(unit, count), table, steps, rows)
    surplus = jnp.moveaxis(shown.surplus, 0, 1).reshape(rows, layers, -1)
    return Recorded(
        surplus=jnp.swapaxes(surplus[:, None] * room, 2, 3),
        release=shown.release,
        fibroblasts=shown.fibroblasts / layers,
        type_iii_share=shown.type_iii / jnp.where(shown.total > 0.0, shown.total, 1.0),
    )


def _by_part(constants: Constants, count: int) -> Constants:
    """Return constants with an axis of parts of the layers in front of what differs by layer."""
    arriving, destroyed = _layered(constants)
    kinds, layers, draws = arriving.shape
    parted = (
        jnp.moveaxis(arriving.reshape(kinds, count, layers // count, draws), 1, 0),
        destroyed.reshape(count, layers // count, draws),
    )
    return eqx.tree_at(_layered, constants, parted)


def _layered(constants: Constants) -> tuple[Array, Array]:
    return constants.fibroblasts.arriving, constants.synthesis.destroyed


def _part(constants: Constants, part: Array) -> Constants:
    return eqx.tree_at(_layered, constants, tuple(values[part] for values in _layered(constants)))


@partial(jax.custom_vjp, nondiff_argnums=(3,))
def _follow(constants: Constants, table: Row, steps: Steps, rows: int) -> _Shown:
    parts, layers, draws = constants.synthesis.destroyed.shape
    dtype = constants.synthesis.destroyed.dtype
    days = jnp.zeros((rows, draws), dtype)

    def follow_part(part: Array, shown: _Shown) -> _Shown:
        here = _part(constants, part)

        def show(shown: _Shown, _: Array, before: Progress, after: Progress, row: Array) -> _Shown:
            return jax.lax.cond(row < rows, lambda: _show(shown, after, part=part, row=row), lambda: shown)

        return _each_move(here, table, steps, shown, show)

    nothing = _Shown(jnp.zeros((parts, rows, layers, draws), dtype), days, days, days, days)
    return jax.lax.fori_loop(0, parts, follow_part, nothing)


def _forwards(constants: Constants, table: Row, steps: Steps, rows: int) -> tuple[_Shown, Any]:
    return _follow(constants, table, steps, rows), (constants, table, steps)


def _states(constants: Constants, table: Row, steps: Steps) -> Progress:
    """Return the states before every move."""

    def keep(states: Progress, move: Array, before: Progress, after: Progress, row: Array) -> Progress:
        return jax.tree.map(lambda kept, one: kept.at[move].set(one), states, before)

    blank = jax.tree.map(lambda one: jnp.zeros((steps.length.size, *one.shape), one.dtype), _first(constants))
    return _each_move(constants, table, steps, blank, keep)


def _each_move(constants: Constants, table: Row, steps: Steps, taken: _Taken, take: Callable[..., _Taken]) -> _Taken:
    """Return what `take(taken, move, before, after, row)` makes of one move after the other."""

    def fetch(move: Array | int) -> Row:
        return jax.tree.map(lambda values: values[steps.length[move]], table)

    def body(move: Array, carry: tuple[Progress, _Taken, Row]) -> tuple[Progress, _Taken, Row]:
        before, taken, over = carry
        after = advance(before, constants, over, session=steps.session[move])
        taken = take(taken, move, before, after, steps.row[move])
        progress = jax.tree.map(lambda old, new: jnp.where(steps.stays[move], old, new), before, after)
        return progress, taken, fetch(move + 1)

    return jax.lax.fori_loop(0, steps.count, body, (_first(constants), taken, fetch(0)))[1]


def _first(constants: Constants) -> Progress:
    destroyed = constants.synthesis.destroyed
    layers, draws = destroyed.shape
    return untouched((1, layers, draws), kinds=constants.fibroblasts.arriving.shape[0], dtype=destroyed.dtype)


def _show(shown: _Shown, progress: Progress, *, part: Array, row: Array) -> _Shown:
    pools = progress.pools
    return _Shown(
        surplus=shown.surplus.at[part, row].set(pools.shown[0]),
        release=shown.release.at[row].set(progress.release),
        fibroblasts=shown.fibroblasts.at[row].add(jnp.sum(progress.fibroblasts, axis=0)),
        type_iii=shown.type_iii.at[row].add(jnp.sum(pools.type_iii[0], axis=0)),
        total=shown.total.at[row].add(jnp.sum(pools.surplus[0], axis=0)),
    )


def _go_back(rows: int, followed: Any, by_shown: _Shown) -> tuple[Constants, Row, None]:
    """Return slopes by the constants and the table, from the slopes by what is shown."""
    constants, table, steps = followed

    def nothing(like: Any) -> Any:
        return jax.tree.map(jnp.zeros_like, like)

    def follow_part(part: Array, carry: tuple[Constants, Row]) -> tuple[Constants, Row]:
        here, (by_all, by_table) = _part(constants, part), carry
        # Tethers belong to no layer: they are followed back with the first part.
        seen = eqx.tree_at(lambda by: by.release, by_shown, by_shown.release * (part == 0))
        states = _states(here, table, steps)

        def fetch(move: Array) -> tuple[Progress, Row]:
            before = jax.tree.map(lambda values: values[move], states)
            return before, jax.tree.map(lambda values: values[steps.length[move]], table)

        def body(number: Array, carry: Any) -> Any:
            by_progress, by_here, by_table, (before, over) = carry
            move = steps.count - 1 - number
            row = steps.row[move]
            stays = steps.stays[move]

            def see(by: Progress) -> Progress:
                by = jax.tree.map(lambda one: jnp.where(stays, 0.0, one), by)
                return _see(by, seen, part=part, row=row)

            # Every step aside ends on a wanted day.
            by_after = jax.lax.cond(row < rows, see, lambda by: by, by_progress)
            by_before, by_constants, by_over = _undo(by_after, before, here, over, session=steps.session[move])
            # After a step aside the course went on from before it.
            by_progress = jax.lax.cond(stays, lambda: jax.tree.map(jnp.add, by_progress, by_before), lambda: by_before)
            by_here = jax.tree.map(jnp.add, by_here, by_constants)
            by_table = jax.tree.map(lambda by, more: by.at[steps.length[move]].add(more), by_table, by_over)
            return by_progress, by_here, by_table, fetch(move - 1)

        last = fetch(steps.count - 1)
        by_here, by_table = jax.lax.fori_loop(0, steps.count, body, (nothing(last[0]), nothing(here), by_table, last))[
            1:3
        ]
        by_layers = [of.at[part].set(one) for of, one in zip(_layered(by_all), _layered(by_here), strict=True)]
        by_rest = jax.tree.map(jnp.add, eqx.tree_at(_layered, by_all, _layered(by_here)), by_here)
        return eqx.tree_at(_layered, by_rest, tuple(by_layers)), by_table

    by_all, by_table = jax.lax.fori_loop(
        0, constants.synthesis.destroyed.shape[0], follow_part, (nothing(constants), nothing(table))
    )
    return by_all, by_table, None


def _see(by: Progress, by_shown: _Shown, *, part: Array, row: Array) -> Progress:
    """Return the slopes by a state with those by what is shown of it."""
    total, pools = by_shown.total[row], by.pools
    return Progress(
        unit_response=by.unit_response,
        drive=by.drive,
        fibroblasts=by.fibroblasts + by_shown.fibroblasts[row],
        pools=type(pools)(
            type_iii=pools.type_iii + (total + by_shown.type_iii[row]),
            immature=pools.immature + total,
            mature_surplus=pools.mature_surplus + total,
            fragments=pools.fragments + total,
            shown=pools.shown + by_shown.surplus[part, row],
        ),
        tether=by.tether,
        release=by.release + by_shown.release[row],
    )


def _undo(
    by_after: Progress, before: Progress, constants: Constants, over: Row, *, session: Array
) -> tuple[Progress, Constants, Row]:
    """Return slopes by the state before a move and by its rates: `advance` backwards."""
    (half, maturation), cells, synthesis = over, constants.fibroblasts, constants.synthesis
    happens, days = session >= 0, maturation.days
    destroyed = happens.astype(days.dtype) * synthesis.destroyed
    unit = before.unit_response.at[0].add(happens.astype(days.dtype))
    middle, undo_halves = jax.vjp(lambda unit, half: _two_halves(unit, half), unit, half)
    drives = (before.drive, *once(days, lambda: (drive_of(middle[0], cells), drive_of(middle[1], cells))))
    rates = {"days": days, "resting": half.resting, "loss": cells.loss}
    way = retrace_activity(before.fibroblasts, drives, **rates)
    pools = jax.lax.cond(happens, lambda: destroy_immature(before.pools, destroyed), lambda: before.pools)
    by_pools, by_worked, by_maturation, by_synthesis = undo_pools(
        by_after.pools, pools, way, over=maturation, synthesis=synthesis
    )
    by_pools, by_destroyed = jax.lax.cond(
        happens,
        lambda by: undo_destruction(by, before.pools, destroyed),
        lambda by: (by, jnp.zeros_like(destroyed)),
        by_pools,
    )
    by_cells, by_drives, by_resting, by_loss = undo_activity(by_after.fibroblasts, by_worked, way, drives, **rates)
    by_last = (by_drives[1], by_drives[2] + by_after.drive)
    by_units, by_fibroblasts = undo_drives(by_last, drives[1:], middle, cells, days=days)
    by_unit, by_half = undo_halves((by_units[0], by_units[1] + by_after.unit_response))
    by_tether, by_release, by_kept, by_lag = _undo_tether(by_after, before, constants, maturation, session=session)
    return (
        Progress(by_unit, by_drives[0], by_cells, by_pools, by_tether, by_release),
        Constants(
            fibroblasts=eqx.tree_at(lambda by: by.loss, by_fibroblasts, by_loss),
            synthesis=eqx.tree_at(lambda by: by.destroyed, by_synthesis, by_destroyed),
            kept=by_kept,
        ),
        (
            eqx.tree_at(lambda by: by.resting, by_half, by_resting),
            eqx.tree_at(lambda by: by.lag_left, by_maturation, by_maturation.lag_left + by_lag),
        ),
    )


def _two_halves(unit: Array, half: HalfStep) -> tuple[Array, Array]:
    middle = after_half(unit, half)
    return middle, after_half(middle, half)


def _undo_tether(
    by_after: Progress, before: Progress, constants: Constants, over: Maturation, *, session: Array
) -> tuple[Array, Array, Array, Array]:
    """Return slopes by the tethers and their release before a move, by what sessions keep, and by the lag left."""
    kept = jnp.where(session >= 0, constants.kept[jnp.maximum(session, 0)], 1.0)
    tether, lag = before.tether * kept, over.lag_left
    by_tether = by_after.tether - (1.0 - lag**2) * by_after.release
    by_lag = -2.0 * lag * by_after.release * ((1.0 - tether) - before.release)
    by_kept = (
        jnp.zeros_like(constants.kept)
        .at[jnp.maximum(session, 0)]
        .set(jnp.where(session >= 0, by_tether * before.tether, 0.0))
    )
    return by_tether * kept, lag**2 * by_after.release, by_kept, by_lag


_follow.defvjp(_forwards, _go_back)
