"""A displacement image on a mesh: how far the skin stands out along the smooth normal of the mesh."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Float

# Whole grey levels are rounded heights: between them the skin is smooth over about this many texels.
_ROUNDED_OVER_TEXELS = 1.0


@dataclass(frozen=True)
class Displacement:
    """Grey levels [row column], first row on top (v = 1), and the height of one grey level.

    The neutral grey is the median: a displacement has an arbitrary offset, which moves all of the skin alike.
    """

    grey: np.ndarray
    mm_per_level: float

    @cached_property
    def levels(self) -> Float[np.ndarray, "row column"]:
        """Grey levels around the neutral one; whole levels are made smooth, each within half a level of itself."""
        levels = self.grey.astype(np.float32)
        if self.grey.dtype.kind in "iu":
            smooth = cv2.GaussianBlur(levels, (0, 0), _ROUNDED_OVER_TEXELS)
            np.clip(smooth, levels - np.float32(0.5), levels + np.float32(0.5), out=levels)
        levels -= np.float32(_median(self.grey))
        return levels

    @cached_property
    def _repeated(self) -> Float[np.ndarray, " texel"]:
        """Levels in one row, each row and the last followed by what comes next when the image repeats."""
        return np.pad(self.levels, ((0, 1), (0, 1)), mode="wrap").ravel()

    def prepare(self) -> None:
        """Make what sampling needs, once, before several charts ask for it at the same time."""
        _ = self._repeated

    def sample_mm(self, u: Float[np.ndarray, " n"], v: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        """Return the displacement at texture coordinates (v upwards, repeating), bilinear, mm, single precision."""
        rows, columns = self.levels.shape
        x = u * np.float32(columns) - np.float32(0.5)
        y = np.float32(rows - 0.5) - v * np.float32(rows)
        x0, y0 = np.floor(x), np.floor(y)
        right, down = x - x0, y - y0
        first = (y0.astype(np.int64) % rows) * (columns + 1) + x0.astype(np.int64) % columns
        upper_left, upper_right, lower_left, lower_right = (
            self._repeated.take(first + step) for step in (0, 1, columns + 1, columns + 2)
        )
        top = upper_left + (upper_right - upper_left) * right
        bottom = lower_left + (lower_right - lower_left) * right
        return (top + (bottom - top) * down) * np.float32(self.mm_per_level)


def _median(grey: np.ndarray) -> float:
    """Return the median of `grey`; of whole levels by counting them."""
    if grey.dtype != np.uint8:
        return float(np.median(grey))
    upto = np.cumsum(np.bincount(grey.ravel(), minlength=256))
    middle = np.searchsorted(upto, [(grey.size - 1) // 2, grey.size // 2], side="right")
    return float(middle.mean())
