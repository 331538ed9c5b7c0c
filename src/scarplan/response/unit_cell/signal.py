"""Growth factor of the box, exact at any time: diffusion, decay, and sources that are sums of exponentials.

    T_t = Dt lap T - kT T + sW W + sI I,    W = v exp(-kW t),    I_t = kW W - kI I

With c = kW / (kW - kI) the sources are fast + slow: fast = (sW - sI c) W fades with kW, slow = sI (I + c W) with kI. A
wave that diffuses and decays at kappa = kT + Dt k^2 then has, after t,

    T(t) = T exp(-kappa t) + fast phi(kappa, kW) + slow phi(kappa, kI),   phi(a, b) = (exp(-b t) - exp(-a t)) / (a - b)

so no time step is needed for it, and none can be too long.
"""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from scarplan.response.unit_cell.rates import CellRates
from scarplan.response.unit_cell.spectrum import Spectrum, Waves

# Below this difference of exponents phi is a series: seven terms leave 0.1^7 / 8! < 1e-11, and the quotient above it
# loses one digit.
_CLOSE = 0.1
_TERMS = 7


class Signal(eqx.Module):
    """Waves of growth factor and of what releases it: the parts that fade with the clot and with inflammation."""

    level: Waves
    fast: Waves
    slow: Waves


def no_signal(spectrum: Spectrum) -> Signal:
    """Return a box without growth factor."""
    return Signal(*3 * (spectrum.nothing,))


def injure(signal: Signal, injured: Waves, rates: CellRates) -> Signal:
    """Return the signal after a session that injured the share `injured` of each voxel (as waves)."""
    clot, calm = rates.clot_clearance_per_day, rates.inflammation_clearance_per_day
    held = rates.signal_from_inflammation_per_day * clot / (clot - calm)
    return Signal(
        level=signal.level,
        fast=signal.fast + (rates.signal_from_clot_per_day - held) * injured,
        slow=signal.slow + held * injured,
    )


def signal_after(signal: Signal, days: Float[Array, ""], *, rates: CellRates, spectrum: Spectrum) -> Waves:
    """Return the waves of growth factor after `days`."""
    kept = spectrum.decay(days) * jnp.exp(-rates.signal_clearance_per_day * days)
    rate = spectrum.rate + rates.signal_clearance_per_day
    fast = released(rate, kept, rates.clot_clearance_per_day, days)
    slow = released(rate, kept, rates.inflammation_clearance_per_day, days)
    return kept * signal.level + fast * signal.fast + slow * signal.slow


def advance_signal(signal: Signal, days: Float[Array, ""], *, rates: CellRates, spectrum: Spectrum) -> Signal:
    """Return the signal after `days`."""
    return Signal(
        level=signal_after(signal, days, rates=rates, spectrum=spectrum),
        fast=signal.fast * jnp.exp(-rates.clot_clearance_per_day * days),
        slow=signal.slow * jnp.exp(-rates.inflammation_clearance_per_day * days),
    )


def released(
    rate: Float[Array, "*mode"], kept: Float[Array, "*mode"], fading: float, days: Float[Array, ""]
) -> Float[Array, "*mode"]:
    """Return phi: what a source of 1 that fades has left after `days` in a wave that decays at `rate`.

    `kept` is exp(-rate days).
    """
    apart = rate - fading
    exponent = apart * days
    is_close = jnp.abs(exponent) < _CLOSE
    series = jnp.ones_like(exponent)
    for term in range(_TERMS, 0, -1):
        series = 1.0 - exponent * series / (term + 1)
    source = jnp.exp(-fading * days)
    far = (source - kept) / jnp.where(is_close, 1.0, apart)
    return jnp.where(is_close, days * source * series, far)
