"""Relief: from normals to heights that can be trusted, and how far they change with the choice of lights.

A small error of a light's direction tilts every normal a little, and differently from place to place; summed up over
the picture it bends the whole. Waves longer than a limit are therefore taken out: photographs under known lights do
not measure form. What is left is integrated again without one light at a time; how far it changes is stated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from scarplan.capture.integrate import integrate_slopes
from scarplan.capture.normals import LitSkin, Normals, find_normals
from scarplan.evidence.library import value_of
from scarplan.surface.filling import fill_nearest
from scarplan.surface.form import fit_form
from scarplan.surface.gaussian_filter import SIGMA_PER_INDEX, remove_long_waves

# The change with the choice of lights is looked at on a grid of about this many pixels a side.
_TRIAL_SIDE = 300
# Whether slopes belong to a surface is asked of waves longer than this.
_NOISE_BELOW_MM = 1.0
# The long waves of a bent face end badly at the border of the picture: a polynomial goes first.
_HIGHEST_FORM_DEGREE = 3


@dataclass(frozen=True)
class Relief:
    """Heights without form, and what was taken out.

    heights_mm          [y x], NaN where fewer than three lights agree
    normals             what they were integrated from
    form_beyond_mm      waves longer than this were taken out: they are not measured
    form_span_mm        how much height these waves spanned (1st to 99th percentile)
    unexplained         share of the squared slopes (waves over 1 mm) that no surface has: lights told in a wrong order,
                        movement, shadows
    light_choice_mm     standard deviation (jackknife) of the heights by the choice of lights; None with three
    """

    heights_mm: np.ndarray
    normals: Normals
    form_beyond_mm: float
    form_span_mm: float
    unexplained: float
    light_choice_mm: float | None


def make_relief(skin: LitSkin, *, robust: bool = True) -> Relief:
    """Return the relief of matte skin."""
    normals, pixel_mm = find_normals(skin, robust=robust), skin.pixel_mm
    beyond = float(value_of("capture.form_beyond_mm"))
    trust = np.where(normals.by_two, float(value_of("capture.two_lights_trust")), 1.0) if normals.by_two.any() else None
    heights = integrate_slopes(
        normals.slope_x, normals.slope_y, normals.valid, pixel_mm=pixel_mm, robust=robust, trust=trust
    )
    relief = remove_form(heights, normals.valid, beyond_px=beyond / pixel_mm)
    waves = (heights - relief)[normals.valid]
    span = float(np.subtract(*np.percentile(waves, [99, 1]))) if waves.size else 0.0
    return Relief(
        heights_mm=np.where(normals.valid, relief, np.nan),
        normals=normals,
        form_beyond_mm=beyond,
        form_span_mm=span,
        unexplained=_unexplained(normals, heights, pixel_mm=pixel_mm),
        light_choice_mm=_change_with_lights(skin),
    )


def _unexplained(normals: Normals, heights: np.ndarray, *, pixel_mm: float) -> float:
    """Return the share of the squared slopes that the integrated heights do not have."""
    valid = normals.valid
    if not valid.any():
        return 1.0
    filled = fill_nearest(heights, valid)
    down, across = np.gradient(filled, pixel_mm)
    inner = ndimage.binary_erosion(valid, np.ones((3, 3), dtype=bool))
    sigma = SIGMA_PER_INDEX * _NOISE_BELOW_MM / pixel_mm
    missed = told = 0.0
    for slope, found in ((normals.slope_x, across), (normals.slope_y, down)):
        # Noise of single pixels has no surface either, but says nothing of the lights.
        left, given = (
            ndimage.gaussian_filter(np.where(inner, values, 0.0), sigma) for values in (slope - found, slope)
        )
        missed += float((left**2).sum())
        told += float((given**2).sum())
    return missed / told if told > 0 else 0.0


def remove_form(heights: np.ndarray, valid: np.ndarray, *, beyond_px: float) -> np.ndarray:
    """Return the heights without their form: first a polynomial, then what is left of the long waves."""
    if not valid.any():
        return heights
    # A polynomial of degree n bends over two n-ths of the picture: never over less than the waves to be taken out.
    degree = int(np.clip(2 * max(heights.shape) / beyond_px, 1, _HIGHEST_FORM_DEGREE))
    filled = np.where(valid, heights, 0.0)
    flat = filled - fit_form(filled, valid, degree=degree)
    return remove_long_waves(flat, valid, index_px=beyond_px)


def _change_with_lights(skin: LitSkin) -> float | None:
    """Return the jackknife standard deviation of the heights [rms over the picture] when a light is left out."""
    count = len(skin.lights)
    if count <= 3:
        return None
    coarse = skin.thin_out(max(1, round(max(skin.mask.shape) / _TRIAL_SIDE)))
    seen, pixel_mm = coarse.mask, coarse.pixel_mm
    beyond = float(value_of("capture.form_beyond_mm")) / pixel_mm
    maps, everywhere = [], seen.copy()
    for out in range(count):
        normals = find_normals(coarse.without(out), robust=False)
        slope_x, slope_y = (fill_nearest(slope, normals.valid) for slope in (normals.slope_x, normals.slope_y))
        heights = integrate_slopes(slope_x, slope_y, np.ones_like(seen), pixel_mm=pixel_mm, robust=False)
        maps.append(remove_form(heights, seen, beyond_px=beyond))
        everywhere &= normals.valid
    if not everywhere.any():
        return None
    stack = np.stack(maps)[:, everywhere]
    return float(np.sqrt((count - 1) / count * ((stack - stack.mean(axis=0)) ** 2).sum(axis=0).mean()))
