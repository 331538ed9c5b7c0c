"""Box 6: how sure we are and why: the measurement, the published evidence, the settings, the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scarplan.evidence.library import all_sources
from scarplan.evidence.published import RATER_WORDS
from scarplan.report.results import CaseResults
from scarplan.report.wording import (
    MODEL_NOTICE,
    SET_BY_THE_CLINIC,
    Z_90,
    count_of,
    shorten,
    start_sentence,
    write_date,
    write_number,
)

#: Ratings that the hope of patient or doctor cannot move.
_BLIND = (RATER_WORDS["blinded"], RATER_WORDS["instrument"])
_BASIS_LETTERS, _RATER_LETTERS = 100, 150
_READ_IN_FULL = ("full_text", "table")


@dataclass(frozen=True)
class CertaintyBox:
    """Lines of (what, how sure and why)."""

    lines: tuple[tuple[str, str], ...]


def describe_certainty(results: CaseResults) -> CertaintyBox:
    """Return box 6."""
    lines = [
        ("Seen" if results.is_by_eye else "Measured", _measurement_in_words(results)),
        ("Published", _evidence_in_words((results.forecast or {}).get("published"))),
        ("Settings", _settings_in_words(results.plan)),
        ("Model", _model_in_words(results.forecast)),
    ]
    return CertaintyBox(lines=tuple((what, text) for what, text in lines if text))


def _measurement_in_words(results: CaseResults) -> str:
    if results.scars is None and results.assess is not None:
        return _examination_in_words(results.assess)
    if results.scars is None:
        return "Nothing measured yet."
    resolves = results.scars.get("resolves") or (results.scan or {}).get("resolves") or {}
    words = []
    errors = [scar["depth_sd_mm"] for scar in results.confident_scars if scar.get("depth_sd_mm") is not None]
    if errors:
        middle = sorted(errors)[len(errors) // 2]
        words.append(f"depths to ±{write_number(Z_90 * middle)} mm (90 %)")
    if resolves.get("smallest_depth_mm") is not None:
        words.append(f"nothing shallower than {write_number(resolves['smallest_depth_mm'])} mm can be seen")
    words.append("checked by a clinician" if results.is_reviewed else "not checked by a clinician")
    return start_sentence("; ".join(words))


def _examination_in_words(assess: dict[str, Any]) -> str:
    raters = ((assess.get("grades") or {}).get("goodman_baron_quantitative") or {}).get("rater_disagreement") or {}
    differ = shorten(str(raters.get("words") or "").partition(". ")[0], _RATER_LETTERS).rstrip(".")
    words = "nothing was measured: counted by eye, depths drawn from published ranges, so that intervals are wider"
    return start_sentence(f"{words}. {differ}" if differ else words)


def _evidence_in_words(published: dict[str, Any] | None) -> str:
    studies = (published or {}).get("studies") or []
    if not studies:
        return "No trial is quoted."
    people = sum(study.get("n") or 0 for study in studies)
    blind = sum(study.get("rater") in _BLIND for study in studies)
    read = [all_sources()[study["id"]].verification for study in studies if study.get("id") in all_sources()]
    whole = sum(verification in _READ_IN_FULL for verification in read)
    words = f"{count_of(len(studies), 'group')}, {people} people; {blind} judged blind or by an instrument"
    return f"{words}; {whole} of these papers read in full."


def _settings_in_words(plan: dict[str, Any] | None) -> str:
    if plan is None:
        return ""
    protocol = plan.get("clinic_protocol")
    if protocol:
        example = ", an example and no clinic's own" if protocol.get("example") else ""
        return f"Set in the clinic protocol {shorten(protocol['name'], 50)}, {write_date(protocol['date'])}{example}."
    by_clinic = {field for zone in plan.get("zones") or () for field in zone.get("set_by_the_clinic") or ()}
    if by_clinic or any(zone.get("needle_length_mm") is None for zone in plan.get("zones") or ()):
        return f"Where no label, guideline, trial or review carries a value, it is {SET_BY_THE_CLINIC}."
    bases = list(
        dict.fromkeys(zone["needle_length_basis"] for zone in plan["zones"] if zone.get("needle_length_basis"))
    )
    return start_sentence(f"needle length: {shorten(bases[0], _BASIS_LETTERS)}") if bases else ""


def _model_in_words(forecast: dict[str, Any] | None) -> str:
    if forecast is None:
        return ""
    return f"{MODEL_NOTICE[:1].upper()}{MODEL_NOTICE[1:]}; after 12 months only an assumption."
