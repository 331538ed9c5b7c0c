"""Counting what channels injure: one random point in every voxel, every channel at its place along its normal.

A voxel lies under the surface along the local normal. A point is injured by a channel that enters at e along the
inward normal n and reaches D when its distance from the axis is below r(D - t), t its way along the axis. One random
point a voxel makes the share of injured points an unbiased estimate of the injured share, whatever the voxel's size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from scarplan.injury.needle_by_needle.places import Field, Places
from scarplan.injury.needle_by_needle.shape import ChannelShape
from scarplan.injury.needle_by_needle.surface import SkinSurface


@dataclass(frozen=True)
class NeedleCount:
    """What the channels of one session did to a field of skin.

    injured_fraction   share of each layer that is injured [z]
    core_fraction      share that is opened, crushed or removed [z]; the rest of the injury is heated
    overlap_share      share of the injured points that two or more channels injure [z]; 0 where none is injured
    injured_by_patch   the injured share of each patch [z y x]
    density_by_patch   channels per mm2 of skin in each patch [y x]
    """

    injured_fraction: Float[np.ndarray, " z"]
    core_fraction: Float[np.ndarray, " z"]
    overlap_share: Float[np.ndarray, " z"]
    injured_by_patch: Float[np.ndarray, "z y x"]
    density_by_patch: Float[np.ndarray, "y x"]

    @property
    def density_per_mm2(self) -> float:
        """Mean density that the skin received, 1/mm2."""
        return float(self.density_by_patch.mean())


def count_needles(
    places: Places,
    depths_mm: Float[np.ndarray, " channel"],
    *,
    outline: ChannelShape,
    core: ChannelShape,
    field: Field,
    surface: SkinSurface,
    edges_mm: Float[np.ndarray, " k"],
    rng: np.random.Generator,
    voxel_mm: float = 0.1,
    patch_mm: float = 1.0,
) -> NeedleCount:
    """Return what channels at `places` (x, y) that reach `depths_mm` injure.

    `edges_mm` are the borders of the layers below the skin surface. Patches of `patch_mm` are whole: the field should
    be a whole number of them, and a patch a whole number of voxels.
    """
    spots, points = _points(field, surface, edges_mm, voxel_mm, rng)
    hits = np.zeros(points.shape[:3], dtype=np.uint16)
    in_core = np.zeros(points.shape[:3], dtype=bool)
    entries, normals = surface.points(places), surface.normals(places)
    reach = max(outline.widest_mm, core.widest_mm)
    for entry, normal, depth in zip(entries, normals, depths_mm, strict=True):
        # Seen from above, a tilted channel drifts sideways, and a voxel lies aside of its spot as much.
        drift = (depth + outline.lowest_mm + edges_mm[-1]) * float(np.hypot(normal[0], normal[1]))
        window = _window(entry, reach + drift, voxel_mm, hits.shape)
        if window is None:
            continue
        from_entry = points[window] - entry
        along = -(from_entry @ normal)
        aside = np.sum(from_entry**2, axis=-1) - along**2
        above_tip = depth - along
        hits[window] += aside < outline.radius_mm(above_tip) ** 2
        in_core[window] |= aside < core.radius_mm(above_tip) ** 2
    weight = surface.stretch(spots)
    return _summarise(
        hits, in_core, weight, _patch_density(places, field, weight, voxel_mm, patch_mm), voxel_mm, patch_mm
    )


def _points(
    field: Field, surface: SkinSurface, edges_mm: np.ndarray, voxel_mm: float, rng: np.random.Generator
) -> tuple[Float[np.ndarray, "y x 2"], Float[np.ndarray, "y x z 3"]]:
    """Return the middle of each column of voxels, and one random point in each voxel."""
    rows, columns = round(field.height_mm / voxel_mm), round(field.width_mm / voxel_mm)
    y, x = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    corner = np.stack([x, y], axis=-1)[:, :, None, :]
    layers = edges_mm.size - 1
    places = (corner + rng.random((rows, columns, layers, 2))) * voxel_mm
    depth = edges_mm[:-1] + np.diff(edges_mm) * rng.random((rows, columns, layers))
    points = surface.points(places) - depth[..., None] * surface.normals(places)
    return (corner[:, :, 0, :] + 0.5) * voxel_mm, points


def _window(entry: np.ndarray, reach: float, voxel_mm: float, shape: tuple[int, ...]) -> tuple[slice, slice] | None:
    low = np.maximum(np.floor((entry[:2] - reach) / voxel_mm), 0).astype(int)
    high = np.minimum(np.ceil((entry[:2] + reach) / voxel_mm), [shape[1], shape[0]]).astype(int)
    if np.any(low >= high):
        return None
    return slice(low[1], high[1]), slice(low[0], high[0])


def _patch_density(
    places: Places, field: Field, weight: np.ndarray, voxel_mm: float, patch_mm: float
) -> Float[np.ndarray, "y x"]:
    shape = round(field.height_mm / patch_mm), round(field.width_mm / patch_mm)
    borders = [np.arange(count + 1) * patch_mm for count in shape]
    counted, _, _ = np.histogram2d(places[:, 1], places[:, 0], bins=borders)
    return counted / (_by_patch(weight[..., None], voxel_mm, patch_mm)[0] * patch_mm**2)


def _by_patch(values: np.ndarray, voxel_mm: float, patch_mm: float) -> Float[np.ndarray, "z y x"]:
    size = round(patch_mm / voxel_mm)
    rows, columns, layers = values.shape
    blocks = values.reshape(rows // size, size, columns // size, size, layers)
    return np.moveaxis(blocks.mean(axis=(1, 3)), -1, 0)


def _summarise(
    hits: Int[np.ndarray, "y x z"],
    in_core: Bool[np.ndarray, "y x z"],
    weight: Float[np.ndarray, "y x"],
    density: Float[np.ndarray, "y x"],
    voxel_mm: float,
    patch_mm: float,
) -> NeedleCount:
    area = weight[..., None]
    whole = area.sum()
    injured, often, core = ((area * each).sum(axis=(0, 1)) / whole for each in (hits > 0, hits > 1, in_core))
    by_patch = _by_patch(area * (hits > 0), voxel_mm, patch_mm) / _by_patch(area, voxel_mm, patch_mm)
    return NeedleCount(
        injured_fraction=injured,
        core_fraction=core,
        overlap_share=np.divide(often, injured, out=np.zeros_like(often), where=injured > 0.0),
        injured_by_patch=by_patch,
        density_by_patch=density,
    )
