"""Colour of skin from a photograph with a colour chart in the frame: typology angle (ITA) and redness (a*).

The 24 patches tell how this light and this camera turn true colours into pixels. A linear fit (3 x 3, on linear
light) takes pixels back to CIE XYZ under daylight (D65, 2 degree observer); what it misses on the patches is stated
as CIE 2000 difference and limits what is believed, on average and at the worst patch. Without a chart no colour is
read. All of it holds for the skin only where it lies in the same light as the chart; a photograph does not show that.

    L*, a*, b*   CIELAB of the patch of skin
    ITA          atan((L* - 50) / b*) in degrees, for b* > 0 (Chardon 1991)
    erythema     a*, as colorimeters of skin give it (Clarys 2000), and its difference from the patch `reference`
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np

from scarplan.evidence.library import value_of
from scarplan.photographs.chart import find_clipped, read_chart, say_patch, to_linear
from scarplan.photographs.marks import Marks, SkinPatch

NO_CHART = "without a colour chart no colour is read from this photo"
SAME_LIGHT = "it holds for the skin only where chart and skin lie in the same light"
#: Nine numbers are fitted; fewer patches than this would not show a misfit.
_PATCHES_LEAST = 18
#: Radius of a patch of skin without a marked border, share of the longer side: a fingertip on a face.
_RADIUS = 0.01
_REFERENCE = "reference"
#: Classes of the typology angle from the lightest; each but the last has the angle above which it begins.
_CLASSES = ("very_light", "light", "intermediate", "tan", "brown", "dark")
#: Two-sided 95 %.
_NORMAL_QUANTILE = 1.959964
_EDITIONS = {
    "after_2014": "ColorChecker24 - After November 2014",
    "before_2014": "ColorChecker24 - Before November 2014",
}


@dataclass(frozen=True)
class SkinColour:
    """Colour of one patch of skin. None: cannot be told.

    `ita_sd_deg` and `erythema_sd` (of a*): standard deviation by the misfit of the chart. `give_or_take_deg` of the
    typology angle and `redness_give_or_take` of the difference: 95 %, by the same. The misfits of the
    two patches are taken as independent; of like colours they are not, so it is rather wide.
    """

    name: str
    lab: tuple[float, float, float] | None
    ita_deg: float | None = None
    give_or_take_deg: float | None = None
    ita_class: str | None = None
    classes_possible: tuple[str, ...] = ()
    redness_difference: float | None = None
    redness_give_or_take: float | None = None
    ita_sd_deg: float | None = None
    erythema: float | None = None
    erythema_sd: float | None = None
    note: str = ""


@dataclass(frozen=True)
class ColourReading:
    """What the chart allowed. `residual_mean` and `residual_max` are CIE 2000 differences over the patches used."""

    is_read: bool
    note: str
    residual_mean: float | None = None
    residual_max: float | None = None
    patches_used: int = 0
    skin: tuple[SkinColour, ...] = field(default=())


def read_colour(picture: np.ndarray, marks: Marks, *, edition: str = "after_2014") -> ColourReading:
    """Return the colours of the marked patches of skin in an sRGB picture [y x 3] of bytes.

    Refused, with the reason in `note`: no chart, corners that cannot be, too many patches over- or underexposed, or
    a misfit above the limit, on average or of one patch.
    """
    if not marks.has_chart:
        return ColourReading(False, NO_CHART)
    chart = read_chart(picture, marks.chart)
    if chart.fault:
        return ColourReading(False, f"no colour is read: {chart.fault}")
    used = int(chart.usable.sum())
    if used < _PATCHES_LEAST:
        return ColourReading(
            False,
            f"no colour is read: only {used} of 24 patches are neither too bright nor too dark",
            patches_used=used,
        )
    matrix = _fit(chart.linear_rgb[chart.usable], _true_xyz(edition)[chart.usable])
    misfit = _find_misfit(matrix, chart.linear_rgb[chart.usable], _true_xyz(edition)[chart.usable])
    mean, most = float(misfit.by_patch.mean()), float(misfit.by_patch.max())
    worst = say_patch(int(np.flatnonzero(chart.usable)[misfit.by_patch.argmax()]))
    if fault := _judge_misfit(mean, most, worst):
        return ColourReading(False, f"no colour is read: {fault}", mean, most, used)
    return ColourReading(
        True,
        f"read with the chart; its patches miss their true colours by {mean:.1f} on average, {most:.1f} at most "
        f"(CIE 2000 difference); {SAME_LIGHT}",
        mean,
        most,
        used,
        _read_skin(picture, marks.skin, matrix, misfit),
    )


def typology_angle(lab: tuple[float, float, float]) -> float | None:
    """Return the individual typology angle in degrees; None for b* of 0 or less, where it is not defined."""
    lightness, _, b = lab
    return math.degrees(math.atan((lightness - 50) / b)) if b > 0 else None


def classify_angle(ita_deg: float) -> str:
    """Return the class of an individual typology angle: very_light, light, intermediate, tan, brown or dark."""
    *limited, darkest = _CLASSES
    return next((name for name in limited if ita_deg > value_of(f"photographs.ita_{name}_above")), darkest)


@dataclass(frozen=True)
class _Misfit:
    """By how much each patch used is missed (CIE 2000), and by that the standard deviation of L* or b*, and of a*."""

    by_patch: np.ndarray
    plane_sd: float
    redness_sd: float


def _judge_misfit(mean: float, most: float, worst: str) -> str:
    """Return why a chart missed by this much is not believed, or nothing."""
    limit, limit_of_one = (value_of(f"photographs.chart_{which}_most") for which in ("residual", "worst_patch"))
    if mean > limit:
        return (
            f"the chart's patches miss their true colours by {mean:.1f}, more than {limit:g} (mean CIE 2000 "
            f"difference); most of all {worst}, by {most:.1f}"
        )
    if most > limit_of_one:
        return (
            f"one patch of the chart, {worst}, misses its true colour by {most:.1f}, more than {limit_of_one:g} "
            "(CIE 2000 difference): check that nothing covers it, shades it or shines on it"
        )
    return ""


def _read_skin(
    picture: np.ndarray, skin: Mapping[str, SkinPatch], matrix: np.ndarray, misfit: _Misfit
) -> tuple[SkinColour, ...]:
    labs = {name: _read_patch(picture, patch, matrix) for name, patch in sorted(skin.items())}
    reference = labs.get(_REFERENCE)
    found = []
    for name, lab in labs.items():
        if lab is None:
            found.append(SkinColour(name, None, note="too bright or too dark in the photograph"))
            continue
        redder = None if reference is None or name == _REFERENCE else lab[1] - reference[1]
        found.append(_describe_patch(name, lab, misfit, redder))
    return tuple(found)


def _describe_patch(name: str, lab: tuple[float, float, float], misfit: _Misfit, redder: float | None) -> SkinColour:
    # The difference of two patches, each missed by as much as those of the chart are.
    redness = (redder, None if redder is None else _NORMAL_QUANTILE * math.sqrt(2) * misfit.redness_sd)
    angle = typology_angle(lab)
    known = SkinColour(
        name,
        lab,
        redness_difference=redness[0],
        redness_give_or_take=redness[1],
        erythema=lab[1],
        erythema_sd=misfit.redness_sd,
    )
    if angle is None:
        return replace(known, note="b* is not above 0: no typology angle")
    # The angle is that of the point (b*, L* - 50): a shift across its radius turns it by this.
    radius = math.hypot(lab[0] - 50, lab[2])
    give = math.degrees(math.asin(min(1.0, _NORMAL_QUANTILE * misfit.plane_sd / radius)))
    spread = math.degrees(math.asin(min(1.0, misfit.plane_sd / radius)))
    lightest, darkest = (_CLASSES.index(classify_angle(end)) for end in (angle + give, angle - give))
    possible = _CLASSES[lightest : darkest + 1]
    return replace(
        known,
        ita_deg=angle,
        ita_sd_deg=spread,
        give_or_take_deg=give,
        ita_class=classify_angle(angle),
        classes_possible=possible,
    )


def _read_patch(picture: np.ndarray, patch: SkinPatch, matrix: np.ndarray) -> tuple[float, float, float] | None:
    """Return L*, a*, b* of a patch, None where it is over- or underexposed. The median leaves hairs and pores out."""
    rows, columns = picture.shape[:2]
    radius = patch.radius_px or _RADIUS * max(rows, columns)
    x, y = patch.centre_px
    left, top = max(0, int(x - radius)), max(0, int(y - radius))
    part = picture[top : int(y + radius) + 2, left : int(x + radius) + 2]
    down, across = np.indices(part.shape[:2])
    inside = (across + left + 0.5 - x) ** 2 + (down + top + 0.5 - y) ** 2 <= radius**2
    levels = part[inside] if inside.any() else part.reshape(-1, 3)
    if find_clipped(levels):
        return None
    linear = np.median(to_linear(levels), axis=0)
    lightness, a, b = _to_lab(linear @ matrix.T)
    return float(lightness), float(a), float(b)


def _fit(linear_rgb: np.ndarray, true_xyz: np.ndarray) -> np.ndarray:
    """Return the matrix [3 3] that takes linear light to XYZ."""
    import colour

    return np.asarray(colour.characterisation.matrix_colour_correction_Cheung2004(linear_rgb, true_xyz, terms=3))


def _find_misfit(matrix: np.ndarray, linear_rgb: np.ndarray, true_xyz: np.ndarray) -> _Misfit:
    import colour

    found, true = _to_lab(linear_rgb @ matrix.T), _to_lab(true_xyz)
    squares = ((found - true) ** 2).mean(0)
    return _Misfit(
        by_patch=np.asarray(colour.delta_E(found, true, method="CIE 2000")),
        plane_sd=math.sqrt(squares[[0, 2]].mean()),
        redness_sd=math.sqrt(squares[1]),
    )


@cache
def _true_xyz(edition: str) -> np.ndarray:
    """Return XYZ [patch 3] of the 24 patches under D65, white at 1."""
    import colour

    checker = colour.CCS_COLOURCHECKERS[_EDITIONS[edition]]
    given = colour.xyY_to_XYZ(np.array(list(checker.data.values())))
    white = colour.xy_to_XYZ(checker.illuminant)
    return np.asarray(
        colour.chromatic_adaptation(
            given, white, colour.xy_to_XYZ(_daylight()), method="Von Kries", transform="Bradford"
        )
    )


def _daylight() -> Any:
    import colour

    return colour.CCS_ILLUMINANTS["CIE 1931 2 Degree Standard Observer"]["D65"]


def _to_lab(xyz: np.ndarray) -> np.ndarray:
    import colour

    return np.asarray(colour.XYZ_to_Lab(xyz, _daylight()))
