"""What people ask and page 1 does not answer: short answers, from this patient's numbers where there are any."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from scarplan.evidence.library import source, value_of
from scarplan.report.leaflet.wording import Wording

_FIRST_STEPS = ("rolling", "icepick", "boxcar_deep", "raised")


@dataclass(frozen=True)
class Answer:
    """A question as people ask it, with its answer."""

    question: str
    answer: str


def describe_questions(plan: Mapping[str, Any], wording: Wording) -> tuple[Answer, ...]:
    """Return the questions with their answers; an empty `plan` gives general ones."""
    return tuple(
        Answer(question=wording.say(f"ask.{key}"), answer=answer(plan, wording)) for key, answer in _ANSWERS.items()
    )


def _say(key: str) -> Callable[[Mapping[str, Any], Wording], str]:
    """Return the answer that is the same for everybody."""
    return lambda plan, wording: wording.say(f"ask.{key}_answer")


def _does_it_last(plan: Mapping[str, Any], wording: Wording) -> str:
    days = plan.get("maintenance_days")
    key = "ask.last_plan" if days else "ask.last_usual"
    return wording.say(key, months=wording.span(days or value_of("planning.maintenance_days")))


def _does_it_scar(plan: Mapping[str, Any], wording: Wording) -> str:
    seen, people = value_of("leaflet.track_marks")
    return wording.say("ask.worse_answer", seen=seen, people=people)


def _or_laser(plan: Mapping[str, Any], wording: Wording) -> str:
    return wording.say(
        "ask.laser_answer",
        people=value_of("leaflet.laser_trial_people"),
        studies=value_of("leaflet.laser_review_studies"),
        laser=round(value_of("planning.co2_pigment_percent")),
        needling=round(value_of("planning.needling_pigment_percent")),
    )


def _with_heat(plan: Mapping[str, Any], wording: Wording) -> str:
    return wording.say("ask.heat_answer", year=value_of("leaflet.heat_warning_year"))


def _with_own_blood(plan: Mapping[str, Any], wording: Wording) -> str:
    source("kang_lu2022")
    return wording.say("ask.blood_answer")


def _what_comes_first(plan: Mapping[str, Any], wording: Wording) -> str:
    kinds = [row.get("kind") for row in plan.get("first") or ()]
    steps = [wording.say(f"ask.first_{kind}") for kind in _FIRST_STEPS if kind in kinds]
    return wording.say("ask.first_plan", steps=" ".join(steps)) if steps else wording.say("ask.first_answer")


def _does_it_hurt(plan: Mapping[str, Any], wording: Wording) -> str:
    longest = value_of("planning.numbing_from_mm")
    return wording.say("ask.hurt_answer", length=wording.millimetres(longest, longest))


def _with_acne(plan: Mapping[str, Any], wording: Wording) -> str:
    return wording.say(
        "ask.acne_answer", wait=wording.span(value_of("candidacy.isotretinoin_recent_old_rule_wait_days"))
    )


def _how_deep_and_who(plan: Mapping[str, Any], wording: Wording) -> str:
    lengths = [zone["needle_length_mm"] for zone in plan.get("zones") or () if zone.get("needle_length_mm")]
    parts = [
        wording.say("ask.who_settings", lengths=wording.millimetres(min(lengths), max(lengths)))
        if lengths
        else wording.say("ask.who_clinic")
    ]
    device = plan.get("device") or {}
    if device.get("name"):
        key = f"device.{device.get('id')}"
        parts.append(wording.say("ask.who_device", device=wording.say(key) if wording.has(key) else device["name"]))
    parts.append(wording.say("ask.who_answer", age=value_of("candidacy.cleared_age_years")))
    return " ".join(parts)


def _if_it_fails(plan: Mapping[str, Any], wording: Wording) -> str:
    sessions = plan.get("review_after_sessions") or value_of("planning.review_after_sessions")
    return wording.say("ask.fail_answer", sessions=sessions)


_ANSWERS: dict[str, Callable[[Mapping[str, Any], Wording], str]] = {
    "mark": _say("mark"),
    "last": _does_it_last,
    "worse": _does_it_scar,
    "laser": _or_laser,
    "heat": _with_heat,
    "blood": _with_own_blood,
    "first": _what_comes_first,
    "dark": _say("dark"),
    "hurt": _does_it_hurt,
    "acne": _with_acne,
    "health": _say("health"),
    "home": _say("home"),
    "who": _how_deep_and_who,
    "cost": _say("cost"),
    "fail": _if_it_fails,
    "wound": _say("wound"),
    "photos": _say("photos"),
}
