"""Pictures of one chart: shaded relief and depth map, with marks and a scale bar, ready for the template."""

from __future__ import annotations

from dataclasses import dataclass

import matplotlib
import numpy as np
from jaxtyping import Float

from scarplan.report.pictures.chart_view import ChartView
from scarplan.report.pictures.numbered import LONGEST_SIDE, Mark, mark_scars
from scarplan.report.pictures.raster import encode_png, fit_longest_side
from scarplan.report.pictures.shading import fill_unseen, fit_form, shade_relief, skin_palette
from scarplan.report.wording import count_of, write_trimmed

_BAR_LENGTHS_MM = (1, 2, 5, 10, 20, 50, 100)
#: Perceptually uniform, readable in every kind of colour blindness; light = skin level, dark = deep.
DEPTH_COLOURS = "magma_r"
_LEGEND_STEPS = 48
_LEAST_RANGE_MM = 0.3  # below it the colours would show the lines of healthy skin as if they were scars


@dataclass(frozen=True)
class ReliefPicture:
    """A raster with marks over it. Lengths in picture units (the longer side is 1000)."""

    name: str
    png: str
    width: float
    height: float
    marks: tuple[Mark, ...]
    text_size: float
    bar_length: float
    bar_words: str
    alt: str
    stops: tuple[str, ...] = ()
    deepest_mm: float | None = None


def draw_shaded_relief(view: ChartView, *, longest: int = 720, text_size: float = 30.0) -> ReliefPicture:
    """Return the relief of `view` under raking light with numbered scars."""
    marked = count_of(len(view.scars), "numbered scar")
    alt = f"Shaded relief of the chart {view.name}, {_size_in_words(view)}, with {marked}."
    return _frame(view, shade_png(view, view.relief_mm, longest=longest), text_size=text_size, alt=alt)


def shade_png(view: ChartView, relief_mm: Float[np.ndarray, "y x"], *, longest: int) -> str:
    """Return `relief_mm` on the grid of `view` under the same light as every other picture."""
    form = fit_form(view.relief_mm, view.valid)  # of today's skin for every picture: the light stays the same
    level = fill_unseen(np.where(view.valid, relief_mm, 0.0), view.valid) - fill_unseen(form, view.valid)
    small = fit_longest_side(level, longest)
    seen = fit_longest_side(view.valid.astype(float), longest) > 0.5
    return encode_png(shade_relief(small, view.width_mm / small.shape[1]), seen, skin_palette())


def draw_depth_map(view: ChartView, *, longest: int = 720, text_size: float = 30.0) -> ReliefPicture | None:
    """Return the depth below the surrounding skin in colours, with the end of the colour range.

    None where the level of the skin was not kept with the scars.
    """
    if view.level_mm is None:
        return None
    depth_mm = np.maximum(np.nan_to_num(view.level_mm - view.relief_mm), 0.0)
    deepest = max([_LEAST_RANGE_MM, *(scar["depth_mm"] for scar in view.scars)])
    deepest = np.ceil(deepest * 20 - 1e-9) / 20  # a round end of the legend
    small = fit_longest_side(np.where(view.valid, depth_mm, 0.0), longest)
    seen = fit_longest_side(view.valid.astype(float), longest) > 0.5
    palette = np.rint(255 * matplotlib.colormaps[DEPTH_COLOURS](np.linspace(0, 1, 255))[:, :3]).astype(np.uint8)
    png = encode_png(np.clip(small / deepest, 0, 1), seen, palette)
    dark = f"dark is {write_trimmed(deepest)} mm or deeper"
    alt = f"Depth map of the chart {view.name}, {_size_in_words(view)}: light is skin level, {dark}."
    stops = tuple("#{:02x}{:02x}{:02x}".format(*palette[i]) for i in np.linspace(0, 254, _LEGEND_STEPS).astype(int))
    return _frame(view, png, text_size=text_size, alt=alt, stops=stops, deepest_mm=float(deepest))


def _frame(
    view: ChartView,
    png: str,
    *,
    text_size: float,
    alt: str,
    stops: tuple[str, ...] = (),
    deepest_mm: float | None = None,
) -> ReliefPicture:
    scale = LONGEST_SIDE / max(view.width_mm, view.height_mm)
    bar_mm = max((length for length in _BAR_LENGTHS_MM if length <= 0.3 * view.width_mm), default=1)
    return ReliefPicture(
        name=view.name,
        png=png,
        width=round(view.width_mm * scale, 1),
        height=round(view.height_mm * scale, 1),
        marks=mark_scars(view, text_size=text_size),
        text_size=text_size,
        bar_length=round(bar_mm * scale, 1),
        bar_words=f"{bar_mm} mm",
        alt=alt,
        stops=stops,
        deepest_mm=deepest_mm,
    )


def _size_in_words(view: ChartView) -> str:
    return f"{view.width_mm:.0f} by {view.height_mm:.0f} mm"
