"""The box of skin: periodic sideways, from the top of the dermis down to the fat."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from scarplan.errors import BadInput


@dataclass(frozen=True)
class Box:
    """A box of dermis cut into equal voxels.

    width_mm   length and width; the skin repeats itself beyond them
    depth_mm   from the top of the dermis to the fat
    across     voxels along the length, and along the width
    layers     voxels over the depth
    """

    width_mm: float
    depth_mm: float
    across: int
    layers: int

    def __post_init__(self) -> None:
        is_right = all(math.isfinite(size) and size > 0.0 for size in (self.width_mm, self.depth_mm))
        if not is_right or self.across < 1 or self.layers < 1:
            raise BadInput(
                "a unit cell of this size cannot be made",
                code="E-RESP-020",
                got=f"{self.width_mm} x {self.width_mm} x {self.depth_mm} mm, "
                f"{self.across} x {self.across} x {self.layers} voxels",
                allowed="sizes above 0, and at least 1 voxel each way",
                do="give a larger box or more voxels",
            )

    @property
    def voxel_mm(self) -> float:
        """Length and width of a voxel."""
        return self.width_mm / self.across

    @property
    def layer_mm(self) -> float:
        """Height of a voxel."""
        return self.depth_mm / self.layers

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of a field, [z y x]."""
        return self.layers, self.across, self.across

    @property
    def edges_mm(self) -> Float[np.ndarray, " k"]:
        """Borders of the layers, mm below the top of the dermis."""
        return np.linspace(0.0, self.depth_mm, self.layers + 1)


def box_for(channels: int, *, per_mm2: float, depth_mm: float, layers: int, across: int) -> Box:
    """Return the box whose top holds `channels` channels at a density of `per_mm2`."""
    if channels < 1 or not per_mm2 > 0.0:
        raise BadInput(
            "a unit cell needs at least one channel",
            code="E-RESP-021",
            got=f"{channels} channels at {per_mm2} per mm2",
            allowed="1 channel or more, and a density above 0",
            do="give more channels, or a density",
        )
    return Box(math.sqrt(channels / per_mm2), depth_mm, across, layers)
