"""Find the scars of a surface or a scan: search, measure, judge, and report a scar seen in two charts once."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace

import numpy as np

from scarplan.evidence.library import value_of
from scarplan.scars.certainty import confidence, depth_sd_mm, volume_sd_mm3
from scarplan.scars.charts import merge_charts
from scarplan.scars.describe import Description, describe_window
from scarplan.scars.kind import kind_probability, most_likely
from scarplan.scars.label_boxes import Box, label_boxes
from scarplan.scars.measure import MeasuringWindow, make_window, measure_windows
from scarplan.scars.scarmap import Scar, ScarMap
from scarplan.scars.search import FEWEST_PIXELS, Find, Finding, find_regions
from scarplan.scars.skin_spectrum import SkinSpectrum
from scarplan.surface.surface import Scan, Surface

Progress = Callable[[str, float], None]


def find_scars_in(surface: Surface) -> ScarMap:
    """Return the scars of one surface: confident ones, and less sure ones with a lower `confidence`.

    The surface must hold seen skin. Labels and skin level are on the surface's own grid.
    """
    finding = find_regions(surface)
    least = float(value_of("scars.listed_confidence"))
    boxes = label_boxes(finding.labels, len(finding.finds))
    judged = [
        (scar, one) for one in range(1, len(finding.finds) + 1) if (scar := _judge(surface, finding, one, least, boxes))
    ]
    judged.sort(key=lambda pair: (-abs(pair[0].volume_mm3), pair[0].y_mm, pair[0].x_mm))
    table = np.zeros(len(finding.finds) + 1, np.int32)
    for new, (_, old) in enumerate(judged, start=1):
        table[old] = new
    # Finds that were dropped are skin again: the scars beside them are measured without them.
    final = replace(finding, labels=table[finding.labels])
    scars = tuple(
        replace(
            measure_scar(surface, final, new, find=finding.finds[old - 1], box=boxes[old - 1]),
            confidence=scar.confidence,
        )
        for new, (scar, old) in enumerate(judged, start=1)
    )
    return ScarMap(scars, {surface.name: final.labels}, {surface.name: final.level_mm})


def _judge(surface: Surface, finding: Finding, number: int, least: float, boxes: list[Box]) -> Scar | None:
    """Return the scar `number` of a finding when it is sure enough to be listed."""
    if boxes[number - 1] is None or (finding.labels[boxes[number - 1]] == number).sum() < FEWEST_PIXELS:
        return None
    find = finding.finds[number - 1]
    scar = measure_scar(surface, finding, number, find=find, box=boxes[number - 1])
    return scar if scar.confidence >= least and scar.depth_mm * find.candidate.sign > 0 else None


def find_scars_in_scan(scan: Scan, *, progress: Progress | None = None) -> ScarMap:
    """Return the scars of all charts of a scan, numbered through; one seen in two charts is listed once."""
    tell = progress or (lambda step, done: None)
    maps = []
    pool = ThreadPoolExecutor(max_workers=min(len(scan.charts), os.cpu_count() or 1))
    try:
        # Each chart runs in a copy of the context, so that the evidence it asks for is noted in this run.
        works = [pool.submit(copy_context().run, find_scars_in, chart) for chart in scan.charts]
        for done, (chart, work) in enumerate(zip(scan.charts, works, strict=True)):
            tell(f"finding scars on chart {chart.name}", done / len(works))
            maps.append(work.result())
    finally:
        pool.shutdown(cancel_futures=True)
    return merge_charts(scan, maps)


def measure_scar(surface: Surface, finding: Finding, number: int, *, find: Find, box: Box) -> Scar:
    """Return the scar `number` of a finding, measured and judged."""
    snr, sign = find.candidate.snr, find.candidate.sign
    window = make_window(
        finding.labels, finding.level_mm, surface.relief_mm, finding.scene.skin,
        scar_id=number, chart=surface.name, sign=sign, pixel_mm=surface.pixel_mm, box=box,
    )  # fmt: skip
    relief = surface.relief_mm[window.rows, window.columns]
    shape = describe_window(relief, window)
    sure = confidence(shape, snr=snr, sign=sign)
    return make_scar(surface, window, shape, finding.scene.spectrum, labels=finding.labels, sure=sure)


def make_scar(
    surface: Surface,
    window: MeasuringWindow,
    shape: Description,
    spectrum: SkinSpectrum,
    *,
    labels: np.ndarray,
    sure: float,
) -> Scar:
    """Return one row of the list of scars from its window and description."""
    depth, volume = (float(v[0]) for v in measure_windows(surface.relief_mm[None, window.rows, window.columns], window))
    rows, columns = np.nonzero(labels[window.rows, window.columns] == window.scar_id)
    rows, columns = rows + window.rows.start, columns + window.columns.start
    # The label counts whole, with the odd pixel that was left out as a spike.
    area = rows.size * surface.pixel_mm**2
    probability = kind_probability(shape, depth_mm=depth)
    return Scar(
        id=window.scar_id, chart=surface.name, kind=most_likely(probability), kind_probability=probability,
        x_mm=float(columns.mean()) * surface.pixel_mm, y_mm=float(rows.mean()) * surface.pixel_mm,
        depth_mm=depth, depth_sd_mm=depth_sd_mm(shape, spectrum, depth_mm=depth),
        width_mm=2 * float(np.sqrt(area / np.pi)), area_mm2=area,
        volume_mm3=volume, volume_sd_mm3=volume_sd_mm3(shape, spectrum, volume_mm3=volume),
        wall_angle_deg=shape.wall_angle_deg, confidence=sure, zone=surface.zone, side=surface.side,
        touches_edge=_touches_edge(surface, rows, columns),
    )  # fmt: skip


def _touches_edge(surface: Surface, rows: np.ndarray, columns: np.ndarray) -> bool:
    """Whether the label reaches the border of the map or a hole."""
    last_row, last_column = surface.shape[0] - 1, surface.shape[1] - 1
    if rows.min() == 0 or columns.min() == 0 or rows.max() == last_row or columns.max() == last_column:
        return True
    unseen = ~surface.valid
    return bool(any(unseen[rows + dy, columns + dx].any() for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0))))
