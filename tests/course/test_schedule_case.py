"""`schedule` on a case: what it writes, what it refuses, and that nothing of the patient stands in the calendar."""

from __future__ import annotations

import datetime
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from course.course_case import write_session
from course.ics_reader import read_calendar, read_text
from planning.example_plan import make_plan
from planning.planned_case import SCREENED_ON, write_patient
from scarplan.aftercare import plan_aftercare
from scarplan.canonical import make_plain
from scarplan.cli.schedule import command
from scarplan.course.former_calendar import read_former_calendar
from scarplan.errors import BadInput, MissingStep, Refused
from scarplan.evidence.lineage import list_unexplained
from scarplan.manifest import make_manifest
from scarplan.records import Case
from scarplan.records.plan_file import write_plan
from scarplan.workflow.approve import approve_plan
from scarplan.workflow.schedule import schedule_course
from scarplan.workflow.screen import screen_patient
from scarplan.workflow.session import add_session

TODAY = datetime.date.fromisoformat(SCREENED_ON)
#: Words that would tell who is treated, for what, how, or by whom.
TELLING = (
    r"scar|needl|acne|derma|roller|\bpen\b|skinpen|patient|treat|therap|\bmm\b|depth|passes|cheek|forehead|temple|chin|"
    r"pigment|laser|lidocaine|cream of|diagnos|P-1|1994|female|Example|dermatologist"
)


def make_screened(folder: Path) -> Case:
    case = Case(folder / "case")
    screen_patient(case.root, write_patient(folder), date=SCREENED_ON)
    return case


def write_draft(case: Case, **parts: Any) -> None:
    """Write a plan as `plan` leaves it, without the model behind it."""
    plan = make_plan(aftercare=plan_aftercare(), phone="+00 000 000000", **parts)
    manifest = make_plain(make_manifest("plan", inputs=case.hashes("results/screen.json")))
    case.write_result("plan", {"plan": plan.content_hash, "status": "draft", "manifest": manifest}, write_plan(plan))


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """Return a case with an approved plan."""
    made = make_screened(tmp_path)
    write_draft(made)
    approve_plan(made.root, name="Dr A. Example", role="dermatologist", date=SCREENED_ON)
    return made


def events_of(case: Case) -> list[Any]:
    return read_calendar(case.path("schedule.ics").read_bytes())[1]


def test_the_calendar_holds_what_the_result_says(case: Case) -> None:
    result = schedule_course(case.root, start="2026-04-01", date=TODAY)
    assert result["sessions"]["to_come"] == result["sessions"]["planned"] >= 1
    assert result["from"] == "2026-04-01"
    assert case.read_result("schedule") == result
    found = events_of(case)
    assert [event.value("UID") for event in found] == [row["uid"] for row in result["events"]]
    for event, row in zip(found, result["events"], strict=True):
        assert (event.first.isoformat(), event.last.isoformat()) == (row["date"], row["end_date"])
        assert read_text(event.value("SUMMARY")) == row["title"]
        assert read_text(event.value("DESCRIPTION")) == row["text"]
        assert event.value("CLASS") == "PRIVATE"
    assert list_unexplained("schedule", result) == []
    kinds = {row["kind"] for row in result["events"]}
    assert kinds >= {"session", "rescreen", "care", "call", "photo", "judge", "scan", "maintenance"}


def test_the_rest_of_a_course_is_counted_after_what_was_given(tmp_path: Path) -> None:
    case = make_screened(tmp_path)
    write_draft(case, sessions=2, continues="1234567890abcdef", after_sessions=2)
    approve_plan(case.root, name="Dr A. Example", role="dermatologist", date=SCREENED_ON)
    for day in ("2026-03-09", "2026-04-06"):
        add_session(case.root, write_session(tmp_path, day), date=datetime.date(2026, 7, 1))
    result = schedule_course(case.root, start="2026-07-20", date=datetime.date(2026, 7, 1))
    counts = {name: result["sessions"][name] for name in ("planned", "delivered", "to_come")}
    assert counts == {"planned": 4, "delivered": 2, "to_come": 2}
    days = [row["date"] for row in result["events"] if row["kind"] == "session" and row["state"] == "planned"]
    assert days == ["2026-07-20", "2026-08-17"]


def test_no_line_of_the_calendar_tells_of_a_patient(case: Case) -> None:
    schedule_course(case.root, start="2026-04-01", date=TODAY)
    text = case.path("schedule.ics").read_text("utf-8").replace("\r\n ", "")
    for line in text.splitlines():
        if line.startswith("PRODID"):
            assert line == "PRODID:-//scarplan//schedule//EN"
            continue
        if line.startswith("UID"):
            assert re.fullmatch(r"UID:[0-9a-f]{32}@scarplan", line)
            continue
        assert not re.search(TELLING, line, re.IGNORECASE), line
    plan = case.read_result("plan")["plan"]
    assert plan not in text


