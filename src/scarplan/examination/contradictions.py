"""Answers of an examination that cannot both hold: each named with its counterpart and what to change."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator

from scarplan.errors import BadInput
from scarplan.examination.grading.ecca import ITEM_KINDS, ecca_range
from scarplan.examination.groups import PAIRED_ZONES, count_range
from scarplan.examination.seen import (
    KIND_WORDS,
    common_stretch,
    count_on_face,
    is_all_none,
    is_whole_face,
    list_contours,
    list_counted,
)
from scarplan.records.assessment import Assessment, place_in_words


def check_assessment(assessment: Assessment, *, today: datetime.date, what: str = "the examination") -> None:
    """Raise BadInput that tells every contradiction of `what` at once, naming both answers and what to change."""
    faults = [
        *_day_faults(assessment, today),
        *_zone_faults(assessment),
        *_flat_mark_faults(assessment),
        *_grade_faults(assessment),
        *_stretch_faults(assessment),
        *_row_faults(assessment),
        *_ecca_faults(assessment),
    ]
    if faults:
        raise BadInput(
            f"{what} contradicts itself: {'; '.join(faults)}",
            code="E-EXAM-001",
            do="correct the answer that is wrong; what is not known may be left out",
        )


def _day_faults(assessment: Assessment, today: datetime.date) -> Iterator[str]:
    if assessment.date > today:
        yield (
            f"date says {assessment.date.isoformat()}, which lies after today, {today.isoformat()}: "
            "write the day of the examination"
        )


def _zone_faults(assessment: Assessment) -> Iterator[str]:
    for findings in assessment.zone:
        if findings.zone in PAIRED_ZONES and findings.side is None:
            yield (
                f'zone {findings.zone} names no side and has two: write side = "left" or "right", one table for each'
            )
    for zone in sorted({row.zone for row in assessment.zone} - PAIRED_ZONES):
        sides = {row.side for row in assessment.zone if row.zone == zone}
        if None in sides and len(sides) > 1:
            yield f"zone {zone} stands whole and by side: count it whole without side, or its left and right apart"
    for (zone, side), times in Counter((row.zone, row.side) for row in assessment.zone).items():
        if times > 1:
            yield f"{place_in_words(zone, side)} stands {times} times: put its counts into one [[zone]]"


def _flat_mark_faults(assessment: Assessment) -> Iterator[str]:
    contours, grade = list_contours(assessment), assessment.grades.goodman_baron
    marks = count_range(assessment.grades.goodman_baron_rows.macular)
    if assessment.flat_marks == "only":
        if contours:
            yield f'flat_marks says "only", but {_few(contours)} was counted: write "some", or correct the counts'
        if grade is not None and grade > 1:
            yield f'flat_marks says "only", but goodman_baron {grade} is a grade of dents or raised scars: change one'
    if assessment.flat_marks in ("some", "only") and marks is not None and marks.high == 0:
        yield f'flat_marks says "{assessment.flat_marks}", but goodman_baron_rows.macular says none: change one'
    if assessment.flat_marks == "none":
        placed = [row.place for row in assessment.zone if (count := count_range(row.flat_marks)) and count.low > 0]
        if placed:
            yield f'flat_marks says "none", but marks were counted in {_few(placed)}: write "some", or correct them'
        if marks is not None and marks.low > 0:
            yield 'flat_marks says "none", but goodman_baron_rows.macular counts some: change one'
        if grade == 1:
            yield 'flat_marks says "none", but goodman_baron 1 means flat marks: change one'


def _grade_faults(assessment: Assessment) -> Iterator[str]:
    grade, contours = assessment.grades.goodman_baron, list_contours(assessment)
    if grade == 1 and contours:
        yield (
            f"goodman_baron 1 means flat marks only, but {_few(contours)} was counted: give grade 2, 3 or 4, "
            "or correct the counts"
        )
    if grade is not None and grade > 1 and is_all_none(assessment):
        yield (
            f"goodman_baron {grade} means dents or raised scars, but every kind of every zone was counted as none: "
            "correct the grade, or the zone where you saw them"
        )


def _stretch_faults(assessment: Assessment) -> Iterator[str]:
    grade, stretch = assessment.grades.goodman_baron, common_stretch(assessment)
    if list_counted(assessment, ("raised",)):
        return  # the grade may be that of the raised scars, which stretching does not tell
    if grade == 4 and stretch == "flattens":
        yield (
            'goodman_baron 4 means scars that stretching does not flatten, but stretch says "flattens" everywhere: '
            "give grade 3, or correct stretch"
        )
    if grade == 3 and stretch == "does_not_flatten":
        yield (
            'goodman_baron 3 means scars that stretching can flatten, but stretch says "does_not_flatten" everywhere: '
            "give grade 4, or correct stretch"
        )


def _row_faults(assessment: Assessment) -> Iterator[str]:
    rows = assessment.grades.goodman_baron_rows
    contours = [name for name in list_contours(assessment) if name.startswith("goodman_baron_rows")]
    if contours and is_whole_face(assessment) and is_all_none(assessment):
        yield f"{_few(contours)} counts scars, but every zone of the face was said to hold none: correct one"
    papular = count_range(rows.papular)
    raised = list_counted(assessment, ("raised",))
    if raised and rows.hypertrophic == "none" and papular is not None and papular.high == 0:
        yield (
            f"goodman_baron_rows says none for papular and for hypertrophic, but {_few(raised)} was counted: "
            "correct the row or the count"
        )


def _ecca_faults(assessment: Assessment) -> Iterator[str]:
    for item, kinds in ITEM_KINDS.items():
        given = getattr(assessment.grades.ecca, item)
        if given is None:
            continue
        words = " and ".join(KIND_WORDS[kind] for kind in kinds)
        counted = count_on_face(assessment, kinds)
        if given == 0 and counted[0] > 0:
            yield (
                f"ecca.{item} says 0 (none), but {_few(list_counted(assessment, kinds))} was counted: "
                "correct one, or leave the item out where these scars lie outside its width"
            )
        least, most = ecca_range(given).low, counted[1]
        if is_whole_face(assessment) and least > most:
            yield (
                f"ecca.{item} says {given}, at least {least} scars, but at most {most} {words} scars were counted "
                "on the whole face: correct one"
            )


def _few(names: list[str]) -> str:
    """Return the first names in words: what is told must fit on a line."""
    shown = 3
    rest = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {rest} more" if rest > 0 else "")
