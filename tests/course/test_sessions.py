"""Sessions in a case: recorded, refused, overridden, corrected, verified against the plan, found by lot."""

from __future__ import annotations

import datetime
import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import scarplan
from course.course_case import TODAY, ZONE, override, start_case, write_session
from planning.example_plan import make_plan, make_zone
from scarplan.canonical import hash_bytes
from scarplan.cli.group import main
from scarplan.course import Signer, append_entry, read_course, read_ledger
from scarplan.errors import BadInput, Refused
from scarplan.evidence.lineage import list_unexplained
from scarplan.records import Case
from scarplan.records.plan_file import write_plan
from scarplan.workflow.template import print_template

LATER = "2026-11-01"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    start_case(tmp_path / "case")
    return tmp_path / "case"


def add(root: Path, date: str, **parts: str) -> dict[str, Any]:
    return scarplan.add_session(root, write_session(root.parent, date, **parts), date=LATER)


def deviations(result: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["what"], one["cause"]) for one in result["deviations"]]


def test_a_session_as_planned_has_no_deviation(root: Path) -> None:
    result = add(root, "2026-03-09")
    assert result["deviations"] == []
    (row,) = result["planned_delivered"]
    assert (row["planned_length_mm"], row["delivered_length_mm"]) == (1.5, 1.5)
    assert (row["status"], row["over_ceiling"], row["density_basis"]) == ("done", False, "told")
    (session,) = result["sessions"]
    assert (session["day"], session["number"], session["operator"]) == (0, 2, "N. Nurse")
    assert session["plan"] == read_course(Case(root)).plan_in_force
    assert [flag["what"] for flag in session["flags"]] == ["no_lot"]
    assert json.loads((root / "results" / "session.json").read_text("utf-8")) == scarplan.list_sessions(root)
    assert list_unexplained("session", result) == []


def test_everything_otherwise_than_planned_is_told_with_its_cause(tmp_path: Path) -> None:
    zones = (make_zone("cheek", "right"), make_zone("cheek", "left"), make_zone("chin", None))
    start_case(tmp_path / "case", zones=zones)
    zone = """
[[zone]]
zone = "cheek"
side = "right"
set_length_mm = 2.0
passes = 5
mode = "stamp"
strokes = 1000
area_cm2 = 20.0
because = "thick skin"
[[zone]]
zone = "forehead"
passes = 1
[[left_out]]
zone = "chin"
because = "a cold sore there"
"""
    rest = '[device]\nid = "generic_pen"\n[[cartridge]]\nlot = "A"\nneedle_count = 12'
    result = add(tmp_path / "case", "2026-03-09", zone=zone, rest=rest)
    assert deviations(result) == [
        ("ceiling", "thick skin"),
        ("device", "not stated"),
        ("needle_length", "thick skin"),
        ("passes", "thick skin"),
        ("density", "thick skin"),
        ("mode", "thick skin"),
        ("extra_zone", "not stated"),
        ("missing_zone", "not stated"),
        ("missing_zone", "a cold sore there"),
    ]
    rows = {(row["zone"], row["side"]): row for row in result["planned_delivered"]}
    assert rows["cheek", "right"]["delivered_channels_per_cm2"] == 12 * 1000 / 20.0
    assert {key: row["status"] for key, row in rows.items()} == {
        ("cheek", "right"): "done",
        ("forehead", None): "extra",
        ("cheek", "left"): "missing",
        ("chin", None): "missing",
    }
    assert result["deviations"][0]["is_loud"]
    assert "above the ceiling of 1.5 mm" in result["deviations"][0]["words"]


def test_the_density_from_time_and_speed(root: Path) -> None:
    zone = '[[zone]]\nzone = "cheek"\nside = "right"\nseconds = 100.0\nspeed_hz = 50.0\narea_cm2 = 200.0\n'
    result = add(root, "2026-03-09", zone=zone, rest='[[cartridge]]\nlot = "A"\nneedle_count = 12')
    assert result["planned_delivered"][0]["delivered_channels_per_cm2"] == 12 * 50.0 * 100.0 / 200.0  # 300: as planned
    assert result["deviations"] == []


