"""Sessions on a box of skin over days, with the collagen pools of the course model in every voxel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from scarplan.response.matrix import Matrix, destroy, maturation, mature, synthesise, untreated
from scarplan.response.unit_cell.box import Box
from scarplan.response.unit_cell.cell import Cell, CellState, advance, after_session, make_cell, untouched
from scarplan.response.unit_cell.fibroblasts import Field
from scarplan.response.unit_cell.rates import CellRates

if TYPE_CHECKING:
    from scarplan.response.draws import ResponseDraws


class CellCourse(eqx.Module):
    """Means of each layer on each day [day z], and the voxels of the last day [z y x].

    surplus       collagen above the content before treatment, relative to healthy dermis
    fibroblasts   activated fibroblasts, 0-1
    last_surplus, last_fibroblasts   the same of each voxel on the last day
    """

    surplus: Float[np.ndarray, "day z"]
    fibroblasts: Float[np.ndarray, "day z"]
    last_surplus: Float[np.ndarray, "z y x"]
    last_fibroblasts: Float[np.ndarray, "z y x"]


def heal_cell(
    box: Box,
    rates: CellRates,
    draws: ResponseDraws,
    *,
    sessions: Mapping[int, Float[np.ndarray, "z y x"]],
    days: Sequence[int],
    synthesis_per_day: float | None = None,
    steps_per_day: int = 2,
    dtype: type = np.float64,
) -> CellCourse:
    """Return the course on whole `days` in rising order, each as it is just before a session of that day.

    sessions            the injured share of each voxel, by day
    draws               one draw; its collagen starts from `scar_collagen`
    synthesis_per_day   of fully activated fibroblasts; that of the draw unless given
    """
    kind = np.dtype(dtype)
    cell = make_cell(box, rates, dtype=dtype)
    cast = partial(jax.tree.map, lambda values: jnp.asarray(values, kind))
    one = cast(draws)
    rate = one.synthesis_per_day if synthesis_per_day is None else jnp.full(1, synthesis_per_day, kind)
    state, pools = untouched(cell), cast(untreated((1, 1, int(np.prod(box.shape)))))
    rows, last = [], max(days)
    for day in range(last + 1):
        if day in days:
            rows.append((_by_layer(pools.surplus, box), np.asarray(state.fibroblasts.mean(axis=(1, 2)))))
        if day == last:
            break
        if day in sessions:
            injured = jnp.asarray(sessions[day], kind)
            state, pools = after_session(state, injured, cell), destroy(pools, injured.reshape(1, -1), one)
        state, pools = _one_day(state, pools, cell, one, rate, steps_per_day)
    surplus, fibroblasts = (np.stack(values) for values in zip(*rows, strict=True))
    return CellCourse(surplus, fibroblasts, np.asarray(pools.surplus).reshape(box.shape), np.asarray(state.fibroblasts))


@eqx.filter_jit
def _one_day(
    state: CellState, pools: Matrix, cell: Cell, draws: ResponseDraws, rate: Array, steps_per_day: int
) -> tuple[CellState, Matrix]:
    kind = cell.of_signal.rate_y.dtype
    days = 1.0 / steps_per_day
    half = maturation(draws, days=0.5 * days).astype(kind)
    start = draws.scar_collagen[None, :, None]

    def step(_: Array, carry: tuple[CellState, Matrix]) -> tuple[CellState, Matrix]:
        state, pools = carry
        state, activity = advance(state, jnp.asarray(days, kind), cell)
        pools = synthesise(mature(pools, half), activity.reshape(1, -1), rate=rate, start=start, draws=draws)
        return state, mature(pools, half)

    return jax.lax.fori_loop(0, steps_per_day, step, (state, pools))


def _by_layer(values: Array, box: Box) -> Field:
    return np.asarray(values).reshape(box.layers, -1).mean(axis=1)
