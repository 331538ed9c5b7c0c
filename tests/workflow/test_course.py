"""A course with its turns: approval, another patient, an open question, a review, a zone that nobody named."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from small_course import SCREENED_ON, measure, plan, read_result, write_inputs

import scarplan
from scarplan.errors import BadInput, MissingStep, Refused, StaleResult
from scarplan.records import Case
from scarplan.records.plan_file import read_plan

SIGNED = {"name": "A. Doctor", "role": "dermatologist", "date": "2026-03-02"}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_inputs(tmp_path_factory.mktemp("inputs"))


@pytest.fixture(scope="module")
def planned(inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    case = tmp_path_factory.mktemp("course") / "case"
    measure(case, inputs)
    plan(case, inputs)
    return case


@pytest.fixture
def case(planned: Path, tmp_path: Path) -> Path:
    """Return a copy of a case with screening, scan, scars and a draft plan."""
    return Path(shutil.copytree(planned, tmp_path / "case"))


def screen_again(case: Path, tmp_path: Path, *changes: tuple[str, str]) -> dict[str, Any]:
    """Screen the same patient with changed lines."""
    text = (case / "patient.toml").read_text("utf-8")
    for old, new in changes:
        assert old in text, f"the example patient has no line {old!r}"
        text = text.replace(old, new)
    (tmp_path / "changed.toml").write_text(text, "utf-8")
    return scarplan.screen_patient(case, tmp_path / "changed.toml", date=SCREENED_ON)


# --- approval --------------------------------------------------------------------------------------------------------


def test_a_plan_is_a_draft_until_it_is_approved_and_its_hash_stays(case: Path) -> None:
    draft = read_result(case, "plan")
    assert (draft["status"], draft["approval"]) == ("draft", None)
    kept = {path.name: path.read_bytes() for path in (case / "plans").iterdir()}
    approved = scarplan.approve_plan(case, **SIGNED)
    assert (approved["plan"], approved["status"]) == (draft["plan"], "approved")
    assert approved["approval"] == SIGNED
    signed = read_result(case, "plan")
    assert signed.pop("ledger")["entries"] == 1  # the approval is the first entry of the ledger
    assert signed == draft | {"status": "approved", "approval": SIGNED}
    assert all((case / "plans" / name).read_bytes() == data for name, data in kept.items())


def test_planning_the_same_again_keeps_the_approval_and_another_plan_has_none(case: Path, inputs: Path) -> None:
    scarplan.approve_plan(case, **SIGNED)
    same = plan(case, inputs)
    assert (same["status"], same["approval"]) == ("approved", SIGNED)
    (inputs.parent / "fewer.toml").write_text('[[goal]]\nkind = "sessions"\nat_most = 2\nstrength = "limit"\n')
    other = scarplan.plan_course(case, goals=inputs.parent / "fewer.toml")
    assert other["plan"] != same["plan"]
    assert (other["status"], other["approval"]) == ("draft", None)
    assert other["sessions"] <= 2
    assert (case / "plans" / f"{same['plan']}.toml").is_file(), "the approved plan is kept"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"name": " "}, "E-PLAN-011: an approval needs a name"),
        ({"role": "x" * 201}, "E-PLAN-011: an approval needs a role"),
        ({"name": "A\x1b[2J"}, "E-PLAN-011"),
        ({"name": "A\udcff"}, "E-PLAN-011"),
        ({"date": "yesterday"}, "E-PLAN-012"),
        ({"date": "2199-01-01"}, "E-PLAN-034.*still to come"),
    ],
)
def test_an_approval_without_a_name_a_role_or_a_day_is_none(case: Path, options: dict[str, str], words: str) -> None:
    before = read_result(case, "plan")
    with pytest.raises(BadInput, match=words):
        scarplan.approve_plan(case, **(SIGNED | options))
    assert read_result(case, "plan") == before


def test_a_plan_file_changed_by_hand_cannot_be_approved(case: Path) -> None:
    path = case / "plans" / f"{read_result(case, 'plan')['plan']}.toml"
    path.write_text(path.read_text("utf-8").replace("needle_length_mm = 1.5", "needle_length_mm = 2.5"), "utf-8")
    with pytest.raises(BadInput, match=r"E-CASE-012: .*was changed after it was written.*run `scarplan plan"):
        scarplan.approve_plan(case, **SIGNED)


# --- another patient -------------------------------------------------------------------------------------------------


def test_a_changed_patient_makes_the_plan_stale_and_planning_again_follows_the_change(
    case: Path, tmp_path: Path
) -> None:
    before = read_result(case, "plan")
    scarplan.approve_plan(case, **SIGNED)
    screen_again(case, tmp_path, ("skin_type = 3", "skin_type = 5"))
    for verb in (scarplan.forecast_course, scarplan.write_report):
        with pytest.raises(StaleResult, match=r"E-CASE-004: .*`plan`.*run `scarplan plan"):
            verb(case)
    with pytest.raises(StaleResult, match="E-CASE-004"):
        scarplan.approve_plan(case, **SIGNED)
    after = scarplan.plan_course(case)
    assert after["plan"] != before["plan"]
    assert (after["status"], after["approval"], after["skin_type"]) == ("draft", None, 5)
    with pytest.raises(StaleResult, match=r"E-CASE-004: the plan .* is stale"):
        scarplan.forecast_course(case, plan=before["plan"])


@pytest.mark.parametrize(
    ("answer", "decision"), [('infection_bacterial_active = "yes"', "stop"), ('tan_or_sunburn = "yes"', "wait")]
)
def test_who_must_stop_or_wait_gets_no_plan(case: Path, tmp_path: Path, answer: str, decision: str) -> None:
    rule = answer.split()[0]
    screened = screen_again(case, tmp_path, (f'{rule} = "no"', answer))
    assert screened["decision"] == decision
    with pytest.raises(Refused, match=rule) as caught:
        scarplan.plan_course(case)
    assert caught.value.exit_code == 3
    assert caught.value.result["plan"] is None
    assert caught.value.result["manifest"]["verb"] == "plan"
    assert not Case(case).has_result("plan")
    with pytest.raises(MissingStep, match="run `scarplan plan"):
        scarplan.approve_plan(case, **SIGNED)
    scarplan.write_report(case)
    (finding,) = [each for each in screened["findings"] if each["rule"] == rule]
    assert finding["condition"] in (case / "report.html").read_text("utf-8")


def test_an_open_question_makes_a_draft_that_nobody_can_approve(case: Path, tmp_path: Path) -> None:
    rule = "infection_bacterial_active"
    assert screen_again(case, tmp_path, (f'{rule} = "no"', f'{rule} = "unknown"'))["decision"] == "open"
    planned = scarplan.plan_course(case)
    assert planned["status"] == "not_cleared"
    assert any("infection bacterial active" in why for why in planned["not_cleared_because"])
    with pytest.raises(Refused, match=r"E-PLAN-010: the plan is not cleared.*answer the open questions"):
        scarplan.approve_plan(case, **SIGNED)
    assert not list((case / "plans").glob("*.approval.toml"))
    screen_again(case, tmp_path, (f'{rule} = "unknown"', f'{rule} = "no"'))
    assert scarplan.plan_course(case)["status"] == "draft"
    assert scarplan.approve_plan(case, **SIGNED)["status"] == "approved"


# --- review ----------------------------------------------------------------------------------------------------------


def test_a_review_flows_into_scars_plan_and_report(case: Path, tmp_path: Path) -> None:
    before = read_result(case, "scars")
    rejected, retyped = (
        next(scar for scar in before["scars"] if scar["kind"] == kind) for kind in ("icepick", "boxcar")
    )
    signed = "Dr Reviewer,2026-03-01,"
    (tmp_path / "review.csv").write_text(
        "action,id,kind,x_mm,y_mm,chart,width_mm,reviewer,date,note\n"
        f"reject,{rejected['id']},,,,,,{signed}\nretype,{retyped['id']},rolling,,,,,{signed}\n",
        "utf-8",
    )
    after = scarplan.find_scars(case, review=tmp_path / "review.csv")
    assert after["review"]["reviewer"] == "Dr Reviewer"
    assert after["counts"]["icepick"] == before["counts"]["icepick"] - 1
    assert after["counts"]["rolling"] == before["counts"]["rolling"] + 1
    with pytest.raises(StaleResult, match="run `scarplan plan"):
        scarplan.forecast_course(case)

    planned = scarplan.plan_course(case)
    treated = {scar for zone in planned["zones"] for scar in zone["scars"]}
    assert rejected["id"] not in treated
    assert retyped["id"] in treated
    steps = {step["kind"]: step["count"] for step in planned["first"]}
    assert steps["rolling"] == after["counts"]["rolling"]
    assert read_plan(Case(case), planned["plan"]).scar_list_reviewed
    assert "Not reviewed" not in " ".join(planned.get("warnings", []))

    scarplan.write_report(case)
    page = (case / "report.html").read_text("utf-8")
    assert "Dr Reviewer" in page
    unreviewed = Path(shutil.copytree(case, tmp_path / "unreviewed"))
    (unreviewed / "review.csv").unlink()
    scarplan.find_scars(unreviewed)
    scarplan.plan_course(unreviewed)
    scarplan.write_report(unreviewed)
    assert "Dr Reviewer" not in (unreviewed / "report.html").read_text("utf-8")


# --- a zone that nobody named ----------------------------------------------------------------------------------------


def test_without_a_zone_scars_are_measured_and_no_needle_length_is_given(inputs: Path, tmp_path: Path) -> None:
    case = tmp_path / "case"
    scars = measure(case, inputs, zone=None)
    assert scars["scars"]
    assert {scar["zone"] for scar in scars["scars"]} == {None}
    assert any("no zone is given" in warning for warning in scars["warnings"])
    planned = plan(case, inputs)
    assert [zone["needle_length_mm"] for zone in planned["zones"]] == [None]
    assert planned["zones"][0]["zone"] is None
    assert "needle_length_mm" in planned["zones"][0]["set_by_the_clinic"]
    with pytest.raises(BadInput, match=r"E-FCST-001: .*nothing to forecast.*Do: .*--zone"):
        scarplan.forecast_course(case)
    scarplan.write_report(case)
    assert "set by the clinic" in (case / "report.html").read_text("utf-8")


def test_a_scan_soon_after_a_session_is_marked_all_the_way(inputs: Path, tmp_path: Path) -> None:
    case = tmp_path / "case"
    scarplan.screen_patient(case, inputs / "patient.toml", date=SCREENED_ON)
    scarplan.scan_surface(
        inputs / "cheek.npy", case, unit="mm", pixel_mm=0.1, zone="cheek", side="left", days_since_session=5
    )
    warned = scarplan.find_scars(case)["warnings"]
    assert sum("5 days after a session" in warning for warning in warned) == 1
    scarplan.write_report(case)
    assert "5 days after a session" in (case / "report.html").read_text("utf-8")
