"""Before, after and the difference of two visits, with the detectable change as the neutral colour.

Blue is skin that lies lower, brown higher (a raised scar that became flatter is blue): a pair that every kind of
colour blindness tells apart. What could be mere error is grey. Numbers are those of the baseline; the list below says
what became of each scar.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.patheffects import withStroke
from scipy.ndimage import gaussian_filter

from scarplan.report.pictures.chart_view import ChartView
from scarplan.report.pictures.plots import INK, LINE, MUTED
from scarplan.report.pictures.raster import fit_longest_side
from scarplan.report.pictures.shading import fill_unseen, fit_form, shade_relief, skin_palette
from scarplan.report.pictures.tall_page import SMALL_TYPE, TYPE, open_tall_page

_PLOT_INCHES, _LIST_INCHES, _NUMBER_TYPE = 4.2, 3.4, 11.0
_LONGEST = 900
#: Height of the title and of the words around each map, inches.
_TITLE_INCHES, _WORDS_INCHES = 0.9, 0.6
#: Blue-brown, readable in every kind of colour blindness; the middle third is the grey of no measurable change.
_DEEPER = ("#9ec4de", "#4f97c4", "#1c66a0", "#0a3a6b")
_MILDER = ("#e6c38a", "#c98f3c", "#98601a", "#5f370a")
_NEUTRAL, _UNSEEN = "#d9dcde", "#ffffff"
_STEPS = (1.0, 2.0, 4.0, 8.0)
_LISTED = 16
_GRAIN_MM = 0.15


@dataclass(frozen=True)
class ChangeView:
    """One chart of the baseline with the follow-up laid over it; heights in mm [y x]."""

    before: ChartView
    after_mm: Float[np.ndarray, "y x"]
    after_labels: Int[np.ndarray, "y x"]
    difference_mm: Float[np.ndarray, "y x"]
    overlap: Bool[np.ndarray, "y x"]


def draw_changes(views: Sequence[ChangeView], result: Mapping[str, Any], *, credits: Sequence[str] = ()) -> bytes:
    """Return a PNG, one below the other: for each chart before, after, difference; then what became of each scar.

    `result` is what `compare` told. The same views and result give the same bytes.
    """
    limit = _detectable(result)
    maps = [_PLOT_INCHES * view.before.height_mm / view.before.width_mm + _WORDS_INCHES for view in views]
    rows = [*(inches for inches in maps for _ in range(3)), _LIST_INCHES]
    with open_tall_page(sum(rows) + _TITLE_INCHES, credits=credits) as (figure, drawn):
        grid = figure.add_gridspec(len(rows), 1, height_ratios=rows)
        for number, view in enumerate(views):
            axes = [figure.add_subplot(grid[3 * number + k, 0]) for k in range(3)]
            image = _draw_row(axes, view, result, limit, named=f", {view.before.name}" if len(views) > 1 else "")
            ticks = _edges(limit)[1:-1]
            bar = figure.colorbar(image, ax=axes[2], location="bottom", pad=0.02, ticks=ticks, extend="both", aspect=30)
            bar.ax.set_xticklabels([f"{1000 * edge:+.0f}" for edge in ticks], fontsize=SMALL_TYPE)
            bar.set_label("blue: skin lower   grey: not measurable   brown: higher   (um)", fontsize=0.9 * SMALL_TYPE)
            bar.outline.set_edgecolor(LINE)
        _draw_list(figure.add_subplot(grid[-1, 0]), result)
        figure.suptitle(_headline(result), x=0.02, ha="left", fontsize=TYPE, fontweight="bold")
    return drawn[0]


def _draw_row(axes: Sequence[Axes], view: ChangeView, result: Mapping[str, Any], limit: float, *, named: str) -> Any:
    chart = view.before
    extent = (0.0, chart.width_mm, chart.height_mm, 0.0)
    seen_after = view.overlap
    for one, heights, seen, title in (
        (axes[0], chart.relief_mm, chart.valid, "Before"),
        (axes[1], np.where(seen_after, view.after_mm, 0.0), seen_after, "After, laid over it"),
    ):
        one.imshow(_shaded(heights, seen, chart.pixel_mm), extent=extent)
        one.set_title(title + named, loc="left", fontweight="bold")
    # Noise of single pixels is no change of a scar: it is averaged over the finest scale at which scars are seen.
    difference = np.where(seen_after, np.nan_to_num(view.difference_mm), 0.0)
    weight = gaussian_filter(seen_after.astype(float), _GRAIN_MM / chart.pixel_mm)
    calm = gaussian_filter(difference, _GRAIN_MM / chart.pixel_mm) / np.maximum(weight, 1e-3)
    small = fit_longest_side(calm, _LONGEST)
    there = fit_longest_side(seen_after.astype(float), _LONGEST) > 0.5
    edges = _edges(limit)
    plain = ListedColormap([*reversed(_DEEPER[:-1]), _NEUTRAL, *_MILDER[:-1]])
    colours = plain.with_extremes(bad=_UNSEEN, under=_DEEPER[-1], over=_MILDER[-1])
    norm = BoundaryNorm(edges, colours.N)
    image = axes[2].imshow(np.ma.masked_array(small, ~there), extent=extent, cmap=colours, norm=norm)
    axes[2].set_title("Difference without posture" + named, loc="left", fontweight="bold")
    _mark(axes, view, result)
    for one in axes:
        one.set(xlim=(0, chart.width_mm), ylim=(chart.height_mm, 0))
        one.tick_params(colors=MUTED, labelsize=SMALL_TYPE)
        one.set_ylabel("mm", fontsize=SMALL_TYPE, color=MUTED)
    return image


def _mark(axes: Sequence[Axes], view: ChangeView, result: Mapping[str, Any]) -> None:
    """Draw outlines and numbers: of the baseline on all three, new scars (N) on the last two."""
    chart = view.before
    x = (np.arange(chart.labels.shape[1]) + 0.5) * chart.pixel_mm
    y = (np.arange(chart.labels.shape[0]) + 0.5) * chart.pixel_mm
    told = {pair["id_a"] for pair in result["pairs"]} | set(result["vanished"])
    for one in axes:
        if (chart.labels > 0).any():
            one.contour(x, y, chart.labels > 0, [0.5], colors=INK, linewidths=0.9)
        for scar in chart.scars:
            if scar["id"] in told:
                _write(one, *_beside(chart, scar), str(scar["id"]))
    for scar_id in result["new"]:
        rows, columns = np.nonzero(view.after_labels == scar_id)
        if rows.size:
            for one in axes[1:]:
                one.contour(x, y, view.after_labels == scar_id, [0.5], colors=INK, linewidths=0.9, linestyles="--")
                _write(one, columns.mean() * chart.pixel_mm, rows.mean() * chart.pixel_mm, f"N{scar_id}")


def _beside(chart: ChartView, scar: Mapping[str, Any]) -> tuple[float, float]:
    """Return where the number of a scar stands: beside it, towards the middle of the chart."""
    reach = 0.5 * scar["width_mm"] + 0.025 * chart.width_mm
    right = 1.0 if scar["x_mm"] < 0.5 * chart.width_mm else -1.0
    return scar["x_mm"] + right * reach, scar["y_mm"]


def _write(axes: Axes, x: float, y: float, words: str) -> None:
    axes.text(
        x, y, words, ha="center", va="center", fontsize=_NUMBER_TYPE, fontweight="bold", clip_on=True,
        path_effects=[withStroke(linewidth=2.0, foreground="white")],
    )  # fmt: skip


def _shaded(heights: np.ndarray, seen: np.ndarray, pixel_mm: float) -> np.ndarray:
    heights = np.where(seen, heights, 0.0)
    level = fill_unseen(heights, seen) - fill_unseen(fit_form(heights, seen), seen)
    small = fit_longest_side(level, _LONGEST)
    light = shade_relief(small, pixel_mm * heights.shape[1] / small.shape[1])
    picture = skin_palette()[np.rint(light * 254).astype(int)]
    picture[fit_longest_side(seen.astype(float), _LONGEST) <= 0.5] = 255
    return picture


def _draw_list(axes: Axes, result: Mapping[str, Any]) -> None:
    """Draw the change of each scar with its 95 % interval, and the band of no measurable change."""
    pairs = choose_listed(result["pairs"])
    place = np.arange(len(pairs))
    change = np.array([_outward(pair) for pair in pairs])
    reach = np.array([1.96 * pair["sd_mm"] for pair in pairs])
    limits = np.array([pair["detectable_change_mm"] for pair in pairs])
    if len(pairs):
        axes.bar(place, 2 * limits, bottom=-limits, width=0.9, color=_NEUTRAL, zorder=1)
        colours = [_MILDER[2] if c > 0 else _DEEPER[2] for c in change]
        colours = [c if pair["detectable"] else MUTED for c, pair in zip(colours, pairs, strict=True)]
        axes.errorbar(place, change, yerr=reach, fmt="none", ecolor=MUTED, elinewidth=1.0, zorder=2)
        for detectable, marker in ((True, "D"), (False, "o")):
            chosen = [i for i, pair in enumerate(pairs) if pair["detectable"] is detectable]
            axes.scatter(place[chosen], change[chosen], c=[colours[i] for i in chosen], marker=marker, s=30, zorder=3)
        axes.axhline(0.0, color=MUTED, linewidth=0.6)
        axes.set_xticks(place, [str(pair["id_a"]) for pair in pairs])
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=SMALL_TYPE)
    axes.set_ylabel("deeper (-) or less deep (+), mm", fontsize=SMALL_TYPE)
    axes.set_xlabel("scar (number of the baseline, deepest first)", fontsize=SMALL_TYPE)
    more = len(result["pairs"]) - len(pairs)
    title = "Change of each scar, 95 % interval\n(grey band: no measurable change"
    axes.set_title(title + (f"; {more} more listed)" if more > 0 else ")"), loc="left", fontsize=TYPE)


def choose_listed(pairs: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the scars to list, deepest first: what changed is never left out for what did not."""
    ranked = sorted(pairs, key=lambda pair: (not pair["detectable"], -abs(pair["depth_before_mm"])))
    return sorted(ranked[:_LISTED], key=lambda pair: -abs(pair["depth_before_mm"]))


def _outward(pair: Mapping[str, Any]) -> float:
    """Return the change as less deep (positive) or deeper; of a raised scar as flatter or higher."""
    change = float(pair["depth_change_mm"])
    return -change if pair["depth_before_mm"] >= 0 else change


def _detectable(result: Mapping[str, Any]) -> float:
    found = result["summary"]["detectable_change_mm"]
    return float(found) if found else max(1.96 * float(result["residual_mm"] or 0.0), 0.005)


def _edges(limit: float) -> list[float]:
    return [*(-limit * step for step in reversed(_STEPS)), *(limit * step for step in _STEPS)]


def _headline(result: Mapping[str, Any]) -> str:
    summary = result["summary"]
    lines = [
        f"{summary['pairs']} scars on both visits: {summary['milder']} milder, {summary['stronger']} stronger,",
        f"{summary['no_measurable_change']} without measurable change",
    ]
    extra = [f"{len(result[key])} {key if key == 'new' else 'gone'}" for key in ("new", "vanished") if result[key]]
    lines[1] = "; ".join([lines[1], *extra])
    lines.append(f"detectable from {1000 * _detectable(result):.0f} um, residual {1000 * result['residual_mm']:.0f} um")
    return "\n".join(lines)
