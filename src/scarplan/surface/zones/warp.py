"""Warp: the smoothest map of the plane that takes some points to others (thin-plate spline)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Float


@dataclass(frozen=True)
class Warp:
    """A thin-plate spline: an even part and one bend at each point it was made from.

    knots     points it takes somewhere [n 2]
    weights   bend at each knot [n 2]
    even      image of 1, x and y [3 2]
    """

    knots: Float[np.ndarray, "n 2"]
    weights: Float[np.ndarray, "n 2"]
    even: Float[np.ndarray, "3 2"]

    @classmethod
    def through(cls, start: Float[np.ndarray, "n 2"], end: Float[np.ndarray, "n 2"]) -> Warp:
        """Return the warp that takes `start` to `end`: at least three points, not all on one line."""
        count = len(start)
        flat = np.column_stack([np.ones(count), start])
        system = np.zeros((count + 3, count + 3))
        system[:count, :count] = _bend(start, start)
        system[:count, count:], system[count:, :count] = flat, flat.T
        solved = np.linalg.solve(system, np.concatenate([end, np.zeros((3, 2))]))
        return cls(np.asarray(start, dtype=float), solved[:count], solved[count:])

    def __call__(self, points: Float[np.ndarray, "m 2"]) -> Float[np.ndarray, "m 2"]:
        """Return where `points` go."""
        return _bend(points, self.knots) @ self.weights + points @ self.even[1:] + self.even[0]


def _bend(points: np.ndarray, knots: np.ndarray) -> np.ndarray:
    squared = ((points[:, None, :] - knots[None, :, :]) ** 2).sum(axis=-1)
    return squared * np.log(np.maximum(squared, 1e-12))
