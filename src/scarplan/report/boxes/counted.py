"""Box 2 of a case without a scan: what the examiner counted, in which light, the grade, and what eyes cannot see."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scarplan.report.boxes.seen_box import SeenBox
from scarplan.report.counts import (
    NOT_COUNTED,
    add_counts,
    count_all_dents,
    count_dents,
    count_kind,
    read_count,
    say_count,
)
from scarplan.report.wording import (
    STRETCH,
    count_of,
    join_words,
    name_kind,
    name_zone,
    shorten,
    start_sentence,
    write_date,
)

_KINDS = ("icepick", "boxcar_shallow", "boxcar_deep", "rolling", "raised")
_MOST_ZONES, _MOST_DOUBTS, _MOST_ROUTED, _MOST_PLACES = 5, 1, 3, 3
_RATER_LETTERS, _LIGHT_LETTERS, _DOUBT_LETTERS = 130, 60, 150
#: What no eye measures, whatever its training.
_NEVER_MEASURED = "depth, width and volume"


def describe_what_was_counted(assess: dict[str, Any]) -> SeenBox:
    """Return box 2 from an examination: counts as ranges, never a length of this patient."""
    dents = count_all_dents(assess)
    return SeenBox(
        headline=_headline(assess, dents),
        kinds=tuple(_count_kinds(assess)),
        facts=tuple(_facts(assess)),
        not_assessed=_not_assessed_in_words(assess),
        review=examiner_in_words(assess),
        is_reviewed=True,
        warnings=tuple(_doubts(assess)),
    )


def _count_kinds(assess: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if not assess["zones"]:
        return
    if not _has_marks_only(assess):
        for kind in _KINDS:
            yield name_kind(kind), say_count(count_kind(assess, kind))
        other = count_kind(assess, "other")
        if other and other.high:
            yield name_kind("other"), say_count(other)
    marks = add_counts(zone.get("flat_marks") for zone in assess["zones"])
    if marks and marks.high:
        yield "flat marks", say_count(marks)


def examiner_in_words(assess: dict[str, Any]) -> str:
    """Return who looked, when and in which light."""
    role = f", {assess['role']}" if assess.get("role") else ""
    light = f"; light: {shorten(assess['light'], _LIGHT_LETTERS)}" if assess.get("light") else "; light not recorded"
    return f"Examined by {assess['examiner']}{role}, {write_date(assess['examined_on'])}{light}."


def grade_in_words(assess: dict[str, Any], *, whole: bool = False) -> str:
    """Return the grade of the examiner with how far two raters differ (short, or as a whole); empty where unknown."""
    grade = (assess.get("grades") or {}).get("goodman_baron_qualitative") or {}
    if grade.get("grade") is None:
        possible = grade.get("possible") or []
        return f"no grade given; what was seen allows {join_words(map(str, possible), 'or')}" if possible else ""
    name = f" ({grade['name']})" if grade.get("name") else ""
    raters = str(grade.get("rater_disagreement") or "").rstrip(".")
    raters = raters if whole else shorten(raters.partition(". ")[0], _RATER_LETTERS)
    return f"Goodman and Baron grade {grade['grade']}{name}" + (f". {raters}" if raters else "")


def _has_marks_only(assess: dict[str, Any]) -> bool:
    return assess.get("flat_marks") == "only"


def _headline(assess: dict[str, Any], dents: Any) -> str:
    if _has_marks_only(assess):
        return "Flat marks only, no dents"
    if dents is None:
        return "Nothing counted yet"
    if dents.high == 0:
        return "No dents counted"
    return start_sentence(f"{dents.words} {'dent' if dents.high == 1 else 'dents'} counted").rstrip(".")


def _facts(assess: dict[str, Any]) -> list[str]:
    facts = []
    zones = sorted(assess["zones"], key=lambda zone: -(count.low if (count := count_dents(zone)) else -1))
    shown = [f"{name_zone(zone['zone'], zone['side'])}: {_count_in(zone, assess)}" for zone in zones[:_MOST_ZONES]]
    more = len(zones) - len(shown)
    if shown:
        facts.append("; ".join(shown) + (f"; and {count_of(more, 'more zone')}" if more else ""))
    facts.append(grade_in_words(assess))
    if assess.get("stretch") in STRETCH:
        facts.append(f"stretched between fingers: {STRETCH[assess['stretch']]}")
    routed_out = assess.get("routed_out") or ()
    routed = [_name_routed(row) for row in routed_out[:_MOST_ROUTED]]
    if routed:
        more = " and more" if len(routed_out) > _MOST_ROUTED else ""
        facts.append(f"not needled: {'; '.join(routed)}{more}, see Examination")
    return [fact for fact in facts if fact]


def _count_in(zone: dict[str, Any], assess: dict[str, Any]) -> str:
    if _has_marks_only(assess):
        return say_count(read_count(zone.get("flat_marks")))
    return say_count(count_dents(zone))


def _name_routed(row: dict[str, Any]) -> str:
    where = [str(place).replace("_", " ") for place in row.get("where") or ()]
    places = join_words(where) if len(where) <= _MOST_PLACES else count_of(len(where), "zone")
    return f"{row['what']} ({places})" if places else str(row["what"])


def _not_assessed_in_words(assess: dict[str, Any]) -> str:
    # `shallow boxcar` in a list with commas, not `boxcar, shallow`
    kinds = [" ".join(reversed(name_kind(kind).split(", "))) for kind in _KINDS if count_kind(assess, kind) is None]
    kinds = [] if _has_marks_only(assess) else kinds
    parts = [_NEVER_MEASURED, f"{NOT_COUNTED}: {join_words(kinds)}" if kinds else ""]
    parts.append("" if assess.get("whole_face") else "a whole-face grade")
    parts.append("" if assess.get("stretch") in STRETCH else "the stretch test")
    return "; ".join(part for part in parts if part)


def _doubts(assess: dict[str, Any]) -> list[str]:
    doubts = [shorten(str(doubt), _DOUBT_LETTERS) for doubt in assess.get("doubts") or ()]
    more = len(doubts) - _MOST_DOUBTS
    shown = doubts[:_MOST_DOUBTS]
    return [start_sentence(shown[0]) + f" {count_of(more, 'more doubt')} under Examination."] if more > 0 else shown
