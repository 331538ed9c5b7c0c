"""The front of plans: what is left against downtime and against the risk of dark patches, each plan a mark.

Many plans lie close together. So only those with a name, and the chosen one, have their number of sessions in them and
stand before the others; the chosen one is a filled mark, which reads in grey.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scarplan.report.pictures.plots import ACCENT, INK, MUTED, draw_axes


@dataclass(frozen=True)
class FrontPoint:
    """One plan. `left_percent` of the present depth; `figures` holds what it costs the patient, by key of a scale.

    `named` are the words beside it ("gentle"); `is_chosen`: it became the plan; `has_additions`: more than needling.
    """

    left_percent: float
    sessions: int
    figures: Mapping[str, float]
    named: str = ""
    is_chosen: bool = False
    has_additions: bool = False


def draw_front(name: str, points: Sequence[FrontPoint], *, key: str, words: str, title: str) -> str:
    """Return one side of the front as SVG text: depth left over the figure `key`, whose scale is called `words`."""
    with draw_axes(name, height_in=3.1) as (axes, drawn):
        plain = [point for point in points if not point.is_chosen]
        for has_additions, mark, label in ((False, "o", "needling"), (True, "s", "with a further step")):
            _draw_points(axes, [point for point in plain if point.has_additions == has_additions], key, mark, label)
        for point in points:
            if point.is_chosen:
                mark = "s" if point.has_additions else "o"
                axes.plot(
                    point.figures[key],
                    point.left_percent,
                    marker=mark,
                    markersize=13,
                    color=ACCENT,
                    linestyle="none",
                    label="chosen",
                    zorder=5,
                )
            if not (point.named or point.is_chosen):
                continue
            axes.annotate(
                f"{point.sessions}",
                (point.figures[key], point.left_percent),
                ha="center",
                va="center",
                color="white" if point.is_chosen else INK,
                fontsize=7.6,
                weight="bold" if point.is_chosen else "normal",
                zorder=6,
            )
        _draw_names(axes, points, key)
        axes.set_title(title)
        axes.set_xlabel(words)
        axes.set_ylabel("depth left when judged, %")
        axes.margins(x=0.10, y=0.24)
        axes.legend(
            loc="upper right", framealpha=0.9, edgecolor="none", fontsize=8.6, handletextpad=0.3, borderaxespad=0.1
        )
    return drawn[0]


def _draw_points(axes: Any, points: Sequence[FrontPoint], key: str, mark: str, label: str) -> None:
    for is_named, size, order in ((False, 5.5, 3), (True, 11, 4)):
        shown = [point for point in points if bool(point.named) == is_named]
        if shown:
            axes.plot(
                [point.figures[key] for point in shown],
                [point.left_percent for point in shown],
                marker=mark,
                markersize=size,
                linestyle="none",
                markerfacecolor="white",
                markeredgecolor=INK if is_named else MUTED,
                markeredgewidth=0.8,
                label=None if is_named and len(shown) < len(points) else label,
                zorder=order,
            )


def _draw_names(axes: Any, points: Sequence[FrontPoint], key: str) -> None:
    middle = sum(point.figures[key] for point in points) / len(points)
    for point in points:
        words = point.named
        if not words:
            continue
        is_left = point.figures[key] <= middle
        axes.annotate(
            words,
            (point.figures[key], point.left_percent),
            (16 if is_left else -16, 16),
            textcoords="offset points",
            ha="left" if is_left else "right",
            va="bottom",
            color=INK,
            fontsize=9.4,
            weight="bold",
            zorder=7,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.6},
            arrowprops={"arrowstyle": "-", "color": INK, "linewidth": 0.8},
        )
