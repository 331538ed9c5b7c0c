"""The skin under a scar: the most probable smooth surface given the skin around it.

With scar-free skin as a Gaussian field of known spectrum, the expected surface b given the heights h on the unmasked
cells minimises  sum w (h - b)^2 + b' C^-1 b  (kriging on a grid): (p w + C^-1) b = p w h, p the precision of a cell.

Written with what is hidden, n = 1 - w, it is  b = S (w h + n b)  with  S = p (p + C^-1)^-1,  diagonal as waves. So only
u = n^1/2 b is sought, by conjugate gradients:  (1 - n^1/2 S n^1/2) u = n^1/2 S w h.  Where much is hidden the inverse
of that is nearly 1 + p C; it preconditions, with C cut off at waves longer than scars, inside the masks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from scarplan.scars.grids import Grid
from scarplan.scars.skin_spectrum import SkinSpectrum
from scarplan.surface.waves import fast_length, frequencies_per_mm, from_waves, sum_of_products, to_waves

if TYPE_CHECKING:
    from jaxtyping import Float

#: Empty rim around the map, so that opposite edges do not see each other through the periodic transform.
_PADDING_MM = 8.0
_MOST_ITERATIONS = 60
#: Stop when the error has fallen to this part of the level, in the measure of the problem itself: the level under
#: broad scars is then within about a micrometre. While finds still come and go, less will do.
TOLERANCE, ROUGH_TOLERANCE = 4e-4, 8e-4
#: Under masks the preconditioner leaves waves longer than this to the search itself; it takes effect where a mask
#: is wider than this smoothing, in cells.
_LONGEST_WAVE_MM, _MASK_SMOOTHING = 6.0, 0.8


@dataclass(frozen=True)
class LevelSolver:
    """Solves for the skin level on one grid; keeps what does not change from one mask to the next.

    seen, hidden    as packed waves (`waves`), for transforms back that are not scaled: S, and p C of the waves that
                    are not too long
    """

    grid: Grid
    padded: tuple[int, int]
    seen: Float[np.ndarray, "y x"]
    hidden: Float[np.ndarray, "y x"]


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
    seen, hidden = ((precision / (inverse + other) / inverse.size).astype(np.float32) for other in (precision, longest))
    return LevelSolver(grid, padded, seen, hidden)


def solve_level(
    solver: LevelSolver,
    height_mm: np.ndarray,
    weight: np.ndarray,
    *,
    start: np.ndarray | None = None,
    tolerance: float = TOLERANCE,
) -> Float[np.ndarray, "y x"]:
    """Return the padded skin level given heights and weights (0 = masked) on the grid; crop with `crop`."""
    rows, columns = weight.shape
    hidden, seen_mm = np.ones(solver.padded, np.float32), np.zeros(solver.padded, np.float32)
    hidden[:rows, :columns] -= weight
    np.maximum(hidden, 0, out=hidden)
    seen_mm[:rows, :columns] = weight * height_mm
    wide = np.clip(2 * cv2.GaussianBlur(hidden, (0, 0), _MASK_SMOOTHING) - 1, 0, 1)
    root = np.sqrt(hidden)

    right = root * _convolve(seen_mm, solver.seen)
    u = root * (_continue(seen_mm.copy(), solver.grid.shape) if start is None else start)
    residual = right - _apply(solver, root, u)
    z = _precondition(solver, wide, residual)
    direction, rho = z.copy(), sum_of_products(residual, z)
    goal = tolerance**2 * sum_of_products(right, _precondition(solver, wide, right))
    for _ in range(_MOST_ITERATIONS):
        if rho <= goal:
            break
        image = _apply(solver, root, direction)
        step = np.float32(rho / sum_of_products(direction, image))
        u += step * direction
        image *= step
        residual -= image
        z = _precondition(solver, wide, residual)
        rho, before = sum_of_products(residual, z), rho
        direction *= np.float32(rho / before)
        direction += z
    u *= root
    u += seen_mm
    return _convolve(u, solver.seen)


def crop(solver: LevelSolver, level: np.ndarray) -> np.ndarray:
    """Return the part of a padded level that lies on the grid."""
    return level[: solver.grid.shape[0], : solver.grid.shape[1]]


def _apply(solver: LevelSolver, root: np.ndarray, u: np.ndarray) -> np.ndarray:
    image = _convolve(root * u, solver.seen)
    image *= root
    return np.subtract(u, image, out=image)


def _precondition(solver: LevelSolver, wide: np.ndarray, residual: np.ndarray) -> np.ndarray:
    found = _convolve(wide * residual, solver.hidden)
    found *= wide
    found += residual
    return found


def _convolve(map_mm: np.ndarray, gain: np.ndarray) -> np.ndarray:
    waves = to_waves(map_mm)
    waves *= gain
    return from_waves(waves, is_scaled=False)


def _continue(padded_mm: np.ndarray, inside: tuple[int, int]) -> np.ndarray:
    """Return a padded map whose rim fades from each edge of the map to the opposite one."""
    for axis in (0, 1):
        values = np.moveaxis(padded_mm, axis, 0)
        rim = len(values) - inside[axis]
        t = (np.arange(rim, dtype=np.float32)[:, None] + 0.5) / max(rim, 1)
        values[inside[axis] :] = values[inside[axis] - 1] * (1 - t) + values[0] * t
    return padded_mm
