"""The scars of a case on one page: numbered on shaded relief, the cut through each, and how deep they are together.

Kinds differ by colour and by shape, so that neither colour blindness nor a grey printer hides them.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from scarplan.report.pictures.chart_view import ChartView
from scarplan.report.pictures.histogram import spread_over_depth
from scarplan.report.pictures.plots import ACCENT
from scarplan.report.pictures.scar_figure import draw_chart
from scarplan.report.pictures.scar_profiles import draw_profile
from scarplan.report.pictures.tall_page import SMALL_TYPE, TYPE, open_tall_page

#: Colour (Okabe and Ito 2008), marker and sign of each kind.
KIND_LOOKS = {
    "icepick": ("#0072b2", "v", "\N{BLACK DOWN-POINTING TRIANGLE}", "ice-pick"),
    "boxcar": ("#d55e00", "s", "\N{BLACK SQUARE}", "boxcar"),
    "rolling": ("#009e73", "o", "\N{BLACK CIRCLE}", "rolling"),
    "raised": ("#cc79a7", "^", "\N{BLACK UP-POINTING TRIANGLE}", "raised"),
}
_MOST_PROFILES, _PROFILE_COLUMNS = 24, 3
#: Up to so many scars each bears its number on the map; beyond, only those that are cut.
_MOST_NUMBERS = 60
_PLOT_INCHES, _PROFILE_INCHES, _HISTOGRAM_INCHES = 4.4, 1.25, 2.4
#: A face of many charts is told at a glance: so many maps, of those with the largest scars, side by side, and so many
#: cuts. All scars are in the tables.
_MOST_MAPS, _MAP_COLUMNS, _MOST_PROFILES_OF_MANY = 6, 2, 12
#: Height of the words around a map, inches.
_WORDS_INCHES = 0.9


def draw_scar_page(
    views: Sequence[ChartView], histogram: Mapping[str, Sequence[float]], *, credits: Sequence[str] = ()
) -> bytes:
    """Return a PNG of the scars of `views`: maps, profiles of the largest, histogram of visible depth.

    `histogram` is that of `scars --json`; `credits` is printed below, where a licence asks for it. The same views give
    the same bytes.
    """
    chosen, count = _choose(views)
    shown = _with_largest(views, chosen)
    rows, has_histogram = math.ceil(len(chosen) / _PROFILE_COLUMNS), any(histogram.get("area_mm2") or ())
    columns = 1 if len(views) <= _MAP_COLUMNS else _MAP_COLUMNS
    heights = [
        max(_PLOT_INCHES / columns * view.height_mm / view.width_mm for view in shown[first : first + columns])
        for first in range(0, len(shown), columns)
    ]
    map_inches = sum(heights) + _WORDS_INCHES * len(heights) or 1.0
    wanted = (map_inches, rows * _PROFILE_INCHES, _HISTOGRAM_INCHES * has_histogram)
    height = sum(wanted)
    with open_tall_page(height, credits=credits) as (figure, drawn):
        parts = [part for part in wanted if part > 0]
        shelves = list(figure.subfigures(len(parts), 1, height_ratios=parts, squeeze=False)[:, 0])
        few = len(shown) <= _MAP_COLUMNS and count <= _MOST_NUMBERS
        numbered = None if few or count <= len(chosen) else {scar["id"] for _, scar in chosen}
        _draw_maps(shelves[0], shown, columns=columns, heights=heights, numbered=numbered)
        if len(shown) < len(views):
            words = f"{len(shown)} of {len(views)} charts, those with the largest scars; all are in scars.csv"
            shelves[0].supxlabel(words, fontsize=SMALL_TYPE)
        if rows:
            _draw_profiles(shelves[1], chosen, rows, count)
        if has_histogram:
            _draw_histogram(shelves[-1].add_subplot(), histogram)
    return drawn[0]


def _choose(views: Sequence[ChartView]) -> tuple[list[tuple[ChartView, Mapping[str, Any]]], int]:
    """Return the finds to cut, in the order of their numbers, and how many there are; of many the largest that count.

    Finds of low confidence are cut where there is room: whoever reviews them needs to see them.
    """
    finds = [(view, scar) for view in views for scar in view.scars]
    most = _MOST_PROFILES if len(views) <= _MAP_COLUMNS else _MOST_PROFILES_OF_MANY
    ranked = sorted(finds, key=lambda pair: (pair[1]["id"] in pair[0].faint, -abs(pair[1]["volume_mm3"])))
    return sorted(ranked[:most], key=lambda pair: pair[1]["id"]), len(finds)


def _with_largest(
    views: Sequence[ChartView], chosen: Sequence[tuple[ChartView, Mapping[str, Any]]]
) -> Sequence[ChartView]:
    """Return the views to draw: all, or where there are many those of the largest scars, in their order."""
    if len(views) <= _MOST_MAPS:
        return views
    largest = sorted(chosen, key=lambda pair: -abs(pair[1]["volume_mm3"]))
    names = list(dict.fromkeys([*(view.name for view, _ in largest), *(view.name for view in views)]))[:_MOST_MAPS]
    return [view for view in views if view.name in names]


def _draw_maps(
    shelf: Any, views: Sequence[ChartView], *, columns: int, heights: Sequence[float], numbered: Collection[int] | None
) -> None:
    grid = shelf.add_gridspec(max(1, len(heights)), columns, height_ratios=heights or [1.0])
    for place, view in enumerate(views):
        axes = shelf.add_subplot(grid[place // columns, place % columns])
        draw_chart(axes, view, colours={kind: look[0] for kind, look in KIND_LOOKS.items()}, numbered=numbered)
        for kind, (colour, marker, _, _) in KIND_LOOKS.items():
            here = [scar for scar in view.scars if scar["kind"] == kind and scar["id"] not in view.faint]
            x, y = ([scar[key] for scar in here] for key in ("x_mm", "y_mm"))
            axes.scatter(x, y, s=16, marker=marker, color=colour, edgecolors="white", linewidths=0.5, zorder=3)
    found = {scar["kind"] for view in views for scar in view.scars}
    marks = [
        Line2D([], [], color=colour, marker=marker, linestyle="none", label=words)
        for kind, (colour, marker, _, words) in KIND_LOOKS.items()
        if kind in found
    ]
    if any(view.faint & {scar["id"] for scar in view.scars} for view in views):
        marks.append(Line2D([], [], color=ACCENT, linestyle=":", alpha=0.6, label="low confidence"))
    if marks:
        shelf.legend(
            handles=marks, loc="outside upper center", ncols=3, frameon=False, handletextpad=0.2, columnspacing=1.0
        )


def _draw_profiles(shelf: Any, chosen: Sequence[tuple[ChartView, Mapping[str, Any]]], rows: int, count: int) -> None:
    depths = [scar["depth_mm"] for _, scar in chosen]
    limits = (-1.25 * max([0.1, *depths]), 1.25 * max([0.08, *(-depth for depth in depths)]))
    for place, (view, scar) in enumerate(chosen, start=1):
        axes = shelf.add_subplot(rows, _PROFILE_COLUMNS, place)
        colour, _, sign, _ = KIND_LOOKS[scar["kind"]]
        draw_profile(axes, view, scar, colour=colour, symbol=sign, limits_mm=limits)
        if (place - 1) % _PROFILE_COLUMNS:
            axes.set_yticklabels([])
    which = f"the {len(chosen)} largest of {count} finds" if count > len(chosen) else "each find"
    words = f"Cut through {which}, mm\n(dashed: its rim; band: depth with its 90 % interval)"
    shelf.suptitle(words, fontsize=TYPE, x=0.01, ha="left", fontweight="bold")


def _draw_histogram(axes: Axes, histogram: Mapping[str, Sequence[float]]) -> None:
    """Draw area per 0.1 mm of depth: bins are not equally wide, and a wider one must not look like more skin."""
    edges, area = np.asarray(histogram["depth_edges_mm"], float), np.asarray(histogram["area_mm2"], float)
    axes.bar(edges[:-1], spread_over_depth(edges, area), width=0.92 * np.diff(edges), align="edge", color=ACCENT)
    axes.set_title("Scar area by visible depth", loc="left", fontweight="bold", fontsize=TYPE)
    axes.set(xlabel="visible depth below the surrounding skin, mm", ylabel="mm\N{SUPERSCRIPT TWO} per 0.1 mm")
    axes.spines[["top", "right"]].set_visible(False)
