"""Scars of several charts as one list: a scar seen in two charts is reported once, from the chart that sees it best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from scarplan.scars.scarmap import Scar, ScarMap
from scarplan.surface.surface import Scan, Surface

#: Two finds are one scar when their middles are nearer than this part of the smaller width.
_SAME_PLACE = 0.5


def merge_charts(scan: Scan, maps: Sequence[ScarMap]) -> ScarMap:
    """Return one map of all charts, numbered through; a dropped double keeps its label, under the kept number."""
    charts = {chart.name: chart for chart in scan.charts}
    scars = sorted((scar for part in maps for scar in part.scars), key=_order)
    kept: list[tuple[Scar, np.ndarray | None]] = []
    numbers: dict[tuple[str, int], int] = {}
    for scar in scars:
        place = position_mm(charts[scar.chart], scar)
        double = next((k for k, (one, there) in enumerate(kept) if _is_same(one, there, scar, place)), None)
        if double is None:
            kept.append((scar, place))
            double = len(kept) - 1
        numbers[scar.chart, scar.id] = double + 1
    labels, level = {}, {}
    for part in maps:
        for name, image in part.labels.items():
            table = np.zeros(int(image.max(initial=0)) + 1, image.dtype)
            for (chart, old), new in numbers.items():
                if chart == name:
                    table[old] = new
            labels[name] = table[image]
        level |= part.level_mm
    rows = tuple(replace(scar, id=number) for number, (scar, _) in enumerate(kept, start=1))
    return ScarMap(rows, labels, level)


def position_mm(chart: Surface, scar: Scar) -> np.ndarray | None:
    """Return the 3-D position of a scar's middle, or None on a plain height map."""
    if chart.form_xyz_mm is None:
        return None
    row = min(round(scar.y_mm / chart.pixel_mm), chart.shape[0] - 1)
    column = min(round(scar.x_mm / chart.pixel_mm), chart.shape[1] - 1)
    return np.asarray(chart.form_xyz_mm[row, column], np.float64)


def _order(scar: Scar) -> tuple:
    # One cut by the edge of its chart yields to the same scar seen whole.
    return scar.touches_edge, -abs(scar.volume_mm3), scar.chart, scar.y_mm, scar.x_mm


def _is_same(one: Scar, there: np.ndarray | None, other: Scar, place: np.ndarray | None) -> bool:
    if one.chart == other.chart or there is None or place is None or (one.depth_mm < 0) != (other.depth_mm < 0):
        return False
    near = float(np.linalg.norm(there - place))
    return near < _SAME_PLACE * min(one.width_mm, other.width_mm)
