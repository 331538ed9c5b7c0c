"""Assess: one examination checked, graded and put into groups, as it stands in `assess --json`."""

from __future__ import annotations

import datetime
from typing import Any

from scarplan.evidence.library import source
from scarplan.examination.contradictions import check_assessment
from scarplan.examination.doubts import list_doubts
from scarplan.examination.grading import grade_assessment
from scarplan.examination.groups import Group, count_in, count_range, least_count, list_groups, total_count
from scarplan.examination.notice import NOTICE
from scarplan.examination.routed import is_planned_in, list_routed_out
from scarplan.examination.seen import is_all_none, is_nothing_known, is_whole_face
from scarplan.indications import ANSWER_WORDS, Use, find_use
from scarplan.records.assessment import KINDS, Assessment, ZoneFindings


def describe_assessment(
    assessment: Assessment, *, today: datetime.date, what: str = "the examination"
) -> dict[str, Any]:
    """Return everything that an examination says, without the manifest. `what` names it in errors.

    Raises BadInput for answers that contradict one another, a day after `today`, and a use that nobody knows.
    """
    use = find_use(assessment.use)
    assessment = assessment.model_copy(update={"use": use.id})
    check_assessment(assessment, today=today, what=what)
    planned = assessment.model_copy(update={"zone": tuple(z for z in assessment.zone if is_planned_in(z, use))})
    groups = list_groups(planned) if use.answer == "forecast" else ()
    grades = grade_assessment(assessment)
    reasons = _not_ready_because(assessment, use, groups)
    return {
        "basis": "examination",
        "notice": NOTICE,
        "use": use.id,
        "use_name": use.name,
        "use_answer": use.answer,
        "examiner": assessment.examiner,
        "role": assessment.role,
        "examined_on": assessment.date.isoformat(),
        "light": assessment.light,
        "note": assessment.note,
        "flat_marks": assessment.flat_marks or "unknown",
        "stretch": assessment.stretch or "unknown",
        "scar_age_months": assessment.scar_age_months,
        "picked": assessment.picked,
        "new_acne": assessment.new_acne,
        "zones": [_describe_zone(assessment, findings) for findings in assessment.zone],
        "groups": [group.describe() for group in groups],
        "counts": {kind: count.describe() if (count := total_count(assessment, kind)) else None for kind in KINDS},
        "counts_at_least": {kind: least_count(assessment, kind) for kind in KINDS},
        "routed_out": list_routed_out(assessment, use),
        "grades": grades,
        "unanswered": list_unanswered(assessment),
        "doubts": list_doubts(assessment, disputed_rows=grades["goodman_baron_quantitative"]["disputed"]),
        "whole_face": is_whole_face(assessment),
        "ready_to_plan": not reasons,
        "not_ready_because": reasons,
    }


def list_unanswered(assessment: Assessment) -> list[str]:
    """Return the questions without an answer by their place in the file: `stretch`, `zone.cheek_left.icepick`."""
    if assessment.flat_marks == "only":
        asked: tuple[str, ...] = ("light", "scar_age_months", "picked", "new_acne")
        return [name for name in asked if getattr(assessment, name) in (None, "unknown")]
    missing = [
        name
        for name in ("light", "flat_marks", "scar_age_months", "picked", "new_acne")
        if getattr(assessment, name) in (None, "unknown")
    ]
    if assessment.stretch is None and not (assessment.zone and all(row.stretch for row in assessment.zone)):
        missing.append("stretch")
    if assessment.grades.goodman_baron is None:
        missing.append("grades.goodman_baron")
    if not is_whole_face(assessment):
        missing.append("rest_of_face")
    for findings in assessment.zone:
        name = "zone." + findings.place.replace(" ", "_")
        if is_nothing_known(findings):
            missing.append(name)
        else:
            missing += [f"{name}.{kind}" for kind in KINDS if count_in(findings, kind) is None]
    return missing


def _describe_zone(assessment: Assessment, findings: ZoneFindings) -> dict[str, Any]:
    counts = {kind: count_in(findings, kind) for kind in KINDS}
    return {
        "zone": findings.zone,
        "side": findings.side,
        "counts": {kind: count.describe() if count else None for kind, count in counts.items()},
        "flat_marks": marks.describe() if (marks := count_range(findings.flat_marks)) else None,
        "stretch": assessment.stretch_of(findings) or "unknown",
        "note": findings.note,
    }


def _not_ready_because(assessment: Assessment, use: Use, groups: tuple[Group, ...]) -> list[str]:
    if use.answer != "forecast":
        for source_id in use.sources:
            source(source_id)
        return [f"{use.name}: {ANSWER_WORDS[use.answer]}. {use.why} {use.what_to_do}"]
    if groups:
        return []
    if assessment.flat_marks == "only":
        return ["There are flat marks only, and no dent: needling has nothing to lift. See what is not for needling."]
    if list_groups(assessment):
        return ["Every depressed scar lies where nothing is forecast. See what is not for needling."]
    if is_all_none(assessment):
        return ["No depressed scar was counted: there is nothing to plan."]
    if not assessment.zone:
        return ["No zone was examined: count the scars of at least one zone."]
    return ["No depressed scar was counted, and some kinds are not known: count them."]