@pytest.mark.parametrize(
    ("second", "head", "what", "cause"),
    [
        ("2026-04-06", "", None, None),  # 28 days
        ("2026-04-12", "", None, None),  # six days late
        ("2026-04-16", 'interval_because = "holiday"', "interval", "holiday"),
        ("2026-05-05", "", "skipped_session", "not stated"),
        ("2026-04-06", "number = 3", "skipped_session", "not stated"),
    ],
)
def test_the_interval_is_held_against_the_plan(
    root: Path, second: str, head: str, what: str | None, cause: str | None
) -> None:
    add(root, "2026-03-09", head="number = 1")
    result = add(root, second, head=head)
    assert deviations(result) == ([] if what is None else [(what, cause)])


def test_too_early_is_refused_unless_it_is_overridden(root: Path) -> None:
    add(root, "2026-03-09")
    before = (root / "ledger.jsonl").read_bytes()
    with pytest.raises(Refused, match=r"15 days apart; the plan asks for 28.*took place all the same") as refusal:
        add(root, "2026-03-24")
    assert refusal.value.result["blocks"][0]["rule"] == "interval"
    assert (root / "ledger.jsonl").read_bytes() == before
    result = add(root, "2026-03-24", rest=override("interval", "before a wedding"))
    assert deviations(result) == [("interval", "before a wedding")]
    assert "override.interval" in [flag["what"] for flag in result["sessions"][1]["flags"]]


@pytest.mark.parametrize(
    ("answer", "says", "loud"),
    [
        ('tan_or_sunburn = "yes"', "wait until", False),
        ('pregnancy = "yes"', "do not needle|wait", None),
        ('recent_peel = {answer = "yes", date = 2026-03-05, grade = "superficial"}', "wait until", False),
        ('infection_herpes_active = "yes"', "do not needle|wait", True),
    ],
)
def test_an_answer_of_today_that_speaks_against_it_is_refused(
    root: Path, answer: str, says: str, loud: bool | None
) -> None:
    rule = answer.partition(" ")[0]
    kept = "\n".join(line for line in TODAY.splitlines() if not line.startswith(rule))
    with pytest.raises(Refused, match=says) as refusal:
        add(root, "2026-03-09", today=f"{kept}\n{answer}")
    assert [block["rule"] for block in refusal.value.result["blocks"]] == [rule]
    result = add(root, "2026-03-09", today=f"{kept}\n{answer}", rest=override(rule))
    flag = next(flag for flag in result["sessions"][0]["flags"] if flag["what"] == f"override.{rule}")
    assert "A. Doctor" in flag["words"]
    if loud is not None:
        assert flag["is_loud"] is loud
    if loud:
        assert "never be overridden" in flag["words"]


def test_a_wait_of_the_patient_file_still_counts_on_the_day(root: Path) -> None:
    text = (root / "patient.toml").read_text("utf-8")
    told = '[history]\nrecent_filler = {answer = "yes", date = 2026-03-01}\n'
    (root / "patient.toml").write_text(text + told, "utf-8")
    with pytest.raises(Refused, match="wait until 2026"):
        add(root, "2026-03-09")
    assert add(root, "2026-09-09")["sessions"][0]["day"] == 0


def test_an_override_of_another_day_does_not_cover_what_is_so_today(root: Path) -> None:
    text = (root / "patient.toml").read_text("utf-8")
    (root / "patient.toml").write_text(text + override("tan_or_sunburn"), "utf-8")
    assert add(root, "2026-03-09")["sessions"]
    with pytest.raises(Refused, match="sunburn"):
        add(root, "2026-05-09", today=TODAY.replace('tan_or_sunburn = "no"', 'tan_or_sunburn = "yes"'))


