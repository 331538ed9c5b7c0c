"""The plate as a closed body of triangles, and as the bytes of an STL file in mm.

The upper side is cut into squares, halved until straight triangles follow the closed form within
two thousandths of a mm or the squares are as small as a printer can print. Each square is a fan from its middle over
its corners and over the corners that smaller neighbours have on its sides, so that no gap is left.
"""

from __future__ import annotations

import struct

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy import ndimage

from scarplan.commissioning.plate import plate_height_mm
from scarplan.records.phantom_plate import PhantomPlate

# Squares of the first cut and the finest ones: 2.5 mm halved 5 times is 0.08 mm.
_COARSEST_MM, _HALVINGS = 2.5, 5
# Straight triangles may leave the closed form by this much, but along the finest edges.
_TOLERANCE_MM = 0.002
# Places in a square where its triangles are compared with the closed form.
_TRIED = np.linspace(0.0, 1.0, 5)
_HEADER = b"scarplan phantom, mm"


def build_plate(plate: PhantomPlate) -> tuple[Float[np.ndarray, "v 3"], Int[np.ndarray, "f 3"]]:
    """Return vertices (mm; x right, y up, z outwards) and triangles, counter-clockwise seen from outside."""
    unit = _COARSEST_MM / 2**_HALVINGS
    leaves = _balance(_split(plate, unit))
    places, faces = _triangulate(leaves, plate, unit)
    x, y = places[:, 0] * unit / 2, places[:, 1] * unit / 2
    top = np.column_stack([x, plate.height_mm - y, plate.thickness_mm + plate_height_mm(plate, x, y)])
    return _close(top, places, faces, plate)


def write_stl(vertices_mm: Float[np.ndarray, "v 3"], faces: Int[np.ndarray, "f 3"]) -> bytes:
    """Return a binary STL; the same body gives the same bytes."""
    corners = vertices_mm[faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), np.finfo(float).tiny)
    rows = np.zeros(len(faces), dtype=[("vectors", "<f4", (4, 3)), ("attribute", "<u2")])
    rows["vectors"][:, 0], rows["vectors"][:, 1:] = normals, corners
    return _HEADER.ljust(80, b" ") + struct.pack("<I", len(faces)) + rows.tobytes()


def _split(plate: PhantomPlate, unit: float) -> list[Bool[np.ndarray, "j i"]]:
    """Return which squares are halved, by size: [halvings][row, column], counted in squares of that size."""
    across, down = round(plate.width_mm / _COARSEST_MM), round(plate.height_mm / _COARSEST_MM)
    squares = np.argwhere(np.ones((down, across), dtype=bool))[:, ::-1]
    halved = []
    for halvings in range(_HALVINGS):
        bad = _misfit(plate, squares, unit * 2 ** (_HALVINGS - halvings)) > _TOLERANCE_MM
        halved.append(np.zeros((down << halvings, across << halvings), dtype=bool))
        halved[-1][squares[bad, 1], squares[bad, 0]] = True
        squares = np.concatenate([2 * squares[bad] + step for step in ((0, 0), (1, 0), (0, 1), (1, 1))])
    return halved


def _misfit(plate: PhantomPlate, squares: np.ndarray, side: float) -> np.ndarray:
    """Return how far the closed form leaves the four triangles from the middle of each square, mm."""
    u, v = np.meshgrid(_TRIED, _TRIED)
    x = (squares[:, 0, None, None] + u) * side
    y = (squares[:, 1, None, None] + v) * side
    height = plate_height_mm(plate, x, y)
    last, middle = len(_TRIED) - 1, height[:, 2, 2][:, None, None]
    corner = height[:, [0, 0, last, last], [0, last, last, 0]]
    # On the triangle next to a side the height runs from the middle straight to that side.
    nearness = np.maximum(np.abs(u - 0.5), np.abs(v - 0.5)) * 2
    with np.errstate(divide="ignore", invalid="ignore"):
        along_u = np.where(nearness > 0, (u - 0.5) / nearness + 0.5, 0.5)
        along_v = np.where(nearness > 0, (v - 0.5) / nearness + 0.5, 0.5)
    rim = (
        corner[:, 0, None, None] * (1 - along_u) * (1 - along_v)
        + corner[:, 1, None, None] * along_u * (1 - along_v)
        + corner[:, 2, None, None] * along_u * along_v
        + corner[:, 3, None, None] * (1 - along_u) * along_v
    )
    return np.abs(middle + (rim - middle) * nearness - height).max(axis=(1, 2))


