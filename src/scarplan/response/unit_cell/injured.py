"""The injured share of each voxel, exact below the size of a voxel.

In each layer a channel is the disc that has its mean cross-section there, and the area that a disc and a square have in
common is known in closed form. So the voxels of one channel hold its volume to rounding, however coarse the box. Where
channels overlap within a voxel their parts lie independently of each other: 1 - product(1 - part).
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from scarplan.errors import BadInput
from scarplan.injury.needle_by_needle import ChannelShape
from scarplan.response.unit_cell.box import Box
from scarplan.response.unit_cell.channels import Channels, mean_square_radius_mm2


def injured_share(
    box: Box, channels: Channels, shape: ChannelShape, *, epidermis_mm: float
) -> Float[np.ndarray, "z y x"]:
    """Return the injured share of each voxel (0-1). The dermis begins `epidermis_mm` below the skin surface."""
    if 2.0 * shape.widest_mm >= box.width_mm:
        raise BadInput(
            "a channel is wider than the unit cell",
            code="E-RESP-022",
            got=f"a channel of {2.0 * shape.widest_mm:g} mm in a box of {box.width_mm:g} mm",
            allowed="channels narrower than the box",
            do="make the box wider: more channels, or a lower density",
        )
    squares = mean_square_radius_mm2(shape, channels.depths_mm, epidermis_mm + box.edges_mm)
    left = np.ones(box.shape)
    for place, square in zip(channels.places, squares, strict=True):
        deep = int(np.count_nonzero(square > 0.0))
        radius = np.sqrt(square[:deep])
        rows, over_rows = _window(place[0], shape.widest_mm, box)
        columns, over_columns = _window(place[1], shape.widest_mm, box)
        part = _common_area(over_rows, over_columns, radius) / box.voxel_mm**2
        left[:deep] *= 1.0 - np.clip(_wrapped(_wrapped(part, rows, box.across, 1), columns, box.across, 2), 0.0, 1.0)
    return 1.0 - left


def _window(place: float, reach_mm: float, box: Box) -> tuple[np.ndarray, np.ndarray]:
    """Voxels that a channel can touch along one direction, and their borders relative to its axis, mm."""
    centre = place * box.across
    reach = reach_mm / box.voxel_mm
    numbers = np.arange(int(np.floor(centre - reach)), int(np.floor(centre + reach)) + 1)
    borders = (np.append(numbers, numbers[-1] + 1) - centre) * box.voxel_mm
    return numbers % box.across, borders


def _wrapped(part: np.ndarray, numbers: np.ndarray, across: int, axis: int) -> np.ndarray:
    """Parts over the whole width; a window may be wider than the box, then parts of one voxel are added up."""
    shape = list(part.shape)
    shape[axis] = across
    whole = np.zeros(shape)
    for index, number in enumerate(numbers):
        at: list[slice | int] = [slice(None)] * 3
        at[axis] = int(number)
        whole[tuple(at)] += np.take(part, index, axis=axis)
    return whole


def _common_area(y: np.ndarray, x: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Area that discs around 0 have in common with the squares between the borders y and x, [z y x]."""
    size = radius[:, None, None]
    corner = _disc_below_corner(x[None, None, :] / size, y[None, :, None] / size) * size**2
    return np.diff(np.diff(corner, axis=1), axis=2)


def _disc_below_corner(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Area of the unit disc with x <= a and y <= b."""
    a, b = np.clip(a, -1.0, 1.0), np.clip(b, -1.0, 1.0)
    half = np.sqrt(1.0 - b**2)
    inner = np.clip(a, -half, half)
    area = b * (inner + half) + _below_chord(inner) - _below_chord(-half)
    caps = _below_chord(np.minimum(a, -half)) + _below_chord(np.maximum(a, half)) - _below_chord(half)
    return area + np.where(b > 0.0, 2.0 * caps, 0.0)


def _below_chord(x: np.ndarray) -> np.ndarray:
    """Area under the upper half circle from -1 to x."""
    return 0.5 * (x * np.sqrt(1.0 - x**2) + np.arcsin(x) + 0.5 * np.pi)