def test_what_was_not_asked_is_told_and_no_is_not_assumed(root: Path) -> None:
    result = add(root, "2026-03-09", today="")
    words = {flag["what"]: flag["words"] for flag in result["sessions"][0]["flags"]}
    assert "pregnancy" in words["not_asked"]
    assert "isotretinoin_current" in words["not_asked"]
    assert result["sessions"][0]["record"]["today"]["changed"] == "unknown"


def test_without_an_approved_plan_it_is_recorded_and_flagged(tmp_path: Path) -> None:
    start_case(tmp_path / "case", approved_on=None)
    result = add(tmp_path / "case", "2026-03-09")
    assert result["sessions"][0]["plan"] is None
    assert result["sessions"][0]["flags"][0]["what"] == "no_approved_plan"
    assert result["planned_delivered"][0]["status"] == "no plan"
    late = start_case(tmp_path / "late", approved_on="2026-03-10")
    assert add(tmp_path / "late", "2026-03-09")["sessions"][0]["plan"] is None  # approved the day after
    assert add(tmp_path / "late", "2026-04-09")["sessions"][1]["plan"] == late.content_hash


def test_a_new_plan_supersedes_and_old_sessions_stay_beside_theirs(root: Path) -> None:
    first = add(root, "2026-03-09")["sessions"][0]["plan"]
    new = start_case(root, approved_on="2026-04-01", zones=(make_zone("cheek", "right", needle_length_mm=1.0),))
    result = add(root, "2026-04-09")
    assert [one["superseded_by"] for one in result["approvals"]] == [new.content_hash, None]
    assert [one["plan"] for one in result["sessions"]] == [first, new.content_hash]
    assert [row["planned_length_mm"] for row in result["planned_delivered"]] == [1.5, 1.0]
    assert deviations(result) == [("needle_length", "not stated")]
    again = scarplan.approve_plan(root, name="A. Doctor", role="dermatologist", date="2026-04-01")
    assert again["status"] == "approved"
    assert len(read_course(Case(root)).approvals) == 2  # the same approval again is none


def test_an_approval_of_an_earlier_day_entered_later_supersedes_nothing(tmp_path: Path) -> None:
    root = tmp_path / "case"
    last = start_case(root, approved_on="2026-05-01")
    early = start_case(root, approved_on="2026-04-01", zones=(make_zone("cheek", "right", needle_length_mm=1.0),))
    assert [one["plan"] for one in add(root, "2026-04-09")["sessions"]] == [early.content_hash]
    result = add(root, "2026-05-10")
    assert [one["plan"] for one in result["sessions"]] == [early.content_hash, last.content_hash]
    assert result["plan_in_force"] == last.content_hash
    assert [(one["number"], one["superseded_by"]) for one in result["approvals"]] == [(2, last.content_hash), (1, None)]
    scarplan.approve_plan(root, name="A. Doctor", role="dermatologist", date="2026-04-01")
    assert len(read_course(Case(root)).approvals) == 2  # the same approval again is none


def test_the_same_session_twice_is_refused(root: Path) -> None:
    add(root, "2026-03-09")
    before = (root / "ledger.jsonl").read_bytes()
    with pytest.raises(BadInput, match=r"E-SESSION-005.*recorded already: entry 2"):
        add(root, "2026-03-09")
    with pytest.raises(BadInput, match=r"E-SESSION-006.*a session of the same day"):
        add(root, "2026-03-09", zone=ZONE.replace("3", "4"), rest=override("interval"))
    assert (root / "ledger.jsonl").read_bytes() == before


def test_a_correction_counts_and_the_old_entry_stays(root: Path) -> None:
    add(root, "2026-03-09")
    right = write_session(root.parent, "2026-03-10", zone=ZONE.replace("passes = 3", "passes = 2"))
    result = scarplan.correct_entry(root, 2, file=right, reason="the wrong day", name="B. Boss", date=LATER)
    (session,) = result["sessions"]
    assert (session["date"], session["corrections"], session["record"]["zone"][0]["passes"]) == ("2026-03-10", [3], 2)
    (correction,) = result["corrections"]
    assert (correction["corrects"], correction["reason"], correction["name"]) == (2, "the wrong day", "B. Boss")
    assert correction["versions"] == [2, 3]
    assert read_ledger(Case(root)).entries[1].content["record"]["date"] == "2026-03-09"
    assert list_unexplained("session", result) == []
    gone = scarplan.correct_entry(root, 2, reason="another patient", name="B. Boss", withdraw=True, date=LATER)
    assert gone["sessions"] == []
    assert gone["first_day"] is None
    with pytest.raises(BadInput, match="E-SESSION-014"):
        scarplan.correct_entry(root, 2, file=right, reason="x", date=LATER)


