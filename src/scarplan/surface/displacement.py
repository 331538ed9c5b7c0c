"""A displacement image on a mesh: how far the skin stands out along the smooth normal of the mesh."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True)
class Displacement:
    """Grey levels [row column], first row on top (v = 1), and the height of one grey level.

    The neutral grey is the median: a displacement has an arbitrary offset, which moves all of the skin alike.
    """

    grey: np.ndarray
    mm_per_level: float

    @cached_property
    def neutral(self) -> float:
        """The grey level of no displacement."""
        return float(np.median(self.grey))

    def sample_mm(self, uv: Float[np.ndarray, "n 2"]) -> Float[np.ndarray, " n"]:
        """Return the displacement at texture coordinates `uv` (v upwards, repeating), bilinear, mm."""
        rows, columns = self.grey.shape
        x = uv[:, 0] * columns - 0.5
        y = (1.0 - uv[:, 1]) * rows - 0.5
        x0, y0 = np.floor(x), np.floor(y)
        right, down = x - x0, y - y0
        left_column, top_row = x0.astype(np.int64) % columns, y0.astype(np.int64) % rows
        right_column, bottom_row = (left_column + 1) % columns, (top_row + 1) % rows
        top = self.grey[top_row, left_column] * (1 - right) + self.grey[top_row, right_column] * right
        bottom = self.grey[bottom_row, left_column] * (1 - right) + self.grey[bottom_row, right_column] * right
        return (top * (1 - down) + bottom * down - self.neutral) * self.mm_per_level
