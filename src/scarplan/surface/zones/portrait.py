"""Pictures of a head for picking places on it: shaded views with the depth of every point, seen without perspective."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8

from scarplan.surface.facets import LocalMesh
from scarplan.surface.mesh import TriangleMesh
from scarplan.surface.raycast import View
from scarplan.surface.surface import Vector, as_vector

#: View -> name for people and turn to the patient's left, degrees (left and right are the patient's own).
VIEWS = {
    "front": ("front", 0.0),
    "left45": ("left, 45 degrees", 45.0),
    "left90": ("left side", 90.0),
    "right45": ("right, 45 degrees", -45.0),
    "right90": ("right side", -90.0),
}
# The longer side of a picture; a landmark is found to about a pixel of it.
_LONGEST_PX = 900
# Light from above the viewer's left shoulder, and what reaches the shadows.
_LIGHT = np.array([-0.35, -0.45, 0.82])
_IN_SHADOW = 0.25


@dataclass(frozen=True)
class Portrait:
    """One view of a mesh. A point of pixel (column, row) is corner + column * right + row * down + depth * outward.

    corner_mm      position of the middle of the pixel in row 0, column 0 at depth 0
    right, down    steps of one pixel to the right and down, mm; `outward` is a unit vector towards the viewer
    depth_mm       depth of each pixel [y x], NaN beside the mesh
    picture        RGB [y x 3]
    """

    name: str
    words: str
    corner_mm: Vector
    right: Vector
    down: Vector
    outward: Vector
    depth_mm: Float[np.ndarray, "y x"]
    picture: UInt8[np.ndarray, "y x 3"]


def make_portraits(
    mesh: TriangleMesh, *, up: Vector, front: Vector, texture: UInt8[np.ndarray, "y x 3"] | None = None
) -> Iterator[Portrait]:
    """Yield the five views of a head that stands with `up` and looks towards `front` (unit vectors, upright)."""
    upward, forward = np.array(up), np.array(front)
    to_left = np.cross(upward, forward)
    for name, (words, turn) in VIEWS.items():
        angle = np.radians(turn)
        outward = np.cos(angle) * forward + np.sin(angle) * to_left
        yield _draw(mesh, name, words, axes=np.array([np.cross(upward, outward), -upward, outward]), texture=texture)


def _draw(mesh: TriangleMesh, name: str, words: str, *, axes: np.ndarray, texture: np.ndarray | None) -> Portrait:
    local = mesh.corners_mm.reshape(-1, 3) @ axes.T
    low, high = local.min(axis=0), local.max(axis=0)
    step = float((high - low)[:2].max()) / _LONGEST_PX
    columns, rows = (int(size) for size in np.ceil((high - low)[:2] / step) + 1)
    middle = (low + high) / 2
    half = float(np.max(high - low)) / 2 + step
    right, down, outward = (as_vector(axis) for axis in axes)
    view = View(as_vector(middle @ axes), right, down, outward, half)
    seen = LocalMesh.of(mesh, view)
    x, y = (
        grid.ravel()
        for grid in np.meshgrid(*(low[k] - middle[k] + np.arange(n) * step for k, n in ((0, columns), (1, rows))))
    )
    met = seen.first_triangle(x, y)
    hit = np.nonzero(met >= 0)[0]
    weights = seen.weights(met[hit], x[hit], y[hit])
    depth = np.full(x.size, np.nan)
    depth[hit] = np.einsum("nk,nk->n", weights, seen.corners[met[hit], :, 2]) + middle[2]
    picture = np.full((x.size, 3), 30, np.uint8)
    picture[hit] = _shade(seen, met[hit], weights, texture)
    corner = np.array([low[0], low[1], 0.0]) @ axes
    return Portrait(
        name,
        words,
        as_vector(corner),
        as_vector(step * axes[0]),
        as_vector(step * axes[1]),
        as_vector(axes[2]),
        depth.reshape(rows, columns),
        picture.reshape(rows, columns, 3),
    )


def _shade(seen: LocalMesh, met: np.ndarray, weights: np.ndarray, texture: np.ndarray | None) -> np.ndarray:
    normal = np.einsum("nk,nkc->nc", weights, seen.normals[met])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), np.finfo(float).tiny)
    light = _IN_SHADOW + (1 - _IN_SHADOW) * np.clip(normal @ (_LIGHT / np.linalg.norm(_LIGHT)), 0, 1)
    colour = np.array([[225.0, 205.0, 190.0]])
    if texture is not None and seen.uv is not None:
        uv = np.einsum("nk,nkc->nc", weights, seen.uv[met])
        rows, columns = texture.shape[:2]
        colour = texture[((1 - uv[:, 1]) * rows).astype(int) % rows, (uv[:, 0] * columns).astype(int) % columns]
        light = np.sqrt(light)  # the photograph holds shadows of its own
    return np.clip(colour * light[:, None], 0, 255).astype(np.uint8)
