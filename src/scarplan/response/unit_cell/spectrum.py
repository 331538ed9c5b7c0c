"""Waves of the box, in which diffusion is diagonal: Fourier sideways, cosines over the depth.

Loss at the top or at the fat (a Robin border) couples the cosines; the coupled operator is a small symmetric matrix,
and its eigenvectors take their place (Galerkin; without loss they are the cosines again). Every wave then decays at a
rate of its own, so any time can be reached in one exact step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

if TYPE_CHECKING:
    from scarplan.response.unit_cell.box import Box

Waves = Complex[Array, "mode y kx"]


class Spectrum(eqx.Module):
    """Waves of a box for one diffusing substance.

    over_depth   rows are the waves over the depth, orthonormal [mode z]
    rate_depth   decay of each by diffusion and loss, 1/day [mode]
    rate_y, rate_x   decay of the waves sideways by diffusion, 1/day [y], [kx]
    """

    over_depth: Float[Array, "mode z"]
    rate_depth: Float[Array, " mode"]
    rate_y: Float[Array, " y"]
    rate_x: Float[Array, " kx"]

    @property
    def across(self) -> int:
        """Voxels along the width."""
        return self.rate_y.shape[0]

    def to_waves(self, field: Float[Array, "z y x"]) -> Waves:
        """Return the waves of a field."""
        return jnp.fft.rfft2(_times(self.over_depth, field))

    def to_field(self, waves: Waves) -> Float[Array, "z y x"]:
        """Return the field of waves."""
        sideways = jnp.fft.irfft2(waves, s=(self.across, self.across))
        return _times(self.over_depth.T, sideways)

    def decay(self, days: Float[Array, ""]) -> Float[Array, "mode y kx"]:
        """Return the factor by which diffusion and loss lessen each wave over `days`; no exponential per wave."""
        z, y, x = (jnp.exp(-rate * days) for rate in (self.rate_depth, self.rate_y, self.rate_x))
        return z[:, None, None] * y[:, None] * x

    @property
    def nothing(self) -> Waves:
        """The waves of an empty field."""
        return self.to_waves(jnp.zeros((self.over_depth.shape[1], self.across, self.across), self.rate_y.dtype))

    @property
    def rate(self) -> Float[Array, "mode y kx"]:
        """Decay of each wave by diffusion and loss, 1/day."""
        return self.rate_depth[:, None, None] + self.rate_y[:, None] + self.rate_x


def spectrum_of(
    box: Box, *, diffusion: float, top_loss: float = 0.0, bottom_loss: float = 0.0, dtype: np.dtype
) -> Spectrum:
    """Return the waves of a box. `diffusion` in mm2/day; losses at top and bottom in mm/day (flux per level)."""
    number = np.arange(box.layers)
    cosines = np.cos(np.pi * np.outer(number, (np.arange(box.layers) + 0.5) / box.layers))
    cosines *= np.where(number == 0, np.sqrt(1.0 / box.layers), np.sqrt(2.0 / box.layers))[:, None]
    at_top = np.where(number == 0, np.sqrt(1.0 / box.depth_mm), np.sqrt(2.0 / box.depth_mm))
    at_bottom = at_top * (-1.0) ** number
    operator = np.diag(diffusion * (np.pi * number / box.depth_mm) ** 2)
    operator += top_loss * np.outer(at_top, at_top) + bottom_loss * np.outer(at_bottom, at_bottom)
    rate, vectors = np.linalg.eigh(operator)
    around = 2.0 * np.pi / box.voxel_mm
    waves_y, waves_x = np.fft.fftfreq(box.across), np.fft.rfftfreq(box.across)
    return Spectrum(
        over_depth=jnp.asarray(vectors.T @ cosines, dtype),
        # Rounding may put the rate of the uniform wave below 0.
        rate_depth=jnp.asarray(np.maximum(rate, 0.0), dtype),
        rate_y=jnp.asarray(diffusion * (around * waves_y) ** 2, dtype),
        rate_x=jnp.asarray(diffusion * (around * waves_x) ** 2, dtype),
    )


def _times(matrix: Float[Array, "a z"], field: Float[Array, "z y x"]) -> Float[Array, "a y x"]:
    return (matrix @ field.reshape(field.shape[0], -1)).reshape(-1, *field.shape[1:])
