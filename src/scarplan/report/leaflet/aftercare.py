"""The days after a visit and the signs for which the clinic is called, in the words of the language.

The plan's own words are looked up; a phrase without a translation is given as the plan has it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scarplan.aftercare import list_reasons_to_call, plan_aftercare
from scarplan.report.leaflet.wording import Wording


@dataclass(frozen=True)
class DayRow:
    """One row of the day table: when, what to notice, what to do, what not to do."""

    day: str
    expect: str
    do: str
    avoid: str


@dataclass(frozen=True)
class Call:
    """When to call: the signs, and the phone in words."""

    signs: tuple[str, ...]
    phone: str
    is_example: bool


def describe_days(plan: Mapping[str, Any], wording: Wording) -> tuple[DayRow, ...]:
    """Return the day table of `plan`; an empty plan gives the usual days."""
    days = plan.get("aftercare") or [row.model_dump() for row in plan_aftercare()]
    return tuple(_describe_day(row, wording) for row in days)


def describe_call(plan: Mapping[str, Any], wording: Wording) -> Call:
    """Return when to call and the clinic's phone, which is never made up."""
    signs = plan.get("call_the_clinic") or list_reasons_to_call()
    phone = plan.get("phone")
    protocol = plan.get("clinic_protocol") or {}
    return Call(
        signs=tuple(_end(_start(_translate("red_flag", sign, wording))) for sign in signs),
        phone=wording.say("call.phone", phone=phone or wording.say("call.ask")),
        is_example=bool(phone and protocol.get("example")),
    )


def _describe_day(row: Mapping[str, Any], wording: Wording) -> DayRow:
    do = [_end(_start(_translate("aftercare", phrase, wording))) for phrase in row.get("do") or ()]
    watch = [_end(_start(_translate("aftercare", phrase, wording))) for phrase in row.get("watch") or ()]
    expect = row.get("expect")
    noticed = _end(_start(_translate("aftercare", expect, wording))) if expect else wording.say("days.nothing")
    return DayRow(
        day=_name_day(str(row["day"]), wording),
        expect=noticed,
        do=" ".join([*do, *watch]),
        avoid=_list_avoided(row.get("avoid") or (), wording),
    )


def _list_avoided(phrases: Sequence[str], wording: Wording) -> str:
    words = wording.join(_translate("aftercare", phrase, wording) for phrase in phrases)
    return _end(_start(words)) if words else wording.say("days.nothing")


def _name_day(day: str, wording: Wording) -> str:
    first, _, last = day.partition("-")
    if last:
        return wording.say("days.span", first=first, last=last)
    return wording.say("days.first" if first == "0" else "days.one", day=first)


def _translate(table: str, phrase: str, wording: Wording) -> str:
    key = f"{table}.{phrase}"
    return wording.say(key) if wording.has(key) else phrase


def _start(text: str) -> str:
    return text[:1].upper() + text[1:]


def _end(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
