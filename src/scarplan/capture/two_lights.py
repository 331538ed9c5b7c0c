"""Two lights where three are wanted: the wall of a narrow pit lies in the shadow of the others.

With the albedo a known from around, two lights tell the normal up to a mirror image: what of it lies in the plane of
both follows from the equations, its length across that plane from its being a unit vector, the sign of that from the
skin beside, because a surface has no sudden folds. So walls are followed inwards from where three lights or more were
seen, pixel by pixel.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float
from scipy import ndimage

from scarplan.capture.lights import Light, light_vectors
from scarplan.evidence.library import value_of

#: Neighbourhood (pixels wide) whose mean normal decides between the two, and steps inwards at most.
_AROUND, _STEPS = 5, 60
#: Two lights as near to one line as this (sine of the angle between them) tell one slope, not two.
_LEAST_SINE = 0.3


def follow_walls(
    light: Float[np.ndarray, "light y x"],
    used: Bool[np.ndarray, "light y x"],
    scaled: Float[np.ndarray, "3 y x"],
    albedo: Float[np.ndarray, "y x"],
    mask: Bool[np.ndarray, "y x"],
    lights: tuple[Light, ...],
    *,
    pixel_mm: float,
) -> Float[np.ndarray, "3 y x"]:
    """Return `scaled` (albedo times normal, 0 = unknown) completed where exactly two lights were used.

    albedo   what is usual around each pixel [y x]
    """
    unknown = mask & (scaled == 0).all(axis=0)
    two = unknown & (used.sum(axis=0) == 2) & (albedo > 0)
    two &= _is_narrow(unknown, most_px=float(value_of("capture.narrow_pit_mm")) / pixel_mm)
    if not two.any():
        return scaled
    rows, columns = np.nonzero(two)
    both, is_told = _solve_pairs(light, used, albedo, (rows, columns), lights, pixel_mm=pixel_mm)
    rows, columns, both = rows[is_told], columns[is_told], both[:, :, is_told]
    found = scaled / np.maximum(np.linalg.norm(scaled, axis=0), 1e-12)
    open_ = np.ones(rows.size, bool)
    for _ in range(_STEPS):
        known = (found != 0).any(axis=0)
        beside = ndimage.binary_dilation(known, np.ones((3, 3), bool))[rows, columns] & open_
        if not beside.any():
            break
        y, x = rows[beside], columns[beside]
        # Sums, not means: only the direction counts.
        around = np.stack([ndimage.uniform_filter(one, _AROUND, mode="nearest")[y, x] for one in found])
        likeness = np.einsum("skn,kn->sn", both[:, :, beside], around)
        best = np.where(likeness[0] >= likeness[1], 0, 1)
        found[:, y, x] = np.where(best == 0, both[0][:, beside], both[1][:, beside])
        open_ &= ~beside
    completed = scaled.copy()
    done = two & (found != 0).any(axis=0)
    completed[:, done] = (albedo * found)[:, done]
    return completed


def _is_narrow(unknown: Bool[np.ndarray, "y x"], *, most_px: float) -> Bool[np.ndarray, "y x"]:
    """Return the unknown patches no wider than `most_px`.

    Around a wider pit an error of its wall would set the whole floor off; there a hole is the better answer.
    """
    labels, count = ndimage.label(unknown, np.ones((3, 3), int))
    narrow = np.zeros(count + 1, bool)
    for label, (rows, columns) in enumerate(ndimage.find_objects(labels), start=1):
        narrow[label] = max(rows.stop - rows.start, columns.stop - columns.start) <= most_px
    return narrow[labels]


def _solve_pairs(
    light: np.ndarray,
    used: np.ndarray,
    albedo: np.ndarray,
    at: tuple[np.ndarray, np.ndarray],
    lights: tuple[Light, ...],
    *,
    pixel_mm: float,
) -> tuple[Float[np.ndarray, "2 3 n"], Bool[np.ndarray, " n"]]:
    """Return both unit normals of each place `at`, and where they are told and not too steep for either to be."""
    rows, columns = at
    shape = (light.shape[1], light.shape[2])
    order = np.argsort(~used[:, rows, columns], axis=0, kind="stable")[:2]
    vectors = np.stack([_vectors_at(one, at, shape, pixel_mm) for one in lights])
    first, second = (vectors[order[k], np.arange(rows.size)].T for k in range(2))
    values = np.stack([light[order[k], rows, columns] for k in range(2)]) / albedo[rows, columns]
    across = np.cross(first, second, axis=0)
    area = (across**2).sum(axis=0)
    lengths = np.linalg.norm(first, axis=0) * np.linalg.norm(second, axis=0)
    safe = np.maximum(area, 1e-12)
    within = (values[0] * np.cross(second, across, axis=0) - values[1] * np.cross(first, across, axis=0)) / safe
    # Brighter than the albedo allows (noise): the normal lies in the plane of both.
    rest = np.sqrt(np.maximum(1 - (within**2).sum(axis=0), 0.0)) * across / np.sqrt(safe)
    both = np.stack([within + rest, within - rest])
    both /= np.maximum(np.linalg.norm(both, axis=1, keepdims=True), 1e-12)
    lowest = np.cos(np.radians(value_of("capture.steepest_slope_deg")))
    # Where one of the two would be an overhang, the other one holds.
    hidden = both[:, 2] < lowest
    both = np.where(hidden[:, None], both[::-1], both)
    return both, (np.sqrt(area) > _LEAST_SINE * lengths) & ~hidden.all(axis=0)


def _vectors_at(light: Light, at: tuple[np.ndarray, np.ndarray], shape: tuple[int, int], pixel_mm: float) -> np.ndarray:
    """Return the vector of a light at places [n 3]."""
    rows, columns = at
    if light.position_mm is None:
        one = light_vectors(light, rows=slice(0, 1), shape=shape, pixel_mm=pixel_mm)[:, 0]
        return np.broadcast_to(one, (rows.size, 3))
    whole = light_vectors(light, rows=slice(0, shape[0]), shape=shape, pixel_mm=pixel_mm).reshape(3, *shape)
    return whole[:, rows, columns].T
