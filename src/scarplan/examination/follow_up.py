"""Follow-up: what changed between two examinations, judged against how far two raters differ on the same face.

A change counts only where it is larger than what two raters of the same skin differ by, wherever in their ranges the
two lie. On a scale without a published figure a change cannot be judged.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from scarplan.evidence.library import value_of
from scarplan.examination.assess import describe_assessment
from scarplan.examination.count_words import is_open_class, say_range, say_total
from scarplan.examination.groups import DEPRESSED_KINDS, count_in
from scarplan.examination.judge import SAYS, Ends, Judgement, judge_counts, judge_points, judge_unpublished
from scarplan.examination.notice import NOTICE
from scarplan.examination.seen import BOTH_SIDES, KIND_WORDS, is_rest_known, list_places
from scarplan.examination.texts import read_text
from scarplan.records.assessment import KINDS, Assessment, Kind, Side, ZoneName


def compare_examinations(examinations: Sequence[Assessment]) -> dict[str, Any]:
    """Return what changed from the first to the last of two or more `examinations` in the order of their days.

    Raises BadInput where one of them contradicts itself.
    """
    first, last = examinations[0], examinations[-1]
    results = [describe_assessment(each, today=each.date) for each in examinations]
    changes = [
        _compare_totals(results[0], results[-1], is_same_skin=is_same_skin(first, last)),
        _compare_counts(first, last, DEPRESSED_KINDS, name="depressed", words="depressed scars of every kind"),
        *(_compare_counts(first, last, (kind,), name=kind, words=f"{KIND_WORDS[kind]} scars") for kind in KINDS),
        *(_compare_grades(results[0], results[-1], scale) for scale in ("goodman_baron_qualitative", "ecca", "scar_s")),
    ]
    changes = [change for change in changes if change["first"] or change["last"]]
    observers = read_text("disagreement", "observers")
    return {
        "basis": "examination",
        "notice": NOTICE,
        "examinations": [_shorten(result, each, first) for result, each in zip(results, examinations, strict=True)],
        "changes": changes,
        "same_examiner": _same_name(first, last),
        "says": _sum_up(changes),
        "note": observers["words"],
        "note_sources": observers["sources"],
        "doubts": list(_list_doubts(first, last)),
    }


def _compare_totals(first: dict[str, Any], last: dict[str, Any], *, is_same_skin: bool) -> dict[str, Any]:
    scales = [result["grades"]["goodman_baron_quantitative"] for result in (first, last)]
    ends = [_read_range(scale["total"]) for scale in scales]
    is_known = is_same_skin and all(_is_row_known(row) for scale in scales for row in scale["rows"])
    judged = judge_points(*ends)
    if not is_same_skin or (judged == "none" and not is_known):
        judged = "unknown"  # the same wide range twice says nothing
    return _change("goodman_baron_quantitative", "Goodman and Baron total (quantitative)", ends[0], ends[1], judged)


def _compare_counts(
    first: Assessment, last: Assessment, kinds: Sequence[Kind], *, name: str, words: str
) -> dict[str, Any]:
    """Compare the counts of the places in which both examinations know them."""
    counts = [[_count_at(each, *place, kinds) for each in (first, last)] for place in _list_common_places(first, last)]
    both = [(earlier, later) for earlier, later in counts if earlier is not None and later is not None]
    if not both:
        return _change(f"count.{name}", words, None, None, "unknown", scale="counts")
    sides = [[count for place in side for count in place] for side in zip(*both, strict=True)]
    ends, said = [_add(map(_without_end, side)) for side in sides], [say_total(side) for side in sides]
    return _change(f"count.{name}", words, ends[0], ends[1], judge_counts(*ends), scale="counts", said=said)


def _compare_grades(first: dict[str, Any], last: dict[str, Any], scale: str) -> dict[str, Any]:
    ends = [_read_grade(result["grades"][scale], scale) for result in (first, last)]
    judged = judge_unpublished(ends[0], ends[1]) if ends[0] and ends[1] else "unknown"
    if scale == "ecca" and ends[0] and ends[0][0] != ends[0][1]:
        judged = "unknown"  # the same wide range twice says nothing
    return _change(scale, _SCALE_WORDS[scale], ends[0], ends[1], judged)


_SCALE_WORDS = {
    "goodman_baron_qualitative": "Goodman and Baron grade (qualitative)",
    "ecca": "ECCA total",
    "scar_s": "SCAR-S of the face",
}


def _read_grade(scale: dict[str, Any] | None, name: str) -> Ends | None:
    if scale is None:
        return None
    if name == "ecca":
        return _read_range(scale["total"])
    grade = scale["grade"] if name == "goodman_baron_qualitative" else scale["face"]
    return None if grade is None else (grade, grade)


def _change(
    name: str,
    words: str,
    first: Ends | None,
    last: Ends | None,
    judged: Judgement,
    *,
    scale: str | None = None,
    said: Sequence[str | None] | None = None,
) -> dict[str, Any]:
    first_words, last_words = said or [_say_range(ends) for ends in (first, last)]
    disagreement = read_text("disagreement", scale or name)
    moved = (last[0] - first[1], last[1] - first[0]) if first and last else None
    if moved and not all(map(math.isfinite, moved)):
        moved = None
    return {
        "id": name,
        "what": words,
        "first": _write_range(first),
        "first_words": first_words,
        "last": _write_range(last),
        "last_words": last_words,
        "change": _write_range(moved),
        "disagreement": disagreement["words"],
        "judgement": judged,
        "says": SAYS[judged],
        "sources": disagreement["sources"],
    }


def _list_common_places(first: Assessment, last: Assessment) -> Iterator[tuple[ZoneName, Side | None]]:
    """Yield every zone with its sides; one in the middle by its halves where neither examination took it whole."""
    sides = {(row.zone, row.side) for each in (first, last) for row in each.zone}
    for zone, side in list_places():
        by_halves = side is None and (zone, None) not in sides
        for part in BOTH_SIDES if by_halves else (side,):
            yield zone, part


def _count_at(assessment: Assessment, zone: ZoneName, side: Side | None, kinds: Sequence[Kind]) -> list[Ends] | None:
    """Return the counts of scars of `kinds` in one place; no scars where the rest of the face was said to hold none."""
    rows = [row for row in assessment.zone if row.zone == zone and side in (None, row.side)]
    sides = {row.side for row in rows}
    counts = [count_in(row, kind) for row in rows for kind in kinds]
    if None in counts or not (side in sides or sides.issuperset(BOTH_SIDES) or is_rest_known(assessment, zone)):
        return None
    return [(count.low, count.high) for count in counts if count]


def _without_end(count: Ends) -> Ends:
    """Return a count with the class that is open above left open: no judgement may rest on an end that is assumed."""
    return (count[0], math.inf) if is_open_class(*count) else count


def _add(ranges: Iterable[Ends]) -> Ends:
    ends = list(ranges)
    return sum(low for low, _ in ends), sum(high for _, high in ends)


def is_same_skin(first: Assessment, last: Assessment) -> bool:
    """Whether the same zones were listed, or the whole face both times."""
    places = [{findings.place for findings in each.zone} for each in (first, last)]
    return places[0] == places[1] or first.rest_of_face == last.rest_of_face == "no_scars"


def _is_row_known(row: dict[str, Any]) -> bool:
    return row["count"] is not None or row["points"]["low"] == row["points"]["high"]


def _read_range(row: dict[str, Any]) -> Ends:
    return row["low"], row["high"]


def _write_range(ends: Ends | None) -> dict[str, float | None] | None:
    """Return a range as it is written down; an end that nobody knows is null."""
    return None if ends is None else {"low": ends[0], "high": ends[1] if math.isfinite(ends[1]) else None}


def _say_range(ends: Ends | None) -> str | None:
    return None if ends is None or math.inf in ends else say_range(*ends)


def _same_name(first: Assessment, last: Assessment) -> bool:
    return " ".join(first.examiner.casefold().split()) == " ".join(last.examiner.casefold().split())


def _shorten(result: dict[str, Any], assessment: Assessment, first: Assessment) -> dict[str, Any]:
    grades = result["grades"]
    return {
        "examined_on": result["examined_on"],
        "examiner": result["examiner"],
        "light": result["light"],
        "days_since_first": (assessment.date - first.date).days,
        "whole_face": result["whole_face"],
        "goodman_baron_qualitative": grades["goodman_baron_qualitative"]["grade"],
        "goodman_baron_quantitative": _write_range(_read_range(grades["goodman_baron_quantitative"]["total"])),
        "ecca": _write_range(_read_range(grades["ecca"]["total"])),
        "scar_s": grades["scar_s"]["face"] if grades["scar_s"] else None,
        "counts": result["counts"],
    }


def _sum_up(changes: Sequence[dict[str, Any]]) -> str:
    """Return all changes in a sentence for each judgement, what can be judged first."""
    said = []
    order: tuple[Judgement, ...] = ("worse", "better", "none", "unknown")
    for judgement in order:
        names = [change["what"] for change in changes if change["judgement"] == judgement]
        if names:
            said.append(f"{SAYS[judgement].capitalize()}: {', '.join(names)}.")
    return " ".join(said) or "Nothing was seen in both examinations, so nothing can be judged."


def _list_doubts(first: Assessment, last: Assessment) -> Iterator[str]:
    days, judged_after = (last.date - first.date).days, value_of("planning.judge_after_days")
    if days < judged_after:
        yield (
            f"{days} days after the first examination is early: a result is judged {judged_after} days after the last "
            "session."
        )
    if not _same_name(first, last):
        yield f"{last.examiner} looked now and {first.examiner} at first: the disagreement shown is that of two raters."
    if (first.light or "").casefold() != (last.light or "").casefold():
        yield "The light was not the same, or not noted: it decides which dents are seen."
    if not is_same_skin(first, last):
        yield "Other zones were examined than at first: totals are not compared."
    if first.use != last.use:
        yield f"The first examination was about {first.use}, this one is about {last.use}."
