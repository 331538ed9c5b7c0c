"""The outline of one scar: grown from its deepest place down the wall to a part of its depth, and no farther."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from scarplan.surface.filling import fill_enclosed

if TYPE_CHECKING:
    from jaxtyping import Bool, Float

#: Parts of the depth tried one after the other until the region no longer runs into the border of its allowance.
_LEVELS = (0.10, 0.14, 0.2, 0.28, 0.38, 0.5)
#: Part of the region's rim that may lie on the border of the allowance.
_LEAK = 0.08
#: An outline is sought within this many widths of the middle.
OUTLINE_REACH = 1.1
#: Smoothing before the outline is drawn, as part of the width.
_SMOOTHING = 0.05
#: An outline drawn at this part of the depth or more ran over: its scar may be wider than its template. It is drawn
#: once more about its own middle, this much wider than it is; a find deeper than that by this factor is another scar.
_RAN_OVER, _WIDER, _MOST_DEEPER = 0.28, 1.2, 1.2
#: Cells that are seen less than this are no skin.
SEEN = 0.3
#: A floor: deeper than this part of the depth, and at least this part of the outline.
_FLOOR_LEVEL, _FLOOR_PART = 0.6, 0.1
#: Neighbours of a cell: all eight with itself, and the four beside it; what marks a filled region.
_SQUARE, _CROSS, _FILLED = np.ones((3, 3), np.uint8), cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3)), 2


@dataclass(frozen=True)
class Outline:
    """A region inside a window of a grid: `rows`, `columns` slices, `inside` [y x], `depth_mm` its depth there."""

    rows: slice
    columns: slice
    inside: Bool[np.ndarray, "y x"]
    depth_mm: float
    level: float

    def moved(self, rows: int, columns: int) -> Outline:
        """Return the same outline on a grid whose origin lies so many rows and columns before."""
        return replace(
            self,
            rows=slice(self.rows.start + rows, self.rows.stop + rows),
            columns=slice(self.columns.start + columns, self.columns.stop + columns),
        )

    def paint(self, image: np.ndarray, value: int | bool) -> None:
        """Write `value` into `image` inside the region."""
        image[self.rows, self.columns][self.inside] = value


def window_around(shape: tuple[int, int], row: float, column: float, reach: float) -> tuple[slice, slice]:
    """Return slices of a square window clipped to `shape` (all in pixels)."""
    rows = slice(max(0, int(np.floor(row - reach))), min(shape[0], int(np.ceil(row + reach)) + 1))
    columns = slice(max(0, int(np.floor(column - reach))), min(shape[1], int(np.ceil(column + reach)) + 1))
    return rows, columns


def draw_whole_outline(
    drop_mm: Float[np.ndarray, "y x"],
    weight: Float[np.ndarray, "y x"],
    taken: Bool[np.ndarray, "y x"],
    *,
    sign: int,
    row: float,
    column: float,
    width: float,
    noise_mm: float,
) -> Outline | None:
    """Return the region of one scar on a whole map, also where it is wider than its template; else as `draw_outline`.

    weight   how much of each cell is seen, 0-1 [y x]
    taken    cells of other scars [y x]
    """

    def draw(row: float, column: float, width: float) -> Outline | None:
        rows, columns = window_around(drop_mm.shape, row, column, OUTLINE_REACH * width + 4)
        free = ~taken[rows, columns] & (weight[rows, columns] > SEEN)
        outline = draw_outline(
            sign * drop_mm[rows, columns], free,
            row=row - rows.start, column=column - columns.start, width=width, noise_mm=noise_mm,
        )  # fmt: skip
        return None if outline is None else outline.moved(rows.start, columns.start)

    outline = draw(row, column, width)
    if outline is None or outline.level < _RAN_OVER:
        return outline
    wide = _WIDER * 2 * float(np.sqrt(outline.inside.sum() / np.pi))
    if wide <= width:
        return outline
    down, across = (float(at.mean()) for at in np.nonzero(outline.inside))
    wider = draw(outline.rows.start + down, outline.columns.start + across, wide)
    return (
        wider if wider is not None and _is_whole(wider, outline, sign * drop_mm[wider.rows, wider.columns]) else outline
    )


def _is_whole(wider: Outline, before: Outline, drop_mm: np.ndarray) -> bool:
    """Whether a scar drawn wider ends at its rim, and took in no other scar."""
    # The deepest part of what lies around is another scar's.
    if wider.level >= before.level or wider.depth_mm > _MOST_DEEPER * before.depth_mm:
        return False
    return count_floors(drop_mm, wider) == 1


def draw_outline(
    drop_mm: Float[np.ndarray, "y x"],
    free: Bool[np.ndarray, "y x"],
    *,
    row: float,
    column: float,
    width: float,
    noise_mm: float,
) -> Outline | None:
    """Return the region of one scar, or None where nothing stands out.

    drop_mm      how far the surface lies below the skin level (turned over for a bump) [y x]
    free         pixels that no other scar has taken [y x]
    row, column, width   where the candidate sits and how wide it is, pixels
    noise_mm     deviation of the skin around; the outline never goes below it
    """
    rows, columns = window_around(drop_mm.shape, row, column, OUTLINE_REACH * width + 3)
    free_here = free[rows, columns]
    y = np.arange(rows.start, rows.stop)[:, None] - row
    x = np.arange(columns.start, columns.stop)[None] - column
    squared = y * y + x * x
    allowed = free_here & (squared < (0.95 * width + 1) ** 2)
    core = free_here & (squared < max(0.3 * width, 1.5) ** 2)
    if not core.any():
        return None
    smooth = smooth_inside(drop_mm[rows, columns], free_here, max(_SMOOTHING * width, 0.4))
    depth = float(np.sort(smooth[core])[-max(1, core.sum() // 20) :].mean())
    if depth <= noise_mm:
        return None
    peak = np.unravel_index(np.argmax(np.where(core, smooth, -np.inf)), smooth.shape)
    border = 0.95 * width - 2
    at_border = squared > border * abs(border)
    for level in _LEVELS:
        inside = _component(allowed & (smooth > max(level * depth, 0.8 * noise_mm)), peak)
        if inside is not None and _leak(inside, at_border) <= _LEAK:
            break
    if inside is None:
        return None
    return Outline(rows, columns, fill_enclosed(inside) & free_here, depth, level)


def count_floors(drop_mm: Float[np.ndarray, "y x"], outline: Outline) -> int:
    """Return how many parts of an outline, each a good part of it, are deep and are parted by what is less deep."""
    smooth = cv2.GaussianBlur(np.asarray(drop_mm, np.float32), (0, 0), 1.0)
    deep = outline.inside & (smooth > _FLOOR_LEVEL * outline.depth_mm)
    _, _, about, _ = cv2.connectedComponentsWithStats(deep.view(np.uint8), connectivity=4)
    return int((about[1:, cv2.CC_STAT_AREA] > _FLOOR_PART * outline.inside.sum()).sum())


def smooth_inside(values: np.ndarray, known: np.ndarray, sigma: float) -> np.ndarray:
    """Return `values` smoothed by a Gaussian over the known pixels only."""
    if known.all():
        return cv2.GaussianBlur(values, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE).astype(np.float64)
    above = cv2.GaussianBlur(np.where(known, values, 0.0), (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    below = cv2.GaussianBlur(known.astype(np.float64), (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    return above / np.maximum(below, 1e-3)


def _component(mask: np.ndarray, peak: tuple) -> np.ndarray | None:
    whole = mask.view(np.uint8)
    opened = cv2.morphologyEx(whole, cv2.MORPH_OPEN, _SQUARE)
    if not opened[peak]:
        if not whole[peak]:
            return None
        opened = whole.copy()
    cv2.floodFill(opened, None, (int(peak[1]), int(peak[0])), _FILLED, flags=4)
    return opened == _FILLED


def _leak(inside: np.ndarray, at_border: np.ndarray) -> float:
    """Return the part of the rim of a region that lies at the border of what it may fill."""
    core = cv2.erode(inside.view(np.uint8), _CROSS, borderType=cv2.BORDER_CONSTANT, borderValue=0).view(bool)
    rim = inside & ~core
    return float(np.count_nonzero(rim & at_border)) / max(np.count_nonzero(rim), 1)
