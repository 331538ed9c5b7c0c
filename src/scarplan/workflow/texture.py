"""Texture: how rough the scar-free skin of the scan is, by the parameters of ISO 25178."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from scarplan.canonical import make_plain
from scarplan.errors import BadInput, Refused
from scarplan.evidence.library import recording, source, value_of
from scarplan.manifest import make_manifest
from scarplan.records.case import Case
from scarplan.surface.spectrum import pixel_noise_mm
from scarplan.surface.storage import load_scan
from scarplan.surface.surface import Scan, Surface
from scarplan.texture import (
    PARAMETERS,
    Area,
    Filters,
    ScaleLimited,
    Texture,
    choose_filters,
    limit_scale,
    noise_sq_um,
    pool_areas,
    split_areas,
)
from scarplan.workflow.progress import Progress, report_nothing

_INPUTS = ("surface.npz", "results/scan.json", "results/scars.json", "scars.npz")
_COLUMNS = ("of", "name", "zone", "side", "areas", "skin_cm2", "parameter", "value", "se", "unit", "meaning")
# More charts than this make a picture that nobody can read.
_MOST_CHARTS_DRAWN = 3


@dataclass(frozen=True)
class _LookedAt:
    """A chart, its texture after the filters, its evaluation areas, and what they tell together."""

    chart: Surface
    texture: ScaleLimited
    areas: tuple[Area, ...]
    pooled: Texture


def measure_texture(
    case_path: str | Path,
    *,
    s_filter_mm: float | None = None,
    l_filter_mm: float | None = None,
    area_mm: float | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Measure the texture of the case's scan where no scar is, and write it.

    Writes `results/texture.json`, `texture.csv` and `texture.png`. The scars found by `scars` are left out with a
    margin; without them the whole skin counts, and that is said. `s_filter_mm` and `l_filter_mm` are the nesting
    indices, `area_mm` the side of an evaluation area. Raises MissingStep before `scan`, BadInput for filters that do
    not fit the grid, Refused where no evaluation area holds enough skin.
    """
    progress = progress or report_nothing
    case = Case(case_path)
    progress("reading the scan", 0.0)
    case.read_result("scan")  # raises where the scan is missing or has changed
    with recording() as used:
        scan = load_scan(case.path("surface.npz"))
        labels = _read_labels(case, scan)
        for standard in ("iso25178_2", "iso25178_3", "iso16610_61"):
            source(standard)
        filters = _choose(scan, s_mm=s_filter_mm, l_mm=l_filter_mm)
        side_mm = _check_area(area_mm, filters)
        looked_at: list[_LookedAt] = []
        for number, chart in enumerate(scan.charts):
            progress(f"looking at {chart.name}", 0.1 + 0.6 * number / len(scan.charts))
            texture = limit_scale(chart, None if labels is None else labels[chart.name], filters)
            areas = split_areas(texture, area_mm=side_mm)
            looked_at.append(_LookedAt(chart, texture, areas, pool_areas(areas, pixel_mm=chart.pixel_mm)))
        progress("pooling the evaluation areas", 0.75)
        charts = [_describe_chart(one, filters) for one in looked_at]
        zones = _describe_zones(looked_at)
        warnings = _warnings(charts, labels, scan)
    manifest = make_manifest("texture", inputs=case.hashes(*_INPUTS), quantities=used.quantities, sources=used.sources)
    result = {
        "filters": {"s_mm": filters.s_mm, "l_mm": filters.l_mm, "area_mm": side_mm},
        "scars_left_out": labels is not None,
        "charts": charts,
        "zones": zones,
        "warnings": warnings,
        "manifest": manifest,
    }
    result = make_plain(result)
    if not any(chart["areas"] for chart in charts):
        raise Refused(
            "no evaluation area holds enough scar-free skin",
            code="R-TEXTURE-001",
            do="scan more skin, or give a smaller --area-mm",
            result=result,
        )
    progress("drawing the texture", 0.9)
    files = {"texture.csv": _write_csv(result), "texture.png": _draw(looked_at, result)}
    case.write_result("texture", result, files)
    progress("texture measured", 1.0)
    return result


def _read_labels(case: Case, scan: Scan) -> dict[str, np.ndarray] | None:
    """Return the label image of each chart, None where no scars were looked for. Raises StaleResult."""
    if not case.has_result("scars"):
        return None
    case.read_result("scars")  # raises where the scan or the labels have changed since
    from scarplan.scars.storage import read_scarmap  # loaded only where scars were found

    found = read_scarmap(case.path("scars.npz"))
    return {chart.name: np.asarray(found.labels[chart.name]) for chart in scan.charts}