@pytest.mark.parametrize(
    ("number", "reason", "options", "says"),
    [
        (9, "x", {}, "E-SESSION-011.*1 to 3"),
        (1, "x", {}, "E-SESSION-013.*approval"),
        (3, "x", {}, "E-SESSION-012.*itself a correction"),
        (2, " ", {}, "E-SESSION-008"),
        (2, "x", {"file": None}, "E-SESSION-009"),
        (2, "x", {"file": None, "withdraw": True}, "E-SESSION-015"),
    ],
)
def test_a_correction_that_cannot_be_is_told(
    root: Path, number: int, reason: str, options: dict[str, Any], says: str
) -> None:
    add(root, "2026-03-09")
    file = write_session(root.parent, "2026-03-10")
    scarplan.correct_entry(root, 2, file=file, reason="the wrong day", date=LATER)
    before = (root / "ledger.jsonl").read_bytes()
    with pytest.raises(BadInput, match=says):
        scarplan.correct_entry(root, number, **{"file": file, "reason": reason, "date": LATER, **options})
    assert (root / "ledger.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({"zone": ""}, "zone: is missing"),
        ({"zone": '[[zone]]\nzone = "cheek"'}, "nothing of what was delivered is told"),
        ({"zone": ZONE.replace("cheek", "cheak")}, "E-SESSION-018.*did you mean 'cheek'"),
        ({"zone": ZONE.replace('"cheek"', '"left cheek"')}, "did you mean 'cheek' with side = \"left\""),
        ({"zone": ZONE.replace("cheek", "scalp")}, 'E-SESSION-018.*written as zone = "other: '),
        ({"zone": ZONE + ZONE}, "a zone stands there twice"),
        ({"head": 'patient_id = "P-8"'}, "E-SESSION-004"),
        ({"head": 'start = "15:00"\nend = "14:00"'}, "it ends before it starts"),
        ({"head": 'start = "25:00"'}, "is no time of day"),
        ({"head": 'kind = ["session"]'}, "E-SESSION-017"),
        ({"head": 'kind = "visit"'}, "E-SESSION-017.*session, adverse_event, decision"),
        ({"today": "[today.answer]\npregnant = 'no'"}, "E-SESSION-001.*did you mean 'pregnancy'"),
        ({"rest": override("intervall")}, "did you mean 'interval'"),
        ({"rest": '[[numbing]]\nproduct = "cream"\namount_ml = 2.0'}, "a cream is told in grams"),
        ({"rest": '[[cartridge]]\nudi = "(01)00844588003289"'}, "a slip in copying"),
    ],
)
def test_a_faulty_file_is_told_and_nothing_is_written(root: Path, parts: dict[str, str], says: str) -> None:
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    with pytest.raises(BadInput, match=says):
        add(root, "2026-03-09", **parts)
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


def test_a_place_that_is_no_zone_is_kept_where_it_is_named_on_purpose(root: Path) -> None:
    result = add(root, "2026-03-09", zone=ZONE + ZONE.replace("cheek", "other: behind the ear"))
    extra = [row for row in result["planned_delivered"] if row["status"] == "extra"]
    assert [row["zone"] for row in extra] == ["other: behind the ear"]


def test_a_day_still_to_come_is_told(root: Path) -> None:
    with pytest.raises(BadInput, match=r"E-SESSION-003.*up to 2026-11-01"):
        add(root, "2026-11-02")


