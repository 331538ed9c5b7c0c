"""The arrays of a case for the pictures: relief, labels and skin level of each chart, and the forecast surfaces."""

from __future__ import annotations

import tomllib
import zipfile
from collections.abc import Mapping, Sequence

import numpy as np

from scarplan.errors import BadInput
from scarplan.records import Case
from scarplan.report.pictures.chart_view import ChartView
from scarplan.report.pictures.comparison import OUTCOMES, Comparison, compare_outcomes
from scarplan.report.results import CaseResults
from scarplan.report.wording import write_span
from scarplan.scars import read_scarmap
from scarplan.surface.storage import load_scan

#: A head has hundreds of charts; those with most scars are drawn, the others are named.
MOST_CHARTS = 8
MOST_COMPARISONS = 3
#: Together these pictures stay below 2 MB.
_MOST_PIXELS, _LARGEST_SIDE = 1_250_000, 560


def read_chart_views(case: Case, results: CaseResults) -> tuple[ChartView, ...]:
    """Return the charts to draw: those with scars, most confident scars first; the first chart where none has any."""
    if results.scan is None or results.scars is None or not case.has("surface.npz") or not case.has("scars.npz"):
        return ()
    scan, scarmap = load_scan(case.path("surface.npz")), read_scarmap(case.path("scars.npz"))
    faint = frozenset(results.scars.get("low_confidence") or ())
    views = []
    for chart in scan.charts:
        if chart.name not in scarmap.labels:
            continue
        views.append(
            ChartView(
                name=chart.name,
                relief_mm=chart.relief_mm,
                valid=chart.valid,
                labels=scarmap.labels[chart.name],
                pixel_mm=chart.pixel_mm,
                scars=tuple(scar for scar in results.scars["scars"] if scar["chart"] == chart.name),
                faint=faint,
                level_mm=scarmap.level_mm.get(chart.name),
            )
        )
    with_scars = [view for view in views if view.scars]
    return tuple(sorted(with_scars or views[:1], key=lambda view: -view.confident_count)[:MOST_CHARTS])


def read_comparisons(case: Case, results: CaseResults, views: Sequence[ChartView]) -> tuple[Comparison, ...]:
    """Return today beside the poor, middle and good forecast surface of each drawn chart that has them."""
    if results.forecast is None:
        return ()
    name = f"forecast/{results.forecast['plan']}.npz"
    if not case.has(name):
        return ()
    arrays = read_arrays(case, name)
    when = f"{write_span(results.forecast.get('judge_day'))} after the first session"
    found = []
    for view in views[:MOST_COMPARISONS]:
        reliefs = {outcome: find_chart_array(arrays, f"relief_{outcome}", view.name) for outcome, _ in OUTCOMES}
        known = {outcome: relief for outcome, relief in reliefs.items() if relief is not None}
        if known and all(relief.shape == view.relief_mm.shape for relief in known.values()):
            found.append((view, known))
    side = int((_MOST_PIXELS / (len(OUTCOMES) + 1) / max(len(found), 1)) ** 0.5)
    return tuple(compare_outcomes(view, known, when=when, longest=min(side, _LARGEST_SIDE)) for view, known in found)


def read_credits(case: Case) -> tuple[str, ...]:
    """Return whom a scan picture is owed to, where scan.toml says so."""
    if not case.has("scan.toml"):
        return ()
    about = tomllib.loads(case.path("scan.toml").read_text("utf-8"))
    return tuple(f"Scan: {about[key]}" for key in ("attribution",) if about.get(key))


def read_arrays(case: Case, name: str) -> Mapping[str, np.ndarray]:
    """Return the arrays of an NPZ file of the case. Raises BadInput when it is damaged."""
    try:
        with np.load(case.path(name), allow_pickle=False) as archive:
            return {key: archive[key] for key in archive.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        verb = name.split(".")[0].split("/")[0]
        raise BadInput(
            f"{case.path(name)} is damaged",
            code="E-REPORT-004",
            got=str(error),
            do=f"run `scarplan {verb} {case.root}` again",
        ) from None


def find_chart_array(arrays: Mapping[str, np.ndarray], stem: str, chart: str) -> np.ndarray | None:
    """Return the array `stem` of a chart: `labels_<chart>`, or plain `labels` for the one chart of a height map."""
    found = arrays.get(f"{stem}_{chart}")
    return found if found is not None else arrays.get(stem) if chart == "map" else None
