"""Which parts the appendix has: those of the way that the case goes, and those of what was recorded besides."""

from __future__ import annotations

from dataclasses import dataclass

from scarplan.report.results import CaseResults


@dataclass(frozen=True)
class Part:
    """One template of the appendix and the entries (id, title) that it brings into the navigation."""

    template: str
    entries: tuple[tuple[str, str], ...]


_EXAMINATION = Part("part_examination.html", (("examination", "Examination"),))
_FOLLOW_UP = Part("part_follow_up.html", (("follow-up", "Follow-up"),))
_PHOTOGRAPHS = Part("part_photographs.html", (("photographs", "Photographs"),))
_COURSE = Part("part_course.html", (("course", "Course"),))
_OUTCOMES = Part("part_outcomes.html", (("outcomes", "Outcomes"),))
_PICTURES = Part("part_pictures.html", (("pictures", "Pictures"),))
_FORECAST = Part("part_forecast.html", (("forecast", "Forecast"),))
_SENSITIVITY = Part("part_sensitivity.html", (("sensitivity", "What it hangs on"),))
_SCARS = Part("part_scars.html", (("scars", "Scars"),))
_PLAN = Part("part_plan.html", (("plan", "Plan"),))
_HARMS = Part("part_harms.html", (("harms", "Harms"), ("aftercare", "Aftercare"), ("alternatives", "Alternatives")))
_SCREENING = Part("part_screening.html", (("screening", "Screening"),))
_GRADES = Part("part_grades.html", (("grades", "Grades"),))
_SOURCES = Part("part_sources.html", (("sources", "Sources"), ("manifest", "Manifest")))


def list_parts(results: CaseResults, *, has_photographs: bool = False, has_course: bool = False) -> tuple[Part, ...]:
    """Return the parts of the appendix in the order in which they are needed: safety, what is there, what to do."""
    chosen = (
        (_SCREENING, True),
        (_PICTURES, not results.is_by_eye),
        (_EXAMINATION, results.assess is not None),
        (_FOLLOW_UP, results.follow_up is not None),
        (_COURSE, has_course),
        (_PLAN, True),
        (_HARMS, True),
        (_FORECAST, True),
        (_SENSITIVITY, bool((results.forecast or {}).get("sensitivity"))),
        (_OUTCOMES, results.outcomes is not None),
        (_PHOTOGRAPHS, has_photographs),
        (_SCARS, not results.is_by_eye),
        (_GRADES, True),
        (_SOURCES, True),
    )
    return tuple(part for part, is_there in chosen if is_there)
