"""The examination: what was counted where, what was routed out of the plan, what is doubtful, and beside a scan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scarplan.evidence.library import value_of
from scarplan.report.boxes.counted import examiner_in_words, grade_in_words
from scarplan.report.counts import Counted, add_counts, count_kind, mark_zones, say_count
from scarplan.report.pictures.face_map import draw_face_map
from scarplan.report.results import CaseResults
from scarplan.report.wording import FLAT_MARKS, STRETCH, join_words, name_kind, name_zone, start_sentence, write_spread

KINDS = ("icepick", "boxcar_shallow", "boxcar_deep", "rolling", "raised", "other")
_YES_NO = {"yes": "yes", "no": "no"}


@dataclass(frozen=True)
class ZoneRow:
    """What was counted in one zone, one cell for each of KINDS."""

    zone: str
    counts: tuple[str, ...]
    stretch: str
    note: str


@dataclass(frozen=True)
class BesideScan:
    """One thing that both an examiner and the relief say, and whether they agree."""

    what: str
    by_eye: str
    from_relief: str
    says: str


@dataclass(frozen=True)
class ExaminationPart:
    """The examination in words, ready for the template. `beside` is empty without the scars of a scan."""

    examiner: str
    answers: tuple[tuple[str, str], ...]
    kinds: tuple[str, ...]
    rows: tuple[ZoneRow, ...]
    totals: tuple[str, ...]
    face: str
    routed_out: tuple[dict[str, Any], ...]
    doubts: tuple[str, ...]
    unanswered: tuple[str, ...]
    not_ready: tuple[str, ...]
    beside: tuple[BesideScan, ...]
    beside_where: str


def describe_examination(results: CaseResults) -> ExaminationPart | None:
    """Return the examination of the case; None where there was none."""
    assess = results.assess
    if assess is None:
        return None
    where, beside = _lay_beside_scan(results, assess)
    return ExaminationPart(
        examiner=examiner_in_words(assess),
        answers=tuple(_answers(assess)),
        kinds=tuple(name_kind(kind) for kind in KINDS),
        rows=tuple(_row(zone) for zone in assess["zones"]),
        totals=tuple(say_count(count_kind(assess, kind)) for kind in KINDS),
        face=draw_face_map(mark_zones(assess)),
        routed_out=tuple(assess.get("routed_out") or ()),
        doubts=tuple(start_sentence(str(doubt)) for doubt in assess.get("doubts") or ()),
        unanswered=tuple(_name_question(name) for name in assess.get("unanswered") or ()),
        not_ready=tuple(start_sentence(str(reason)) for reason in assess.get("not_ready_because") or ()),
        beside=beside,
        beside_where=where,
    )


def _row(zone: dict[str, Any]) -> ZoneRow:
    return ZoneRow(
        zone=name_zone(zone["zone"], zone["side"]),
        counts=tuple(say_count(add_counts([zone["counts"].get(kind)])) for kind in KINDS),
        stretch=STRETCH.get(zone.get("stretch") or "", ""),
        note=zone.get("note") or "",
    )


def _answers(assess: dict[str, Any]) -> list[tuple[str, str]]:
    """Return (question, answer) of what was asked of the whole face; a missing answer is not known."""
    months = assess.get("scar_age_months")
    said = [
        ("Examined for", assess.get("use_name") or str(assess.get("use") or "").replace("_", " ")),
        ("Dark or red marks rather than dents", FLAT_MARKS.get(assess.get("flat_marks") or "")),
        ("Stretched between two fingers", STRETCH.get(assess.get("stretch") or "")),
        ("Grade", grade_in_words(assess)),
        ("Age of the scars", f"{months:g} months" if months is not None else None),
        ("Spots are picked", _YES_NO.get(assess.get("picked") or "")),
        ("New acne", _YES_NO.get(assess.get("new_acne") or "")),
    ]
    return [(question, answer or "not known") for question, answer in said]


_QUESTIONS = {
    "flat_marks": "dark or red marks rather than dents",
    "stretch": "the stretch test",
    "scar_age_months": "age of the scars",
    "picked": "whether spots are picked",
    "grades.goodman_baron": "the grade",
    "rest_of_face": "the zones not listed",
}


def _name_question(name: str) -> str:
    """Return a question by its place in the file, such as `zone.cheek_left.rolling`, in words."""
    group, _, rest = name.partition(".")
    if group != "zone":
        return _QUESTIONS.get(name, name.replace("_", " ").replace(".", ": "))
    place, _, kind = rest.partition(".")
    return f"{place.replace('_', ' ')}: {name_kind(kind) if kind else 'everything'}"


def _lay_beside_scan(results: CaseResults, assess: dict[str, Any]) -> tuple[str, tuple[BesideScan, ...]]:
    """Return where both looked, and each kind and the grade as seen by eye and found in relief."""
    scars = results.scars
    if scars is None:
        return "", ()
    scanned = {(chart.get("zone"), chart.get("side")) for chart in scars.get("charts") or () if chart.get("zone")}
    both = [zone for zone in assess["zones"] if _is_scanned(zone, scanned)]
    rows = [_compare_grade(assess, scars)]
    if both:
        places = {(zone["zone"], zone["side"]) for zone in both}
        for kind in KINDS[:-1]:
            eye = add_counts(zone["counts"].get(kind) for zone in both)
            relief = _count_in_relief(results, kind, places)
            rows.append(BesideScan(name_kind(kind), say_count(eye), str(relief), _judge(eye, relief)))
    where = join_words(name_zone(zone["zone"], zone["side"]) for zone in both)
    return where, tuple(row for row in rows if row is not None)


def _is_scanned(zone: dict[str, Any], scanned: set[tuple[Any, Any]]) -> bool:
    return any(zone["zone"] == name and zone["side"] in (side, None) for name, side in scanned)


def _count_in_relief(results: CaseResults, kind: str, places: set[tuple[str, str | None]]) -> int:
    """Return how many confident scars of `kind` the scan shows in `places`; an examination splits boxcars by depth."""
    zones = {zone for zone, side in places if side is None}
    return sum(
        _kind_as_counted(scar) == kind and (scar.get("zone") in zones or (scar.get("zone"), scar.get("side")) in places)
        for scar in results.confident_scars
    )


def _kind_as_counted(scar: dict[str, Any]) -> str:
    if scar["kind"] != "boxcar":
        return str(scar["kind"])
    return "boxcar_deep" if scar["depth_mm"] >= value_of("scars.boxcar_deep_mm") else "boxcar_shallow"


def _judge(eye: Counted | None, relief: int) -> str:
    if eye is None:
        return "cannot be compared: not counted by eye"
    if eye.low <= relief and (eye.is_open or relief <= eye.high):
        return "agree"
    return f"differ: {'more' if relief > eye.high else 'fewer'} found in relief"


def _compare_grade(assess: dict[str, Any], scars: dict[str, Any]) -> BesideScan | None:
    given = ((assess.get("grades") or {}).get("goodman_baron_qualitative") or {}).get("grade")
    suggested = ((scars.get("grades") or {}).get("goodman_baron_qualitative") or {}).get("suggested") or []
    if given is None or not suggested:
        return None
    says = "agree" if given in suggested else "differ; the clinician's grade is the grade"
    return BesideScan("Goodman and Baron grade", str(given), write_spread(list(suggested)), says)
