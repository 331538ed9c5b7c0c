"""Scars of several charts as one list: a scar seen in two charts is reported once, from the chart that sees it best.

Charts of a mesh share borders. Each place of the skin is owned by one chart (`Surface.own`), and that chart is asked
about it: a find out in the border, where the owner of that skin found nothing, is not reported.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from scarplan.scars.scarmap import Scar, ScarMap
from scarplan.surface.surface import Scan, Surface

#: Two finds are one scar when their middles are nearer than this part of the smaller width.
_SAME_PLACE = 0.5
# Two charts show the same skin where their heights agree within this; folds of skin lie further apart.
_SAME_SKIN_MM = 1.5


@dataclass(frozen=True)
class _Placed:
    """A find with its position in space [3], mm (None: not known), and how far it lies outside its chart's own skin."""

    scar: Scar
    place_mm: np.ndarray | None
    outside_mm: float

    @property
    def order(self) -> tuple:
        # One cut by the edge of its chart yields to the same scar seen whole, one in a border to one on own skin.
        scar = self.scar
        return scar.touches_edge, self.outside_mm > 0, -abs(scar.volume_mm3), scar.chart, scar.y_mm, scar.x_mm


def merge_charts(scan: Scan, maps: Sequence[ScarMap]) -> ScarMap:
    """Return one map of all charts, numbered through; a dropped double keeps its label, under the kept number."""
    charts = {chart.name: chart for chart in scan.charts}
    finds = sorted((find for part in maps for find in _place(charts, part.scars)), key=lambda find: find.order)
    same = _find_doubles(finds) if len(maps) > 1 else list(range(len(finds)))
    seen_in = Counter(same)
    rows: list[Scar] = []
    numbers: dict[int, int] = {}
    most = max((int(image.max(initial=0)) for part in maps for image in part.labels.values()), default=0)
    most = max([most, *(find.scar.id for find in finds)])
    tables = {name: np.zeros(most + 1, int) for part in maps for name in part.labels}
    for number, find in enumerate(finds):
        first = same[number]
        if first == number and not (seen_in[number] == 1 and _is_of_another(find, charts)):
            rows.append(replace(find.scar, id=len(rows) + 1))
            numbers[number] = len(rows)
        tables[find.scar.chart][find.scar.id] = numbers.get(first, 0)
    labels = {name: _relabel(image, tables[name]) for part in maps for name, image in part.labels.items()}
    level = {name: level for part in maps for name, level in part.level_mm.items()}
    return ScarMap(tuple(rows), labels, level)


def position_mm(chart: Surface, scar: Scar) -> np.ndarray | None:
    """Return the 3-D position of a scar's middle, or None on a plain height map and where its middle was not seen."""
    place = chart.position_mm(*_pixel(chart, scar))
    return None if place is None or not np.isfinite(place).all() else np.asarray(place, np.float64)


def _pixel(chart: Surface, scar: Scar) -> tuple[int, int]:
    rows, columns = chart.shape
    row, column = round(scar.y_mm / chart.pixel_mm), round(scar.x_mm / chart.pixel_mm)
    return min(row, rows - 1), min(column, columns - 1)


def _place(charts: Mapping[str, Surface], scars: Sequence[Scar]) -> list[_Placed]:
    """Return the finds of one chart with their places."""
    if not scars:
        return []
    chart = charts[scars[0].chart]
    away = None if chart.own is None else cv2.distanceTransform((~chart.own).astype(np.uint8), cv2.DIST_L2, 3)
    return [
        _Placed(
            scar,
            position_mm(chart, scar),
            0.0 if away is None else float(away[_pixel(chart, scar)]) * chart.pixel_mm,
        )
        for scar in scars
    ]


def _find_doubles(finds: Sequence[_Placed]) -> list[int]:
    """Return for each find the number of the first one that is the same scar; its own where there is none earlier."""
    same = list(range(len(finds)))
    placed = [number for number, find in enumerate(finds) if find.place_mm is not None]
    if len(placed) < 2:
        return same
    widest = max(finds[number].scar.width_mm for number in placed)
    places = np.array([finds[number].place_mm for number in placed])
    # Earlier finds first: each is the same as the best one near it that is kept itself. Finds are hundreds at most: all
    # pairs are looked at sooner than SciPy's tree is imported.
    for one, first in enumerate(placed):
        away = places[one + 1 :] - places[one]
        for other in np.flatnonzero(np.einsum("ij,ij->i", away, away) <= (_SAME_PLACE * widest) ** 2) + one + 1:
            second = placed[other]
            if same[first] == first and same[second] == second and _is_same(finds[first], finds[second]):
                same[second] = first
    return same


def _is_same(one: _Placed, other: _Placed) -> bool:
    here, there = one.scar, other.scar
    if one.place_mm is None or other.place_mm is None:
        return False
    if here.chart == there.chart or (here.depth_mm < 0) != (there.depth_mm < 0):
        return False
    near = float(np.linalg.norm(one.place_mm - other.place_mm))
    return near < _SAME_PLACE * min(here.width_mm, there.width_mm)


def _is_of_another(find: _Placed, charts: Mapping[str, Surface]) -> bool:
    """Whether a find lies well in the border of its chart, on skin that another chart owns."""
    if find.place_mm is None or find.outside_mm <= find.scar.width_mm / 2:
        return False
    return any(_owns(chart, find.place_mm) for name, chart in charts.items() if name != find.scar.chart)


def _owns(chart: Surface, place_mm: np.ndarray) -> bool:
    if chart.frame is None or chart.own is None:
        return False
    axes = np.array([chart.frame.right, chart.frame.down, chart.frame.outward])
    x, y, z = axes @ (place_mm - np.array(chart.frame.origin_mm))
    row, column = round(float(y) / chart.pixel_mm), round(float(x) / chart.pixel_mm)
    if not (0 <= row < chart.shape[0] and 0 <= column < chart.shape[1]):
        return False
    return bool(chart.own[row, column]) and abs(float(chart.relief_mm[row, column]) - z) <= _SAME_SKIN_MM


def _relabel(image: np.ndarray, table: np.ndarray) -> np.ndarray:
    return table.astype(image.dtype)[image]
