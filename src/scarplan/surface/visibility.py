"""Which places of a mesh can be seen from outside: not the inside of a mouth, a nostril or a second shell."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from scarplan.surface.mesh import TriangleMesh

if TYPE_CHECKING:
    from jaxtyping import Bool, Float

# A ray starts this far above the skin, so that it does not meet the triangle it starts on.
_ABOVE_MM = 0.5
# Directions in which nothing may be in the way: own normal, and those of a coarse ball that lean less than this.
_LEAST_COSINE = 0.3
_BALL = [np.array(way, dtype=float) for way in product((-1, 0, 1), repeat=3) if any(way)]


def is_seen_from_outside(
    mesh: TriangleMesh, points_mm: Float[np.ndarray, "n 3"], normals: Float[np.ndarray, "n 3"]
) -> Bool[np.ndarray, " n"]:
    """Return True [n] for each point of `mesh` from which some direction leads away without meeting it again."""
    from embreex.mesh_construction import TriangleMesh as EmbreeMesh  # a compiled library, loaded when needed
    from embreex.rtcore_scene import EmbreeScene

    scene = EmbreeScene()
    kept = EmbreeMesh(scene, mesh.corners_mm.astype(np.float32))
    seen = np.zeros(len(points_mm), dtype=bool)
    start = (points_mm + _ABOVE_MM * normals).astype(np.float32)
    for way in [None, *_BALL]:
        open_ = np.nonzero(~seen if way is None else ~seen & (normals @ way > _LEAST_COSINE * np.linalg.norm(way)))[0]
        if open_.size:
            towards = normals[open_] if way is None else np.tile(way / np.linalg.norm(way), (open_.size, 1))
            met = np.asarray(scene.run(np.ascontiguousarray(start[open_]), towards.astype(np.float32)))
            seen[open_] = met < 0
    del kept
    return seen
