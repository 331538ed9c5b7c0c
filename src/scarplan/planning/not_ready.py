"""Why no plan can be made from an examination: another use, flat marks only, no dent, or nothing counted yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scarplan.errors import BadInput, Refused
from scarplan.evidence.library import source
from scarplan.examination import DEPRESSED_KINDS
from scarplan.indications import ANSWER_WORDS, Answer, Use, find_region, find_use
from scarplan.planning.examined_counts import say_total_of, total_of
from scarplan.planning.first import plan_first_steps
from scarplan.records.assessment import place_in_words

Row = Mapping[str, Any]


def require_something_to_plan(assess: Row) -> None:
    """Raise Refused or BadInput unless the examination found a dent that needling may be planned for."""
    use = find_use(assess["use"])
    if use.answer != "forecast":
        raise _not_forecast(use, use.answer, use.why, use.what_to_do)
    if assess["flat_marks"] == "only":
        raise _refuse(
            "there are flat marks only, and no dent: needling that lifts dents has nothing to lift",
            assess,
            do="treat the marks as marks; assess again if dents show in light from the side",
            code="E-PLAN-014",
        )
    if assess["groups"]:
        return
    elsewhere = next((zone for zone in assess["zones"] if _holds_dents(zone)), None)
    if elsewhere is not None:
        answer = use.in_region(find_region(elsewhere["zone"]))
        raise _not_forecast(use, answer.answer, answer.why, answer.what_to_do)
    _require_counts(assess)
    raise _refuse(
        "no dent was counted in the examination, so there is nothing to plan",
        assess,
        do="nothing is needled where no dent is; if you see some, look in light from the side, count and assess again",
        code="E-PLAN-016",
    )


def _require_counts(assess: Row) -> None:
    """Raise BadInput that names the zones to fill when a kind is not known in one, or nothing was looked at."""
    zones, is_known = assess["zones"], all(assess["counts"][kind] is not None for kind in DEPRESSED_KINDS)
    open_zones = [
        place_in_words(zone["zone"], zone["side"])
        for zone in zones
        if any(zone["counts"][kind] is None for kind in DEPRESSED_KINDS)
    ]
    if not is_known:
        raise BadInput(
            "nothing was counted yet that a plan could be made for",
            code="E-PLAN-015",
            got=f"not counted: {', '.join(open_zones)}" if open_zones else "no zone in the examination",
            allowed="icepick, boxcar_shallow, boxcar_deep and rolling of each zone, each with a number or a class; "
            "0 is an answer",
            do=f"fill {', '.join(open_zones) or 'a [[zone]] for every zone you looked at'} and run `scarplan assess` "
            "again",
        )


def _holds_dents(zone: Row) -> bool:
    return any(zone["counts"][kind] and zone["counts"][kind]["high"] > 0 for kind in DEPRESSED_KINDS)


def _not_forecast(use: Use, answer: Answer, why: str, do: str) -> Refused:
    sources = [source(source_id).id for source_id in use.sources]
    return Refused(
        f"{use.name}: {ANSWER_WORDS[answer]}. {why}",
        do=do,
        code="E-PLAN-013",
        result={"plan": None, "use": use.id, "answer": answer, "why": why, "sources": sources},
    )


def _refuse(reason: str, assess: Row, *, do: str, code: str) -> Refused:
    raised, routed_out = total_of(assess, "raised"), assess["routed_out"]
    first = plan_first_steps({"raised": raised}, {"raised": say_total_of(assess, "raised")}) if raised else ()
    ways = [f"{row['what']}: {row['do'].rstrip('.')}" for row in routed_out]
    return Refused(
        reason,
        do="; ".join([do, *ways]),
        code=code,
        result={"plan": None, "first": [step.model_dump() for step in first], "routed_out": list(routed_out)},
    )