@pytest.mark.parametrize(
    ("days", "says"),
    [
        ("onset = 2026-11-02", r"E-SESSION-022.*onset of the event syncope is still to come.*up to 2026-11-01"),
        ("outcome_date = 2026-11-02", "E-SESSION-022.*outcome_date of the event"),
        ("onset = 2026-03-10\noutcome_date = 2026-03-09", "E-SESSION-023.*over before it begins"),
    ],
)
def test_an_event_on_days_that_cannot_be_is_told_and_an_old_entry_of_it_is_read(
    root: Path, days: str, says: str
) -> None:
    event = f'type = "syncope"\n{days}\n'
    with pytest.raises(BadInput, match=says):
        add(root, "2026-03-09", rest=f"[[adverse_event]]\n{event}")
    told = f'kind = "adverse_event"\ndate = 2026-03-10\n{event}[reporter]\nname = "N. Nurse"\n'
    (root.parent / "event.toml").write_text(told, "utf-8")
    with pytest.raises(BadInput, match=says):
        scarplan.add_session(root, root.parent / "event.toml", date=LATER)
    assert len(read_ledger(Case(root)).entries) == 1
    record = tomllib.loads(told)
    plain = {name: str(value) if isinstance(value, datetime.date) else value for name, value in record.items()}
    append_entry(Case(root), "adverse_event", record["date"], Signer("N. Nurse"), {"record": plain})
    assert [one["type"] for one in scarplan.list_sessions(root)["adverse_events"]] == ["syncope"]


def test_an_event_is_not_told_before_it_begins_and_one_of_unknown_onset_began_before_its_end(root: Path) -> None:
    file = root.parent / "event.toml"

    def add_event(days: str) -> dict[str, Any]:
        file.write_text(f'kind = "adverse_event"\ntype = "oedema"\n{days}\n[reporter]\nname = "N. Nurse"\n', "utf-8")
        return scarplan.add_session(root, file, date=LATER)

    add(root, "2026-03-09", rest='[[adverse_event]]\ntype = "syncope"\nonset = 2026-03-10\n')  # told with it later on
    with pytest.raises(BadInput, match=r"E-SESSION-024.*onset 2026-03-21, date 2026-03-20"):
        add_event("date = 2026-03-20\nonset = 2026-03-21")
    events = add_event('date = 2026-03-20\noutcome = "resolved"\noutcome_date = 2026-03-14')["adverse_events"]
    assert [(one["date"], one["days_after_session"]) for one in events] == [("2026-03-10", 1), ("2026-03-14", 5)]


@pytest.mark.parametrize(
    ("numbing", "mg", "mg_per_kg", "above"),
    [
        ("lidocaine_percent = 4.0\namount_g = 30.0", (1200.0, 0.0), 20.0, False),
        ('route = "infiltration"\nlidocaine_percent = 2.0\namount_ml = 15.0', (0.0, 300.0), 0.0, True),
        (
            'route = "infiltration"\nadrenaline = "yes"\nlidocaine_percent = 2.0\namount_ml = 15.0',
            (0.0, 300.0),
            0.0,
            False,
        ),
        ("amount_g = 30.0", (None, 0.0), None, False),
        # What is known is too much already, whatever the cream held.
        (
            'lidocaine_percent = 4.0\n[[numbing]]\nproduct = "y"\nroute = "infiltration"\nlidocaine_percent = 2.0\n'
            "amount_ml = 30.0",
            (None, 600.0),
            None,
            True,
        ),
        # A block is no cream: all of it counts.
        ('route = "other"\nlidocaine_percent = 2.0\namount_ml = 15.0', (0.0, 300.0), 0.0, True),
    ],
)
def test_lidocaine_is_computed_where_it_is_known(
    root: Path, numbing: str, mg: tuple[float | None, float], mg_per_kg: float | None, above: bool
) -> None:
    result = add(root, "2026-03-09", rest=f'[[numbing]]\nproduct = "x"\n{numbing}')
    given = result["sessions"][0]["lidocaine"]
    assert (given["cream_mg"], given["infiltrated_mg"]) == mg
    assert given["cream_mg_per_kg"] == mg_per_kg
    assert given["weight_kg"] == 60.0
    assert given["is_above"] is above
    assert ("lidocaine" in [flag["what"] for flag in result["sessions"][0]["flags"]]) is above


