"""The course over days, on one frozen grid of steps that starts on whole days.

Sessions and wanted days are padded to a fixed size and the number of steps is an argument, so every plan of a
session count and horizon reuses one compiled program. The grid does not depend on the wanted days.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from scarplan.response.cascade import Cascade, Heated, advance_fibroblasts, make_cascade, make_heated
from scarplan.response.matrix import Matrix, destroy, maturation, mature, synthesise, untreated

if TYPE_CHECKING:
    from scarplan.response.draws import ResponseDraws

# Whole days: halving the step changes the fill by far less than 1 % (tests/response/test_independent_model.py).
STEPS_PER_DAY = 1


class Progress(eqx.Module):
    """State of all columns between two steps, and what has been written down so far.

    unit_response   debris, inflammation, growth factor per unit of injury [draw 3]
    fibroblasts     activated fibroblasts 0-1 [draw z]
    matrix          collagen pools [tissue draw z]
    lagged          surplus as the surface shows it [tissue draw z]
    tether          tethers left, 0-1 [draw]
    lagged_release  release of tethers as the surface shows it [draw]
    heated_response unit response of heated tissue [draw 3]; None for needles
    """

    unit_response: Float[Array, "draw 3"]
    fibroblasts: Float[Array, "draw z"]
    matrix: Matrix
    lagged: Float[Array, "tissue draw z"]
    tether: Float[Array, " draw"]
    lagged_release: Float[Array, " draw"]
    heated_response: Float[Array, "draw 3"] | None = None


class Recorded(eqx.Module):
    """Values on the wanted days, [t ...]."""

    surplus: Float[Array, "t tissue draw z"]
    release: Float[Array, "t draw"]
    fibroblasts: Float[Array, "t draw"]
    type_iii_share: Float[Array, "t draw"]


def integrate(
    draws: ResponseDraws,
    *,
    injured: Float[Array, "draw z"],
    source: Float[Array, "draw z"],
    rate: Float[Array, " draw"],
    start: Float[Array, "tissue draw 1"],
    kept: Float[Array, "session draw"],
    session_days: Int[Array, " session"],
    wanted_days: Int[Array, " t"],
    step_count: Int[Array, ""],
    steps_per_day: int = STEPS_PER_DAY,
    heated_source: Float[Array, "draw z"] | None = None,
) -> Recorded:
    """Return the course at the wanted days; a value of a session day is the one just before the session.

    injured, source   injured fraction of every session, and what of it is not heated, after spread
    heated_source     what of it is heated, after spread; None for needles
    rate              synthesis per day of fully activated fibroblasts
    start             collagen content of scar and healthy dermis before treatment
    kept              share of the tethers that each session leaves
    session_days, wanted_days   whole days, padded with -1
    """
    step_days = 1.0 / steps_per_day
    cascade = make_cascade(draws, step_days=step_days)
    heated = None if heated_source is None else make_heated(draws, heated_source, step_days=step_days)
    half = maturation(draws, days=0.5 * step_days)
    shape = (start.shape[0], *injured.shape)
    step = partial(
        _step,
        draws=draws,
        cascade=cascade,
        heated=heated,
        half=half,
        injured=injured,
        source=source,
        rate=rate,
        start=start,
    )

    def body(number: Int[Array, ""], carry: tuple[Progress, Recorded]) -> tuple[Progress, Recorded]:
        progress, recorded = carry
        recorded = _record(recorded, progress, number=number, wanted=wanted_days * steps_per_day)
        today = (session_days * steps_per_day == number) & (session_days >= 0)
        happens = jnp.any(today)
        left = jnp.where(happens, jnp.prod(jnp.where(today[:, None], kept, 1.0), axis=0), 1.0)
        return step(progress, happens=happens, left=left), recorded

    untouched = _untouched(shape, days=wanted_days.shape[0], is_heated=heated is not None)
    recorded = jax.lax.fori_loop(0, step_count + 1, body, untouched)[1]
    return jax.tree.map(lambda rows: rows[:-1], recorded)


def _untouched(shape: tuple[int, ...], *, days: int, is_heated: bool) -> tuple[Progress, Recorded]:
    draws = shape[1]
    progress = Progress(
        unit_response=jnp.zeros((draws, 3)),
        fibroblasts=jnp.zeros(shape[1:]),
        matrix=untreated(shape),
        lagged=jnp.zeros(shape),
        tether=jnp.ones(draws),
        lagged_release=jnp.zeros(draws),
        heated_response=jnp.zeros((draws, 3)) if is_heated else None,
    )
    # One more row than wanted takes what is written on all other days.
    rows = days + 1
    recorded = Recorded(
        surplus=jnp.zeros((rows, *shape)),
        release=jnp.zeros((rows, draws)),
        fibroblasts=jnp.zeros((rows, draws)),
        type_iii_share=jnp.zeros((rows, draws)),
    )
    return progress, recorded


def _step(
    progress: Progress,
    *,
    happens: Array,
    left: Float[Array, " draw"],
    draws: ResponseDraws,
    cascade: Cascade,
    heated: Heated | None,
    half: Float[Array, "draw 4 4"],
    injured: Float[Array, "draw z"],
    source: Float[Array, "draw z"],
    rate: Float[Array, " draw"],
    start: Float[Array, "tissue draw 1"],
) -> Progress:
    fresh = happens.astype(injured.dtype)
    unit_response = progress.unit_response.at[:, 0].add(fresh)
    hot = None if progress.heated_response is None else progress.heated_response.at[:, 0].add(fresh)
    matrix = destroy(progress.matrix, fresh * injured, draws)
    tether = progress.tether * left
    before = matrix.surplus
    fibroblasts, activity = advance_fibroblasts(
        progress.fibroblasts,
        unit_response,
        source,
        cascade=cascade,
        draws=draws,
        heated=heated,
        heated_response=hot,
    )
    matrix = mature(matrix, half)
    matrix = synthesise(matrix, activity, rate=rate, start=start, draws=draws)
    matrix = mature(matrix, half)
    follow = -jnp.expm1(-cascade.step_days / draws.surface_lag_days)
    lagged = progress.lagged + follow[:, None] * (0.5 * (before + matrix.surplus) - progress.lagged)
    return Progress(
        unit_response=_advance(cascade, unit_response),
        fibroblasts=fibroblasts,
        matrix=matrix,
        lagged=lagged,
        tether=tether,
        lagged_release=progress.lagged_release + follow * ((1.0 - tether) - progress.lagged_release),
        heated_response=None if heated is None or hot is None else _advance(heated.cascade, hot),
    )


def _advance(cascade: Cascade, unit_response: Float[Array, "draw 3"]) -> Float[Array, "draw 3"]:
    return jnp.sum(cascade.advance * unit_response[:, None, :], axis=-1)


def _record(recorded: Recorded, progress: Progress, *, number: Array, wanted: Int[Array, " t"]) -> Recorded:
    is_wanted = wanted == number
    row = jnp.where(jnp.any(is_wanted), jnp.argmax(is_wanted), wanted.shape[0])
    scar = jnp.sum(progress.matrix.surplus[0], axis=-1)
    share = jnp.sum(progress.matrix.type_iii[0], axis=-1) / jnp.where(scar > 0.0, scar, 1.0)
    return Recorded(
        surplus=recorded.surplus.at[row].set(progress.lagged),
        release=recorded.release.at[row].set(progress.lagged_release),
        fibroblasts=recorded.fibroblasts.at[row].set(jnp.mean(progress.fibroblasts, axis=-1)),
        type_iii_share=recorded.type_iii_share.at[row].set(share),
    )
