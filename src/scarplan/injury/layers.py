"""Depth layers of the dermis, counted from its top (the junction with the epidermis)."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

# 24 layers of 0.1 mm reach the deepest facial dermis that is drawn. Halving the layers changes the fill of the
# reference course by less than 1 % (tests/response/test_independent_model.py).
LAYER_COUNT = 24
DEEPEST_MM = 2.4


class DepthLayers(eqx.Module):
    """Borders of the layers [k], mm below the top of the dermis; the first is 0."""

    edges_mm: Float[Array, " k"]

    @property
    def depth_mm(self) -> Float[Array, " z"]:
        """Depth of the middle of each layer, mm."""
        return 0.5 * (self.edges_mm[1:] + self.edges_mm[:-1])

    @property
    def thickness_mm(self) -> Float[Array, " z"]:
        """Thickness of each layer, mm."""
        return jnp.diff(self.edges_mm)


def dermal_layers(count: int = LAYER_COUNT, *, deepest_mm: float = DEEPEST_MM) -> DepthLayers:
    """Return `count` layers of equal thickness down to `deepest_mm`."""
    return DepthLayers(jnp.linspace(0.0, deepest_mm, count + 1))
