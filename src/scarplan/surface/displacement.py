"""A displacement image on a mesh: how far the skin stands out along the smooth normal of the mesh."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
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
            levels = np.clip(smooth, levels - 0.5, levels + 0.5)
        return levels - np.median(self.grey).astype(np.float32)

    def sample_mm(self, uv: Float[np.ndarray, "n 2"]) -> Float[np.ndarray, " n"]:
        """Return the displacement at texture coordinates `uv` (v upwards, repeating), bilinear, mm."""
        rows, columns = self.levels.shape
        x = uv[:, 0] * columns - 0.5
        y = (1.0 - uv[:, 1]) * rows - 0.5
        x0, y0 = np.floor(x), np.floor(y)
        right, down = x - x0, y - y0
        left_column, top_row = x0.astype(np.int64) % columns, y0.astype(np.int64) % rows
        right_column, bottom_row = (left_column + 1) % columns, (top_row + 1) % rows
        top = self.levels[top_row, left_column] * (1 - right) + self.levels[top_row, right_column] * right
        bottom = self.levels[bottom_row, left_column] * (1 - right) + self.levels[bottom_row, right_column] * right
        return (top * (1 - down) + bottom * down) * self.mm_per_level