def test_the_same_inputs_give_the_same_bytes_also_the_second_time(case: Case, tmp_path: Path) -> None:
    other = Case(shutil.copytree(case.root, tmp_path / "other"))
    for one in (case, other, other):
        schedule_course(one.root, start="2026-04-01", date=TODAY)
    for name in ("schedule.ics", "results/schedule.json"):
        assert case.path(name).read_bytes() == other.path(name).read_bytes()


def test_a_renewed_calendar_replaces_the_old_one(case: Case) -> None:
    schedule_course(case.root, start="2026-04-01", date=TODAY)
    before = {event.value("UID"): event for event in events_of(case)}
    schedule_course(case.root, start="2026-05-04", date=TODAY)
    after = {event.value("UID"): event for event in events_of(case)}
    assert set(before) == set(after)
    for uid, event in after.items():
        assert int(event.value("SEQUENCE")) == 1
        assert event.first != before[uid].first


def drop_a_date(text: str) -> str:
    result = json.loads(text)
    del result["events"][0]["date"]
    return json.dumps(result)


def cut(text: str) -> str:
    return text[:300]


def empty(_: str) -> str:
    return ""


@pytest.mark.parametrize("damage", [drop_a_date, cut, empty])
def test_a_damaged_schedule_is_made_anew_above_its_numbers(case: Case, damage: Callable[[str], str]) -> None:
    schedule_course(case.root, start="2026-04-01", date=TODAY)
    schedule_course(case.root, start="2026-05-04", date=TODAY)
    before = {event.value("UID"): event for event in events_of(case)}
    path = case.path("results/schedule.json")
    path.write_text(damage(path.read_text("utf-8")), "utf-8")
    result = schedule_course(case.root, start="2026-05-04", date=TODAY)
    (note,) = (note for note in result["notes"] if "results/schedule.json is damaged" in note)
    assert "replace those of the earlier one" in note
    after = {event.value("UID"): int(event.value("SEQUENCE")) for event in events_of(case)}
    assert set(after) == set(before)
    assert all(after[uid] > int(event.value("SEQUENCE")) for uid, event in before.items())
    # Mended: the next run takes it as it takes any other.
    again = schedule_course(case.root, start="2026-05-04", date=TODAY)
    assert again["notes"] == []
    assert again["events"] == result["events"]
    # So does an entry that comes back later.
    assert read_former_calendar(case, calendar="schedule.ics", plans=()).least_sequence == min(after.values())


def test_a_damaged_schedule_without_its_calendar_asks_to_delete_the_entries(case: Case) -> None:
    schedule_course(case.root, start="2026-04-01", date=TODAY)
    case.path("schedule.ics").unlink()
    case.path("results/schedule.json").write_text("[]", "utf-8")
    notes = schedule_course(case.root, start="2026-04-01", date=TODAY)["notes"]
    assert "delete the entries of the earlier one" in notes[-1]


def test_a_plan_that_nobody_approved_is_refused_and_an_old_calendar_taken_away(tmp_path: Path) -> None:
    case = make_screened(tmp_path)
    with pytest.raises(MissingStep, match="plan"):
        schedule_course(case.root, date=TODAY)
    write_draft(case)
    case.write_files({"schedule.ics": b"old"})
    with pytest.raises(Refused, match="not approved") as caught:
        schedule_course(case.root, date=TODAY)
    assert caught.value.exit_code == 3
    assert not case.has("schedule.ics")
    assert not case.has_result("schedule")


@pytest.mark.parametrize(
    ("answer", "reason"), [("bleeding_disorder", "do not needle"), ("tan_or_sunburn", "wait until")]
)
def test_a_screening_that_says_stop_or_wait_is_refused(case: Case, tmp_path: Path, answer: str, reason: str) -> None:
    schedule_course(case.root, date=TODAY)
    screen_patient(case.root, write_patient(tmp_path, answers={answer: "yes"}), date=SCREENED_ON)
    with pytest.raises(Refused, match=reason) as caught:
        schedule_course(case.root, date=TODAY)
    assert "delete appointments" in str(caught.value)
    assert caught.value.result["manifest"]["verb"] == "schedule"
    assert not case.has("schedule.ics")


@pytest.mark.parametrize(
    ("days", "message"),
    [
        ({"start": "2026-02-30"}, "--from is not a day"),
        ({"date": "soon"}, "--date is not a day"),
        ({"start": "2026-03-01"}, "a day that is over"),
    ],
)
def test_a_day_that_cannot_be_is_told(case: Case, days: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        schedule_course(case.root, start=days.get("start"), date=days.get("date", TODAY))
    assert not case.has("schedule.ics")


def test_the_command_prints_a_table_and_one_json_object(case: Case) -> None:
    words = [str(case.root), "--from", "2026-04-01", "--date", SCREENED_ON]
    table = CliRunner().invoke(command, [*words, "-q"])
    assert table.exit_code == 0
    assert re.search(r"2026-04-01 +day +0 +Appointment 1 of \d", table.stdout)
    assert "[to be decided]" in table.stdout
    printed = CliRunner().invoke(command, [*words, "--json"])
    assert json.loads(printed.stdout)["files"] == ["schedule.ics"]
