"""Numbing: the label's own area, amount and time for a labelled cream; everything else is set by the clinic."""

from __future__ import annotations

from typing import Any

from scarplan.errors import BadInput
from scarplan.evidence.library import quantity
from scarplan.planning.screening import ScreeningForPlan
from scarplan.planning.texts import read_texts
from scarplan.records.clinic_protocol import ClinicProtocol
from scarplan.records.plan import Anaesthesia, AnaesthesiaOption

_ALLERGY = "allergy_local_anaesthetic"
_METHAEMOGLOBIN = "methaemoglobinaemia_g6pd_prilocaine"
_TOXICITY = "lidocaine_toxicity_risk"


def plan_anaesthesia(
    screening: ScreeningForPlan, clinic: ClinicProtocol | None, *, longest_mm: float | None
) -> Anaesthesia:
    """Return the numbing of a plan. `longest_mm` is its longest needle length setting; None where none is set.

    Raises BadInput when the clinic's cream must not be used in this patient.
    """
    texts = read_texts("anaesthesia")
    need, source_id = _need(longest_mm)
    return Anaesthesia(
        need=need,
        options=tuple(_option(row, screening) for row in texts["option"]),
        clinic=_clinic_cream(clinic, screening),
        rules=(*texts["rules"], *_caution(screening)),
        sources=tuple(dict.fromkeys([*texts["rule_sources"], source_id])),
    )


def _need(longest_mm: float | None) -> tuple[str, str]:
    limit = quantity("planning.numbing_from_mm")
    if longest_mm is None:
        return "depends on the needle length setting, which the clinic sets", limit.source
    if longest_mm > limit.value:
        return f"usual above a needle length setting of {limit.value:g} mm", limit.source
    return f"not always needed up to a needle length setting of {limit.value:g} mm", limit.source


def _option(row: dict[str, Any], screening: ScreeningForPlan) -> AnaesthesiaOption:
    texts = {key: value for key, value in row.items() if key not in ("has_lidocaine", "has_prilocaine")}
    use, why = _judge(screening, has_lidocaine=row["has_lidocaine"], has_prilocaine=row["has_prilocaine"])
    return AnaesthesiaOption(use=use, why=why, **texts)


def _judge(screening: ScreeningForPlan, *, has_lidocaine: bool, has_prilocaine: bool) -> tuple[Any, str]:
    """Return whether a cream may be used and why; an open question is asked first."""
    worst = ("possible", "")
    for rule, concerns, what in (
        (_ALLERGY, has_lidocaine, "allergy to a local anaesthetic"),
        (_METHAEMOGLOBIN, has_prilocaine, "G6PD deficiency, methaemoglobinaemia or a medicine that causes it"),
    ):
        answer = screening.answer(rule)
        if concerns and answer == "yes":
            return "do not use", what
        if concerns and answer == "unknown":
            worst = ("ask first", f"not answered yet: {what}")
    return worst


def _caution(screening: ScreeningForPlan) -> tuple[str, ...]:
    if screening.answer(_TOXICITY) == "no":
        return ()
    asked = "" if screening.answer(_TOXICITY) == "yes" else ", not answered yet"
    return (f"smaller area and shorter time where lidocaine is risky (liver, heart rhythm, low weight{asked})",)


def _clinic_cream(clinic: ClinicProtocol | None, screening: ScreeningForPlan) -> str | None:
    if clinic is None or clinic.anaesthesia is None:
        return None
    cream = clinic.anaesthesia
    use, why = _judge(screening, has_lidocaine=cream.lidocaine, has_prilocaine=cream.prilocaine)
    if use == "do not use":
        raise BadInput(
            f"the cream of the {clinic.said_by} must not be used in this patient: {why}",
            code="E-PLAN-003",
            got=cream.product,
            allowed="another cream, cooling, or none",
            do="change [anaesthesia] in the clinic protocol for this patient",
        )
    instructions = f": {cream.instructions}" if cream.instructions else ""
    warning = f" (ask first: {why})" if use == "ask first" else ""
    return f"{cream.product}{instructions}{warning}; set in the {clinic.said_by}"
