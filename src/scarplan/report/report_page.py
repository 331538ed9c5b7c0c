"""The report: page 1 with its six boxes, then the appendix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scarplan.evidence.cite import VERIFICATION_WORDS
from scarplan.evidence.library import all_sources
from scarplan.report import boxes
from scarplan.report.case_course import CaseCourse
from scarplan.report.case_photographs import PhotographsPart
from scarplan.report.counts import mark_zones
from scarplan.report.header import describe_header
from scarplan.report.html import render_page
from scarplan.report.parts import list_parts
from scarplan.report.pictures.chart_view import ChartView
from scarplan.report.pictures.comparison import Comparison
from scarplan.report.pictures.face_map import draw_face_map
from scarplan.report.pictures.relief_picture import ReliefPicture, draw_depth_map, draw_shaded_relief
from scarplan.report.pictures.shading import EXAGGERATION
from scarplan.report.plot import Plot
from scarplan.report.plots_of_case import draw_fans, plot_fans, plot_histograms, plot_tornados
from scarplan.report.plots_of_course import draw_plan_settings, plot_front
from scarplan.report.results import CaseResults
from scarplan.report.scanned_zones import mark_scanned_zones, name_charts
from scarplan.report.sections import (
    describe_course_part,
    describe_examination,
    describe_follow_up,
    describe_grades,
    describe_outcomes,
)
from scarplan.report.sources_used import collect_source_ids, rank_sources
from scarplan.report.wording import MODEL_NOTICE, Z_90, join_alike

# The pictures of all charts together stay well below 6 MB: about one byte for each pixel before compression.
_MOST_PIXELS = 1_600_000
_LARGEST_SIDE, _THUMBNAIL_SIDE = 720, 420
# In picture units (1000 along the longer side); many scars need smaller numbers.
_THUMBNAIL_TEXT = 68.0


def render_report(
    results: CaseResults,
    *,
    views: Sequence[ChartView] = (),
    comparisons: Sequence[Comparison] = (),
    photographs: PhotographsPart | None = None,
    course: CaseCourse | None = None,
    credits: Sequence[str] = (),
) -> str:
    """Return report.html: one page that needs nothing from outside itself."""
    ids = collect_source_ids(results)
    header = describe_header(results)
    by_zone = mark_scanned_zones(results)
    chart_names = name_charts(results)
    return render_page(
        "report.html",
        results=results,
        header=header,
        running_line=f"scarplan · patient {header.patient} · {header.status}",
        parts=list_parts(results, has_photographs=photographs is not None, has_course=course is not None),
        **describe_page_one(results),
        # Of a whole face one chart says little: its zones with their counts say what was seen where.
        thumbnail=None if by_zone else _draw_thumbnail(views),
        small_face=draw_face_map(by_zone, names=False) if by_zone else _draw_small_face(results),
        zones_face=draw_face_map(by_zone) if by_zone else "",
        chart_names=chart_names,
        examination=describe_examination(results),
        follow_up=describe_follow_up(results),
        outcomes=describe_outcomes(results),
        course=describe_course_part(results, course),
        settings_face=draw_plan_settings(results),
        fronts=plot_front(results),
        photographs=photographs,
        grades_by_eye=describe_grades(results),
        reliefs=_draw_reliefs(views),
        undrawn=[chart_names.get(name, name) for name in _name_undrawn_charts(results, views)],
        comparisons=comparisons,
        credits=credits,
        histograms=plot_histograms(results),
        fans=plot_fans(results) or _plot_fans_of_update(results, course),
        tornados=plot_tornados(results),
        plan_rows=boxes.describe_zones((results.plan or {}).get("zones") or []),
        plan_reasons=join_alike((results.plan or {}).get("reasons") or ()),
        ranked_sources=rank_sources(ids),
        unknown_sources=[name for name in ids if name not in all_sources()],
        verification_words=VERIFICATION_WORDS,
        manifests=[(verb, result["manifest"]) for verb, result in results.present()],
        model_notice=MODEL_NOTICE,
        exaggeration=EXAGGERATION,
        z90=Z_90,
    )


def _plot_fans_of_update(results: CaseResults, course: CaseCourse | None) -> tuple[Plot, ...]:
    """Return the fans of the last update: what is known of the days ahead where the plan has no forecast of its own."""
    own = ((course.update if course is not None else None) or {}).get("forecast") or {}
    return draw_fans(own, is_by_eye=results.is_by_eye) if own.get("days") and results.forecast is None else ()


def describe_page_one(results: CaseResults) -> dict[str, Any]:
    """Return the six boxes by name, in their order."""
    return {
        "suitable": boxes.describe_suitability(results),
        "seen": boxes.describe_what_was_seen(results),
        "do": boxes.describe_what_to_do(results),
        "expect": boxes.describe_expectation(results),
        "risks": boxes.describe_risks(results),
        "certainty": boxes.describe_certainty(results),
    }


def _name_undrawn_charts(results: CaseResults, views: Sequence[ChartView]) -> list[str]:
    """Return the charts that hold scars but have no picture here."""
    drawn = {view.name for view in views}
    return sorted({scar["chart"] for scar in (results.scars or {}).get("scars", ())} - drawn) if views else []


def _draw_thumbnail(views: Sequence[ChartView]) -> ReliefPicture | None:
    """Return the chart with most confident scars, small, for page 1."""
    if not views:
        return None
    richest = max(views, key=lambda view: view.confident_count)
    return draw_shaded_relief(richest, longest=_THUMBNAIL_SIDE, text_size=_THUMBNAIL_TEXT - min(len(richest.scars), 24))


def _draw_small_face(results: CaseResults) -> str:
    """Return the face with the counts, small, for page 1 of a case without a scan."""
    if results.assess is None or not results.is_by_eye or not results.assess["zones"]:
        return ""
    return draw_face_map(mark_zones(results.assess), names=False)


def _draw_reliefs(views: Sequence[ChartView]) -> list[tuple[ReliefPicture, ReliefPicture | None]]:
    side = min(_LARGEST_SIDE, int((_MOST_PIXELS / (2 * max(len(views), 1))) ** 0.5))
    return [(draw_shaded_relief(view, longest=side), draw_depth_map(view, longest=side)) for view in views]
