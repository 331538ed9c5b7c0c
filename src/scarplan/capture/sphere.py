"""Lights told by a sphere in the picture: the highlight on a polished ball, or the shading of a white matte one."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from scarplan.capture.lights import Light, far_light
from scarplan.errors import BadInput
from scarplan.evidence.library import value_of
from scarplan.records.capture import Sphere

# The outermost part of the outline is left out: there one pixel spans many directions.
_INNER_SHARE = 0.95
# The highlight is what is brighter than this share of the brightest point; it must stand out this much.
_HIGHLIGHT_SHARE, _LEAST_OVER_MEDIAN = 0.5, 4.0
# A matte ball: pixels darker than this share of its brightest are in its own shadow; repeated until they settle.
_LIT_SHARE, _ROUNDS = 0.1, 8
_FEWEST_LIT = 50


def is_inside(sphere: Sphere, shape: tuple[int, int], *, share: float = 1.0) -> np.ndarray:
    """Return the pixels within `share` of the sphere's radius [y x]."""
    y, x = np.ogrid[: shape[0], : shape[1]]
    return (x - sphere.x_px) ** 2 + (y - sphere.y_px) ** 2 <= (share * sphere.radius_px) ** 2


def find_light(light: np.ndarray, is_full: np.ndarray, sphere: Sphere, *, name: str) -> tuple[Light, float | None]:
    """Return the light that shines on `sphere` in a picture of linear light [y x], and how far shading misses it.

    The misfit (rms over the brightest) is known of a matte ball only. Raises BadInput where nothing can be told.
    """
    rows, columns = light.shape
    if not (
        sphere.radius_px <= sphere.x_px <= columns - 1 - sphere.radius_px
        and sphere.radius_px <= sphere.y_px <= rows - 1 - sphere.radius_px
    ):
        raise BadInput(
            "the sphere does not lie whole in the picture",
            code="E-CAPTURE-005",
            got=f"centre ({sphere.x_px:g}, {sphere.y_px:g}), radius {sphere.radius_px:g}",
            allowed=f"a picture of {columns} x {rows} pixels",
            do="check x_px (column), y_px (row) and radius_px of [sphere]",
        )
    if sphere.surface == "chrome":
        return _from_highlight(light, sphere, name=name), None
    return _from_shading(light, is_full, sphere, name=name)


def _from_highlight(light: np.ndarray, sphere: Sphere, *, name: str) -> Light:
    inside = is_inside(sphere, light.shape, share=_INNER_SHARE)
    values = np.where(inside, light, 0.0)
    brightest = float(values.max())
    if brightest <= _LEAST_OVER_MEDIAN * float(np.median(light[inside])):
        raise BadInput(
            f"no highlight stands out on the sphere in {name}",
            code="E-CAPTURE-006",
            got=f"brightest {brightest:.2g}, median {float(np.median(light[inside])):.2g}",
            do='check the place of the sphere, switch other lights off, or use surface = "matte" for a white ball',
        )
    labels, _ = ndimage.label(values > _HIGHLIGHT_SHARE * brightest)
    largest = 1 + int(np.argmax(np.bincount(labels.ravel())[1:]))
    # The outline of the highlight, not its brightness: most of it is full.
    y, x = ndimage.center_of_mass(labels == largest)
    normal = _normal_at(np.array([x]), np.array([y]), sphere)[:, 0]
    # The camera is far away, towards (0, 0, 1); a mirror turns that about its normal.
    mirrored = 2 * normal[2] * normal - np.array([0.0, 0.0, 1.0])
    return far_light((float(mirrored[0]), float(mirrored[1]), float(mirrored[2])))


def _from_shading(light: np.ndarray, is_full: np.ndarray, sphere: Sphere, *, name: str) -> tuple[Light, float]:
    usable = is_inside(sphere, light.shape, share=_INNER_SHARE) & ~is_full
    y, x = np.nonzero(usable)
    values = light[usable].astype(float)
    normals = _normal_at(x, y, sphere)
    brightest = float(np.percentile(values, 99)) if values.size else 0.0
    lit = values > 3 * _LIT_SHARE * brightest
    fitted = np.zeros(3)
    for _ in range(_ROUNDS):
        if brightest <= 0 or lit.sum() < _FEWEST_LIT:
            raise BadInput(
                f"the sphere in {name} is dark or full everywhere",
                code="E-CAPTURE-007",
                got=f"{int(lit.sum())} usable pixels",
                do="check the place of the sphere and the exposure",
            )
        fitted = np.linalg.lstsq(normals[:, lit].T, values[lit], rcond=None)[0]
        shaded = fitted @ normals
        lit = (shaded > _LIT_SHARE * np.linalg.norm(fitted)) & (values > 0.5 * _LIT_SHARE * brightest)
    strength = float(np.linalg.norm(fitted))
    misfit = float(np.sqrt(np.mean((values[lit] - fitted @ normals[:, lit]) ** 2)) / strength)
    most = value_of("capture.sphere_misfit_most")
    if misfit > most:
        raise BadInput(
            f"the shading of the sphere in {name} is not that of a white matte ball under one light",
            code="E-CAPTURE-008",
            got=f"misfit {100 * misfit:.0f} %",
            allowed=f"at most {100 * most:.0f} %",
            do="check its place, `encoding`, that it does not shine, and that no other light is on",
        )
    return far_light((float(fitted[0]), float(fitted[1]), float(fitted[2])), strength=strength), misfit


def _normal_at(x: np.ndarray, y: np.ndarray, sphere: Sphere) -> np.ndarray:
    """Return the normals [3 n] of the sphere at pixels: right, up, towards the camera."""
    right = (x - sphere.x_px) / sphere.radius_px
    up = -(y - sphere.y_px) / sphere.radius_px
    return np.stack([right, up, np.sqrt(np.maximum(0.0, 1 - right**2 - up**2))])