def _balance(halved: list[Bool[np.ndarray, "j i"]]) -> list[Bool[np.ndarray, "j i"]]:
    """Return the squares left whole, by size, after halving until no neighbour is more than half as large.

    At most one corner then lies on a side. A halved square needs neighbours of its own size, so theirs are halved.
    """
    halved = [squares.copy() for squares in halved]
    for halvings in range(len(halved) - 1, 0, -1):
        needed = ndimage.binary_dilation(halved[halvings])
        rows, columns = needed.shape
        halved[halvings - 1] |= needed.reshape(rows // 2, 2, columns // 2, 2).any(axis=(1, 3))
    there = [np.ones_like(halved[0]), *(squares.repeat(2, axis=0).repeat(2, axis=1) for squares in halved)]
    return [seen & ~cut for seen, cut in zip(there, [*halved, np.zeros_like(there[-1])], strict=True)]


def _triangulate(
    leaves: list[Bool[np.ndarray, "j i"]], plate: PhantomPlate, unit: float
) -> tuple[Int[np.ndarray, "v 2"], Int[np.ndarray, "f 3"]]:
    """Return places of the upper side in half units, and triangles as numbers of places."""
    across, down = (round(2 * side / unit) for side in (plate.width_mm, plate.height_mm))
    corner, halves = [], []
    for halvings, whole in enumerate(leaves):
        columns, rows = np.nonzero(whole.T)
        half = 2 ** (_HALVINGS - halvings)
        corner.append(2 * half * np.stack([columns, rows]))
        halves.append(np.full(len(rows), half))
    (left, top), half = np.concatenate(corner, axis=1), np.concatenate(halves)
    is_corner = np.zeros((down + 1, across + 1), dtype=bool)
    for a, b in ((0, 0), (2, 0), (0, 2), (2, 2)):
        is_corner[top + b * half, left + a * half] = True
    triangles = []
    for a0, b0, a1, b1 in ((0, 0, 0, 2), (0, 2, 2, 2), (2, 2, 2, 0), (2, 0, 0, 0)):
        start, end = (left + a0 * half, top + b0 * half), (left + a1 * half, top + b1 * half)
        between = ((start[0] + end[0]) // 2, (start[1] + end[1]) // 2)
        cut = is_corner[between[1], between[0]]
        centre = (left + half, top + half)
        triangles.append(_as_triangles(centre, start, end, ~cut))
        triangles.append(_as_triangles(centre, start, between, cut))
        triangles.append(_as_triangles(centre, between, end, cut))
    corners = np.concatenate(triangles)
    code = corners[..., 1] * (across + 1) + corners[..., 0]
    known, faces = np.unique(code, return_inverse=True)
    return np.column_stack([known % (across + 1), known // (across + 1)]), faces.reshape(code.shape)


def _as_triangles(a: tuple, b: tuple, c: tuple, chosen: np.ndarray) -> Int[np.ndarray, "f 3 2"]:
    return np.stack([np.column_stack([x[chosen], y[chosen]]) for x, y in (a, b, c)], axis=1)


def _close(
    top: np.ndarray, places: np.ndarray, faces: np.ndarray, plate: PhantomPlate
) -> tuple[np.ndarray, np.ndarray]:
    """Return the body: the upper side, its walls down to 0, and the lower side as a fan from its middle."""
    (right, bottom), (x, y) = places.max(axis=0), places.T
    sides = [np.flatnonzero(side) for side in (y == 0, x == right, y == bottom, x == 0)]
    ordered = [
        sides[0][np.argsort(x[sides[0]])],
        sides[1][np.argsort(y[sides[1]])],
        sides[2][np.argsort(-x[sides[2]])],
        sides[3][np.argsort(-y[sides[3]])],
    ]
    rim = np.concatenate([side[:-1] for side in ordered])  # clockwise seen from outside
    below = top[rim] * [1.0, 1.0, 0.0]
    first, centre = len(top), len(top) + len(rim)
    low = first + np.arange(len(rim))
    after, low_after = np.roll(rim, -1), np.roll(low, -1)
    walls = np.concatenate([np.column_stack([rim, after, low]), np.column_stack([after, low_after, low])])
    floor = np.column_stack([np.full(len(rim), centre), low, low_after])
    middle = np.array([[plate.width_mm / 2, plate.height_mm / 2, 0.0]])
    return np.concatenate([top, below, middle]), np.concatenate([faces, walls, floor])