def test_material_that_should_not_have_been_used_is_told_loudly(root: Path) -> None:
    rest = (
        '[[cartridge]]\nlot = "A"\nexpiry = 2026-01-31\nseal_intact = "no"\nsingle_use = "no"\n'
        '[[on_skin]]\nproduct = "a cosmetic serum"\nsterile = "no"\nexpiry = 2026-01-31'
    )
    flags = add(root, "2026-03-09", rest=rest)["sessions"][0]["flags"]
    assert [flag["what"] for flag in flags if flag["is_loud"]] == ["expired", "seal", "reused", "on_skin", "expired"]


def test_events_and_decisions_stand_beside_the_sessions(root: Path, tmp_path: Path) -> None:
    add(root, "2026-03-09", rest='[[adverse_event]]\ntype = "syncope"\ngrade = 2')
    for name in ("adverse-event", "decision"):
        (tmp_path / f"{name}.toml").write_text(print_template(name), "utf-8")
        result = scarplan.add_session(root, tmp_path / f"{name}.toml", date=LATER)
    events = [(event["type"], event["day"], event["in_session"]) for event in result["adverse_events"]]
    assert events == [("syncope", 0, 2), ("hyperpigmentation", 19, None)]
    assert [one["action"] for one in result["decisions"]] == ["continue"]
    assert list_unexplained("session", result) == []
    listed = run(str(root), "list").stdout  # with the numbers by which they are corrected
    assert "Adverse event of 2026-03-28 (entry 3): hyperpigmentation" in listed
    assert "Decision of 2026-06-01 (entry 4): continue" in listed
    (tmp_path / "over.toml").write_text(print_template("adverse-event").replace('"ongoing"', '"resolved"'), "utf-8")
    told = run(str(root), "correct", "3", str(tmp_path / "over.toml"), "--reason", "it is over").stdout
    assert told.splitlines()[1:] == ["Adverse event of 2026-03-28 (entry 3): hyperpigmentation, grade 1, resolved."]


def test_a_person_decides_after_the_program_proposed(root: Path, tmp_path: Path) -> None:
    proposed = {"verb": "update", "action": "change", "reasons": ["two more sessions bring most"]}
    append_entry(Case(root), "decision", datetime.date(2026, 3, 30), Signer("scarplan", "software"), proposed)
    file = tmp_path / "decision.toml"
    file.write_text(print_template("decision"), "utf-8")
    result = scarplan.add_session(root, file, date=LATER)
    assert [one["action"] for one in result["decisions"]] == ["change", "continue"]
    with pytest.raises(BadInput, match="E-SESSION-005"):
        scarplan.add_session(root, file, date=LATER)
    with pytest.raises(BadInput, match=r"E-SESSION-013.*kind decision, which a verb wrote"):
        scarplan.correct_entry(root, 2, file=file, reason="x", date=LATER)
    with pytest.raises(BadInput, match="E-SESSION-013"):
        scarplan.correct_entry(root, 2, withdraw=True, reason="x", name="A. Doctor", date=LATER)


def test_days_after_the_session_and_the_hash_of_a_photograph(root: Path, tmp_path: Path) -> None:
    (root / "photos").mkdir()
    (root / "photos" / "front.jpg").write_bytes(b"picture")
    (tmp_path / "again.obj").write_bytes(b"scan")
    kept = (
        '[[photograph_before]]\nfile = "photos/front.jpg"\n[[scan_before]]\nfile = "again.obj"\n'
        '[[scan_before]]\nfile = "elsewhere.obj"'
    )
    record = add(root, "2026-03-09", rest=kept)["sessions"][0]["record"]
    hashes = [one["sha256"] for one in (*record["photograph_before"], *record["scan_before"])]
    assert hashes == [hash_bytes(b"picture"), hash_bytes(b"scan"), None]
    with pytest.raises(BadInput, match=r"E-SESSION-021.*another file"):
        add(root, "2026-04-09", rest=f'[[scan_before]]\nfile = "again.obj"\nsha256 = "{"0" * 64}"')
    event = tmp_path / "event.toml"
    event.write_text(print_template("adverse-event"), "utf-8")
    result = scarplan.add_session(root, event, date=LATER)
    assert [one["days_after_session"] for one in result["adverse_events"]] == [19]


