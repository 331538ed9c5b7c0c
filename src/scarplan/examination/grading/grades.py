"""All grades of an examination at once, as they stand in `assess --json`."""

from __future__ import annotations

from typing import Any

from scarplan.evidence.library import source, value_of
from scarplan.examination.grading.ecca import grade_ecca
from scarplan.examination.grading.goodman_baron import grade_qualitative, grade_quantitative
from scarplan.examination.seen import is_whole_face
from scarplan.examination.texts import read_text
from scarplan.records.assessment import Assessment

NOTE = "The examiner's grade is the grade. What was not given follows from the counts, as a range."
PATCH_NOTE = "Not every zone of the face was examined: totals are those of the zones examined."


def grade_assessment(assessment: Assessment) -> dict[str, Any]:
    """Return the grades by every scale, each with how far raters differ on it."""
    for paper in ("goodman_baron_quantitative_2006", "goodman_baron_qualitative_2006", "ecca_2007"):
        source(paper)
    is_whole = is_whole_face(assessment)
    qualitative = grade_qualitative(assessment)
    quantitative = grade_quantitative(assessment, is_whole=is_whole)
    disagreement = read_text("disagreement", "goodman_baron_quantitative")
    return {
        "goodman_baron_qualitative": {
            **qualitative, "rater_disagreement": read_text("disagreement", "goodman_baron_qualitative")["words"],
        },
        "goodman_baron_quantitative": {
            **quantitative,
            "rater_disagreement": {"points": value_of("examination.gb_points_apart"), **disagreement},
        },
        "ecca": {**grade_ecca(assessment), "rater_disagreement": read_text("disagreement", "ecca")},
        "scar_s": _scar_s(assessment),
        "note": NOTE if is_whole else f"{NOTE} {PATCH_NOTE}",
    }  # fmt: skip


def _scar_s(assessment: Assessment) -> dict[str, Any] | None:
    face = assessment.grades.scar_s_face
    if face is None:
        return None
    return {
        "face": face,
        "verified": False,
        "note": "0 clear to 5 very severe; the words of its categories are from memory and are not shown",
        "rater_disagreement": read_text("disagreement", "scar_s"),
    }
