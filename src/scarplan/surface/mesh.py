"""TriangleMesh: a triangulated surface in mm, and what follows from its triangles."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Float, Int

# An edge that leans more than this against the smooth normal at its end is a crease of the object, not its bend.
_CREASE_DEG = 20.0


@dataclass(frozen=True)
class TriangleMesh:
    """A surface of triangles, counter-clockwise seen from outside.

    vertices_mm   positions [v 3]
    faces         vertex numbers [f 3]; every triangle has an area
    corner_uv     texture coordinates of each corner [f 3 2], v upwards; None without texture coordinates
    """

    vertices_mm: Float[np.ndarray, "v 3"]
    faces: Int[np.ndarray, "f 3"]
    corner_uv: Float[np.ndarray, "f 3 2"] | None = None

    @cached_property
    def corners_mm(self) -> Float[np.ndarray, "f 3 3"]:
        """Positions of the corners of each triangle."""
        return self.vertices_mm[self.faces]

    @cached_property
    def area_vectors_mm2(self) -> Float[np.ndarray, "f 3"]:
        """Outward normal of each triangle, as long as its area."""
        a, b, c = np.moveaxis(self.corners_mm, 1, 0)
        return 0.5 * np.cross(b - a, c - a)

    @cached_property
    def areas_mm2(self) -> Float[np.ndarray, " f"]:
        """Area of each triangle."""
        return np.linalg.norm(self.area_vectors_mm2, axis=1)

    @cached_property
    def corner_normals(self) -> Float[np.ndarray, "f 3 3"]:
        """Smooth outward normal at each corner: mean over the triangles at that place, weighted by their angle there.

        Vertices at one place count as one, so that seams of the texture leave no crease.
        """
        _, place = np.unique(self.vertices_mm, axis=0, return_inverse=True)
        corner_place = place.reshape(-1)[self.faces]
        unit = self.area_vectors_mm2 / self.areas_mm2[:, None]
        angles = _corner_angles(self.corners_mm)
        total = np.empty((corner_place.max() + 1, 3))
        for axis in range(3):
            weight = (angles * unit[:, axis, None]).ravel()
            total[:, axis] = np.bincount(corner_place.ravel(), weight, minlength=len(total))
        normals = total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), np.finfo(float).tiny)
        return normals[corner_place]

    @cached_property
    def rise_mm(self) -> Float[np.ndarray, "f 3 3"]:
        """How far corner j stands above the plane through corner i that is upright to the normal there [f i j], mm.

        The surface is a curved PN triangle (Vlachos 2001): it goes through the corners, upright to their normals, and
        near corner i, towards j, it leaves the flat triangle by a third of this, inwards along the normal of i.
        Along an edge that is a crease, steeper than the mesh of skin bends, it stays flat: 0.
        """
        corners, normals = self.corners_mm, self.corner_normals
        edge = corners[:, None, :, :] - corners[:, :, None, :]
        rise = np.einsum("fijc,fic->fij", edge, normals)
        length = np.linalg.norm(edge, axis=-1)
        return np.where(np.abs(rise) <= np.sin(np.radians(_CREASE_DEG)) * length, rise, 0.0)

    @cached_property
    def edge_mm(self) -> Float[np.ndarray, " f"]:
        """Spacing of the samples that each triangle stands for: the leg of a right triangle of its area."""
        return np.sqrt(2 * self.areas_mm2)

    def texel_mm(self, image_shape: tuple[int, int]) -> Float[np.ndarray, " f"]:
        """Return the size on the skin of one texel of an image of that shape, for each triangle."""
        if self.corner_uv is None:
            return np.full(len(self.faces), np.inf)
        a, b, c = np.moveaxis(self.corner_uv, 1, 0)
        (bu, bv), (cu, cv) = (b - a).T, (c - a).T
        texels = 0.5 * np.abs(bu * cv - bv * cu) * image_shape[0] * image_shape[1]
        return np.sqrt(self.areas_mm2 / np.maximum(texels, 1e-12))


def _corner_angles(corners: np.ndarray) -> np.ndarray:
    """Return the angle of each triangle at each corner [f 3]."""
    to_next = np.roll(corners, -1, axis=1) - corners
    to_last = np.roll(corners, 1, axis=1) - corners
    across = np.linalg.norm(np.cross(to_next, to_last), axis=2)
    return np.arctan2(across, np.einsum("fkc,fkc->fk", to_next, to_last))
