"""Monotone cubic interpolation (Fritsch and Butland), smooth enough to be differentiated, in JAX.

Between two nodes a cubic with the slopes of both; where the values turn, the slope is 0. So the curve never leaves the
range of its two nodes, and rises where they rise. SciPy's `PchipInterpolator` is the same curve.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float


def monotone_cubic(
    at: Float[Array, " draw"], nodes: Float[np.ndarray, " node"], values: Float[Array, "#draw ... node"]
) -> Float[Array, "draw ..."]:
    """Return values between nodes, one position for each draw; beyond the nodes the value of the last one.

    `nodes` rise; there are at least three. `values` may differ from draw to draw and have further dimensions.
    """
    slopes = _slopes(nodes, values)
    at = jnp.clip(at, nodes[0], nodes[-1])
    left = jnp.clip(jnp.searchsorted(jnp.asarray(nodes), at, side="right") - 1, 0, len(nodes) - 2)

    def pick(of: Array, number: Array) -> Array:
        shape = (at.shape[0], *of.shape[1:])
        index = number.reshape(-1, *(1,) * (of.ndim - 1))
        return jnp.take_along_axis(jnp.broadcast_to(of, shape), index, axis=-1)[..., 0]

    extra = (-1, *(1,) * (values.ndim - 2))
    width = jnp.diff(jnp.asarray(nodes))[left].reshape(extra)
    share = ((at - jnp.asarray(nodes)[left]).reshape(extra)) / width
    rest = 1.0 - share
    return (
        pick(values, left) * (1.0 + 2.0 * share) * rest**2
        + pick(slopes, left) * width * share * rest**2
        + pick(values, left + 1) * (1.0 + 2.0 * rest) * share**2
        - pick(slopes, left + 1) * width * rest * share**2
    )


def _slopes(nodes: Float[np.ndarray, " node"], values: Float[Array, "... node"]) -> Float[Array, "... node"]:
    width = np.diff(nodes)
    rise = jnp.diff(values, axis=-1) / width
    before, after = rise[..., :-1], rise[..., 1:]
    near, far = 2.0 * width[1:] + width[:-1], width[1:] + 2.0 * width[:-1]
    same = before * after > 0.0
    # The weighted harmonic mean of the two rises; written so that a rise of 0 divides nothing.
    mixed = near * jnp.where(same, after, 1.0) + far * jnp.where(same, before, 1.0)
    inner = jnp.where(same, (near + far) * before * after / mixed, 0.0)
    first = _end(rise[..., 0], rise[..., 1], width[0], width[1])
    last = _end(rise[..., -1], rise[..., -2], width[-1], width[-2])
    return jnp.concatenate([first[..., None], inner, last[..., None]], axis=-1)


def _end(near: Array, next_one: Array, width: float, next_width: float) -> Array:
    """Slope at an end from the two rises next to it, kept between 0 and three times the nearer one."""
    slope = ((2.0 * width + next_width) * near - width * next_one) / (width + next_width)
    slope = jnp.where(slope * near > 0.0, slope, 0.0)
    return jnp.where((near * next_one <= 0.0) & (jnp.abs(slope) > 3.0 * jnp.abs(near)), 3.0 * near, slope)
