"""Normals: from the light of each pixel under each lamp to its albedo and its slope.

A matte surface of albedo a and unit normal n reflects I = a n.l under a light l. With three lights or more whose l are
known, a n follows by least squares. What is not matte and lit is left out pixel by pixel: full pixels, shadows (dark
beside the brightest light of the pixel), and lights that disagree with the others, mostly shine. With four lights one
that disagrees could be any of them; the albedo decides, because that of skin changes slowly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from scarplan.capture.lights import Light, light_vectors
from scarplan.capture.two_lights import follow_walls
from scarplan.evidence.library import value_of

_FEWEST_LIGHTS = 3
_PIXELS_AT_ONCE = 200_000
# Three lights almost in one plane tell nothing across it: 27 times determinant over trace cubed is 1 for three at
# right angles and falls below this.
_LEAST_CONDITION = 1e-3
# The albedo of the neighbourhood is a median over blocks of this width.
_NEIGHBOURHOOD_MM = 2.0
# Pixels taken into a block median: every pixel of a block says the same.
_BLOCK_SAMPLES = 8


@dataclass(frozen=True)
class LitSkin:
    """Skin seen under several lights.

    light       linear light [light y x]
    is_full     where the sensor was full [light y x]
    mask        where to look [y x]
    lights      where each light stood
    pixel_mm    width of a pixel
    """

    light: np.ndarray
    is_full: np.ndarray
    mask: np.ndarray
    lights: tuple[Light, ...]
    pixel_mm: float

    def thin_out(self, step: int) -> LitSkin:
        """Return every `step`-th pixel."""
        return LitSkin(
            self.light[:, ::step, ::step], self.is_full[:, ::step, ::step], self.mask[::step, ::step], self.lights,
            self.pixel_mm * step,
        )  # fmt: skip

    def without(self, number: int) -> LitSkin:
        """Return what is seen under the other lights."""
        kept = [k for k in range(len(self.lights)) if k != number]
        lights = tuple(self.lights[k] for k in kept)
        return LitSkin(self.light[kept], self.is_full[kept], self.mask, lights, self.pixel_mm)


@dataclass(frozen=True)
class Normals:
    """Slopes of the surface, and how well each light fits.

    slope_x, slope_y    rise per length along the columns and down the rows [y x]; NaN where not known
    albedo              [y x], in the unit of the lights' strength
    valid               three lights or more that agree, or two that a wall could be followed by [y x]
    used                which lights were used at each pixel [light y x]
    misfit              of each light: rms of what is missed where it was used, over the albedo
    shadowed, full, odd  of each light: share of the pixels where it was left out for this reason
    by_two              where two lights and the albedo around had to do [y x]
    """

    slope_x: np.ndarray
    slope_y: np.ndarray
    albedo: np.ndarray
    valid: np.ndarray
    used: np.ndarray
    misfit: tuple[float, ...]
    shadowed: tuple[float, ...]
    full: tuple[float, ...]
    odd: tuple[float, ...]
    by_two: np.ndarray


def find_normals(skin: LitSkin, *, robust: bool = True) -> Normals:
    """Return the normals of what is matte of `skin`. `robust` False leaves out full and dark pixels only."""
    light, is_full, mask, lights, pixel_mm = skin.light, skin.is_full, skin.mask, skin.lights, skin.pixel_mm
    brightest = light.max(axis=0)
    dark = light < value_of("capture.shadow_share") * brightest
    used = ~dark & ~is_full & mask & (brightest > value_of("capture.darkest_light"))
    shape, count = light.shape[1:], len(lights)
    scaled = _solve(light, used, lights, pixel_mm=pixel_mm)
    odd, by_two = np.zeros(light.shape, dtype=bool), np.zeros(shape, dtype=bool)
    if robust and count > _FEWEST_LIGHTS:
        usual = _albedo_around(np.linalg.norm(scaled, axis=0), mask, pixel_mm=pixel_mm)
        for _ in range(count - _FEWEST_LIGHTS):
            dropped = _leave_odd_out(light, used, scaled, usual, lights, pixel_mm=pixel_mm)
            if not dropped.any():
                break
            odd |= dropped
            used &= ~dropped
            scaled = _solve(light, used, lights, pixel_mm=pixel_mm)
        told = (scaled != 0).any(axis=0)
        scaled = follow_walls(light, used, scaled, usual, mask, lights, pixel_mm=pixel_mm)
        by_two = (scaled != 0).any(axis=0) & ~told
    albedo = np.linalg.norm(scaled, axis=0)
    steepest = np.tan(np.radians(value_of("capture.steepest_slope_deg")))
    with np.errstate(divide="ignore", invalid="ignore"):
        slope_x, slope_y = -scaled[0] / scaled[2], scaled[1] / scaled[2]
        valid = (scaled[2] > 0) & (np.hypot(slope_x, slope_y) <= steepest) & mask
    looked_at = max(1, int(mask.sum()))
    return Normals(
        slope_x=np.where(valid, slope_x, np.nan).reshape(shape),
        slope_y=np.where(valid, slope_y, np.nan).reshape(shape),
        albedo=np.where(valid, albedo, np.nan),
        valid=valid,
        used=used,
        misfit=tuple(_misfits(light, used & valid, scaled, lights, pixel_mm=pixel_mm)),
        shadowed=tuple(float((one & mask).sum()) / looked_at for one in dark),
        full=tuple(float((one & mask).sum()) / looked_at for one in is_full),
        odd=tuple(float(one.sum()) / looked_at for one in odd),
        by_two=by_two & valid,
    )


def _row_blocks(shape: tuple[int, int]) -> Iterator[slice]:
    step = max(1, _PIXELS_AT_ONCE // shape[1])
    return (slice(top, min(top + step, shape[0])) for top in range(0, shape[0], step))


def _vectors(lights: tuple[Light, ...], rows: slice, shape: tuple[int, int], pixel_mm: float) -> np.ndarray:
    """Return the vectors of all lights [light 3 n], or [light 3 1] where they are the same everywhere."""
    each = [light_vectors(light, rows=rows, shape=shape, pixel_mm=pixel_mm) for light in lights]
    return np.stack(np.broadcast_arrays(*each)) if len({one.shape for one in each}) > 1 else np.stack(each)


def _solve(light: np.ndarray, used: np.ndarray, lights: tuple[Light, ...], *, pixel_mm: float) -> np.ndarray:
    """Return albedo times normal [3 y x] by least squares over the lights used; 0 where they do not tell it."""
    shape = (light.shape[1], light.shape[2])
    scaled = np.zeros((3, *shape))
    for rows in _row_blocks(shape):
        vectors = _vectors(lights, rows, shape, pixel_mm)
        weight = used[:, rows].reshape(len(lights), -1).astype(float)
        values = light[:, rows].reshape(len(lights), -1).astype(float)
        scaled[:, rows] = solve_three(vectors, weight, values).reshape(3, -1, shape[1])
    return scaled


def solve_three(vectors: np.ndarray, weight: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the x [3 n] that minimise the sum over lights of weight (values - vectors.x)^2; 0 where undetermined.

    vectors [light 3 n] or [light 3 1], weight and values [light n].
    """
    weighted = vectors * weight[:, None]
    wide = np.broadcast_to(vectors, weighted.shape)
    (xx, xy, xz), (_, yy, yz), (_, _, zz) = (
        [np.einsum("kn,kn->n", weighted[:, i], wide[:, j]) for j in range(3)] for i in range(3)
    )
    bx, by, bz = (np.einsum("kn,kn->n", weighted[:, i], values) for i in range(3))
    # The symmetric 3 x 3 system by its adjugate.
    cx, cy, cz = yy * zz - yz**2, xz * yz - xy * zz, xy * yz - xz * yy
    dy, dz, ez = xx * zz - xz**2, xy * xz - xx * yz, xx * yy - xy**2
    determinant = xx * cx + xy * cy + xz * cz
    trace = xx + yy + zz
    told = (27 * determinant > _LEAST_CONDITION * trace**3) & (weight.sum(axis=0) >= _FEWEST_LIGHTS)
    safe = np.where(told, determinant, 1.0)
    solved = np.stack([cx * bx + cy * by + cz * bz, cy * bx + dy * by + dz * bz, cz * bx + dz * by + ez * bz])
    return np.where(told, solved / safe, 0.0)


