"""Injured fraction of each layer: channels at random places, a Boolean model of stochastic geometry.

    v(z) = 1 - exp(-rho pi g(z)),    g(z) = E_D[ (r(z; D) + m)^2 1(D > z) ]

rho channels per mm2, m the crushed rim. With S(z) the share of channels deeper than z, g is written without
cancellation as a sum of positive terms, so v never rises with depth in any draw:

    g(z) = m^2 S(z) + int_0^taper  2 (m + R y / taper) (R / taper) S(z + y) dy

Passes add in the exponent: several passes injure as much as one pass of their summed density, exactly, because the
area of a channel is averaged over a layer before it enters the exponent.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from scarplan.injury.penetration import ReachedDepth


def _unit_nodes(count: int) -> tuple[np.ndarray, np.ndarray]:
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return 0.5 * (nodes + 1.0), 0.5 * weights


# Gauss-Legendre nodes along the taper and across a layer: the integrands are smooth there.
_TAPER_NODES, _TAPER_WEIGHTS = _unit_nodes(8)
_LAYER_NODES, _LAYER_WEIGHTS = _unit_nodes(3)


def injured_area_mm2(
    depth_mm: Float[Array, "draw z"],
    reached: ReachedDepth,
    *,
    radius_mm: Float[Array, " draw"],
    margin_mm: Float[Array, " draw"],
    taper_mm: Float[Array, " draw"],
) -> Float[Array, "draw z"]:
    """Return the mean injured area of one channel at each depth below the skin surface, pi g(z), mm2."""
    radius, margin, taper = (values[:, None, None] for values in (radius_mm, margin_mm, taper_mm))
    along = jnp.concatenate([jnp.zeros_like(taper), taper * _TAPER_NODES], axis=-1)
    slope = _TAPER_WEIGHTS * 2.0 * (margin + radius * _TAPER_NODES) * radius
    weight = jnp.concatenate([margin**2, slope], axis=-1)
    deeper = reached.share_deeper(depth_mm[:, :, None] + along)
    return jnp.pi * jnp.sum(weight * deeper, axis=-1)


def injured_fraction(
    density_per_mm2: Float[Array, " draw"], area_mm2: Float[Array, "draw z"]
) -> Float[Array, "draw z"]:
    """Return the injured volume fraction of a layer from channel density and the area of one channel."""
    return -jnp.expm1(-density_per_mm2[:, None] * area_mm2)


def layer_nodes_mm(edges_mm: Float[Array, " k"]) -> Float[Array, " node"]:
    """Return the depths whose values `layer_mean` needs, layer after layer."""
    return jnp.ravel(edges_mm[:-1, None] + jnp.diff(edges_mm)[:, None] * _LAYER_NODES)


def layer_mean(values: Float[Array, "draw node"]) -> Float[Array, "draw z"]:
    """Return the mean over each layer from the values at `layer_nodes_mm`."""
    return jnp.sum(values.reshape(values.shape[0], -1, _LAYER_NODES.size) * _LAYER_WEIGHTS, axis=-1)
