"""The patient's own points: each finding of the screening in plain words, with what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scarplan.report.leaflet.wording import Wording
from scarplan.report.results import CaseResults

#: More points than this are left to the talk: two pages must hold everything.
MOST_POINTS = 6
_LEVELS = {"contraindicated": "stop", "defer": "wait", "caution": "care", "precaution": "care"}


@dataclass(frozen=True)
class Point:
    """One point: what it is about and the sentences on it."""

    label: str
    sentences: tuple[str, ...]


def describe_points(results: CaseResults, wording: Wording) -> tuple[tuple[Point, ...], str]:
    """Return the points, the gravest first, and a sentence where more were found than are listed."""
    findings = [f for f in (results.screen or {}).get("findings") or () if wording.has(f"rule.{f['rule']}.label")]
    points = list(dict.fromkeys(_describe_point(finding, wording) for finding in findings))
    left = len((results.screen or {}).get("findings") or ()) > len(findings) or len(points) > MOST_POINTS
    return tuple(points[:MOST_POINTS]), wording.say("points.more") if left else ""


def _describe_point(finding: Mapping[str, Any], wording: Wording) -> Point:
    rule = f"rule.{finding['rule']}"
    level = _LEVELS.get(finding["level"], "care")
    own = f"{rule}.{level}"
    advice = wording.say(own if wording.has(own) else f"{rule}.do")
    sentences = [*_tell_level(finding, level, wording), advice]
    override = finding.get("override")
    if override and override.get("taken", True):
        sentences = [wording.say("points.decided")]
    return Point(label=wording.say(f"{rule}.label"), sentences=tuple(sentences))


def _tell_level(finding: Mapping[str, Any], level: str, wording: Wording) -> list[str]:
    told = []
    if finding.get("answer") == "no":
        told.append(wording.say("points.over"))
    elif finding.get("answer") == "unknown":
        told.append(wording.say("points.unknown"))
    elif level == "stop":
        told.append(wording.say("points.stop"))
    elif level == "wait" and not finding.get("wait_until"):
        told.append(wording.say("points.wait"))
    if level == "wait" and finding.get("wait_until"):
        told.append(wording.say("points.wait_date", date=wording.day(finding["wait_until"])))
    return told
