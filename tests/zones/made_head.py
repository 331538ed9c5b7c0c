"""A head made for tests: a smooth closed form around a vertical axis, with landmarks where the template has them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import trimesh
from scipy import ndimage

from scarplan.anatomy import TEMPLATE_RADIUS_MM, face_template
from scarplan.records.face_zones import FaceZones
from scarplan.surface.mesh import TriangleMesh

RADIUS = TEMPLATE_RADIUS_MM
LOWEST, HIGHEST = -170.0, 90.0


def surface_at(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the skin [n 3] above the place (x, y) of the unrolled face, mm."""
    angle = np.asarray(x, float) / RADIUS
    reach = RADIUS + 14 * np.exp(-((angle / 0.9) ** 2)) + 16 * np.exp(-((angle / 0.18) ** 2) - ((y + 26) / 14) ** 2)
    reach = reach - 0.004 * np.maximum(y - 20, 0) ** 2 - 0.002 * np.maximum(-95 - y, 0) ** 2
    return np.stack([reach * np.sin(angle), np.asarray(y, float) + 0 * angle, reach * np.cos(angle)], axis=-1)


def make_head(step_mm: float = 2.0, *, reach_mm: float = 190.0) -> TriangleMesh:
    """Return the head as triangles about `step_mm` wide, with texture coordinates over its unrolled face."""
    x = np.linspace(-reach_mm, reach_mm, round(2 * reach_mm / step_mm) + 1)
    y = np.linspace(LOWEST, HIGHEST, round((HIGHEST - LOWEST) / step_mm) + 1)
    return _mesh_of(x, y, np.zeros((y.size, x.size)))


def make_head_with_fine_chin(step_mm: float = 0.4, *, seed: int = 1) -> TriangleMesh:
    """Return the head with triangles of `step_mm` and relief like skin on the chin, coarse ones elsewhere."""
    x = np.concatenate([np.arange(-190, -45, 5.0), np.arange(-45, 45, step_mm), np.arange(45, 191, 5.0)])
    y = np.concatenate([np.arange(LOWEST, -125, 5.0), np.arange(-125, -65, step_mm), np.arange(-65, HIGHEST + 1, 5.0)])
    noise = np.random.default_rng(seed).normal(size=(y.size, x.size))
    relief = sum(um * _blur(noise, sd / step_mm) for um, sd in ((0.008, 0.3), (0.012, 0.7), (0.02, 1.5), (0.03, 3.0)))
    return _mesh_of(x, y, relief * (np.abs(x) < 45) * ((y > -125) & (y < -65))[:, None])


def _blur(noise: np.ndarray, sd: float) -> np.ndarray:
    smooth = ndimage.gaussian_filter(noise, sd)
    return smooth / smooth.std()


def _mesh_of(x: np.ndarray, y: np.ndarray, relief: np.ndarray) -> TriangleMesh:
    across, up = np.meshgrid(x, y)
    reach_mm = float(x[-1])
    number = np.arange(across.size).reshape(across.shape)
    a, b, c, d = (part.ravel() for part in (number[:-1, :-1], number[:-1, 1:], number[1:, 1:], number[1:, :-1]))
    faces = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
    uv = np.stack([(across + reach_mm) / (2 * reach_mm), (up - LOWEST) / (HIGHEST - LOWEST)], axis=-1).reshape(-1, 2)
    places = surface_at(across, up)
    outward = places * [1.0, 0.0, 1.0]
    places = places + relief[..., None] * outward / np.linalg.norm(outward, axis=-1, keepdims=True)
    return TriangleMesh(places.reshape(-1, 3), faces, uv[faces])


def landmarks_of_head(only_needed: bool = False) -> dict[str, tuple[float, float, float]]:
    """Return the landmarks of the head, mm."""
    marks = [mark for mark in face_template().landmarks if mark.is_needed or not only_needed]
    return {mark.id: tuple(surface_at(np.array(mark.at[0]), np.array(mark.at[1])).tolist()) for mark in marks}


def zones_of_head(**more: object) -> FaceZones:
    return FaceZones.model_validate({"landmarks": landmarks_of_head()} | more)


def write_zones(path: Path, landmarks: dict[str, tuple[float, float, float]], more: str = "") -> Path:
    rows = [f"{name} = {[round(value, 3) for value in place]}" for name, place in landmarks.items()]
    path.write_text("\n".join([more, "[landmarks]", *rows, ""]), "utf-8")
    return path


def write_ply(path: Path, mesh: TriangleMesh) -> Path:
    trimesh.Trimesh(mesh.vertices_mm, mesh.faces, process=False).export(path)
    return path


def write_obj(path: Path, mesh: TriangleMesh) -> Path:
    """Write a mesh with one texture coordinate per corner as OBJ."""
    rows = [f"v {x:.4f} {y:.4f} {z:.4f}" for x, y, z in mesh.vertices_mm]
    rows += [f"vt {u:.6f} {v:.6f}" for u, v in mesh.corner_uv.reshape(-1, 2)]
    rows += [
        "f " + " ".join(f"{vertex + 1}/{3 * face + corner + 1}" for corner, vertex in enumerate(corners))
        for face, corners in enumerate(mesh.faces)
    ]
    path.write_text("\n".join(rows) + "\n", "ascii")
    return path
