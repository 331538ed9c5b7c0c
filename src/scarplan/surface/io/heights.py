"""What a height map must be, whatever file it came from; and heights in file units to heights in mm."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from scarplan.errors import BadInput
from scarplan.evidence.library import value_of
from scarplan.surface.robust import median
from scarplan.surface.surface import FEWEST_ACROSS

# A whole face of 200 x 200 mm at 0.025 mm; more does not fit the memory of a small computer.
MOST_PIXELS = 64_000_000
#: One extreme height in more pixels than this is no chance.
_SHARE_OF_A_NO_DATA_VALUE = 0.005
_KINDS_IN_WORDS = {
    "b": "true or false values (a mask)",
    "c": "complex numbers",
    "O": "Python objects, which are never unpickled",
    "V": "records with several fields",
    "S": "text",
    "U": "text",
    "M": "dates",
    "m": "time spans",
}


def check_pixel(pixel_mm: float | None, path: Path) -> float:
    """Return `pixel_mm` if it is a plausible grid spacing. Raises BadInput otherwise."""
    low, high = value_of("surface.smallest_pixel_mm"), value_of("surface.largest_pixel_mm")
    if pixel_mm is None:
        raise BadInput(
            f"--pixel-mm is missing: {path.name} does not tell how far apart its pixels are",
            code="E-SURF-010",
            got="nothing",
            allowed=f"{low} to {high} mm",
            do="add the grid spacing of the scan, for example --pixel-mm 0.1",
        )
    if not (math.isfinite(pixel_mm) and low <= pixel_mm <= high):
        raise BadInput(
            "--pixel-mm is not a grid spacing of a skin scan",
            code="E-SURF-011",
            got=pixel_mm,
            allowed=f"{low} to {high} mm",
            do="give the distance between two neighbouring pixels in mm (50 um is 0.05)",
        )
    return float(pixel_mm)


def check_header(dtype: np.dtype, shape: tuple[int, ...], path: Path) -> None:
    """Raise BadInput unless an array of this kind and size can be a height map. Looks at no data."""
    if dtype.kind not in "fiu":
        raise BadInput(
            f"{path.name} holds {_KINDS_IN_WORDS.get(dtype.kind, 'no numbers')}, not heights",
            code="E-SURF-012",
            got=f"type {dtype}",
            allowed="floating-point or integer numbers",
            do="export the heights as 32-bit floating point",
        )
    across = _without_single_axis(shape)
    if len(across) != 2:
        raise BadInput(
            f"{path.name} is not a grid of heights",
            code="E-SURF-013",
            got=f"{len(shape)} dimensions {shape}",
            allowed="two dimensions: rows and columns",
            do="export one height per pixel (a colour picture is no height map)",
        )
    if min(across) < FEWEST_ACROSS:
        raise BadInput(
            f"{path.name} is too small to be a scan of skin",
            code="E-SURF-014",
            got=f"{across[0]} rows x {across[1]} columns",
            allowed=f"at least {FEWEST_ACROSS} x {FEWEST_ACROSS}",
            do="export the whole scan",
        )
    if math.prod(across) > MOST_PIXELS:
        raise BadInput(
            f"{path.name} is too large",
            code="E-SURF-015",
            got=f"{across[0]} rows x {across[1]} columns = {math.prod(across) / 1e6:.0f} million pixels",
            allowed=f"at most {MOST_PIXELS // 1_000_000} million pixels",
            do="crop it to the skin to be treated, or export it on a coarser grid",
        )


def _without_single_axis(shape: tuple[int, ...]) -> tuple[int, ...]:
    # (rows, columns, 1) and (1, rows, columns) are height maps that an exporter wrapped once more.
    if len(shape) == 3 and 1 in (shape[0], shape[2]):
        return shape[1:] if shape[0] == 1 else shape[:2]
    return shape


def heights_in_mm(values: np.ndarray, *, unit_mm: float, pixel_mm: float, path: Path) -> np.ndarray:
    """Return `values` (file units) as heights in mm [y x], float64, NaN where not seen, median 0.

    Raises BadInput when there is nothing to measure or when unit and pixel size make the relief absurd.
    """
    check_header(values.dtype, values.shape, path)
    values = values.reshape(_without_single_axis(values.shape))
    if np.isinf(values).any():
        raise BadInput(
            f"{path.name} holds infinite heights",
            code="E-SURF-016",
            got=f"{int(np.isinf(values).sum())} infinite pixels",
            allowed="finite heights; NaN where the skin was not seen",
            do="write NaN where nothing was measured (16-bit floating point overflows above 65504: use 32 bit)",
        )
    seen = ~np.isnan(values)
    if seen.sum() < FEWEST_ACROSS**2:
        raise BadInput(
            f"{path.name} shows no skin",
            code="E-SURF-017",
            got=f"{int(seen.sum())} of {values.size} pixels are not NaN",
            allowed=f"at least {FEWEST_ACROSS**2} measured pixels",
            do="scan again, or export with less of the surface masked",
        )
    _check_not_flat(values, seen, path)
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows here is named below
        heights = values.astype(np.float64) * unit_mm
        heights -= median(heights[seen])
    _check_relief(heights, seen, pixel_mm=pixel_mm, path=path)
    return heights


def _check_not_flat(values: np.ndarray, seen: np.ndarray, path: Path) -> None:
    first = values.flat[int(np.argmax(seen))]
    others = (values != first) & seen
    if not others.any():
        raise BadInput(
            f"all heights of {path.name} are equal: there is no relief",
            code="E-SURF-018",
            got="one height",
            do="check that the export holds heights and not a mask",
        )
    second = values.flat[int(np.argmax(others))]
    if not np.any(others & (values != second)):
        raise BadInput(
            f"{path.name} holds two heights only: that is a mask, not a relief",
            code="E-SURF-095",
            got=f"{first:g} and {second:g}",
            allowed="heights in fine steps",
            do="export the heights themselves",
        )


def _check_relief(heights: np.ndarray, seen: np.ndarray, *, pixel_mm: float, path: Path) -> None:
    # The outer percent is left out: a few false heights do not make a unit wrong.
    all_seen = heights[seen]
    outer = all_seen.size // 100
    low, high = np.partition(all_seen, (outer, all_seen.size - 1 - outer))[[outer, -1 - outer]]
    with np.errstate(over="ignore", invalid="ignore"):
        relief = high - low
    largest, smallest = value_of("surface.largest_relief_mm"), value_of("surface.smallest_relief_mm")
    if not smallest <= relief <= largest:
        size = f"{relief:.3g} mm" if relief >= 0.01 else f"{1000 * relief:.3g} um"
        size = size if math.isfinite(relief) else "more than a number can hold"
        raise BadInput(
            f"wrong unit? The relief of {path.name} is absurd for skin",
            code="E-SURF-019",
            got=f"{size} from its lowest to its highest part",
            allowed=f"{1000 * smallest:.0f} um to {largest:.0f} mm",
            do="check --unit: it is the unit of the heights in the file" + _hint_at_no_data(heights, seen),
        )
    slope = _middle_slope_deg(heights, pixel_mm)
    steepest = value_of("surface.steepest_usual_slope_deg")
    if slope > steepest:
        high_mm, wide_mm = (size * pixel_mm for size in heights.shape)
        raise BadInput(
            f"wrong unit or pixel size? Half of {path.name} is steeper than {slope:.0f} degrees",
            code="E-SURF-020",
            got=f"{relief:.3g} mm of relief on {high_mm:.3g} x {wide_mm:.3g} mm",
            allowed=f"at most {steepest:.0f} degrees",
            do="check --unit (heights) and --pixel-mm (grid)",
        )


def _hint_at_no_data(heights: np.ndarray, seen: np.ndarray) -> str:
    """Return what to do where one extreme height stands in many pixels: it may mean "not measured"."""
    all_seen = heights[seen]
    for extreme in (all_seen.min(), all_seen.max()):
        share = float((all_seen == extreme).mean())
        if share > _SHARE_OF_A_NO_DATA_VALUE:
            return f"; one extreme height stands in {share:.0%} of the pixels: if it means not measured, write NaN"
    return ""


def _middle_slope_deg(heights: np.ndarray, pixel_mm: float) -> float:
    # Slopes over about 2 mm, so that noise of a pixel plays no part.
    stride = max(1, min(round(2.0 / pixel_mm), min(heights.shape) // 4))
    coarse = heights[::stride, ::stride]
    step = stride * pixel_mm
    slopes = np.hypot(np.diff(coarse, axis=0)[:, :-1], np.diff(coarse, axis=1)[:-1]) / step
    known = slopes[~np.isnan(slopes)]
    return float(np.degrees(np.arctan(median(known)))) if known.size else 0.0
