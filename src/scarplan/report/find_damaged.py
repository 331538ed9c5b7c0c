"""Which result of a case the pages cannot be made from: one of another version, or changed by hand.

A result is read part by part where it is printed, so what it lacks is found out there; that it is this one shows when
the pages can be made without it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from jinja2 import UndefinedError

from scarplan.errors import BadInput, ScarplanError
from scarplan.records import Case
from scarplan.records.case import result_name
from scarplan.report.case_course import CaseCourse
from scarplan.report.results import VERBS, CaseResults

#: What a result that lacks a part, or has another kind of value there, raises where the part is read.
UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, IndexError, UndefinedError)
#: Results of a course, then the others: those that hang on others first.
_OF_COURSE = ("schedule", "update")
_ASKED = (*_OF_COURSE, *reversed(VERBS))


def name_damaged(
    case: Case,
    results: CaseResults,
    course: CaseCourse | None,
    error: Exception,
    *,
    render: Callable[[CaseResults, CaseCourse | None], object],
) -> Exception:
    """Return the error that names the result without which the pages can be made; `error` itself where there is none.

    `render` makes the pages; it raised `error` with all results.
    """
    for verb in _ASKED:
        holder = course if verb in _OF_COURSE else results
        if getattr(holder, verb, None) is None:
            continue
        try:
            if verb in _OF_COURSE:
                render(results, course and replace(course, **{verb: None}))
            else:
                render(replace(results, **{verb: None}), course)
        except (*UNREADABLE, ScarplanError):
            continue
        return BadInput(
            f"{case.path(result_name(verb))} is damaged, or was made by another version: the report cannot be made "
            "from it",
            code="E-REPORT-011",
            got=f"{type(error).__name__} {error}",
            do=f"run `{case.command(verb)}` again; where that does not help, it is a fault of the program: report it",
        )
    return error
