"""The basis of a plan from an examination: what was counted, drawn as scars, and what is left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scarplan.evidence.library import quantity, source
from scarplan.examination import DEPRESSED_KINDS, NOTICE, DrawnScars, draw_scars, say_count
from scarplan.forecast.scar_draws import Place, ScarDraws
from scarplan.planning.basis import ScarBasis
from scarplan.planning.examined_counts import say_total_of, total_of
from scarplan.planning.not_ready import require_something_to_plan
from scarplan.records.assessment import place_in_words
from scarplan.records.plan import Reason

Row = Mapping[str, Any]

_FLAT_MARKS_OPEN = "not answered in the examination: is it a dark or red mark rather than a dent (flat_marks)?"
#: Quantities whose sources say how deep scars of each kind are.
_DEPTHS = ("icepick_depth_mm", "boxcar_least_depth_mm", "ultrasound_deepest_mm", "rolling_depth_mm")
_KINDS = (*DEPRESSED_KINDS, "raised", "other")


def examination_basis(assess: Row, *, count: int, seed: int) -> ScarBasis:
    """Return the basis of a plan from an `assess --json` object, for `count` draws.

    Raises Refused for a use that is not planned here, for flat marks only and where no dent was seen; BadInput where
    nothing was counted yet.
    """
    require_something_to_plan(assess)
    totals = {kind: total for kind in _KINDS if (total := total_of(assess, kind))}
    return ScarBasis(
        name="examination",
        lists="groups",
        scars=_as_scars(draw_scars(assess, count=count, seed=seed), assess["groups"]),
        counts=totals,
        count_words={kind: say_total_of(assess, kind) for kind in totals},
        left_out={_place(zone): tuple(_left_out(zone, assess["routed_out"])) for zone in assess["zones"]},
        is_reviewed=True,
        not_cleared_because=(_FLAT_MARKS_OPEN,) if assess["flat_marks"] == "unknown" else (),
        reasons=(_say_where_from(assess), *_say_stretch(assess["zones"])),
        warnings=(NOTICE, *_warnings(assess)),
    )


def _as_scars(drawn: DrawnScars, groups: Sequence[Row]) -> ScarDraws:
    places = {row["id"]: _place(row) for row in groups}
    return ScarDraws(
        ids=drawn.group,
        kinds=drawn.kinds,
        places=tuple(places[group] for group in drawn.group),
        depth_mm=drawn.depth_mm,
        width_mm=drawn.width_mm,
        tethered=drawn.rolling,
        present=drawn.present,
    )


def _left_out(zone: Row, routed_out: Sequence[Row]) -> Iterator[str]:
    """Yield what is not needled in one zone: what was seen there and routed out, raised scars with their number."""
    raised = zone["counts"]["raised"]
    place = _say_place(zone)
    for row in routed_out:
        if place in row["where"]:
            number = say_count(raised["low"], raised["high"]) if raised and row["what"] == "raised scars" else ""
            yield f"{row['what']} ({number})" if number else row["what"]
    if raised is None:
        yield "raised scars, if there are any: they were not counted"


def _say_where_from(assess: Row) -> Reason:
    sources = dict.fromkeys(quantity(f"examination.{name}").source for name in _DEPTHS)
    return Reason(
        text=f"made from the examination of {assess['examined_on']} by {assess['examiner']}: {NOTICE}; depth and "
        "width of every scar were drawn from published ranges for its kind, so intervals are wider than with a scan",
        sources=tuple(source(name).id for name in sources),
    )


def _say_stretch(zones: Sequence[Row]) -> Iterator[Reason]:
    bound = [_say_place(zone) for zone in zones if zone["stretch"] == "does_not_flatten"]
    if bound:
        yield Reason(
            text=f"{', '.join(bound)}: the dents do not flatten when the skin is stretched, so a bound-down base is "
            "looked for before needling; see what comes first"
        )


def _warnings(assess: Row) -> Iterator[str]:
    yield from (doubt.rstrip(".") for doubt in assess["doubts"])
    for zone in assess["zones"]:
        if unknown := _list_uncounted(zone):
            place, kinds = _say_place(zone), ", ".join(kind.replace("_", " ") for kind in unknown)
            yield f"{place}: not counted, so nothing is planned for it: {kinds}"
    planned = {_say_place(row) for row in assess["groups"]}
    for row in assess["routed_out"]:
        elsewhere = [place for place in row["where"] if place not in planned]
        if elsewhere or not row["where"]:
            named = f" ({', '.join(elsewhere)})" if elsewhere and not any(p in row["what"] for p in elsewhere) else ""
            yield f"left out of the plan: {row['what']}{named}. {row['why'].rstrip('.')}"


def _list_uncounted(zone: Row) -> list[str]:
    return [kind for kind in DEPRESSED_KINDS if zone["counts"][kind] is None]


def _say_place(row: Row) -> str:
    return place_in_words(row["zone"], row["side"])


def _place(row: Row) -> Place:
    return row["zone"], row["side"]