def test_a_session_written_down_late_is_judged_by_what_was_so_then(root: Path) -> None:
    text = (root / "patient.toml").read_text("utf-8")
    later = '[history]\npregnancy = {answer = "yes", date = 2026-08-01}\n[[medicine]]\nname = "x"\nsince = 2026-08-01\n'
    (root / "patient.toml").write_text(text + later, "utf-8")
    assert add(root, "2026-03-09")["sessions"][0]["day"] == 0
    without_answer = TODAY.replace('pregnancy = "no"\n', "")
    with pytest.raises(Refused, match="pregnan"):
        add(root, "2026-09-09", today=without_answer)


def test_a_lot_is_found_over_a_folder_of_cases(tmp_path: Path) -> None:
    cases = tmp_path / "cases"
    cases.mkdir()
    for name, lot in (
        ("one", '[[cartridge]]\nudi = "(01)00844588003288(10)AB12"'),
        ("two", '[[cartridge]]\nlot = "ab 12"'),
    ):
        start_case(cases / name)
        scarplan.add_session(cases / name, write_session(tmp_path, "2026-03-09", rest=lot), date=LATER)
    start_case(cases / "three")
    scarplan.add_session(cases / "three", write_session(tmp_path, "2026-03-09"), date=LATER)
    start_case(cases / "broken")
    (cases / "broken" / "ledger.jsonl").write_text("{}\n", "utf-8")
    result = scarplan.find_lot("AB12", cases)
    assert [(Path(one["case"]).name, one["number"], one["what"]) for one in result["found"]] == [
        ("one", 2, "cartridge"),
        ("two", 2, "cartridge"),
    ]
    assert [Path(one["case"]).name for one in result["sessions_without_lot"]] == ["three"]
    assert "E-LEDGER-004" in result["unread"][0]["why"]
    assert list_unexplained("session", result) == []
    assert scarplan.find_lot("AB12", cases / "one")["cases"] == 1


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["session", *words])


def test_on_the_command_line(root: Path, tmp_path: Path) -> None:
    zone = ZONE.replace("1.5", "1.75") + 'because = "thick skin"'
    file = str(write_session(tmp_path, "2026-03-09", zone=zone, rest='[[cartridge]]\nlot = "A"'))
    added = run(str(root), "add", file)
    assert added.exit_code == 0, added.output
    assert "Entry 2: session of 2026-03-09, by N. Nurse." in added.stdout
    assert "1.5 -> 1.75" in added.stdout
    assert "ATTENTION: session 1, right cheek: set to 1.75 mm, above the ceiling of 1.5 mm" in added.stdout
    listed = run(str(root), "list")
    assert "2026-03-09" in listed.stdout
    verified = run(str(root), "verify", "--json")
    assert json.loads(verified.stdout)["action"] == "verify"
    assert "The record is whole: 2 entries" in run(str(root), "verify").stdout
    assert "Lot a: 1 patient of 1 cases" in run(str(root), "lot", "a").stdout
    again = run(str(root), "add", file, "--json")
    assert (again.exit_code, again.stdout) == (2, "")
    early = run(str(root), "add", str(write_session(tmp_path, "2026-03-19")), "--json")
    assert early.exit_code == 3
    assert json.loads(early.stdout)["refused"]["reason"].startswith("this session is not recorded")
    ledger = root / "ledger.jsonl"
    ledger.write_bytes(ledger.read_bytes().replace(b"N. Nurse", b"M. Nurse", 1))
    broken = run(str(root), "verify", "--json")
    assert (broken.exit_code, broken.stdout) == (2, "")
    assert "line 2: its text was changed after it was written" in broken.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["add"], ["add", "a", "b"], ["list", "x"], ["correct", "2", "f"], ["correct", "\u00b2", "f", "--reason", "x"],
        ["lot"], ["list", "--reason", "x"],
    ],
)  # fmt: skip
def test_wrong_words_show_how_it_is_typed(root: Path, words: list[str]) -> None:
    result = run(str(root), *words)
    assert result.exit_code == 2
    assert f"scarplan session {'FOLDER' if words[0] == 'lot' else 'CASE'} {words[0]}" in result.stderr


