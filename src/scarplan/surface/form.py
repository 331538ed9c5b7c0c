"""The form of a map: the polynomial surface that fits its seen heights best."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

# A form of few numbers is told by a thinned grid of so many pixels a side.
_SIDE = 200


def fit_form(
    heights: Float[np.ndarray, "y x"], valid: Bool[np.ndarray, "y x"], *, degree: int
) -> Float[np.ndarray, "y x"]:
    """Return the polynomial of `degree` in both directions together that is nearest to the `valid` heights."""
    y, x = (np.linspace(-1, 1, size) for size in heights.shape)
    step = max(1, max(heights.shape) // _SIDE)
    powers = [(i, j) for i in range(degree + 1) for j in range(degree + 1 - i)]
    thin = valid[::step, ::step]
    if thin.sum() < len(powers):
        step, thin = 1, valid
    terms = np.stack([np.outer(y[::step] ** j, x[::step] ** i)[thin] for i, j in powers], axis=-1)
    weights = np.linalg.lstsq(terms, heights[::step, ::step][thin], rcond=None)[0]
    form = np.zeros(heights.shape)
    for weight, (i, j) in zip(weights, powers, strict=True):
        form += weight * np.outer(y**j, x**i)
    return form
