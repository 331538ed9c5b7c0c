"""What an examination finds that the needling plan leaves out: flat marks, fresh marks, raised and other scars."""

from __future__ import annotations

from typing import Any

from scarplan.evidence.library import source, value_of
from scarplan.examination.groups import DEPRESSED_KINDS, count_in, count_range
from scarplan.examination.texts import read_text
from scarplan.indications import Use, find_region
from scarplan.records.assessment import Assessment, Kind, ZoneFindings


def list_routed_out(assessment: Assessment, use: Use) -> list[dict[str, Any]]:
    """Return what is left out of the plan, where it was seen, why, and what to do instead."""
    found = []
    if has_flat_marks(assessment):
        found.append(_route("flat_marks", _marked_places(assessment)))
    if _is_fresh(assessment):
        found.append(_route("fresh_marks", []))
    kinds: tuple[Kind, ...] = ("raised", "other")
    for kind in kinds:
        if where := _places(assessment, (kind,)):
            found.append(_route(kind, where))
    return found + _regions_not_forecast(assessment, use)


def has_flat_marks(assessment: Assessment) -> bool:
    """Whether flat marks were seen, in words, by a count or by the grade that stands for them."""
    row = count_range(assessment.grades.goodman_baron_rows.macular)
    return (
        assessment.flat_marks in ("some", "only")
        or assessment.grades.goodman_baron == 1
        or bool(_marked_places(assessment))
        or (row is not None and row.low > 0)
    )


def is_planned_in(findings: ZoneFindings, use: Use) -> bool:
    """Whether the use is planned and forecast in the region of a zone."""
    return use.answer_in(find_region(findings.zone)) == "forecast"


def _is_fresh(assessment: Assessment) -> bool:
    age = assessment.scar_age_months
    return age is not None and age < value_of("examination.fresh_months")


def _regions_not_forecast(assessment: Assessment, use: Use) -> list[dict[str, Any]]:
    if use.answer != "forecast":
        return []  # said once for the whole examination
    found = []
    for findings in assessment.zone:
        seen = any((count := count_in(findings, kind)) and count.high > 0 for kind in DEPRESSED_KINDS)
        if seen and not is_planned_in(findings, use):
            answer = use.in_region(find_region(findings.zone))
            for source_id in use.sources:
                source(source_id)
            found.append(
                {
                    "what": f"depressed scars of the {findings.place}",
                    "where": [findings.place],
                    "why": answer.why,
                    "do": answer.what_to_do,
                    "sources": list(use.sources),
                }
            )
    return found


def _route(key: str, where: list[str]) -> dict[str, Any]:
    text = read_text("routed_out", key)
    return {"what": text["what"], "where": where, "why": text["why"], "do": text["do"], "sources": text["sources"]}


def _places(assessment: Assessment, kinds: tuple[Kind, ...]) -> list[str]:
    return [
        findings.place
        for findings in assessment.zone
        if any((count := count_in(findings, kind)) and count.low > 0 for kind in kinds)
    ]


def _marked_places(assessment: Assessment) -> list[str]:
    return [
        findings.place for findings in assessment.zone if (count := count_range(findings.flat_marks)) and count.low > 0
    ]
