"""Channels of the box: at random places, each with its own depth; shape and depths are those of the room `injury`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from scarplan.injury import ReachedDepth
from scarplan.injury.needle_by_needle import ChannelShape, draw_depths


@dataclass(frozen=True)
class Channels:
    """Channels of one session.

    places     where each enters, as shares of the box's width [channel 2] (y, x)
    depths_mm  how deep each reaches [channel], mm below the skin surface
    """

    places: Float[np.ndarray, "channel 2"]
    depths_mm: Float[np.ndarray, " channel"]


def random_channels(rng: np.random.Generator, count: int, *, reached: ReachedDepth, number: int = 0) -> Channels:
    """Return `count` channels at independent uniform places; `number` is the draw of `reached` that is meant.

    Places are shares of the width, so the same generator gives the same pattern in a box of any size.
    """
    places = rng.random((count, 2))
    return Channels(places, draw_depths(rng, reached, number, count))


def mean_square_radius_mm2(
    shape: ChannelShape, depths_mm: Float[np.ndarray, " channel"], below_surface_mm: Float[np.ndarray, " k"]
) -> Float[np.ndarray, "channel z"]:
    """Return the mean of the squared radius of each channel over each layer; exact.

    `below_surface_mm` are the borders of the layers below the skin surface.
    """
    above_tip = depths_mm[:, None] - below_surface_mm[None, :]
    integral = _integral_of_square(shape, above_tip)
    return (integral[:, :-1] - integral[:, 1:]) / np.diff(below_surface_mm)


def _integral_of_square(shape: ChannelShape, height_mm: np.ndarray) -> np.ndarray:
    """Integral of r(u)^2 from below the tip up to `height_mm`; r is linear between knots and stays above the last."""
    knots = np.append(shape.height_mm, np.inf)
    starts, stops = shape.above_mm, np.append(shape.below_mm[1:], shape.above_mm[-1])
    total = np.zeros_like(height_mm)
    for low, high, start, stop in zip(knots[:-1], knots[1:], starts, stops, strict=True):
        way = np.clip(height_mm - low, 0.0, high - low)
        slope = (stop - start) / (high - low) if np.isfinite(high) and high > low else 0.0
        total += way * (start**2 + start * slope * way + slope**2 * way**2 / 3.0)
    return total