def test_two_programs_add_at_once_and_both_stand_there(root: Path, tmp_path: Path) -> None:
    files = [str(write_session(tmp_path, f"2026-0{month}-09", name=f"{month}.toml")) for month in (3, 5)]
    code = "import sys; from scarplan.cli.group import main; main(['session', sys.argv[1], 'add', sys.argv[2], '-q'])"
    running = [subprocess.Popen([sys.executable, "-c", code, str(root), file]) for file in files]
    assert [one.wait(timeout=60) for one in running] == [0, 0]
    course = read_course(Case(root))
    assert [one.date.month for one in course.sessions] == [3, 5]
    assert json.loads((root / "results" / "session.json").read_text("utf-8"))["ledger"]["entries"] == 3


def test_a_full_disk_takes_the_entry_back(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (root / "ledger.jsonl").read_bytes()

    def is_full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("scarplan.records.case.write_together", is_full)
    with pytest.raises(BadInput, match=r"No space left.*nothing was changed"):
        add(root, "2026-03-09")
    assert (root / "ledger.jsonl").read_bytes() == before


def test_stopped_by_hand_after_all_was_written_the_entry_stands(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sweep, calls = shutil.rmtree, 0

    def stop_once(*given: Any, **options: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise KeyboardInterrupt
        sweep(*given, **options)

    monkeypatch.setattr("scarplan.records.all_or_nothing.shutil.rmtree", stop_once)
    with pytest.raises(KeyboardInterrupt):
        add(root, "2026-03-09")
    assert [one["date"] for one in scarplan.list_sessions(root)["sessions"]] == ["2026-03-09"]


def test_the_rest_of_a_course_counts_after_what_was_given(tmp_path: Path) -> None:
    root = tmp_path / "case"
    first = start_case(root, sessions=3)
    for day in ("2026-03-09", "2026-04-06"):
        add(root, day)
    rest = make_plan(sessions=2, continues=first.content_hash, after_sessions=2)
    Case(root).write_files(write_plan(rest))
    Case(root).write_result(
        "plan", {"plan": rest.content_hash, "status": "draft", "manifest": {"verb": "plan", "inputs": {}}}
    )
    scarplan.approve_plan(root, name="A. Doctor", role="dermatologist", date="2026-07-10")
    # It begins when the follow-up was judged: nobody skipped a session before that.
    assert deviations(add(root, "2026-07-20")) == []
    assert deviations(add(root, "2026-08-17")) == []
    result = add(root, "2026-09-14")
    assert deviations(result) == [("more_sessions", "not stated")]
    assert result["deviations"][0]["words"] == "session 5 of a course of 4"


def test_a_skipped_session_of_the_rest_is_told(tmp_path: Path) -> None:
    root = tmp_path / "case"
    first = start_case(root)
    add(root, "2026-03-09")
    rest = make_plan(sessions=2, continues=first.content_hash, after_sessions=1)
    Case(root).write_files(write_plan(rest))
    Case(root).write_result(
        "plan", {"plan": rest.content_hash, "status": "draft", "manifest": {"verb": "plan", "inputs": {}}}
    )
    scarplan.approve_plan(root, name="A. Doctor", role="dermatologist", date="2026-06-20")
    add(root, "2026-06-29")
    assert deviations(add(root, "2026-08-24")) == [("skipped_session", "not stated")]
