"""The unit cell: the response of a box of skin to channels at their places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from scarplan.response.unit_cell.box import Box
from scarplan.response.unit_cell.fibroblasts import GAUSS_NODES, Field, activate, drift, drive_of, walk
from scarplan.response.unit_cell.rates import CellRates
from scarplan.response.unit_cell.signal import Signal, advance_signal, injure, no_signal, signal_after
from scarplan.response.unit_cell.spectrum import Spectrum, spectrum_of
from scarplan.response.unit_cell.steps import session_steps


class Cell(eqx.Module):
    """A box with its rates and waves, ready to run.

    of_signal   waves of growth factor
    of_cells    waves of the walk of fibroblasts; None where they stay
    """

    rates: CellRates
    of_signal: Spectrum
    of_cells: Spectrum | None
    voxel_mm: Float[Array, ""]
    layer_mm: Float[Array, ""]
    drifts: bool = eqx.field(static=True)


class CellState(NamedTuple):
    """Growth factor in waves, and activated fibroblasts [z y x]."""

    signal: Signal
    fibroblasts: Field


def make_cell(box: Box, rates: CellRates, *, dtype: type = np.float64) -> Cell:
    """Return the cell of a box, in float32 or float64."""
    kind = np.dtype(dtype)
    of_signal = spectrum_of(
        box,
        diffusion=rates.signal_diffusion_mm2_per_day,
        top_loss=rates.epidermal_sink_mm_per_day,
        bottom_loss=rates.fat_sink_mm_per_day,
        dtype=kind,
    )
    moves = rates.motility_mm2_per_day > 0.0
    return Cell(
        rates=jax.tree.map(lambda rate: jnp.asarray(rate, kind), rates),
        of_signal=of_signal,
        of_cells=spectrum_of(box, diffusion=rates.motility_mm2_per_day, dtype=kind) if moves else None,
        voxel_mm=jnp.asarray(box.voxel_mm, kind),
        layer_mm=jnp.asarray(box.layer_mm, kind),
        drifts=rates.chemotaxis_mm2_per_day > 0.0,
    )


def untouched(cell: Cell) -> CellState:
    """Return the state before the first session."""
    return CellState(no_signal(cell.of_signal), jnp.zeros_like(cell.of_signal.to_field(cell.of_signal.nothing)))


def after_session(state: CellState, injured: Field, cell: Cell) -> CellState:
    """Return the state just after a session that injured the share `injured` of each voxel."""
    waves = cell.of_signal.to_waves(injured.astype(cell.of_signal.rate_y.dtype))
    return CellState(injure(state.signal, waves, cell.rates), state.fibroblasts)


def advance(state: CellState, days: Float[Array, ""], cell: Cell) -> tuple[CellState, Field]:
    """Return the state after `days`, and the integral of the activated fibroblasts over them (days)."""
    cells, activity = _respond(state.fibroblasts, _levels(state.signal, days, cell), days, cell)
    return CellState(advance_signal(state.signal, days, rates=cell.rates, spectrum=cell.of_signal), cells), activity


def _levels(signal: Signal, days: Float[Array, ""], cell: Cell) -> tuple[Field, Field]:
    """Growth factor at the two Gauss nodes of a step."""
    spectrum = cell.of_signal
    early, late = (
        spectrum.to_field(signal_after(signal, share * days, rates=cell.rates, spectrum=spectrum))
        for share in GAUSS_NODES
    )
    return early, late


def _respond(cells: Field, levels: tuple[Field, Field], days: Float[Array, ""], cell: Cell) -> tuple[Field, Field]:
    early, late = levels
    cells = _move(cells, early, 0.5 * days, cell)
    cells, activity = activate(cells, (drive_of(early, cell.rates), drive_of(late, cell.rates)), days, cell.rates)
    return _move(cells, late, 0.5 * days, cell), activity


def _move(cells: Field, signal: Field, days: Float[Array, ""], cell: Cell) -> Field:
    if cell.of_cells is not None:
        cells = walk(cells, days, cell.of_cells)
    if cell.drifts:
        cells = drift(cells, signal, days, rates=cell.rates, voxel_mm=cell.voxel_mm, layer_mm=cell.layer_mm)
    return cells


def activity_of_session(
    cell: Cell,
    injured: Float[np.ndarray, "z y x"],
    *,
    step_days: Sequence[float] | np.ndarray | None = None,
    half_activations: Sequence[float] | np.ndarray | None = None,
) -> Float[np.ndarray, "half z"]:
    """Return the yield of one session: the integral over all time of the activated fibroblasts, layer means, days.

    Growth factor does not depend on the level at which it activates half (KT), so several levels are run on the same
    growth factor; without `half_activations` there is one, that of the rates. After the last step nothing is activated
    any more, and those that are left fade: their integral is their number divided by their loss.
    """
    kind = cell.of_signal.rate_y.dtype
    steps = jnp.asarray(session_steps() if step_days is None else step_days, kind)
    halves = jnp.asarray([cell.rates.signal_half_activation] if half_activations is None else half_activations, kind)
    return np.asarray(_activity(cell, jnp.asarray(injured, kind), steps, halves))


@eqx.filter_jit
def _activity(
    cell: Cell, injured: Field, steps: Float[Array, " step"], halves: Float[Array, " half"]
) -> Float[Array, "half z"]:
    def with_half(half: Array) -> Cell:
        return eqx.tree_at(lambda of: of.rates.signal_half_activation, cell, half)

    def step(carry: tuple[Signal, Array, Array], days: Array) -> tuple[tuple[Signal, Array, Array], None]:
        signal, cells, total = carry
        levels = _levels(signal, days, cell)
        cells, activity = jax.vmap(lambda one, half: _respond(one, levels, days, with_half(half)))(cells, halves)
        signal = advance_signal(signal, days, rates=cell.rates, spectrum=cell.of_signal)
        return (signal, cells, total + jnp.mean(activity, axis=(2, 3))), None

    start = after_session(untouched(cell), injured, cell)
    cells = jnp.zeros((halves.shape[0], *injured.shape), injured.dtype)
    (_, cells, total), _ = jax.lax.scan(step, (start.signal, cells, jnp.zeros(cells.shape[:2], injured.dtype)), steps)
    return total + jnp.mean(cells, axis=(2, 3)) / cell.rates.fibroblast_loss_per_day
