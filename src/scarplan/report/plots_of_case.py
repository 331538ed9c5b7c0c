"""The plots of a case as the template needs them: an SVG and its text for who cannot see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scarplan.report.pictures.fan import Fan, draw_fan
from scarplan.report.pictures.histogram import draw_depth_histogram
from scarplan.report.results import CaseResults
from scarplan.report.wording import write_number, write_span

_COURSES = (("maintained", "With maintenance"), ("unmaintained", "Without maintenance"))


@dataclass(frozen=True)
class Plot:
    """One plot as inline SVG with its alternative text."""

    svg: str
    alt: str


def plot_histograms(results: CaseResults) -> tuple[Plot, ...]:
    """Return the depth-area and depth-volume histograms; none without scars."""
    histogram = (results.scars or {}).get("histogram") or {}
    if not histogram.get("depth_edges_mm"):
        return ()
    plots = []
    for measure, words, unit in (("area_mm2", "area", "mm²"), ("volume_mm3", "volume", "mm³")):
        if histogram.get(measure):
            total = write_number(sum(histogram[measure]), 1)
            alt = f"Histogram of scar {words} over visible depth, {total} {unit} in all."
            plots.append(Plot(draw_depth_histogram(histogram, measure), alt))
    return tuple(plots)


def plot_fans(results: CaseResults) -> tuple[Plot, ...]:
    """Return the fans with and without maintenance on one scale; one fan where only the total is known."""
    forecast = results.forecast
    if forecast is None:
        return ()
    found = [(name, title, forecast[name]) for name, title in _COURSES if _has_depth(forecast.get(name))]
    if not found and _has_depth(forecast.get("total")):
        found = [("total", "The course", {"days": forecast["days"], **forecast["total"]})]
    top = 1.12 * max((max(course["depth_mm"]["q95"]) for _, _, course in found), default=1.0)
    return tuple(_plot_fan(forecast, name, title, course, top) for name, title, course in found)


def _plot_fan(forecast: dict[str, Any], name: str, title: str, course: dict[str, Any], top: float) -> Plot:
    days, depth = course.get("days") or forecast["days"], course["depth_mm"]
    fan = Fan(
        name=f"fan-{name}",
        title=title,
        days=days,
        depth_mm=depth,
        session_days=course.get("session_days") or forecast.get("session_days") or (),
        judge_day=forecast.get("judge_day"),
        assumption_from_day=forecast.get("assumption_from_day"),
        top_mm=top,
    )
    alt = (
        f"{title}: the middle of mean visible depth goes from {write_number(depth['q50'][0])} mm to "
        f"{write_number(depth['q50'][-1])} mm after {write_span(days[-1])}, 90 % interval there "
        f"{write_number(depth['q05'][-1])} to {write_number(depth['q95'][-1])} mm."
    )
    return Plot(draw_fan(fan), alt)


def _has_depth(course: dict[str, Any] | None) -> bool:
    return bool(course and (course.get("depth_mm") or {}).get("q50"))
