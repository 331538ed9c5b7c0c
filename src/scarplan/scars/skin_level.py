"""The skin under a scar: the most probable smooth surface given the skin around it.

With scar-free skin as a Gaussian field of known spectrum, the expected surface b given the heights h on the unmasked
cells minimises  sum w (h - b)^2 + b' C^-1 b  (kriging on a grid). Conjugate gradients solve A b = w h, A = w + C^-1.

Two things precondition them. Where the skin is seen, A is nearly (1 + C^-1): diagonal as waves. Under a mask it is
C^-1 alone, whose slow waves would take hundreds of steps; there the inverse, C cut off at waves longer than scars, is
applied to what lies inside the masks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from scarplan.scars.grids import Grid
from scarplan.scars.skin_spectrum import SkinSpectrum
from scarplan.surface.waves import fast_length, frequencies_per_mm, from_waves, sum_of_products, times_counted, to_waves

if TYPE_CHECKING:
    from jaxtyping import Float

#: Empty rim around the map, so that opposite edges do not see each other through the periodic transform.
_PADDING_MM = 10.0
_MOST_ITERATIONS = 60
#: Stop when the error has fallen to this part of the level, in the measure of the problem itself: the level under
#: broad scars is then within about a micrometre. While finds still come and go, less will do.
TOLERANCE, ROUGH_TOLERANCE = 1e-4, 3e-4
#: Under masks the preconditioner leaves waves longer than this to the search itself; it takes effect where a mask
#: is wider than this smoothing, in cells.
_LONGEST_WAVE_MM, _MASK_SMOOTHING = 6.0, 0.8


@dataclass(frozen=True)
class LevelSolver:
    """Solves for the skin level on one grid; keeps what does not change from one mask to the next.

    inverse_density, seen, hidden    as packed waves (`waves`): C^-1, and the inverses used where skin is seen and under
                                     masks
    """

    grid: Grid
    padded: tuple[int, int]
    inverse_density: Float[np.ndarray, "y x"]
    seen: Float[np.ndarray, "y x"]
    hidden: Float[np.ndarray, "y x"]
    data_precision: float


def make_solver(grid: Grid, spectrum: SkinSpectrum) -> LevelSolver:
    """Return the solver of `grid` for skin of `spectrum`."""
    pad = int(np.ceil(_PADDING_MM / grid.pixel_mm))
    padded = fast_length(grid.shape[0] + pad), fast_length(grid.shape[1] + pad)
    cell_area = grid.pixel_mm**2
    inverse = cell_area / spectrum.density_mm4(frequencies_per_mm(padded, grid.pixel_mm))
    # Waves shorter than two cells fold into white noise of a cell.
    short = np.geomspace(0.5 / grid.pixel_mm, 20.0, 64)
    folded = np.trapezoid(spectrum.density_mm4(short) * np.sinc(short * grid.pixel_mm) ** 2 * 2 * np.pi * short, short)
    precision = 1 / (spectrum.noise_mm4 / cell_area + max(float(folded), 0.0) + 1e-9)
    longest = cell_area / float(spectrum.density_mm4(np.array(1 / _LONGEST_WAVE_MM)))
    # Single precision: a few nanometres in the level, in two thirds of the time.
    inverse, seen, hidden = (
        one.astype(np.float32) for one in (inverse, 1 / (inverse + precision), 1 / (inverse + longest))
    )
    return LevelSolver(grid, padded, inverse, seen, hidden, precision)


def solve_level(
    solver: LevelSolver,
    height_mm: np.ndarray,
    weight: np.ndarray,
    *,
    start: np.ndarray | None = None,
    tolerance: float = TOLERANCE,
) -> Float[np.ndarray, "y x"]:
    """Return the padded skin level given heights and weights (0 = masked) on the grid; crop with `crop`."""
    w, h = np.zeros(solver.padded, np.float32), np.zeros(solver.padded, np.float32)
    w[: weight.shape[0], : weight.shape[1]] = weight
    h[: weight.shape[0], : weight.shape[1]] = height_mm
    masked = np.clip(2 * cv2.GaussianBlur(1 - w, (0, 0), _MASK_SMOOTHING) - 1, 0, 1)
    w *= np.float32(solver.data_precision)
    counted = times_counted(solver.padded).astype(np.float32)

    # All vectors are kept as packed waves.
    right = to_waves(w * h)
    b = np.zeros_like(right) if start is None else to_waves(start)
    residual = right - _apply(solver, w, b)
    z = _precondition(solver, masked, residual)
    direction, rho = z.copy(), _dot(residual, z, counted)
    goal = tolerance**2 * _dot(right, _precondition(solver, masked, right), counted)
    for _ in range(_MOST_ITERATIONS):
        if rho <= goal:
            break
        image = _apply(solver, w, direction)
        step = rho / _dot(direction, image, counted)
        b += np.float32(step) * direction
        image *= np.float32(step)
        residual -= image
        z = _precondition(solver, masked, residual)
        rho, before = _dot(residual, z, counted), rho
        direction *= np.float32(rho / before)
        direction += z
    return from_waves(b)


def crop(solver: LevelSolver, level: np.ndarray) -> np.ndarray:
    """Return the part of a padded level that lies on the grid."""
    return level[: solver.grid.shape[0], : solver.grid.shape[1]]


def _apply(solver: LevelSolver, w: np.ndarray, waves: np.ndarray) -> np.ndarray:
    image = from_waves(waves)
    image *= w
    image = to_waves(image)
    image += solver.inverse_density * waves
    return image


def _precondition(solver: LevelSolver, masked: np.ndarray, waves: np.ndarray) -> np.ndarray:
    inside = from_waves(waves)
    inside *= masked
    inside = to_waves(inside)
    inside *= solver.hidden
    inside = from_waves(inside)
    inside *= masked
    found = to_waves(inside)
    found += solver.seen * waves
    return found


def _dot(one: np.ndarray, other: np.ndarray, counted: np.ndarray) -> float:
    return sum_of_products(one * counted, other)
