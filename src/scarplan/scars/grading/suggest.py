"""All scales at once, as they stand in `scars --json`; a patch gets counts but never a whole-face grade."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from scarplan.evidence.library import source, value_of
from scarplan.scars.grading.ecca import Ecca
from scarplan.scars.grading.goodman_baron import GoodmanBaronQualitative, GoodmanBaronQuantitative
from scarplan.scars.grading.sensitivity import grade_sensitivity
from scarplan.scars.scarmap import Scar

NOTE = "Suggestions from relief. The clinician's grade is the grade."
PATCH_NOTE = "a patch gives counts per cm2, never a whole-face grade"


def suggest_grades(scars: Sequence[Scar], *, area_cm2: float) -> dict[str, Any]:
    """Return the grades that the relief of `scars` (confident or reviewed) suggests on `area_cm2` of seen skin."""
    for paper in ("goodman_baron_quantitative_2006", "goodman_baron_qualitative_2006", "ecca_2007"):
        source(paper)
    whole = area_cm2 >= value_of("scars.whole_face_cm2")
    quantitative, ecca = GoodmanBaronQuantitative().grade(scars), Ecca().grade(scars)
    qualitative = GoodmanBaronQualitative().suggest(scars)
    if not whole:
        quantitative, ecca = quantitative.without_total(PATCH_NOTE), ecca.without_total(PATCH_NOTE)
        qualitative |= {"note": f"for this patch only: {qualitative['note']}"}
    return {
        "goodman_baron_quantitative": {
            "rows": [asdict(row) for row in quantitative.rows], "total": asdict(quantitative.total),
        },
        "goodman_baron_qualitative": qualitative,
        "ecca": {"items": [_item(asdict(row)) for row in ecca.rows], "total": asdict(ecca.total)},
        "sensitivity": grade_sensitivity(scars),
        "whole_face": {"area_cm2": area_cm2} if whole else None,
        "note": NOTE if whole else f"{NOTE} This is no whole face: {PATCH_NOTE}.",
    }  # fmt: skip


def _item(row: dict[str, Any]) -> dict[str, Any]:
    return {"item": row.pop("row"), **row}
