"""The skin under a scar: the most probable smooth surface given the skin around it.

With scar-free skin as a Gaussian field of known spectrum, the expected surface b given the heights h on the unmasked
pixels minimises  sum w (h - b)^2 + b' C^-1 b  (kriging on a grid). Conjugate gradients solve it; the spectrum is
diagonal after a Fourier transform, which also preconditions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import fft

from scarplan.scars.grids import Grid
from scarplan.scars.skin_spectrum import SkinSpectrum, frequencies_per_mm

if TYPE_CHECKING:
    from jaxtyping import Float

#: Empty rim around the map, so that opposite edges do not see each other through the periodic transform.
_PADDING_MM = 10.0
_MOST_ITERATIONS = 200
#: Stop when the residual has fallen to this part of the right-hand side. Ten times more leaves the level under broad
#: scars half way down to where it started from, in the scar.
_TOLERANCE = 2e-5


@dataclass(frozen=True)
class LevelSolver:
    """Solves for the skin level on one grid; keeps what does not change from one mask to the next."""

    grid: Grid
    padded: tuple[int, int]
    inverse_density: Float[np.ndarray, "y x"]
    data_precision: float


def make_solver(grid: Grid, spectrum: SkinSpectrum) -> LevelSolver:
    """Return the solver of `grid` for skin of `spectrum`."""
    pad = int(np.ceil(_PADDING_MM / grid.pixel_mm))
    padded = fft.next_fast_len(grid.shape[0] + pad, real=True), fft.next_fast_len(grid.shape[1] + pad, real=True)
    f = frequencies_per_mm(padded, grid.pixel_mm)
    cell_area = grid.pixel_mm**2
    density = spectrum.density_mm4(f) / cell_area
    # Waves shorter than two cells fold into white noise of a cell.
    short = np.geomspace(0.5 / grid.pixel_mm, 20.0, 64)
    folded = np.trapezoid(spectrum.density_mm4(short) * np.sinc(short * grid.pixel_mm) ** 2 * 2 * np.pi * short, short)
    noise = spectrum.noise_mm4 / cell_area + max(float(folded), 0.0) + 1e-9
    return LevelSolver(grid, padded, 1 / density, 1 / noise)


def solve_level(
    solver: LevelSolver, height_mm: np.ndarray, weight: np.ndarray, *, start: np.ndarray | None = None
) -> Float[np.ndarray, "y x"]:
    """Return the padded skin level given heights and weights (0 = masked) on the grid; crop with `crop`."""
    w = np.zeros(solver.padded)
    w[: weight.shape[0], : weight.shape[1]] = weight * solver.data_precision
    h = np.zeros(solver.padded)
    h[: weight.shape[0], : weight.shape[1]] = height_mm
    preconditioner = 1 / (solver.inverse_density + solver.data_precision * max(float(weight.mean()), 1e-3))
    twice = _waves_counted_twice(solver.padded)

    # All vectors are kept as waves: one transform there and one back an iteration, instead of two of each.
    right = _to_waves(w * h)
    b = np.zeros_like(right) if start is None else _to_waves(start)
    residual = right - _apply(solver, w, b)
    z = residual * preconditioner
    direction, rho = z, _dot(residual, z, twice)
    goal = _TOLERANCE**2 * _dot(right, right * preconditioner, twice)
    for _ in range(_MOST_ITERATIONS):
        if rho <= goal:
            break
        image = _apply(solver, w, direction)
        step = rho / _dot(direction, image, twice)
        b = b + step * direction
        residual = residual - step * image
        z = residual * preconditioner
        rho, before = _dot(residual, z, twice), rho
        direction = z + (rho / before) * direction
    return fft.irfft2(b, s=solver.padded)


def crop(solver: LevelSolver, level: np.ndarray) -> np.ndarray:
    """Return the part of a padded level that lies on the grid."""
    return level[: solver.grid.shape[0], : solver.grid.shape[1]]


def _apply(solver: LevelSolver, w: np.ndarray, b: np.ndarray) -> np.ndarray:
    return _to_waves(w * fft.irfft2(b, s=solver.padded)) + solver.inverse_density * b


def _to_waves(x: np.ndarray) -> np.ndarray:
    # One worker: on grids of this size a second thread costs more than it brings.
    return fft.rfft2(x)


def _waves_counted_twice(shape: tuple[int, int]) -> np.ndarray:
    """Return the weight of each column of a half spectrum in a sum over the whole one."""
    twice = np.full(shape[1] // 2 + 1, 2.0)
    twice[0] = 1.0
    if shape[1] % 2 == 0:
        twice[-1] = 1.0
    return twice


def _dot(one: np.ndarray, other: np.ndarray, twice: np.ndarray) -> float:
    products = np.real(one) * np.real(other) + np.imag(one) * np.imag(other)
    return float(products.sum(0) @ twice)
