"""What does not quite fit in an examination, or makes it say less than it seems to: told, never refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scarplan.evidence.library import value_of
from scarplan.examination.grading.ecca import ITEM_KINDS, ecca_range
from scarplan.examination.groups import DEPRESSED_KINDS, count_in, count_range
from scarplan.examination.seen import (
    KIND_WORDS,
    count_on_face,
    is_nothing_known,
    list_contours,
    list_counted,
    may_be_depressed,
)
from scarplan.records.assessment import Assessment, Grades


def list_doubts(assessment: Assessment, *, disputed_rows: Sequence[str]) -> list[str]:
    """Return every doubt as a sentence. `disputed_rows`: entered rows of a scale that the counts contradict."""
    return [
        *_mark_doubts(assessment),
        *_stretch_doubts(assessment),
        *_grade_doubts(assessment),
        *(f"The row {row} does not follow from the counts; it was taken as entered." for row in disputed_rows),
        *_ecca_doubts(assessment),
        *_zone_doubts(assessment),
        *_history_doubts(assessment),
    ]


def _mark_doubts(assessment: Assessment) -> Iterator[str]:
    if assessment.flat_marks is None:
        yield "Whether there are dark or red marks rather than dents was not answered: marks are not needled."
    marks = [count_range(findings.flat_marks) for findings in assessment.zone]
    if assessment.flat_marks in ("some", "only") and marks and all(count and count.high == 0 for count in marks):
        yield f"flat_marks says {assessment.flat_marks!r}, and none was counted in any zone listed."
    if assessment.flat_marks == "only" and assessment.stretch is not None:
        yield "A stretch test was noted although there are flat marks only: marks do not flatten."


def _stretch_doubts(assessment: Assessment) -> Iterator[str]:
    for findings in assessment.zone:
        if findings.stretch is not None and not may_be_depressed(findings):
            yield f"In {findings.place} a stretch test was noted, and no dent was counted."
        for kind in ("icepick", "boxcar_deep"):
            count = count_in(findings, kind)
            if count and count.low > 0 and assessment.stretch_of(findings) == "flattens":
                yield (
                    f"In {findings.place} {KIND_WORDS[kind]} scars were counted and stretching flattens: such scars "
                    "seldom flatten."
                )


def _grade_doubts(assessment: Assessment) -> Iterator[str]:
    grade, deep = assessment.grades.goodman_baron, list_counted(assessment, ("boxcar_deep",))
    if grade == 2 and deep:
        yield f"Grade 2 is mild, and {deep[0]} was counted: deep boxcars are usually seen from a distance."
    if assessment.grades.scar_s_face == 0 and list_contours(assessment):
        yield f"scar_s_face 0 means no scar to be seen, and {list_contours(assessment)[0]} was counted."
    if assessment.grades != Grades() and assessment.use != "acne_scars":
        yield "The grading scales were made for acne scars; for another use they say little."


def _ecca_doubts(assessment: Assessment) -> Iterator[str]:
    for item, kinds in ITEM_KINDS.items():
        given = getattr(assessment.grades.ecca, item)
        if not given:
            continue
        least = count_on_face(assessment, kinds)[0]
        if given < _MOST_CLASS and least > ecca_range(given).high:
            words, most = " and ".join(KIND_WORDS[kind] for kind in kinds), ecca_range(given).high
            yield f"ecca.{item} says {given}, at most {most} scars; {least} {words} scars were counted."
    raised = list_counted(assessment, ("raised",))
    if raised and assessment.grades.ecca.hypertrophic == assessment.grades.ecca.keloid == 0:
        yield f"ecca says no hypertrophic scar and no keloid, and {raised[0]} was counted."


def _zone_doubts(assessment: Assessment) -> Iterator[str]:
    for findings in assessment.zone:
        other = count_in(findings, "other")
        if other and other.low > 0 and findings.note is None:
            yield f"In {findings.place} other scars were counted and no note says what they are."
        # Where marks are all there is, a zone without counts of dents is complete.
        if is_nothing_known(findings) and assessment.flat_marks != "only":
            yield f"{findings.place.capitalize()} is listed, and nothing about it is known."


def _history_doubts(assessment: Assessment) -> Iterator[str]:
    age, fresh = assessment.scar_age_months, value_of("examination.fresh_months")
    has_dents = bool(list_counted(assessment, DEPRESSED_KINDS))
    if has_dents and age is not None and age < fresh:
        yield f"The youngest scars are {age:g} months old: scars under {fresh} months still change by themselves."
    if assessment.new_acne == "yes":
        yield "New spots still come: they make new scars. Bring the acne under control first."
    if assessment.picked == "yes":
        yield "Spots are picked or squeezed: that makes scars, and no needling outruns it."


#: The highest class of ECCA has no end.
_MOST_CLASS = 3