def _albedo_around(albedo: np.ndarray, mask: np.ndarray, *, pixel_mm: float) -> np.ndarray:
    """Return the albedo [y x] that is usual around each pixel: medians of blocks, interpolated."""
    block = max(4, round(_NEIGHBOURHOOD_MM / pixel_mm))
    rows, columns = (-(-size // block) for size in albedo.shape)
    known = mask & (albedo > 0)
    overall = float(np.median(albedo[known])) if known.any() else 1.0
    usual = np.full((rows, columns), overall)
    stride = max(1, block // _BLOCK_SAMPLES)
    for row in range(rows):
        for column in range(columns):
            here = (slice(row * block, (row + 1) * block, stride), slice(column * block, (column + 1) * block, stride))
            values = albedo[here][known[here]]
            if values.size:
                usual[row, column] = np.median(values)
    size = (columns * block, rows * block)
    wide = cv2.resize(usual, size, interpolation=cv2.INTER_LINEAR)
    return wide[: albedo.shape[0], : albedo.shape[1]]


def _leave_odd_out(
    light: np.ndarray,
    used: np.ndarray,
    scaled: np.ndarray,
    usual: np.ndarray,
    lights: tuple[Light, ...],
    *,
    pixel_mm: float,
) -> np.ndarray:
    """Return the one light [light y x] of each pixel that disagrees with the others, where one does.

    Cost of a choice: squared misfit over its tolerance, per degree of freedom, plus squared change of the logarithm
    of the albedo over its tolerance. A light goes where leaving it out costs less than keeping all.
    """
    shape = (light.shape[1], light.shape[2])
    dropped = np.zeros(light.shape, dtype=bool)
    misfit_share = value_of("capture.misfit_share")
    for rows in _row_blocks(shape):
        vectors = _vectors(lights, rows, shape, pixel_mm)
        weight = used[:, rows].reshape(len(lights), -1).astype(float)
        values = light[:, rows].reshape(len(lights), -1).astype(float)
        around = usual[rows].ravel()
        solved = scaled[:, rows].reshape(3, -1)
        missed = np.sqrt(_squares(vectors, weight, values, solved) / np.maximum(weight.sum(axis=0) - 3, 1))
        doubtful = np.nonzero((weight.sum(axis=0) > _FEWEST_LIGHTS) & (missed > misfit_share * around))[0]
        if not doubtful.size:
            continue
        vectors = vectors if vectors.shape[2] == 1 else vectors[..., doubtful]
        weight, values, around = weight[:, doubtful], values[:, doubtful], around[doubtful]
        cost = [_cost(vectors, weight, values, solved[:, doubtful], around)]
        for out in range(len(lights)):
            less = weight.copy()
            less[out] = 0
            kept = _cost(vectors, less, values, solve_three(vectors, less, values), around)
            cost.append(np.where(weight[out] > 0, kept, np.inf))
        best = np.argmin(cost, axis=0)
        here = np.zeros((len(lights), shape[1] * (rows.stop - rows.start)), dtype=bool)
        here[best[best > 0] - 1, doubtful[best > 0]] = True
        dropped[:, rows] = here.reshape(len(lights), -1, shape[1])
    return dropped


def _squares(vectors: np.ndarray, weight: np.ndarray, values: np.ndarray, solved: np.ndarray) -> np.ndarray:
    """Return the weighted sum over the lights of the squares of what is missed [n]."""
    shape = (*vectors.shape[:2], values.shape[1])
    shaded = np.einsum("kin,in->kn", np.broadcast_to(vectors, shape), solved)
    return (weight * (values - shaded) ** 2).sum(axis=0)


def _cost(
    vectors: np.ndarray, weight: np.ndarray, values: np.ndarray, solved: np.ndarray, around: np.ndarray
) -> np.ndarray:
    freedom = weight.sum(axis=0) - _FEWEST_LIGHTS
    tolerance = value_of("capture.misfit_share") * around
    missed = _squares(vectors, weight, values, solved) / np.maximum(freedom, 1) / tolerance**2
    albedo = np.linalg.norm(solved, axis=0)
    with np.errstate(divide="ignore"):
        changed = np.log(np.maximum(albedo, 1e-12) / around) / value_of("capture.albedo_change")
    return np.where(albedo > 0, missed + changed**2, np.inf)


def _misfits(
    light: np.ndarray, used: np.ndarray, scaled: np.ndarray, lights: tuple[Light, ...], *, pixel_mm: float
) -> list[float]:
    shape = (light.shape[1], light.shape[2])
    total, count = np.zeros(len(lights)), np.zeros(len(lights))
    for rows in _row_blocks(shape):
        vectors = _vectors(lights, rows, shape, pixel_mm)
        solved = scaled[:, rows].reshape(3, -1)
        albedo = np.maximum(np.linalg.norm(solved, axis=0), 1e-12)
        for k in range(len(lights)):
            here = used[k, rows].ravel()
            missed = (light[k, rows].ravel() - (vectors[k] * solved).sum(axis=0)) / albedo
            total[k] += (missed[here] ** 2).sum()
            count[k] += here.sum()
    return [float(value) for value in np.sqrt(total / np.maximum(count, 1))]
