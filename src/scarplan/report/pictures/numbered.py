"""Outlines and numbers of scars over a picture, in picture units (the longer side is 1000)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from contourpy import contour_generator

from scarplan.report.pictures.chart_view import ChartView

LONGEST_SIDE = 1000.0
_TOLERANCE = 1.2  # outlines are simplified by at most about one picture unit, which nobody sees
_SMALLEST_PART = 0.25  # contours of single pixels inside or beside a scar are not drawn
_DIRECTIONS = [(1, -1), (-1, -1), (1, 1), (-1, 1), (0, -1), (1, 0), (-1, 0), (0, 1)]


@dataclass(frozen=True)
class Mark:
    """The outline (an SVG path) and the number of one scar; `faint` marks a low-confidence find."""

    id: int
    path: str
    x: float
    y: float
    faint: bool


def mark_scars(view: ChartView, *, text_size: float) -> tuple[Mark, ...]:
    """Return the marks of every scar of the chart; numbers keep clear of each other where they can."""
    scale = LONGEST_SIDE / max(view.width_mm, view.height_mm)
    taken: list[tuple[float, float]] = []
    marks = []
    for scar in sorted(view.scars, key=lambda row: row["id"]):
        path = _outline(view.labels == scar["id"], view.pixel_mm * scale)
        place = _place_number(scar, scale, text_size, view, taken)
        taken.append(place)
        marks.append(Mark(scar["id"], path, *place, faint=scar["id"] in view.faint))
    return tuple(marks)


def _outline(region: np.ndarray, pixel: float) -> str:
    rows, columns = np.nonzero(region)
    if not len(rows):
        return ""
    top, left = rows.min(), columns.min()
    window = np.pad(region[top : rows.max() + 1, left : columns.max() + 1], 1).astype(float)
    paths = []
    contours = contour_generator(z=window).lines(0.5)
    least = _SMALLEST_PART * max(len(contour) for contour in contours)
    for contour in contours:
        if len(contour) < least:
            continue
        # Pixel centres lie at integers, the padding adds one, and a pixel is drawn from its own edge.
        points = (contour + np.array([left, top]) - 0.5) * pixel
        points = cv2.approxPolyDP(points.astype(np.float32), _TOLERANCE, closed=False)[:, 0]
        paths.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z")
    return "".join(paths)


def _place_number(
    scar: Mapping[str, Any], scale: float, text_size: float, view: ChartView, taken: list[tuple[float, float]]
) -> tuple[float, float]:
    radius = scale * (scar.get("width_mm") or 0.0) / 2 + 0.6 * text_size
    x, y = scar["x_mm"] * scale, scar["y_mm"] * scale
    right, bottom = view.width_mm * scale, view.height_mm * scale
    best, best_room = (x, y), -1.0
    for dx, dy in _DIRECTIONS:
        reach = radius if dx == 0 or dy == 0 else 0.75 * radius
        px = float(np.clip(x + dx * reach, text_size, right - text_size))
        py = float(np.clip(y + dy * reach, text_size, bottom - 0.4 * text_size))
        room = min((np.hypot(px - tx, py - ty) for tx, ty in taken), default=np.inf)
        if room > 1.8 * text_size:
            return px, py
        if room > best_room:
            best, best_room = (px, py), room
    return best
