"""Charts as one PLY mesh, each corner with a colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import UInt8

from scarplan.surface.surface import Surface

#: Between charts that know no place in space.
_GAP_MM = 5.0


def write_ply(charts: Sequence[Surface], colours: Mapping[str, UInt8[np.ndarray, "y x 3"]]) -> bytes:
    """Return the charts as a binary PLY mesh in mm, its corners coloured (RGB 0-255 by chart name).

    A chart of a mesh lies where it was in space; a plain height map lies flat, x along columns, y along rows turned
    upwards, height towards the viewer; several lie beside each
    other. Only skin that counts for its chart is written, so overlaps stand once.
    """
    import trimesh
    from trimesh.exchange.ply import export_ply

    corners, faces, tints, start, right_mm = [], [], [], 0, 0.0
    for chart in charts:
        seen = chart.valid if chart.own is None else chart.own
        numbers = np.full(chart.shape, -1, np.int64)
        numbers[seen] = start + np.arange(int(seen.sum()))
        positions = _positions(chart)
        if chart.form_xyz_mm is None:
            positions[..., 0] += right_mm
            right_mm += chart.shape[1] * chart.pixel_mm + _GAP_MM
        corners.append(positions[seen])
        tints.append(colours[chart.name][seen])
        faces.append(_triangles(numbers))
        start += int(seen.sum())
    mesh = trimesh.Trimesh(
        np.concatenate(corners).astype(np.float32), np.concatenate(faces),
        vertex_colors=np.concatenate(tints), process=False, validate=False,
    )  # fmt: skip
    return bytes(export_ply(mesh, encoding="binary", vertex_normal=False))


def _positions(chart: Surface) -> np.ndarray:
    placed = chart.form_xyz_mm
    if placed is not None:
        return placed
    rows, columns = np.indices(chart.shape)
    # Rows run down on the map and upwards in space, so that the mesh is no mirror image.
    return np.stack([columns * chart.pixel_mm, -rows * chart.pixel_mm, chart.relief_mm], axis=-1)


def _triangles(numbers: np.ndarray) -> np.ndarray:
    """Return two triangles for each square of four seen corners, their front outwards."""
    a, b, c, d = numbers[:-1, :-1], numbers[:-1, 1:], numbers[1:, :-1], numbers[1:, 1:]
    whole = (a >= 0) & (b >= 0) & (c >= 0) & (d >= 0)
    return np.concatenate(
        [np.stack([a[whole], c[whole], b[whole]], axis=1), np.stack([b[whole], c[whole], d[whole]], axis=1)]
    )
