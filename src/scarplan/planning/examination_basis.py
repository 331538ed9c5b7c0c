"""The basis of a plan from an examination: what was counted, drawn as scars, and what keeps a plan from being made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from scarplan.errors import BadInput, Refused
from scarplan.evidence.library import quantity, source, value_of
from scarplan.examination import DEPRESSED_KINDS, NOTICE, DrawnScars, draw_scars
from scarplan.forecast.scar_draws import Place, ScarDraws
from scarplan.indications import ANSWER_WORDS, Answer, RegionAnswer, Use, find_region, find_use
from scarplan.planning.basis import CountRange, ScarBasis, say_count
from scarplan.planning.first import plan_first_steps
from scarplan.records.plan import Reason

Row = Mapping[str, Any]

_FLAT_MARKS_OPEN = "not answered in the examination: are they dark or red marks rather than dents (flat_marks)?"
#: Quantities whose sources say how deep scars of each kind are.
_DEPTHS = ("icepick_depth_mm", "boxcar_least_depth_mm", "ultrasound_deepest_mm", "rolling_depth_mm")
_ORDER = (*DEPRESSED_KINDS, "raised", "other")


def examination_basis(assess: Row, *, count: int, seed: int) -> ScarBasis:
    """Return the basis of a plan from an `assess --json` object, for `count` draws.

    Raises Refused for a use that is not planned here, for flat marks only and where no dent was seen; BadInput where
    nothing was counted yet.
    """
    use = find_use(assess["use"])
    _require_forecast(use)
    groups = _groups_to_plan(assess, use)
    drawn = draw_scars({**assess, "groups": groups}, count=count, seed=seed)
    counts = {kind: _total(assess, kind) for kind in _ORDER}
    known = {kind: total for kind, total in counts.items() if total is not None}
    return ScarBasis(
        name="examination",
        lists="groups",
        scars=_as_scars(drawn, groups),
        counts=known,
        count_words={kind: _say_total(assess, kind, total) for kind, total in known.items()},
        left_out={_place(zone): _left_out(zone) for zone in assess["zones"]},
        is_reviewed=True,
        not_cleared_because=(_FLAT_MARKS_OPEN,) if _is_open(assess["flat_marks"]) else (),
        reasons=(_say_where_from(assess), *_say_stretch(assess)),
        warnings=(NOTICE, *_warnings(assess, use, groups)),
    )


def say_range(low: int, high: int) -> str:
    """Return the count of one group as it is printed; the open class as `over 20`."""
    return f"over {low - 1}" if _is_open_class(low, high) else say_count((low, high))


def _require_forecast(use: Use) -> None:
    if use.answer != "forecast":
        raise _not_forecast(use, use.answer, use.why)


def _not_forecast(use: Use, answer: Answer, why: str) -> Refused:
    for source_id in use.sources:
        source(source_id)
    return Refused(
        f"{use.name}: {ANSWER_WORDS[answer]}. {why}",
        do=use.what_to_do,
        code="E-PLAN-013",
        result={"plan": None, "use": use.id, "answer": answer, "why": why, "sources": list(use.sources)},
    )


def _groups_to_plan(assess: Row, use: Use) -> list[Row]:
    """Return the groups that needling may be planned for. Raises Refused or BadInput where there is none."""
    if assess["flat_marks"] == "only":
        raise Refused(
            "flat marks only: needling dents treats no flat dark or red mark, and a plan would be for scars that are "
            "not there",
            do=_way_out(assess) or "treat the marks as marks; assess again if dents are seen in light from the side",
            code="E-PLAN-014",
            result={"plan": None, "flat_marks": "only", "routed_out": list(assess["routed_out"])},
        )
    if not assess["groups"]:
        raise _nothing_to_plan(assess)
    planned = [row for row in assess["groups"] if _answer_for(use, row["zone"]).answer == "forecast"]
    if not planned:
        answer = _answer_for(use, assess["groups"][0]["zone"])
        raise _not_forecast(use, answer.answer, answer.why)
    return planned


def _answer_for(use: Use, zone: str) -> RegionAnswer:
    return use.in_region(find_region(zone.replace("_", " ")))


def _nothing_to_plan(assess: Row) -> Refused | BadInput:
    uncounted = [say_place(zone) for zone in assess["zones"] if _unknown_kinds(zone)]
    if uncounted or not assess["zones"]:
        return BadInput(
            "the examination has no count yet to plan for",
            code="E-PLAN-015",
            got=f"not counted: {', '.join(uncounted)}" if uncounted else "no zone",
            allowed="for each zone how many icepick, boxcar_shallow, boxcar_deep and rolling there are; 0 is an answer",
            do=f"fill [[zone]] of {', '.join(uncounted) or 'every zone that was looked at'} in the examination, "
            "and assess again",
        )
    counts = {"raised": _total(assess, "raised") or (0, 0)}
    return Refused(
        "no dent was seen in the examination, so there is nothing to plan for; raised scars and flat marks are not "
        "needled",
        do=_way_out(assess) or "look again in light from the side; nothing needs needling where no dent is",
        code="E-PLAN-016",
        result={
            "plan": None,
            "first": [
                step.model_dump()
                for step in plan_first_steps(counts, {kind: say_count(total) for kind, total in counts.items()})
            ],
            "routed_out": list(assess["routed_out"]),
        },
    )


def _way_out(assess: Row) -> str:
    return "; ".join(dict.fromkeys(row["do"].rstrip(".") for row in assess["routed_out"] if row.get("do")))


def _as_scars(drawn: DrawnScars, groups: Sequence[Row]) -> ScarDraws:
    places = {row["id"]: _place(row) for row in groups}
    return ScarDraws(
        ids=drawn.group,
        kinds=drawn.kinds,
        places=tuple(places[group] for group in drawn.group),
        depth_mm=drawn.depth_mm,
        width_mm=drawn.width_mm,
        tethered=np.asarray(drawn.rolling, dtype=float),
        present=drawn.present,
    )


def _total(assess: Row, kind: str) -> CountRange | None:
    """Return how many of a kind the counted zones hold together; None where none of them was counted."""
    known = [zone["counts"][kind] for zone in assess["zones"] if zone["counts"].get(kind)]
    return (sum(row["low"] for row in known), sum(row["high"] for row in known)) if known else None


def _say_total(assess: Row, kind: str, total: CountRange) -> str:
    """Return a total in words: an open class has no upper end, and a zone not counted adds to it."""
    counts = [zone["counts"].get(kind) for zone in assess["zones"]]
    low, high = total
    is_open = any(row and _is_open_class(row["low"], row["high"]) for row in counts)
    words = (f"over {low - 1}" if is_open else say_count(total)) if high else "none"
    return words if None not in counts else f"{words} in the zones counted"


def _is_open_class(low: int, high: int) -> bool:
    return low < high == value_of("examination.most_over_20")


def _left_out(zone: Row) -> tuple[str, ...]:
    found = []
    for what, words in (("raised", "raised scars"), ("flat_marks", "flat marks")):
        count = zone["counts"].get(what) if what == "raised" else zone.get("flat_marks")
        if count is None and what == "raised":
            found.append("raised scars, if there are any: not counted in the examination")
        elif count and count["high"]:
            found.append(f"{words} ({say_range(count['low'], count['high'])})")
    return tuple(found)


def _say_where_from(assess: Row) -> Reason:
    depths = dict.fromkeys(quantity(f"examination.{name}").source for name in _DEPTHS)
    return Reason(
        text=f"made from the examination of {assess['examined_on']} by {assess['examiner']}: {NOTICE}; depth and "
        "width of each scar were drawn from published ranges for its kind, so the intervals are wider than with a scan",
        sources=tuple(source(name).id for name in depths),
    )


def _say_stretch(assess: Row) -> Iterable[Reason]:
    bound = [
        say_place(zone) for zone in assess["zones"] if (zone["stretch"] or assess["stretch"]) == "does_not_flatten"
    ]
    if bound:
        yield Reason(
            text=f"{', '.join(bound)}: the dents do not flatten when the skin is stretched; look for a bound-down base "
            "before needling, see what comes first"
        )


def _warnings(assess: Row, use: Use, planned: Sequence[Row]) -> Iterable[str]:
    yield from assess["doubts"]
    for zone in assess["zones"]:
        if unknown := _unknown_kinds(zone):
            yield f"{say_place(zone)}: not counted, so nothing is planned for it: {', '.join(map(_name, unknown))}"
    ids = {row["id"] for row in planned}
    for place in dict.fromkeys(say_place(row) for row in assess["groups"] if row["id"] not in ids):
        row = next(row for row in assess["groups"] if say_place(row) == place)
        answer = _answer_for(use, row["zone"])
        yield f"{place}: {ANSWER_WORDS[answer.answer]}, no settings and no forecast. {answer.why}"
    places = {_place(row) for row in planned}
    for zone in assess["zones"]:
        if words := _left_out_elsewhere(zone, is_planned=_place(zone) in places):
            yield f"{say_place(zone)}: {words}, not planned for"


def _left_out_elsewhere(zone: Row, *, is_planned: bool) -> str:
    """Return what was seen in a zone and has no line in the plan: other scars, raised ones where nothing is needled."""
    kinds = ("other",) if is_planned else ("raised", "other")
    rows = [(kind, zone["counts"].get(kind)) for kind in kinds]
    return ", ".join(
        f"{_name(kind)} scars ({say_range(row['low'], row['high'])})" for kind, row in rows if row and row["high"]
    )


def _unknown_kinds(zone: Row) -> list[str]:
    return [kind for kind in DEPRESSED_KINDS if zone["counts"].get(kind) is None]


def _is_open(answer: str | None) -> bool:
    return answer in (None, "unknown")


def _place(row: Row) -> Place:
    return row["zone"], row["side"]


def say_place(row: Row) -> str:
    """Return zone and side of a row in words."""
    return " ".join(part for part in (row["zone"].replace("_", " "), row["side"]) if part)


def _name(kind: str) -> str:
    return kind.replace("_", " ").replace("icepick", "ice-pick")
