"""One PNG of the texture of skin: the relief after its filters, its autocorrelation, and its material ratio."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from scarplan.report.pictures.plots import ACCENT, INK, MUTED
from scarplan.texture import Area, ScaleLimited, material_height
from scarplan.texture.spatial import DECAY_TO, Correlation

_ROW_INCHES, _WIDTH_INCHES, _DOTS_PER_INCH = 4.1, 13.0, 130
_LEFT_OUT = "#d9dee2"
#: The colours span so many Sq to each side; what is beyond is drawn as the end.
_SPAN_SQ = 3.0
_SHARES = np.linspace(0, 100, 401)
_TOLD = ("Sq", "Sz", "Sdr", "Spd", "Vmp", "Vvv")


@dataclass(frozen=True)
class TextureView:
    """What one row of the figure shows. `reach_mm` is the longest lag of `shares`."""

    name: str
    heights_um: np.ndarray
    width_mm: float
    height_mm: float
    shares: np.ndarray
    reach_mm: float
    ratio_um: np.ndarray
    parameters: Mapping[str, Any]

    @staticmethod
    def from_areas(
        name: str, texture: ScaleLimited, areas: Sequence[Area], parameters: Mapping[str, Any]
    ) -> TextureView:
        """Return the view of a chart with its evaluation areas."""
        pooled = Correlation(
            np.sum([area.correlation.products for area in areas], axis=0),
            np.sum([area.correlation.pairs for area in areas], axis=0),
        )
        rows, columns = texture.heights_um.shape
        return TextureView(
            name=name,
            heights_um=texture.heights_um,
            width_mm=columns * texture.pixel_mm,
            height_mm=rows * texture.pixel_mm,
            shares=pooled.shares,
            reach_mm=(pooled.shares.shape[0] // 2) * texture.pixel_mm,
            ratio_um=material_height(np.sort(texture.heights_um[texture.skin]), _SHARES),
            parameters=parameters,
        )


def draw_texture_figure(views: Sequence[TextureView], *, filters: Mapping[str, float]) -> bytes:
    """Return a PNG with a row for each of `views`; the same views give the same bytes."""
    with matplotlib.rc_context({"font.size": 9.2, "text.color": INK, "axes.labelcolor": INK}):
        figure = Figure(figsize=(_WIDTH_INCHES, _ROW_INCHES * len(views)), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(len(views), 3, squeeze=False, width_ratios=(1.25, 1.0, 1.0))
        for row, view in zip(axes, views, strict=True):
            _draw_relief(row[0], view)
            _draw_correlation(row[1], view)
            _draw_ratio(row[2], view)
        figure.supxlabel(
            f"S-filter {filters['s_mm']:g} mm, L-filter {filters['l_mm']:g} mm, evaluation areas of "
            f"{filters['area_mm']:g} mm; grey: scars, their margin, not seen",
            fontsize=8,
            color=MUTED,
        )
        stream = io.BytesIO()
        figure.savefig(stream, format="png", dpi=_DOTS_PER_INCH, metadata={"Software": None})
    return stream.getvalue()


def _draw_relief(axes: Axes, view: TextureView) -> None:
    sq = view.parameters["Sq"]["value"] or float(np.nanstd(view.heights_um))
    axes.set_facecolor(_LEFT_OUT)
    drawn = axes.imshow(
        view.heights_um,
        extent=(0.0, view.width_mm, view.height_mm, 0.0),
        cmap="gray",
        vmin=-_SPAN_SQ * sq,
        vmax=_SPAN_SQ * sq,
    )
    axes.figure.colorbar(drawn, ax=axes, label="height, um", shrink=0.85)
    axes.set(title=f"{view.name}: relief after the filters", xlabel="x, mm", ylabel="y, mm")


def _draw_correlation(axes: Axes, view: TextureView) -> None:
    extent = (-view.reach_mm, view.reach_mm, -view.reach_mm, view.reach_mm)
    axes.imshow(view.shares, extent=extent, cmap="viridis", vmin=0.0, vmax=1.0)
    lags = np.linspace(-view.reach_mm, view.reach_mm, view.shares.shape[0])
    known = np.nan_to_num(view.shares)
    axes.contour(lags, lags[::-1], known, levels=[DECAY_TO], colors="white", linewidths=1.2)
    sal = view.parameters["Sal"]["value"]
    reach = min(view.reach_mm, 6 * sal) if sal else view.reach_mm
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), xlabel="lag x, mm", ylabel="lag y, mm")
    axes.set_title(f"autocorrelation (line: {DECAY_TO:g})")
    box = {"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 3.0}
    told = "\n".join(line for line in (_say(view.parameters, (name,)) for name in ("Sal", "Str", "Std")) if line)
    axes.text(0.03, 0.97, told, transform=axes.transAxes, va="top", fontsize=8.5, bbox=box)


def _draw_ratio(axes: Axes, view: TextureView) -> None:
    axes.plot(_SHARES, view.ratio_um, color=ACCENT, linewidth=1.8)
    for share in (10, 80):
        axes.axvline(share, color=MUTED, linewidth=0.7, linestyle=":")
    # The outermost half percent may be a missed scar, and would press the curve flat.
    low, high = np.interp([99.5, 0.5], _SHARES, view.ratio_um)
    room = 0.25 * (high - low)
    axes.set(xlabel="share of the skin above, %", ylabel="height, um", xlim=(0, 100), title="material ratio (Abbott)")
    axes.set_ylim(low - room, high + room)
    axes.spines[["top", "right"]].set_visible(False)
    lines = [_say(view.parameters, (name,)) for name in _TOLD]
    told = "\n".join(line for line in lines if line)
    axes.text(0.97, 0.97, told, transform=axes.transAxes, ha="right", va="top", fontsize=8.5)


def _say(parameters: Mapping[str, Any], names: Sequence[str]) -> str:
    """Return the parameters that are known, each with its standard error."""
    said = []
    for name in names:
        told = parameters[name]
        if told["value"] is None:
            continue
        unit = {"1": "", "um3/um2": " um", "1/mm2": " /mm2"}.get(told["unit"], f" {told['unit']}")
        give = "" if told["se"] is None else f" ± {told['se']:.2g}"
        said.append(f"{name} {told['value']:.3g}{give}{unit}")
    return ", ".join(said)
