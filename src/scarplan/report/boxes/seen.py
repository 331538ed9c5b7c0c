"""Box 2: what the scan showed, what it did not, and whether a clinician has checked the finds."""

from __future__ import annotations

from collections import Counter
from typing import Any

from scarplan.report.boxes.counted import describe_what_was_counted
from scarplan.report.boxes.seen_box import SeenBox
from scarplan.report.results import CaseResults
from scarplan.report.wording import count_of, join_words, name_kind, name_zone, write_date, write_number, write_range

#: Order of the counts; boxcars are split by depth.
_COUNTED = ("icepick", "boxcar_shallow", "boxcar_deep", "rolling", "raised")
_MOST_ZONES = 4
#: What no height map shows, whatever its quality.
_NEVER_SEEN = ("colour", "flattening on stretching", "tethering")


def describe_what_was_seen(results: CaseResults) -> SeenBox:
    """Return box 2 from the scars, or from an examination; without either it says that nothing was seen."""
    if results.scars is None and results.assess is not None:
        return describe_what_was_counted(results.assess)
    if results.scars is None:
        return SeenBox(
            headline=_why_nothing_seen(results),
            kinds=(),
            facts=(_scan_in_words(results),),
            not_assessed="Everything: nothing was measured or counted.",
            review="",
            is_reviewed=False,
            warnings=tuple((results.scan or {}).get("warnings") or ()),
        )
    scars, found = results.scars, results.confident_scars
    return SeenBox(
        headline=count_of(len(found), "scar"),
        kinds=tuple((name_kind(kind), int(scars["counts"].get(kind) or 0)) for kind in _COUNTED),
        facts=tuple(_facts(scars, found)),
        not_assessed=_not_assessed_in_words(scars),
        review=_review_in_words(scars.get("review")),
        is_reviewed=results.is_reviewed,
        warnings=tuple(scars.get("warnings") or ()),
    )


def _why_nothing_seen(results: CaseResults) -> str:
    if results.scan is None:
        return "No scan and no examination yet"
    shows_scars = (results.scan.get("resolves") or {}).get("shows_scars", True)
    return "No scars measured yet" if shows_scars else "This scan cannot show scars"


def _scan_in_words(results: CaseResults) -> str:
    if results.scan is None:
        return "Run `scarplan scan` and `scarplan scars`, or without a scanner `scarplan assess`."
    statement = (results.scan.get("resolves") or {}).get("statement")
    return statement or "A scan is there. Run `scarplan scars`."


def _facts(scars: dict[str, Any], found: list[dict[str, Any]]) -> list[str]:
    facts = []
    area = scars.get("area_cm2")
    density = [value for value in (scars.get("counts_per_cm2") or {}).values() if value is not None]
    if area:
        facts.append(f"{write_number(sum(density), 1)} per cm² on {write_number(area, 1)} cm²")
    zones = Counter(name_zone(scar.get("zone"), scar.get("side")) for scar in found)
    if zones:
        shown = [f"{zone}: {number}" for zone, number in zones.most_common(_MOST_ZONES)]
        facts.append("; ".join(shown) + (" and others" if len(zones) > _MOST_ZONES else ""))
    depths = sorted(scar["depth_mm"] for scar in found if (scar.get("depth_mm") or 0) > 0)
    if depths:
        facts.append(f"visible depth {write_range(depths[0], depths[-1], 2, 'mm')}")
    faint = len(scars.get("low_confidence") or ())
    if faint:
        facts.append(f"{faint} more possible, drawn faintly, not counted")
    return facts


def _not_assessed_in_words(scars: dict[str, Any]) -> str:
    unseen = sum(chart.get("not_seen_cm2") or 0.0 for chart in scars.get("charts", ()))
    parts = [*_NEVER_SEEN, f"{write_number(unseen, 1)} cm² not seen" if unseen >= 0.05 else ""]
    whole_face = (scars.get("grades") or {}).get("whole_face", True)
    return join_words([*parts, "a whole-face grade" if whole_face is None else ""])


def _review_in_words(review: dict[str, Any] | None) -> str:
    if not review:
        return "Not reviewed: these are proposals of the software."
    changes = [f"{review[key]} {key}" for key in ("rejected", "retyped", "added") if _number(review.get(key))]
    words = f"Reviewed by {review['reviewer']}, {write_date(review['date'])}"
    return words + (f" ({', '.join(changes)})." if changes else ".")


def _number(value: Any) -> int:
    return len(value) if isinstance(value, list) else int(value or 0)