def _choose(scan: Scan, *, s_mm: float | None, l_mm: float | None) -> Filters:
    """Return the filters for all charts: those of the coarsest grid, so that charts and zones compare."""
    coarsest = max(chart.pixel_mm for chart in scan.charts)
    return choose_filters(coarsest, scan.scanner.lateral_mm, s_mm=s_mm, l_mm=l_mm)


def _check_area(area_mm: float | None, filters: Filters) -> float:
    side: float = max(float(value_of("texture.area_mm")), filters.l_mm) if area_mm is None else area_mm
    if not (math.isfinite(side) and filters.l_mm <= side <= 100.0):
        raise BadInput(
            "the evaluation area does not fit the L-filter",
            code="E-TEXTURE-003",
            got=f"{side:g} mm",
            allowed=f"{filters.l_mm:g} mm (the L-filter) to 100 mm",
            do="leave --area-mm out",
        )
    return float(side)


def _describe_chart(looked_at: _LookedAt, filters: Filters) -> dict[str, Any]:
    chart = looked_at.chart
    counted = chart.valid if chart.own is None else chart.valid & chart.own
    noise_mm = pixel_noise_mm(chart.relief_mm, chart.valid)
    return {
        "chart": chart.name,
        "zone": chart.zone,
        "side": chart.side,
        "left_out_cm2": float((counted & ~looked_at.texture.skin).sum()) * chart.pixel_mm**2 / 100,
        "noise_sq_um": noise_sq_um(noise_mm, chart.pixel_mm, filters),
        **_describe(looked_at.pooled),
    }


def _describe_zones(looked_at: Sequence[_LookedAt]) -> list[dict[str, Any]]:
    """Return each zone and side with all its charts together; charts on different grids are not put together."""
    groups: dict[tuple[str, str | None, float], list[_LookedAt]] = {}
    for one in looked_at:
        if one.chart.zone is not None:
            groups.setdefault((one.chart.zone, one.chart.side, one.chart.pixel_mm), []).append(one)
    zones = []
    for (zone, side, pixel_mm), members in groups.items():
        pooled = members[0].pooled
        if len(members) > 1:
            pooled = pool_areas([area for one in members for area in one.areas], pixel_mm=pixel_mm)
        names = [one.chart.name for one in members]
        zones.append({"zone": zone, "side": side, "charts": names, **_describe(pooled)})
    return zones


def _describe(pooled: Texture) -> dict[str, Any]:
    return {
        "areas": pooled.areas,
        "skin_cm2": pooled.skin_mm2 / 100,
        "parameters": {name: make_plain(measured) for name, measured in pooled.parameters.items()},
    }


def _warnings(charts: Sequence[dict[str, Any]], labels: dict[str, np.ndarray] | None, scan: Scan) -> list[str]:
    warnings = []
    if labels is None:
        warnings.append(
            "scars were not looked for: the whole skin counts, scars included; run `scarplan scars` first to leave "
            "them out"
        )
    share = value_of("texture.noise_share_to_tell")
    for chart in charts:
        sq, noise = chart["parameters"]["Sq"]["value"], chart["noise_sq_um"]
        if sq is not None and noise is not None and noise > share * sq:
            warnings.append(
                f"{chart['chart']}: noise of the scanner alone would give Sq {noise:.1f} um of {sq:.1f} um "
                "measured; compare it only with scans of the same scanner"
            )
        if 0 < chart["areas"] < 4:
            warnings.append(f"{chart['chart']}: {chart['areas']} evaluation areas are too few for a standard error")
    if any(chart.sample_mm and chart.sample_mm > chart.pixel_mm for chart in scan.charts):
        warnings.append("the scan holds detail only at the spacing of its mesh: what is finer was interpolated")
    return warnings


def _write_csv(result: dict[str, Any]) -> bytes:
    """Return one row for each parameter of each chart and zone."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for of, rows in (("chart", result["charts"]), ("zone", result["zones"])):
        for row in rows:
            for name, told in row["parameters"].items():
                head = (of, row[of], row["zone"] or "", row["side"] or "", row["areas"], f"{row['skin_cm2']:.6g}")
                numbers = ("" if told[key] is None else f"{told[key]:.6g}" for key in ("value", "se"))
                writer.writerow([*head, name, *numbers, told["unit"], PARAMETERS[name][1]])
    return text.getvalue().encode()


def _draw(looked_at: Sequence[_LookedAt], result: dict[str, Any]) -> bytes:
    from scarplan.report.pictures.texture_figure import TextureView, draw_texture_figure

    most = sorted(looked_at, key=lambda one: -len(one.areas))[:_MOST_CHARTS_DRAWN]
    by_name = {row["chart"]: row["parameters"] for row in result["charts"]}
    views = [
        TextureView.from_areas(one.chart.name, one.texture, one.areas, by_name[one.chart.name])
        for one in most
        if one.areas
    ]
    return draw_texture_figure(views, filters=result["filters"])
