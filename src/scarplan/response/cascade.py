"""The cascade of healing after a session: debris W, inflammation I, growth factor T, activated fibroblasts F.

    session:  W += v
    dW/dt = -kW W
    dI/dt =  kW W - kI I
    dT/dt =  sW W + sI I - kT T
    dF/dt =  aF T / (KT + T) (1 - F) - kF F

W, I and T are linear with constant rates, so one unit response per draw and kind of debris, advanced with exact
exponentials, serves every layer: T(z, t) = sum over kinds of s(z) T_unit(t), where s is the injured fraction after
spread over depth. Heated tissue is a kind of its own: it is cleared more slowly and holds no clot. F is linear once T
is known. With a = aF T / (KT + T) and R the integral of a + kF,

    F(h) = F(0) e^-R(h) + (1 - e^-R(h)) <a> / <a + kF>

with means over the step weighted by e^-(R(h) - R(t)), by Simpson's rule at its start, middle and end: of fourth order,
and in [0, 1] whatever the step, since <a> < <a + kF>. What the fibroblasts have worked follows from the balance of F:

    kF int F dt = F(0) - F(h) + int a (1 - F) dt

so the activity of a whole course is right to the error of the last term alone, and exact once growth factor is gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, DTypeLike, Float, Int

from scarplan.response.propagators import Propagators, applied, matrix_of, propagators

if TYPE_CHECKING:
    from scarplan.response.draws import ResponseDraws


class Debris(eqx.Module):
    """One kind of debris that every session leaves.

    clearing_per_day   how fast it is cleared [draw]
    signal_per_day     growth factor that it releases itself [draw]
    arriving           what of the growth factor after a session arrives in each layer [draw z]
    """

    clearing_per_day: Float[Array, " draw"]
    signal_per_day: Float[Array, " draw"]
    arriving: Float[Array, "draw z"]


class HalfStep(eqx.Module):
    """What half a step of one length does: one row of `SignalTable`.

    advance   propagator of (W, I, T) of every kind of debris [3 3 kind draw]
    resting   share of the activated fibroblasts that it leaves where no growth factor is [draw]
    """

    advance: Float[Array, "*length 3 3 kind draw"]
    resting: Float[Array, "*length draw"]


class Fibroblasts(eqx.Module):
    """Rates of the fibroblasts, and how much growth factor of each kind of debris reaches them.

    arriving  [kind z draw]; activation, half_activation, loss   aF, KT, kF [draw]
    """

    arriving: Float[Array, "kind z draw"]
    activation: Float[Array, " draw"]
    half_activation: Float[Array, " draw"]
    loss: Float[Array, " draw"]


class Worked(eqx.Module):
    """What activated fibroblasts did in a step, days of full activity [z draw].

    by_middle, by_end    up to the middle and the end of the step
    start, middle, end   `by_end` shared out over its start, middle and end
    """

    by_middle: Float[Array, "z draw"]
    by_end: Float[Array, "z draw"]
    start: Float[Array, "z draw"]
    middle: Float[Array, "z draw"]
    end: Float[Array, "z draw"]


def make_half_steps(
    draws: ResponseDraws,
    debris: tuple[Debris, ...],
    half_units: Int[Array, " length"],
    *,
    unit_days: Float[Array, ""] | float,
    largest: int,
    dtype: DTypeLike,
    raised: Propagators = propagators,
) -> HalfStep:
    """Return half steps of `half_units * unit_days` days, at most `largest` units, one row each."""
    clearing = jnp.stack([kind.clearing_per_day for kind in debris])
    every = jnp.ones_like(clearing)
    rates = matrix_of(
        {
            (0, 0): -clearing,
            (1, 0): clearing,
            (1, 1): -draws.inflammation_clearance_per_day * every,
            (2, 0): jnp.stack([kind.signal_per_day for kind in debris]),
            (2, 1): draws.signal_from_inflammation_per_day * every,
            (2, 2): -draws.signal_clearance_per_day * every,
        },
        3,
    )
    days = (half_units * unit_days)[:, None]
    return HalfStep(
        advance=raised(rates * unit_days, half_units, largest=largest).astype(dtype),
        resting=jnp.exp(-draws.fibroblast_loss_per_day * days).astype(dtype),
    )


def make_fibroblasts(draws: ResponseDraws, debris: tuple[Debris, ...], *, dtype: DTypeLike) -> Fibroblasts:
    """Return the fibroblasts of `draws`."""
    # Rounding may let less than nothing arrive in the deepest layers; nothing arrives there.
    arriving = jnp.stack([jnp.maximum(kind.arriving.T, 0.0) for kind in debris])
    return Fibroblasts(
        arriving=arriving.astype(dtype),
        activation=draws.fibroblast_activation_per_day.astype(dtype),
        half_activation=draws.signal_half_activation.astype(dtype),
        loss=draws.fibroblast_loss_per_day.astype(dtype),
    )


def after_half(unit: Float[Array, "3 kind draw"], half: HalfStep) -> Float[Array, "3 kind draw"]:
    """Return (W, I, T) per unit of each kind of debris after half a step."""
    return applied(half.advance, unit)


def drive_of(unit: Float[Array, "3 kind draw"], fibroblasts: Fibroblasts) -> Float[Array, "z draw"]:
    """Return the rate aF T / (KT + T) at which resting fibroblasts are activated, 1/day."""
    signal = fibroblasts.arriving[0] * unit[2, 0]
    for kind in range(1, unit.shape[1]):
        signal = signal + fibroblasts.arriving[kind] * unit[2, kind]
    return fibroblasts.activation * signal / (fibroblasts.half_activation + signal)


def advance_activity(
    before: Float[Array, "z draw"],
    drives: tuple[Float[Array, "z draw"], Float[Array, "z draw"], Float[Array, "z draw"]],
    *,
    days: Float[Array, ""],
    resting: Float[Array, " draw"],
    loss: Float[Array, " draw"],
) -> tuple[Float[Array, "z draw"], Worked]:
    """Return the activated fibroblasts (0-1) after a step of `days`, and what they did in it.

    `drives` are the rates of activation at its start, middle and end, `resting` what half of it leaves of them where
    no growth factor is.
    """
    first, second, third = drives
    sixth = days / 6.0
    # The rate a + kF integrated up to the middle and over the second half: quadratic through its three values.
    first_half = 0.25 * sixth * (5.0 * first + 8.0 * second - third) + 3.0 * sixth * loss
    second_half = 0.25 * sixth * (5.0 * third + 8.0 * second - first) + 3.0 * sixth * loss
    since_middle = jnp.exp(-second_half)
    kept = jnp.exp(-first_half) * since_middle
    rise = first * kept + 4.0 * second * since_middle + third
    level = rise / (rise + loss * (kept + 4.0 * since_middle + 1.0))
    after = before * kept + (1.0 - kept) * level
    # F e^(kF t) is a cubic with the slopes a (1 - F) e^(kF t) at both ends: exact once growth factor is gone.
    gain, gain_after = first * (1.0 - before), third * (1.0 - after)
    middle = 0.5 * (before * resting + after / resting) + 0.75 * sixth * (gain * resting - gain_after / resting)
    worked = (before - after + sixth * (gain + 4.0 * second * (1.0 - middle) + gain_after)) / loss
    share = worked / jnp.maximum(before + 4.0 * middle + after, jnp.finfo(before.dtype).tiny)
    return after, Worked(
        by_middle=0.25 * share * (5.0 * before + 8.0 * middle - after),
        by_end=worked,
        start=share * before,
        middle=4.0 * share * middle,
        end=share * after,
    )
