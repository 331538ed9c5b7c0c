"""Where does one chart lie on the other? All turns and shifts are tried, by the correlation of the relief.

The relief between pores and the form of the face (scars, furrows, undulation) is one of a kind. It is correlated by
Fourier transform for every turn in steps; what was not seen counts neither for nor against (Padfield 2012).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float
from scipy import fft

from scarplan.evidence.library import value_of
from scarplan.surface.surface import Surface
from scarplan.visits.bands import band_of, robust_sd
from scarplan.visits.poses import Rigid, turn_and_shift

#: Cells of the search across the finer scale of the relief, and deviations beyond which relief is cut: a deep scar
#: that has changed must not decide alone.
_CELLS_PER_SIGMA, _CUT = 1.5, 2.5
#: A turn that is off by half a step moves the border of the chart by this many fine scales.
_BORDER_SHIFT = 2.0
#: How many places are looked at for each turn and handed on in all, and how near (in cells) two of them are one.
_MOST_PEAKS, _MOST_PLACES, _SAME_CELLS = 3, 6, 3.0


@dataclass(frozen=True)
class Place:
    """One way to lay the follow-up over the baseline: its pose, correlation of relief, and overlap in mm2."""

    pose: Rigid
    correlation: float
    overlap_mm2: float


@dataclass(frozen=True)
class _Picture:
    """Relief of a chart between two scales on a coarse grid, cut at a few deviations, 0 where not seen."""

    relief: Float[np.ndarray, "y x"]
    seen: Float[np.ndarray, "y x"]
    cell_mm: float
    offset_mm: float


def search_places(before: Surface, after: Surface) -> list[Place]:
    """Return where `after` may lie on `before`, the most convincing first (no tilt yet, heights level in the mean)."""
    fine_mm = float(value_of("visits.search_fine_mm"))
    cell_mm = fine_mm / _CELLS_PER_SIGMA
    one, two = (_picture(chart, cell_mm=cell_mm) for chart in (before, after))
    shape = tuple(fft.next_fast_len(a + _diagonal(two.relief.shape), real=True) for a in one.relief.shape)
    still = [fft.rfft2(image, shape) for image in (one.relief, one.relief**2, one.seen)]
    least_cells = float(value_of("visits.least_overlap_cm2")) * 100.0 / cell_mm**2
    half_step = min(np.radians(4.0), _BORDER_SHIFT * fine_mm / (0.5 * cell_mm * _diagonal(two.relief.shape)))
    found: list[tuple[float, float, float, float, int, int]] = []
    for turn in np.arange(0.0, 2 * np.pi, 2 * half_step):
        score, correlation, overlap = _correlate(still, _turned(two, turn), shape, least_cells)
        for row, column in _find_peaks(score):
            told, agree, shared = (float(image[row, column]) for image in (score, correlation, overlap))
            found.append((told, agree, shared, float(turn), row, column))
    found.sort(key=lambda place: -place[0])
    places: list[Place] = []
    for _, correlation, overlap, turn, row, column in found:
        down, right = (
            i - n if i > n - _diagonal(two.relief.shape) else i for i, n in zip((row, column), shape, strict=True)
        )
        pose = _pose(one, two, turn, down=down, right=right)
        if all(_differs(pose, other.pose, cell_mm) for other in places):
            places.append(Place(pose, correlation, overlap * cell_mm**2))
        if len(places) == _MOST_PLACES:
            break
    return places


def _picture(surface: Surface, *, cell_mm: float) -> _Picture:
    pixel = surface.pixel_mm
    fine, broad = (float(value_of(f"visits.search_{name}_mm")) / pixel for name in ("fine", "broad"))
    seen = surface.valid & np.isfinite(surface.relief_mm)
    # Heights of a face span many mm; what matters is small, so the middle is taken off first.
    height = np.where(seen, surface.relief_mm, 0.0) - (np.median(surface.relief_mm[seen]) if seen.any() else 0.0)
    band = band_of(height, seen, fine=fine, broad=broad)
    thin = max(1, round(cell_mm / pixel))
    step = cell_mm / pixel
    rows, columns = (np.arange(thin // 2, n, step) for n in surface.shape)
    grid = np.meshgrid(columns.astype(np.float32), rows.astype(np.float32))
    small = cv2.remap(band.astype(np.float32), *grid, interpolation=cv2.INTER_LINEAR)
    there = cv2.remap(seen.astype(np.float32), *grid, interpolation=cv2.INTER_LINEAR) > 0.99
    limit = _CUT * robust_sd(small[there])
    return _Picture(
        np.where(there, np.clip(small, -limit, limit), 0.0), there.astype(np.float64), cell_mm, thin // 2 * pixel
    )


def _turned(picture: _Picture, turn: float) -> tuple[np.ndarray, np.ndarray]:
    """Return relief and mask turned about the middle, on a square that holds every turn."""
    side = _diagonal(picture.relief.shape)
    rows, columns = picture.relief.shape
    cos, sin = np.cos(turn), np.sin(turn)
    middle_x, middle_y, half = (columns - 1) / 2, (rows - 1) / 2, (side - 1) / 2
    matrix = np.array(
        [[cos, -sin, half - cos * middle_x + sin * middle_y], [sin, cos, half - sin * middle_x - cos * middle_y]]
    )
    relief = cv2.warpAffine(picture.relief, matrix, (side, side), flags=cv2.INTER_LINEAR)
    seen = (cv2.warpAffine(picture.seen, matrix, (side, side), flags=cv2.INTER_LINEAR) > 0.99).astype(np.float64)
    return relief * seen, seen


def _correlate(
    still: list[np.ndarray], turned: tuple[np.ndarray, np.ndarray], shape: tuple[int, ...], least_cells: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return score, correlation and overlapping cells for every shift of the turned picture."""
    relief, seen = (np.conj(fft.rfft2(image, shape)) for image in turned)
    power = np.conj(fft.rfft2(turned[0] ** 2, shape))

    def back(wave: np.ndarray) -> np.ndarray:
        return fft.irfft2(wave, shape)

    cross, overlap = back(still[0] * relief), back(still[2] * seen)
    energy = np.maximum(back(still[1] * seen), 0.0) * np.maximum(back(still[2] * power), 0.0)
    enough = (overlap >= least_cells) & (energy > 1e-12 * max(float(energy.max()), 1e-300))
    correlation = np.where(enough, cross / np.sqrt(np.where(enough, energy, 1.0)), 0.0)
    # Chance correlates as one over the root of the overlap: more skin that agrees is worth more.
    return correlation * np.sqrt(np.maximum(overlap, 0.0)), correlation, overlap


