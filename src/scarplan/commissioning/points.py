"""A scan as points in space: x to the right, y down, z outwards, mm; and the planes that it lies in.

Points keep their row and column, so that what is said of a place on the plate can be asked of the scan's own grid.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float

from scarplan.commissioning.turns import turn_upright
from scarplan.errors import BadInput
from scarplan.surface.io.mesh import read_mesh
from scarplan.surface.io.registry import sniff_file
from scarplan.surface.io.scan_file import read_scan
from scarplan.surface.mesh import TriangleMesh
from scarplan.surface.raycast import View, cast_view
from scarplan.surface.spectrum import upsampling_period
from scarplan.surface.surface import Surface, as_vector
from scarplan.units import read_length_unit

_MESHES = frozenset({"ply", "obj", "stl", "glb", "gltf"})
_FINEST_CAST_MM, _MOST_CAST_PIXELS = 0.04, 6_000_000
#: Points within this of a plane lie in it: less than the height of a fiducial, more than noise.
_IN_PLANE_MM = 0.25
# What lies further from a plane belongs to something else (the table under the plate).
_OTHER_PLANE_MM = 1.5
_TRIPLES, _SAMPLE = 300, 4000
_LEAST_SHARE_OF_OTHER_PLANE = 0.15


@dataclass(frozen=True)
class ScanPoints:
    """One scan: its map, and the position of each pixel seen.

    surface     heights on the scan's own grid
    points_mm   position of each pixel seen [n 3], in the order of `surface.valid`
    sample_mm   spacing of the samples that the heights were made from: more than a pixel where a map was upsampled
    """

    surface: Surface
    points_mm: Float[np.ndarray, "n 3"]
    sample_mm: float

    @classmethod
    def of(cls, surface: Surface) -> ScanPoints:
        """Return the points of a map."""
        seen = surface.valid & np.isfinite(surface.relief_mm)
        rows, columns = np.nonzero(seen)
        surface = replace(surface, valid=seen, own=None)
        x, y = columns * surface.pixel_mm, rows * surface.pixel_mm
        period = upsampling_period(surface.relief_mm, seen)
        sample_mm = max(period * surface.pixel_mm, surface.sample_mm or 0.0)
        return cls(surface, np.column_stack([x, y, surface.relief_mm[seen]]), sample_mm)

    def on_grid(self, values: np.ndarray, *, empty: float | bool) -> np.ndarray:
        """Return `values`, one for each point, on the scan's grid [y x]; `empty` where nothing was seen."""
        values = np.asarray(values)
        grid = np.full(self.surface.shape, empty, dtype=values.dtype)
        grid[self.surface.valid] = values
        return grid


def read_points(path: Path | str, *, unit: str | None, pixel_mm: float | None) -> tuple[ScanPoints, ...]:
    """Return what the scan file shows: a height map as one, a mesh once from either side of its main plane."""
    path = Path(path)
    file = sniff_file(path)
    if file.format in _MESHES:
        mesh = read_mesh(file.path, file_format=file.format, unit_mm=read_length_unit(unit))
        return _look_at_mesh(mesh, pixel_mm)
    scan = read_scan(path, unit=unit, pixel_mm=pixel_mm)
    return tuple(ScanPoints.of(chart) for chart in scan.charts)


def _look_at_mesh(mesh: TriangleMesh, pixel_mm: float | None) -> tuple[ScanPoints, ...]:
    centre = np.average(mesh.corners_mm.mean(axis=1), axis=0, weights=mesh.areas_mm2)
    spread = (mesh.corners_mm.reshape(-1, 3) - centre) * np.sqrt(np.repeat(mesh.areas_mm2, 3))[:, None]
    _, axes = np.linalg.eigh(spread.T @ spread)
    half = float(np.linalg.norm(mesh.corners_mm.reshape(-1, 3) - centre, axis=1).max())
    edge = float(np.median(mesh.edge_mm))
    step = pixel_mm or max(edge, _FINEST_CAST_MM, 2 * half / np.sqrt(_MOST_CAST_PIXELS))
    shown = []
    for sign in (1.0, -1.0):
        outward, right = sign * axes[:, 0], axes[:, 2]
        # Seen from outside, columns run right and rows run down: down = right x outward turned by the eye.
        view = View(as_vector(centre), as_vector(right), as_vector(np.cross(right, outward)), as_vector(outward), half)
        cast = cast_view(mesh, view, pixel_mm=step)
        if cast.valid.any():
            shown.append(ScanPoints.of(Surface("map", cast.heights_mm, cast.valid, step, sample_mm=edge)))
    if not shown:
        raise BadInput(
            "the mesh shows nothing from outside",
            code="E-COMM-002",
            do="check that its triangles face outwards",
        )
    return tuple(shown)


def find_planes(points_mm: Float[np.ndarray, "n 3"]) -> list[tuple[Float[np.ndarray, "3 3"], Bool[np.ndarray, " n"]]]:
    """Return turns that lay the main planes of a scan flat, each with the points near it; the largest first."""
    found = []
    left = np.arange(len(points_mm))
    for _ in range(2):
        normal, level = _main_plane(points_mm[left])
        turn = turn_upright(normal)
        near = np.abs((points_mm - level) @ normal) < _OTHER_PLANE_MM
        found.append((turn, near))
        left = np.flatnonzero(~near)
        if len(left) < _LEAST_SHARE_OF_OTHER_PLANE * len(points_mm):
            break
    return found


def _main_plane(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the upright normal of the plane that most points lie in, and a point of it."""
    rng = np.random.default_rng(0)  # which triples are tried is no part of the result
    sample = take_some(points, _SAMPLE)
    picks = sample[rng.integers(0, len(sample), (_TRIPLES, 3))]
    normals = np.cross(picks[:, 1] - picks[:, 0], picks[:, 2] - picks[:, 0])
    lengths = np.linalg.norm(normals, axis=1)
    good = lengths > 0
    normals, picks = normals[good] / lengths[good, None], picks[good, 0]
    inside = np.abs((sample[None] - picks[:, None]) @ normals[:, :, None])[..., 0] < _IN_PLANE_MM
    best = int(np.argmax(inside.sum(axis=1)))
    chosen = sample[inside[best]]
    middle = chosen.mean(axis=0)
    normal = np.linalg.svd(chosen - middle, full_matrices=False)[2][2]
    return (normal if normal[2] >= 0 else -normal), middle


def take_some(points: Float[np.ndarray, "n k"], most: int) -> Float[np.ndarray, "m k"]:
    """Return at most `most` of the points, spread without a pattern: every tenth of a grid would be whole columns."""
    if len(points) <= most:
        return points
    return points[np.sort(np.random.default_rng(0).choice(len(points), most, replace=False))]
