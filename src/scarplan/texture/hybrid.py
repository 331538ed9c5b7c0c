"""Hybrid parameters of ISO 25178-2: slopes and the area that a rough surface has more than an even one."""

from __future__ import annotations

import numpy as np


def hybrid_parameters(heights: np.ndarray, valid: np.ndarray, *, pixel: float) -> dict[str, float]:
    """Return Sdq (rms slope) and Sdr (developed area over projected area less 1, percent) of heights [y x].

    `pixel` in the unit of the heights. Only neighbours that were both seen count; NaN where there are none.
    """
    across, down = np.diff(heights, axis=1), np.diff(heights, axis=0)
    pairs_across, pairs_down = valid[:, 1:] & valid[:, :-1], valid[1:] & valid[:-1]
    if not (pairs_across.any() and pairs_down.any()):
        return {"Sdq": float("nan"), "Sdr": float("nan")}
    steep = (np.square(across[pairs_across]).mean() + np.square(down[pairs_down]).mean()) / pixel**2
    return {"Sdq": float(np.sqrt(steep)), "Sdr": 100 * _area_more(across / pixel, down / pixel, valid)}


def _area_more(across: np.ndarray, down: np.ndarray, valid: np.ndarray) -> float:
    """Return developed over projected area less 1: each cell of four pixels as the mean of its two ways to be halved.

    Both ways together are its four corners: the triangle at a corner rises by one slope across and one down.
    """
    whole = valid[1:, 1:] & valid[1:, :-1] & valid[:-1, 1:] & valid[:-1, :-1]
    if not whole.any():
        return float("nan")
    corners = [
        np.sqrt(1 + np.square(edge_across[whole]) + np.square(edge_down[whole]))
        for edge_across in (across[:-1], across[1:])
        for edge_down in (down[:, :-1], down[:, 1:])
    ]
    return float(np.mean(corners)) - 1