def _find_peaks(score: np.ndarray) -> list[tuple[int, int]]:
    """Return the highest places of a map, none beside another."""
    left, peaks = score.copy(), []
    for _ in range(_MOST_PEAKS):
        row, column = (int(i) for i in np.unravel_index(int(left.argmax()), left.shape))
        peaks.append((row, column))
        near = int(_SAME_CELLS)
        left[max(0, row - near) : row + near + 1, max(0, column - near) : column + near + 1] = -np.inf
    return peaks


def _pose(one: _Picture, two: _Picture, turn: float, *, down: int, right: int) -> Rigid:
    rows, columns = two.relief.shape
    half = (_diagonal(two.relief.shape) - 1) / 2
    middle = np.array([(columns - 1) / 2, (rows - 1) / 2]) * two.cell_mm + two.offset_mm
    there = np.array([right + half, down + half]) * one.cell_mm + one.offset_mm
    pose = turn_and_shift(float(turn), (0.0, 0.0, 0.0))
    pose[:2, 3] = there - pose[:2, :2] @ middle
    return pose


def _diagonal(shape: tuple[int, ...]) -> int:
    return int(np.ceil(np.hypot(shape[0], shape[1]))) + 2


def _differs(one: Rigid, other: Rigid, cell_mm: float) -> bool:
    apart = float(np.abs(one[:2, 3] - other[:2, 3]).max())
    turned = float(np.abs(one[:2, :2] - other[:2, :2]).max())
    return apart > _SAME_CELLS * cell_mm or turned > 0.1
