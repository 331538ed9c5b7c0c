"""The rest of the demo with a scan: a whole course on the phantom, through the verbs that a clinic uses.

The phantom answers as `demo_truth` says, not as the model draws it: what is learned is held against what is true.
"""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from scarplan.records import Case
from scarplan.surface.later_phantom import scan_later
from scarplan.surface.phantom import Phantom
from scarplan.workflow.approve import approve_plan
from scarplan.workflow.demo_truth import TrueFollowUp, invent_answer, true_percent_left, write_truth
from scarplan.workflow.progress import Progress, take_share
from scarplan.workflow.replan import replan_course
from scarplan.workflow.replay import replay_forecasts
from scarplan.workflow.scan import scan_surface
from scarplan.workflow.scars import find_scars
from scarplan.workflow.schedule import schedule_course
from scarplan.workflow.session import add_session
from scarplan.workflow.template import print_template
from scarplan.workflow.update import update_course

_TRUTH = "input/course_truth.csv"
#: One story on fixed days.
_APPROVED, _FIRST = datetime.date(2026, 3, 9), datetime.date(2026, 3, 16)
#: The second session comes twelve days late, and from the third on the needle is set shorter; with the causes told.
_LATE_DAYS, _LATE_BECAUSE = 12, "the patient was on holiday"
_SHORTER_MM, _SHORTER_BECAUSE = 0.5, "the skin was still red and tender"
_SHORTER_FROM = 2
#: What is written into a session: the skin needled, and the needles of the cartridge in the template.
_AREA_CM2, _NEEDLES = 16.0, 14
#: The first follow-up is scanned four weeks after the second session (of one: the first), the other one fourteen weeks
#: after the last session: later than the three months before which a course is not judged.
_FIRST_FOLLOW_UP_DAYS, _LAST_FOLLOW_UP_DAYS = 27, 98
#: How the head lies at either follow-up: turned by degrees, moved by millimetres.
_LIES = ((0.6, (0.35, -0.20)), (-0.8, (-0.25, 0.30)))
#: Decisions after which the rest is planned anew.
_GOES_ON = ("continue", "change")


@dataclass(frozen=True, eq=False)
class _Course:
    """The case with its phantom, the plan as `plan` told it, and the days of the course."""

    case: Case
    phantom: Phantom
    plan: Mapping[str, Any]

    @property
    def session_days(self) -> tuple[int, ...]:
        """The days on which the sessions are given, the first on day 0."""
        planned = [number * int(self.plan["interval_days"]) for number in range(int(self.plan["sessions"]))]
        return tuple(day + (_LATE_DAYS if number else 0) for number, day in enumerate(planned))

    @property
    def follow_up_days(self) -> tuple[int, int]:
        days = self.session_days
        return days[min(1, len(days) - 1)] + _FIRST_FOLLOW_UP_DAYS, days[-1] + _LAST_FOLLOW_UP_DAYS


def follow_demo_course(
    case: Case, phantom: Phantom, plan: Mapping[str, Any], *, seed: int, progress: Progress
) -> dict[str, Any]:
    """Follow the plan of the demo's `case` to the end of its course and return what came of it."""
    course = _Course(case, phantom, plan)
    first, last = invent_answer(phantom, course.follow_up_days, seed)
    case.write_files({_TRUTH: write_truth(phantom, (first, last))})
    progress("approving the plan and making the calendar", 0.0)
    approve_plan(case.root, name="Dr A. Example", role="dermatologist", date=_APPROVED)
    schedule_course(case.root, start=_FIRST, date=_APPROVED)
    before = [number for number, day in enumerate(course.session_days) if day < first.day]
    given = [_give_session(course, number) for number in before]
    updates = [_follow_up(course, first, take_share(progress, 0.01, 0.25))]
    given += [_give_session(course, number) for number in range(len(before), len(course.session_days))]
    updates.append(_follow_up(course, last, take_share(progress, 0.25, 0.50)))
    schedule_course(case.root, start=_date(last.day), date=_date(last.day))
    replanned = None
    if updates[-1]["decision"]["action"] in _GOES_ON:
        replanned = replan_course(case.root, progress=take_share(progress, 0.50, 0.60))
    replayed = replay_forecasts(case.root, progress=take_share(progress, 0.60, 1.0))
    return {
        "planned": {"sessions": plan["sessions"], "interval_days": plan["interval_days"]},
        "sessions": given,
        "follow_ups": [_describe_update(update) for update in updates],
        "narrower_percent": _narrower_percent(updates[-1]),
        "truth": _hold_against_truth(course, last, updates[0]),
        "replan": replanned and {key: replanned[key] for key in ("plan", "sessions", "interval_days", "status")},
        "replay": {key: replayed[key] for key in ("same", "different")},
    }


def _date(day: int) -> datetime.date:
    return _FIRST + datetime.timedelta(days=day)


def _give_session(course: _Course, number: int) -> dict[str, Any]:
    """Record one session in a file that is filled from the template; return it in a few words."""
    date, name = _date(course.session_days[number]), f"input/session_{number + 1}.toml"
    is_late, is_shorter = number == 1, number >= _SHORTER_FROM
    course.case.write_files({name: _fill_session(course, number, is_late=is_late, is_shorter=is_shorter).encode()})
    add_session(course.case.root, course.case.path(name), date=date)
    otherwise = [f"{_LATE_DAYS} days late: {_LATE_BECAUSE}"] if is_late else []
    otherwise += [f"{_SHORTER_MM:g} mm shorter: {_SHORTER_BECAUSE}"] if is_shorter else []
    return {
        "number": number + 1,
        "date": date.isoformat(),
        "day": course.session_days[number],
        "otherwise": otherwise,
    }


