"""The form of a map: the polynomial surface that fits its seen heights best, or best without what stands out of it."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from scarplan.surface.robust import robust_size

if TYPE_CHECKING:
    from jaxtyping import Bool, Float

# A form of few numbers is told by a thinned grid of so many pixels a side.
_SIDE = 200
# A robust form is fitted so often, to heights thinned to at most so many a side.
_ROUNDS, _SIDE_OF_ROUNDS = 8, 80
# A form that changes by less than this part of the deviation stands.
_SMALL_CHANGE = 1e-3
# BLAS does larger products on several threads, which wait for each other longer than they work.
_MOST_PRODUCTS = 200_000
# Heights this many robust deviations off the form count half.
_HALF_WEIGHT = 2.0


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


def remove_robust_form(
    heights: Float[np.ndarray, "y x"], valid: Bool[np.ndarray, "y x"], *, degree: int
) -> Float[np.ndarray, "y x"]:
    """Return `heights` without their robust form: pits and bumps on it hardly count."""
    form = draw_form(heights.shape, fit_robust_form(heights, valid, degree=degree))
    return np.subtract(heights, form, out=form)


def fit_robust_form(
    heights: Float[np.ndarray, "y x"], weight: Float[np.ndarray, "y x"] | Bool[np.ndarray, "y x"], *, degree: int
) -> Float[np.ndarray, "j i"]:
    """Return the weights of y^j x^i of the form for `draw_form`; heights of weight 0 play no part.

    Pixel middles lie on [-1, 1], so that the form is the same on every grid over the same skin.
    """
    thin = tuple(slice(step // 2, None, step) for step in (-(-side // _SIDE_OF_ROUNDS) for side in heights.shape))
    down, along = (_powers(length, 2 * degree, part) for length, part in zip(heights.shape, thin, strict=True))
    seen = weight[thin].astype(np.float64)
    known = seen > 0
    level = np.where(known, heights[thin], 0.0).astype(np.float64)
    terms = [(j, i) for j, i in product(range(degree + 1), repeat=2) if i + j <= degree]
    at_y, at_x = (np.array(power) for power in zip(*terms, strict=True))
    trusted, form, before = seen, np.zeros((degree + 1, degree + 1)), np.inf
    for _ in range(_ROUNDS):
        # Sums of products of powers are all that the normal equations hold.
        moments = down @ trusted @ along.T
        right = (down[: degree + 1] @ (trusted * level) @ along[: degree + 1].T)[at_y, at_x]
        form[at_y, at_x] = np.linalg.lstsq(moments[at_y[:, None] + at_y, at_x[:, None] + at_x], right, rcond=None)[0]
        rest = level - down[: degree + 1].T @ form @ along[: degree + 1]
        spread = robust_size(rest if known.all() else rest[known]) + 1e-12
        if np.abs(form - before).max() < _SMALL_CHANGE * spread:
            break
        before = form.copy()
        trusted = seen / (1 + (rest / (_HALF_WEIGHT * spread)) ** 2)
    return form


def draw_form(
    shape: tuple[int, ...], form: Float[np.ndarray, "j i"], *, dtype: type = np.float64
) -> Float[np.ndarray, "y x"]:
    """Return the form of `fit_robust_form` on a grid of `shape` over the same skin."""
    down, along = (_powers(length, size - 1) for length, size in zip(shape, form.shape, strict=True))
    across, along = (down.T @ form).astype(dtype), along.astype(dtype)
    drawn = np.empty((len(across), along.shape[1]), dtype)
    rows = max(1, _MOST_PRODUCTS // along.size)
    for first in range(0, len(across), rows):
        part = slice(first, first + rows)
        np.matmul(across[part], along, out=drawn[part])
    return drawn


def _powers(length: int, highest: int, part: slice = slice(None)) -> Float[np.ndarray, "power place"]:
    return np.vander((2 * np.arange(length)[part] + 1) / length - 1, highest + 1, increasing=True).T
