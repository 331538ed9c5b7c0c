"""The yield table: what the unit cell yields relative to the course model at the same dose, stored with its errors.

    strength   days by which growth factor of a fully injured spot exceeds what activates half of the fibroblasts
    reach      of growth factor, mm
    radius     of all that one channel injures, mm
    density    channels per cm2; the first is 0, the limit of a single channel

Made by `studies/yield_table.py` with `unit_cell`; `yield_table.json` tells how, and how far it can be trusted.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

from scarplan.canonical import hash_bytes
from scarplan.errors import BadInput
from scarplan.response.monotone import monotone_cubic

ARRAYS, ABOUT = "yield_table.npz", "yield_table.json"
#: Density is interpolated in log(1 + density / this), so that the table has a value at density 0.
DENSITY_SCALE_PER_CM2 = 3.0


@dataclass(frozen=True, eq=False)
class YieldTable:
    """Nodes, and the ratio at each [strength reach radius density]; `about` is how it was made."""

    strength_days: Float[np.ndarray, " strength"]
    reach_mm: Float[np.ndarray, " reach"]
    radius_mm: Float[np.ndarray, " radius"]
    channels_per_cm2: Float[np.ndarray, " density"]
    ratio: Float[np.ndarray, "strength reach radius density"]
    about: dict[str, Any]

    @property
    def rising(self) -> Float[np.ndarray, "strength reach radius density"]:
        """The ratio without the falls along density, under 1 %, that chance places and depths leave."""
        return np.maximum.accumulate(self.ratio, axis=-1)

    def by_density(
        self, strength_days: Float[Array, " draw"], reach_mm: Float[Array, " draw"], radius_mm: Float[Array, " draw"]
    ) -> Float[Array, "draw density"]:
        """Return the ratio at each density of the table, between the other nodes; beyond them it stays."""
        # The coordinate that is interpolated stands last, and leaves; the next one is then the first after the draws.
        values = jnp.asarray(np.moveaxis(self.rising, 0, -1)[None])
        values = monotone_cubic(jnp.log(strength_days), np.log(self.strength_days), values)
        values = monotone_cubic(jnp.log(reach_mm), np.log(self.reach_mm), jnp.moveaxis(values, 1, -1))
        values = monotone_cubic(jnp.log(radius_mm), np.log(self.radius_mm), jnp.moveaxis(values, 1, -1))
        # Each density was interpolated by itself: where two are all but the same, their order may be lost.
        return lax.cummax(values, axis=1)

    def at_density(
        self, by_density: Float[Array, "draw density"], channels_per_cm2: Float[Array, " draw"]
    ) -> Float[Array, " draw"]:
        """Return the ratio at one density for each draw, from the ratios at the densities of the table."""
        nodes = np.log1p(self.channels_per_cm2 / DENSITY_SCALE_PER_CM2)
        return monotone_cubic(jnp.log1p(channels_per_cm2 / DENSITY_SCALE_PER_CM2), nodes, by_density)


@cache
def read_yield_table() -> YieldTable:
    """Return the table that is shipped. Raises BadInput where it is missing or is not the one that was made."""
    root = files("scarplan.response").joinpath("data")
    remedy = "run studies/yield_table.py, or install the package again"
    try:
        data, about = root.joinpath(ARRAYS).read_bytes(), json.loads(root.joinpath(ABOUT).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(
            "there is no yield table that can be read", code="E-RESP-023", got=f"{root}: {error}", do=remedy
        ) from error
    if about["sha256"][ARRAYS] != hash_bytes(data):
        raise BadInput(
            "the yield table is not the one that was made: its hash differs",
            code="E-RESP-024",
            got=str(root.joinpath(ARRAYS)),
            allowed=f"the file whose SHA-256 stands in {ABOUT}",
            do=remedy,
        )
    with np.load(io.BytesIO(data)) as arrays:
        held = {name: arrays[name] for name in ("strength_days", "reach_mm", "radius_mm", "channels_per_cm2", "ratio")}
    return YieldTable(**held, about=about)