def _fill_session(course: _Course, number: int, *, is_late: bool, is_shorter: bool) -> str:
    """Return the template of a session as a nurse fills it: what is planned, but for what went otherwise."""
    text = print_template("session")
    text = _fill(text, "date", _date(course.session_days[number]).isoformat())
    text = _fill(text, "number", number + 1)
    text = _fill(text, "of", len(course.session_days))
    text = _fill(text, "id", course.plan["device"]["id"])
    if is_late:
        text = _fill(text, "interval_because", _LATE_BECAUSE)
    start = text.index("\n[[zone]]\n") + 1  # the comment on top names it too
    end = text.index("\n\n", start)
    blocks = []
    for zone in course.plan["zones"]:
        if zone["needle_length_mm"] is None:
            continue
        block = text[start:end]
        for key in ("zone", "side", "passes", "mode"):
            block = _fill(block, key, zone[key])
        block = _fill(block, "set_length_mm", zone["needle_length_mm"] - (_SHORTER_MM if is_shorter else 0.0))
        if zone["channels_per_cm2"] is not None:
            block = _fill(block, "area_cm2", _AREA_CM2)
            block = _fill(block, "strokes", round(zone["channels_per_cm2"] * _AREA_CM2 / _NEEDLES))
        blocks.append(_fill(block, "because", _SHORTER_BECAUSE) if is_shorter else block)
    return text[:start] + "\n\n".join(blocks) + text[end:]


def _fill(text: str, key: str, value: str | float) -> str:
    """Return `text` with the first line of this key, commented out or not, holding `value`."""
    is_plain = not isinstance(value, str) or key == "date"
    filled = f"{key} = {value}" if is_plain else f'{key} = "{value}"'
    found, times = re.subn(rf"^(# )?{key} = .*$", lambda _: filled, text, count=1, flags=re.MULTILINE)
    if not times:
        raise ValueError(f"the template of a session has no line for {key}")
    return found


def _follow_up(course: _Course, truth: TrueFollowUp, progress: Progress) -> dict[str, Any]:
    """Scan the phantom as it is at a follow-up into a case of its own, and learn from it."""
    turn_deg, move_mm = _LIES[truth.number - 1]
    later = scan_later(course.phantom, truth.left, seed=truth.seed, turn_deg=turn_deg, move_mm=move_mm)
    heights = io.BytesIO()
    np.save(heights, later.relief_mm.astype(np.float32))
    file, name = f"input/followup_{truth.number}.npy", f"followup_{truth.number}"
    course.case.write_files({file: heights.getvalue()})
    case = course.case.path(name)
    scan_surface(
        course.case.path(file),
        case,
        unit="mm",
        pixel_mm=later.pixel_mm,
        zone="cheek",
        side="right",
        date=_date(truth.day).isoformat(),
        replace=True,
        progress=take_share(progress, 0.0, 0.1),
    )
    find_scars(case, progress=take_share(progress, 0.1, 0.3))
    return update_course(course.case.root, scan=case, date=_date(truth.day), progress=take_share(progress, 0.3, 1.0))


def _describe_update(update: Mapping[str, Any]) -> dict[str, Any]:
    summary = update["changes"]["summary"]
    return {
        "day": update["follow_up"]["day"],
        **{key: summary[key] for key in ("pairs", "milder", "stronger", "no_measurable_change")},
        "on_track": {key: update["on_track"][key] for key in ("ahead", "on", "behind", "says")},
        "decision": {key: update["decision"][key] for key in ("action", "reasons", "further_sessions")},
    }


def _narrower_percent(update: Mapping[str, Any]) -> float | None:
    width = update["response"]["width_left"]
    return None if width is None else 100.0 * (1.0 - width)


def _hold_against_truth(course: _Course, last: TrueFollowUp, first_update: Mapping[str, Any]) -> dict[str, Any]:
    """Return the true depth left at the last follow-up beside the two forecasts of it that were made earlier."""
    scars = {scar["id"]: scar for scar in course.case.read_result("scars")["scars"]}
    treated = [scars[number] for zone in course.plan["zones"] for number in zone["scars"]]
    left = true_percent_left(course.phantom, treated, last.left)
    forecasts = {"at_approval": course.case.read_result("forecast"), "after_follow_up_1": first_update["forecast"]}
    return {
        "day": last.day,
        "left_percent": left,
        "forecasts": {name: _read_band(told, last.day, left) for name, told in forecasts.items()},
    }


def _read_band(forecast: Mapping[str, Any], day: int, left: float) -> dict[str, Any]:
    """Return the 90 % band of a forecast on a day in percent of the present depth, and whether the truth lies in it."""
    total = forecast["total"]
    low, high = (
        100.0 * float(np.interp(day, forecast["days"], total["depth_mm"][name])) / total["present_depth_mm"]
        for name in ("q05", "q95")
    )
    return {"low_percent": low, "high_percent": high, "holds": bool(low <= left <= high)}
