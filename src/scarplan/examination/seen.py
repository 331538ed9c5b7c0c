"""What an examination says for sure: where something was counted, where nothing was, and how the skin stretches."""

from __future__ import annotations

import math
from collections.abc import Iterable

from scarplan.examination.groups import DEPRESSED_KINDS, PAIRED_ZONES, CountRange, count_in, count_range
from scarplan.records.assessment import KINDS, ZONE_NAMES, Assessment, Kind, Side, Stretch, ZoneFindings, ZoneName

KIND_WORDS: dict[Kind, str] = {
    "icepick": "ice-pick",
    "boxcar_shallow": "shallow boxcar",
    "boxcar_deep": "deep boxcar",
    "rolling": "rolling",
    "raised": "raised",
    "other": "other",
}
#: Rows of the quantitative scale that are about dents or raised scars rather than colour.
CONTOUR_ROWS = (
    "dish_mild", "dish_moderate", "punched_shallow", "broad_shallow", "punched_deep_normal", "punched_deep_abnormal",
    "linear", "broad_deep", "papular",
)  # fmt: skip
#: Zones off the face, which the scales of the face do not count.
_OFF_FACE = ("neck", "trunk")
BOTH_SIDES: tuple[Side, ...] = ("left", "right")


def list_counted(assessment: Assessment, kinds: Iterable[Kind]) -> list[str]:
    """Return in words where scars of `kinds` were surely counted: `deep boxcar in cheek left`."""
    kinds = tuple(kinds)
    return [
        f"{KIND_WORDS[kind]} in {findings.place}"
        for findings in assessment.zone
        for kind in kinds
        if (count := count_in(findings, kind)) and count.low > 0
    ]


def list_contours(assessment: Assessment) -> list[str]:
    """Return in words everything that says that there are dents or raised scars, not only flat marks."""
    found = list_counted(assessment, (*DEPRESSED_KINDS, "raised"))
    rows, ecca = assessment.grades.goodman_baron_rows, assessment.grades.ecca
    found += [f"goodman_baron_rows.{row}" for row in CONTOUR_ROWS if _is_seen(count_range(getattr(rows, row)))]
    if rows.hypertrophic not in (None, "none"):
        found.append("goodman_baron_rows.hypertrophic")
    found += [f"ecca.{item}" for item, given in ecca if given]
    return found


def is_all_none(assessment: Assessment) -> bool:
    """Whether every kind of every zone was counted as none, or the whole face was said to hold no scars."""
    counts = [count_in(findings, kind) for findings in assessment.zone for kind in KINDS]
    if not counts:
        return assessment.rest_of_face == "no_scars"
    return all(count == CountRange(0, 0) for count in counts)


def is_whole_face(assessment: Assessment) -> bool:
    """Whether every zone of the face was looked at: counted, or said to hold no scars with the rest of the face."""
    listed = {(row.zone, row.side): not is_nothing_known(row) for row in assessment.zone}
    return all(
        listed.get((zone, side), all(listed.get((zone, half), is_rest_known(assessment, zone)) for half in BOTH_SIDES))
        for zone, side in list_face_places()
    )


def is_rest_known(assessment: Assessment, zone: ZoneName) -> bool:
    """Whether what is not listed of a zone was said to hold no scars, with the rest of the face."""
    return assessment.rest_of_face == "no_scars" and zone not in _OFF_FACE


def count_on_face(assessment: Assessment, kinds: Iterable[Kind]) -> tuple[int, float]:
    """Return the fewest and most scars of `kinds` in the zones of the face; the most is infinite where not known."""
    rows = [findings for findings in assessment.zone if findings.zone not in _OFF_FACE]
    counts = [count_in(findings, kind) for findings in rows for kind in kinds]
    low = sum(count.low for count in counts if count)
    if None in counts or not (counts or assessment.rest_of_face == "no_scars"):
        return low, math.inf
    return low, sum(count.high for count in counts if count)


def list_face_places() -> list[tuple[ZoneName, Side | None]]:
    """Return every zone of the face with its sides."""
    return [place for place in list_places() if place[0] not in _OFF_FACE]


def list_places() -> list[tuple[ZoneName, Side | None]]:
    """Return every zone with its sides, from the forehead down."""
    return [(zone, side) for zone in ZONE_NAMES for side in (BOTH_SIDES if zone in PAIRED_ZONES else (None,))]


def common_stretch(assessment: Assessment) -> Stretch | None:
    """Return how all dents answer stretching, None where that is not known or differs between zones."""
    answers: set[Stretch | None] = {
        assessment.stretch_of(findings) for findings in assessment.zone if may_be_depressed(findings)
    }
    if not answers:
        return assessment.stretch
    return answers.pop() if len(answers) == 1 else None


def may_be_depressed(findings: ZoneFindings) -> bool:
    """Whether a zone holds dents, or may hold some because a kind is not known."""
    return any((count := count_in(findings, kind)) is None or count.high > 0 for kind in DEPRESSED_KINDS)


def is_nothing_known(findings: ZoneFindings) -> bool:
    """Whether a zone is listed and no kind in it was answered."""
    return all(count_in(findings, kind) is None for kind in KINDS)


def _is_seen(count: CountRange | None) -> bool:
    return count is not None and count.low > 0
