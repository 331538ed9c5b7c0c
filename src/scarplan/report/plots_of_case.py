"""The plots of a case as the template needs them: an SVG and its text for who cannot see it."""

from __future__ import annotations

from typing import Any

from scarplan.report.pictures.fan import Fan, draw_fan
from scarplan.report.pictures.histogram import draw_depth_histogram
from scarplan.report.pictures.tornado import Bar, Tornado, draw_tornado
from scarplan.report.plot import Plot
from scarplan.report.results import CaseResults
from scarplan.report.wording import say_change, write_number, write_span

#: Below it the scale would make no change look like one.
_LEAST_PERCENT = 20.0
# Of more bars the last would be too short to see.
_MOST_BARS = 6
_COURSES = (("maintained", "With maintenance"), ("unmaintained", "Without maintenance"))


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
    """Return the fans with and without maintenance on one scale; one fan where only the total is known.

    In mm where depths were measured, in per cent of today's depth where they were not.
    """
    return () if results.forecast is None else draw_fans(results.forecast, is_by_eye=results.is_by_eye)


def draw_fans(forecast: dict[str, Any], *, is_by_eye: bool) -> tuple[Plot, ...]:
    """Return the fans of a forecast, that of a plan or of the last update."""
    key = "percent_change" if is_by_eye else "depth_mm"
    found = [(name, title, forecast[name]) for name, title in _COURSES if _has_series(forecast.get(name), key)]
    if not found:
        found = [("total", "The course", total)] if (total := _course_of_total(forecast, key)) else []
    if not found:
        return ()
    draw = _plot_percent_fan if is_by_eye else _plot_depth_fan
    lowest = min(min(course[key]["q05"]) for _, _, course in found)
    highest = max(max(course[key]["q95"]) for _, _, course in found)
    return tuple(draw(forecast, name, title, course, (lowest, highest)) for name, title, course in found)


def plot_tornados(results: CaseResults) -> tuple[Plot, ...]:
    """Return what the depth left and the risk of dark patches hang on, one bar for each input that stands out."""
    told = (results.forecast or {}).get("sensitivity") or {}
    depth_words = "change of depth, %" if results.is_by_eye else "mean visible depth left, mm"
    plots = []
    for name, title, words, digits in (
        ("depth", "How deep the scars are left", depth_words, 0 if results.is_by_eye else 2),
        ("pigment", "Risk of dark patches", "risk in the course, %", 1),
    ):
        rows = (told.get(name) or {}).get("inputs") or ()
        if rows:
            bars = tuple(
                Bar(
                    row["words"],
                    row["share_percent"],
                    row["at_low"],
                    row["at_high"],
                    row["low_words"],
                    row["high_words"],
                )
                for row in rows[:_MOST_BARS]
            )
            tornado = Tornado(f"tornado-{name}", title, bars, mean=told[name]["mean"], words=words)
            said = "; ".join(
                f"{bar.words}, {write_number(bar.share_percent, 0)} % of the spread: "
                f"{write_number(bar.at_low, digits)} where {bar.low_words}, "
                f"{write_number(bar.at_high, digits)} where {bar.high_words}"
                for bar in bars
            )
            plots.append(Plot(draw_tornado(tornado), f"{title}, {words}. {said}."))
    return tuple(plots)


def _course_of_total(forecast: dict[str, Any], key: str) -> dict[str, Any] | None:
    total = forecast.get("total") or {}
    series = total.get("percent_change_by_day" if key == "percent_change" else key)
    course = {"days": forecast["days"], key: series}
    return course if _has_series(course, key) else None


def _plot_depth_fan(
    forecast: dict[str, Any], name: str, title: str, course: dict[str, Any], ends: tuple[float, float]
) -> Plot:
    days, depth = course.get("days") or forecast["days"], course["depth_mm"]
    fan = Fan(
        name=f"fan-{name}", title=title, days=days, quantiles=depth, top=1.12 * ends[1], **_moments(forecast, course)
    )
    alt = (
        f"{title}: the middle of mean visible depth goes from {write_number(depth['q50'][0])} mm to "
        f"{write_number(depth['q50'][-1])} mm after {write_span(days[-1])}, 90 % interval there "
        f"{write_number(depth['q05'][-1])} to {write_number(depth['q95'][-1])} mm."
    )
    return Plot(draw_fan(fan), alt)


def _plot_percent_fan(
    forecast: dict[str, Any], name: str, title: str, course: dict[str, Any], ends: tuple[float, float]
) -> Plot:
    days, change = course.get("days") or forecast["days"], course["percent_change"]
    lowest, highest = min(ends[0], -_LEAST_PERCENT), max(ends[1], 0.0)
    reach = highest - lowest
    fan = Fan(
        name=f"fan-{name}",
        title=title,
        days=days,
        quantiles=change,
        top=highest + 0.24 * reach,
        bottom=lowest - 0.22 * reach,
        words="change of depth, %",
        **_moments(forecast, course),
    )
    middle, low, high = (change[q] for q in ("q50", "q05", "q95"))
    at_end = {"q50": middle[-1], "q05": low[-1], "q95": high[-1]}
    alt = f"{title}: today is 0 %; after {write_span(days[-1])} the dents are {say_change(at_end)}."
    return Plot(draw_fan(fan), alt)


def _moments(forecast: dict[str, Any], course: dict[str, Any]) -> dict[str, Any]:
    return {
        "session_days": course.get("session_days") or forecast.get("session_days") or (),
        "judge_day": forecast.get("judge_day"),
        "assumption_from_day": forecast.get("assumption_from_day"),
    }


def _has_series(course: dict[str, Any] | None, key: str) -> bool:
    return bool(course and (course.get(key) or {}).get("q50"))
