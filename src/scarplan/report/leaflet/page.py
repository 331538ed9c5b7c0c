"""The patient's leaflet: two pages, the questions people ask, answered from this case or, blank, for everybody."""

from __future__ import annotations

from scarplan.report.html import render_page
from scarplan.report.leaflet.aftercare import describe_call, describe_days
from scarplan.report.leaflet.chance import describe_chance
from scarplan.report.leaflet.course import describe_visits, describe_week
from scarplan.report.leaflet.fit import choose_sizes
from scarplan.report.leaflet.harms import describe_harms
from scarplan.report.leaflet.points import describe_points
from scarplan.report.leaflet.questions import describe_questions
from scarplan.report.leaflet.situation import describe_situation
from scarplan.report.leaflet.wording import read_wording
from scarplan.report.results import CaseResults


def render_leaflet(results: CaseResults, *, language: str = "en") -> str:
    """Return the leaflet of one case in `language` ("en" or "nl"); what is not known yet is said so.

    Where the decision is to stop, to wait or open, that stands first and no setting of the plan is given.
    Raises BadInput for another language.
    """
    return _render(results, language, is_blank=False)


def render_blank_leaflet(language: str = "en") -> str:
    """Return the leaflet for anybody, on paper: general numbers only and a line for the name."""
    return _render(CaseResults(), language, is_blank=True)


def _render(results: CaseResults, language: str, *, is_blank: bool) -> str:
    wording = read_wording(language)
    situation = describe_situation(results, wording)
    points, more_points = describe_points(results, wording)
    values = {
        "say": wording.say,
        "language": language,
        "is_blank": is_blank,
        "patient": results.patient_id,
        "situation": situation,
        "chance": describe_chance(results, wording),
        "visits": describe_visits(situation.plan, wording),
        "harms": describe_harms(results, wording, is_told=bool(situation.plan)),
        "week": describe_week(wording),
        "call": describe_call(results.plan or {}, wording),
        "days": describe_days(situation.plan, wording),
        "answers": describe_questions(situation.plan, wording),
        "points": points,
        "more_points": more_points,
    }
    return render_page("leaflet.html", sizes=choose_sizes(values), **values)
