"""How many visits and when it shows, and what to do in the week after a visit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scarplan.evidence.library import quantity, value_of
from scarplan.report.leaflet.wording import Wording
from scarplan.report.wording import name_zone

#: A list of places with more words than this is not read out.
_MOST_WORDS = 16


def describe_visits(plan: Mapping[str, Any], wording: Wording) -> tuple[str, ...]:
    """Return the sentences on visits; an empty `plan` gives what most studies did."""
    return (*_count_visits(plan, wording), wording.say("visits.first_change"), _say_when_to_judge(plan, wording))


def describe_week(wording: Wording) -> tuple[str, ...]:
    """Return what to do and not to do in the days after a visit."""
    days = {key: value_of(f"leaflet.{key}_days") for key in ("make_up", "exercise", "swimming", "active_creams", "sun")}
    return (
        wording.say("week.hands"),
        wording.say("week.soap"),
        wording.say("week.sun", days=days["sun"]),
        wording.say("week.sunscreen"),
        wording.say("week.make_up", days=days["make_up"]),
        wording.say("week.sport", days=days["exercise"]),
        wording.say("week.swimming", days=days["swimming"]),
        wording.say("week.creams", days=days["active_creams"]),
        wording.say("week.work"),
    )


def name_place(zone: str, side: str | None, wording: Wording) -> str:
    """Return a zone with its side as this language says it."""
    key = f"zone.{zone}_{side}" if side else f"zone.{zone}"
    return wording.say(key) if wording.has(key) else name_zone(zone, side)


def _count_visits(plan: Mapping[str, Any], wording: Wording) -> list[str]:
    sessions = plan.get("sessions")
    if not sessions:
        interval = wording.span(value_of("planning.interval_usual_days"))
        return [wording.say("visits.usual", sessions=value_of("planning.sessions_usual"), interval=interval)]
    key = "visits.planned" if sessions > 1 else "visits.planned_one"
    told = [wording.say(key, sessions=sessions, interval=wording.span(plan["interval_days"]))]
    places = list(
        dict.fromkeys(name_place(z["zone"], z.get("side"), wording) for z in plan.get("zones") or () if z.get("zone"))
    )
    if places:
        zones = wording.join(places)
        key = "visits.zones" if len(zones.split()) <= _MOST_WORDS else "visits.many_zones"
        told.append(wording.say(key, zones=zones))
    return told


def _say_when_to_judge(plan: Mapping[str, Any], wording: Wording) -> str:
    usual = quantity("planning.judge_after_days")
    first = plan.get("judge_after_days") or usual.value
    return wording.say("visits.judge", judge=wording.span_range(first, max(first, usual.high or first)))
