"""A plan without a scanner: what it is made from, what it says, and when there is none."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from examined_case import CHEEK, KINDS, count, examine, make_examined, write_assessment
from hypothesis import given, settings
from hypothesis import strategies as st
from planned_case import make_case, usual_scars, write_patient, write_scars

from scarplan.canonical import make_plain
from scarplan.cli.group import main
from scarplan.errors import BadInput, Refused, StaleResult
from scarplan.evidence import list_unexplained
from scarplan.evidence.lineage import walk_leaves
from scarplan.examination import NOTICE
from scarplan.examination.assess import describe_assessment
from scarplan.manifest import make_manifest
from scarplan.planning.examination_basis import examination_basis
from scarplan.records import Case
from scarplan.records.assessment import make_assessment
from scarplan.records.plan_file import read_plan
from scarplan.workflow.approve import approve_plan
from scarplan.workflow.forecast import forecast_course
from scarplan.workflow.plan import plan_course
from scarplan.workflow.screen import screen_patient
from scarplan.workflow.template import print_template

SIGNED = {"name": "A. Doctor", "role": "dermatologist", "date": "2026-03-03"}
#: Millimetres that are settings of a device, not of the patient.
SETTINGS_MM = {"needle_length_mm", "ceiling_mm"}

Planned = tuple[Case, dict[str, Any]]


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Planned:
    """A case with a plan from an examination, made once; read it only."""
    folder = tmp_path_factory.mktemp("examined")
    zones = {"cheek left": CHEEK, "jawline right": count(raised=2, other="1-4"), "neck": count(rolling="1-4")}
    case = make_examined(folder, zones, stretch="does_not_flatten")
    goals = folder / "goals.toml"
    goals.write_text(print_template("goals"), encoding="utf-8")
    return case, plan_course(case.root, goals=goals)


def test_a_plan_says_what_it_is_made_from(planned: Planned) -> None:
    case, plan = planned
    assert (plan["basis"], plan["status"]) == ("examination", "draft")
    assert plan["examination_notice"] == plan["warnings"][0] == NOTICE
    (zone,) = plan["zones"]
    groups = {row["id"]: row["kind"] for row in case.read_result("assess")["groups"]}
    assert (zone["zone"], zone["side"], zone["scars"]) == ("cheek", "left", [])
    assert sorted(groups[number] for number in zone["groups"]) == sorted(set(KINDS) - {"raised", "other"})
    assert zone["needle_length_mm"] in (1.0, 1.25, 1.5)
    first = plan["reasons"][0]
    assert "examination of 2026-03-02 by Dr A. Example" in first["text"]
    assert "malinowska2020" in first["sources"]
    assert "malinowska2020" in plan["manifest"]["sources"]
    assert list_unexplained("plan", plan) == []
    assert read_plan(case, plan["plan"]).basis == "examination"


def test_no_millimetre_of_the_patient_is_in_the_plan(planned: Planned) -> None:
    content = {key: value for key, value in planned[1].items() if key != "manifest"}
    lengths = {parts[-1] for parts, _ in walk_leaves(content) if parts[-1].endswith(("_mm", "_mm2", "_mm3"))}
    assert lengths == SETTINGS_MM


def test_what_comes_first_has_its_number_in_words(planned: Planned) -> None:
    # The neck is counted, and so is what lies on it, but nothing is forecast there.
    first = {step["kind"]: (step["count"], step["count_words"]) for step in planned[1]["first"]}
    assert first == {
        "rolling": (None, "12 to 24"),
        "icepick": (3, "3"),
        "boxcar_deep": (1, "1"),
        "raised": (None, "3 to 6"),
    }


def test_what_is_not_needled_is_told_where_it_is(planned: Planned) -> None:
    plan = planned[1]
    assert plan["zones"][0]["leave_out"] == ["raised scars (1 to 4)"]
    warnings = " | ".join(plan["warnings"])
    assert "raised scars (jawline right)" in warnings
    assert "scars of another kind" in warnings
    assert "depressed scars of the neck. " in warnings
    assert "acne scars of the neck" in warnings
    stretch = [reason["text"] for reason in plan["reasons"] if "do not flatten" in reason["text"]]
    assert stretch
    assert stretch[0].startswith("cheek left")


def test_goals_are_answered_with_a_chance(planned: Planned) -> None:
    chances = {goal["kind"]: goal["probability"] for goal in planned[1]["goals"]}
    assert 0 < chances["depth"] < 1
    assert chances["sessions"] == 1.0


def test_the_same_examination_and_seed_give_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    one, two = make_examined(tmp_path / "one"), make_examined(tmp_path / "two")
    assert plan_course(one.root) == plan_course(two.root)
    assert one.path("results/plan.json").read_bytes() == two.path("results/plan.json").read_bytes()
    assert plan_course(two.root, seed=5)["candidates"] != one.read_result("plan")["candidates"]


def test_what_is_drawn_for_a_zone_does_not_depend_on_the_others(tmp_path: Path) -> None:
    for name, zones in (("one", {}), ("two", {"forehead": count(rolling="over 20")})):
        (tmp_path / name).mkdir()
        make_examined(tmp_path / name, {"cheek left": CHEEK, **zones})
    alone, together = (
        examination_basis(Case(tmp_path / name / "case").read_result("assess"), count=16, seed=3).scars
        for name in ("one", "two")
    )
    here = together.is_in("cheek", "left")
    assert here.sum() < here.size
    assert (together.pick(here).depth_mm == alone.depth_mm).all()
    assert (together.pick(here).present == alone.present).all()


# --- no plan ---------------------------------------------------------------------------------------------------------

UNKNOWN = dict.fromkeys(KINDS, "unknown")


@pytest.mark.parametrize(
    ("zones", "given", "words"),
    [
        ({}, {"flat_marks": "only"}, r"E-PLAN-014: there are flat marks only"),
        ({"cheek left": count()}, {}, r"E-PLAN-016: no dent was counted"),
        ({}, {"rest_of_face": "no_scars"}, r"E-PLAN-016: no dent was counted"),
        ({"cheek left": count(raised=2, other=1)}, {}, r"E-PLAN-016: .*raised scars: Do not needle"),
        ({"cheek left": CHEEK}, {"use": "surgical_scars"}, r"E-PLAN-013: Scars after surgery: documented only"),
        ({"cheek left": CHEEK}, {"use": "raised_scars"}, r"E-PLAN-013: .*not for this product"),
        ({"neck": count(rolling=3), "trunk": count(icepick=2)}, {}, r"E-PLAN-013: Depressed acne scars: documented"),
    ],
)
def test_what_is_not_planned_for_is_refused_with_what_to_do(
    tmp_path: Path, zones: dict[str, Any], given: dict[str, Any], words: str
) -> None:
    case = make_examined(tmp_path, zones, **given)
    with pytest.raises(Refused, match=words) as caught:
        plan_course(case.root)
    assert len(caught.value.do) > 30
    assert caught.value.result["plan"] is None
    assert caught.value.result["manifest"]["verb"] == "plan"
    assert not case.path("plans").exists()


def test_a_refusal_makes_no_number_of_a_class(tmp_path: Path) -> None:
    case = make_examined(tmp_path, {"cheek left": count(raised="1-4"), "chin": count(raised="over 20")})
    with pytest.raises(Refused, match="E-PLAN-016") as caught:
        plan_course(case.root)
    (step,) = caught.value.result["first"]
    assert (step["kind"], step["count"], step["count_words"]) == ("raised", None, "over 21")


@pytest.mark.parametrize(
    ("zones", "named"),
    [
        ({}, "fill a [[zone]] for every zone"),
        ({"cheek left": UNKNOWN, "temple right": count()}, "fill cheek left and"),
        ({"cheek left": count() | {"rolling": "unknown"}, "chin": UNKNOWN}, "not counted: cheek left, chin"),
    ],
)
def test_an_examination_that_counted_nothing_names_what_to_fill(
    tmp_path: Path, zones: dict[str, Any], named: str
) -> None:
    case = make_examined(tmp_path, zones, rest_of_face="unknown")
    with pytest.raises(BadInput, match="E-PLAN-015") as caught:
        plan_course(case.root)
    assert named in str(caught.value)
    assert caught.value.exit_code == 2
    assert not case.has("results/plan.json")


def test_what_was_not_counted_is_told_and_the_rest_is_planned(tmp_path: Path) -> None:
    zones = {"temple left": {"rolling": 4, "raised": 0}, "cheek right": UNKNOWN}
    plan = plan_course(make_examined(tmp_path, zones).root)
    assert [(zone["zone"], zone["side"]) for zone in plan["zones"]] == [("temple", "left")]
    warnings = " | ".join(plan["warnings"])
    assert "temple left: not counted, so nothing is planned for it: icepick, boxcar shallow, boxcar deep" in warnings
    assert "cheek right: not counted" in warnings
    assert (plan["first"][0]["count"], plan["first"][0]["count_words"]) == (None, "4 or more")


def test_raised_scars_that_were_not_counted_are_looked_for(tmp_path: Path) -> None:
    plan = plan_course(make_examined(tmp_path, {"chin": {"rolling": 4}}).root)
    assert plan["zones"][0]["leave_out"] == ["raised scars, if there are any: they were not counted"]


@pytest.mark.parametrize(
    ("examination", "patient", "words"),
    [({"flat_marks": None}, {}, "dark or red mark"), ({}, {"unknown": ("keloid_history",)}, "keloid")],
)
def test_an_open_question_gives_a_draft_that_cannot_be_approved(
    tmp_path: Path, examination: dict[str, Any], patient: dict[str, Any], words: str
) -> None:
    case = make_examined(tmp_path, {"chin": count(rolling=4)}, patient=patient, **examination)
    plan = plan_course(case.root)
    assert plan["status"] == "not_cleared"
    assert any(words in text for text in plan["not_cleared_because"])
    with pytest.raises(Refused, match="not cleared"):
        approve_plan(case.root, **SIGNED)


def test_a_zone_that_nobody_citable_sets_is_left_to_the_clinic(tmp_path: Path) -> None:
    case = make_examined(tmp_path, {"chin": count(boxcar_shallow=2)})
    plan = plan_course(case.root)
    assert plan["zones"][0]["set_by_the_clinic"] == ["needle_length_mm", "passes"]
    assert plan["candidates"] == []
    with pytest.raises(BadInput, match=r"E-FCST-001: .*--protocol"):
        forecast_course(case.root)


# --- beside a scan, and what makes a plan stale ----------------------------------------------------------------------


def add_examination(case: Case, folder: Path, zones: dict[str, Any], **given: Any) -> None:
    examine(case, write_assessment(folder, zones, **given))


#: Scars of a zone whose length the clinic sets: no course is compared, so planning takes no time.
ON_THE_CHIN = [row | {"zone": "chin", "side": None} for row in usual_scars()]


def test_with_a_scan_the_plan_follows_the_scan_and_tells_what_does_not_fit(tmp_path: Path) -> None:
    case = make_case(tmp_path, rows=ON_THE_CHIN)
    add_examination(case, tmp_path, {"chin": count(rolling="over 20")})
    plan = plan_course(case.root)
    assert (plan["basis"], plan["examination_notice"], plan["zones"][0]["scars"]) == ("scan", None, [1, 2, 3, 4])
    far = [text for text in plan["warnings"] if "found in the scan" in text]
    assert far == [
        "chin: over 20 depressed scars counted in the examination, 4 found in the scan; the plan follows the scan"
    ]
    assert NOTICE not in plan["warnings"]


def test_flat_marks_only_beside_a_scan_with_dents_is_told(tmp_path: Path) -> None:
    case = make_case(tmp_path, rows=ON_THE_CHIN)
    add_examination(case, tmp_path, {}, flat_marks="only")
    assert any("flat marks only, the scan shows 4 depressed" in text for text in plan_course(case.root)["warnings"])


def test_an_examination_of_another_use_beside_a_scan_is_told(tmp_path: Path) -> None:
    case = make_case(tmp_path, rows=ON_THE_CHIN)
    add_examination(case, tmp_path, {}, use="stretch_marks")
    assert any(
        "about another use, stretch marks: documented only" in text for text in plan_course(case.root)["warnings"]
    )


def test_counts_that_differ_as_people_do_are_no_contradiction(tmp_path: Path) -> None:
    case = make_case(tmp_path, rows=ON_THE_CHIN)
    add_examination(case, tmp_path, {"chin": count(rolling="5-10"), "cheek left": count(rolling="over 20")})
    assert not any("examination" in text for text in plan_course(case.root)["warnings"])


@pytest.mark.parametrize(
    ("resolves", "words"), [({"shows_scars": False}, "cannot show scars"), ({}, "find its scars (`scarplan scars")]
)
def test_a_scan_without_scars_is_told_beside_the_examination(
    tmp_path: Path, resolves: dict[str, Any], words: str
) -> None:
    case = make_examined(tmp_path, {"chin": count(rolling=2)})
    case.write_result("scan", {"resolves": resolves, "manifest": make_plain(make_manifest("scan", inputs={}))})
    plan = plan_course(case.root)
    assert plan["basis"] == "examination"
    assert any(words in warning for warning in plan["warnings"])


def test_a_scan_whose_scars_come_later_is_the_basis_from_then_on(tmp_path: Path) -> None:
    case = make_examined(tmp_path)
    plan = plan_course(case.root)
    write_scars(case, usual_scars())
    with pytest.raises(StaleResult, match=r"E-FCST-002: .*made from an examination.*scarplan plan"):
        forecast_course(case.root)
    assert plan_course(case.root)["basis"] == "scan"
    assert plan["basis"] == "examination"


def test_another_examination_makes_plan_and_forecast_stale_and_a_follow_up_does_not(tmp_path: Path) -> None:
    case = make_examined(tmp_path)
    first = plan_course(case.root)
    forecast_course(case.root)
    later = write_assessment(
        tmp_path, {"cheek left": count(icepick=2, rolling="5-10")}, day="2026-08-10", name="l.toml"
    )
    examine(case, later, follow_up=True, today=datetime.date(2026, 8, 10))
    assert case.read_result("plan") == first
    assert case.read_result("forecast")["plan"] == first["plan"]
    approve_plan(case.root, **SIGNED)

    examine(case, write_assessment(tmp_path, {"cheek left": count(rolling=4)}), replace=True)
    for verb in ("plan", "forecast"):
        with pytest.raises(StaleResult, match=r"results/assess.json has changed"):
            case.read_result(verb)
    with pytest.raises(StaleResult, match="scarplan plan"):
        forecast_course(case.root, plan=first["plan"])
    again = plan_course(case.root)
    assert again["plan"] != first["plan"]
    assert (again["status"], again["approval"]) == ("draft", None)


def test_a_forecast_that_nothing_can_renew_does_not_stay(tmp_path: Path) -> None:
    case = make_examined(tmp_path)
    plan_course(case.root)
    forecast_course(case.root)
    forehead = write_assessment(tmp_path, {"forehead": count(rolling=2)})
    examine(case, forehead, replace=True)
    plan_course(case.root)
    with pytest.raises(BadInput, match="E-FCST-001"):
        forecast_course(case.root)
    assert not case.has_result("forecast")
    assert case.has_result("plan")


def test_the_case_s_own_file_changed_by_hand_is_noticed(tmp_path: Path) -> None:
    case = make_examined(tmp_path)
    plan_course(case.root)
    path = case.path("assessment.toml")
    path.write_text(path.read_text("utf-8").replace('rolling = "11-20"', 'rolling = "5-10"'), "utf-8")
    with pytest.raises(StaleResult, match=r"`assess`.*assessment.toml has changed"):
        plan_course(case.root)
    with pytest.raises(StaleResult, match="`assess`"):
        case.read_result("plan")


# --- exit codes ------------------------------------------------------------------------------------------------------


def run(*words: str) -> Any:
    return CliRunner().invoke(main, list(words))


def test_exit_codes_by_the_command_line(tmp_path: Path) -> None:
    bare = Case(tmp_path / "bare")
    screen_patient(bare.root, write_patient(tmp_path), date="2026-03-02")
    missing = run("plan", str(bare.root), "--json")
    assert (missing.exit_code, missing.stdout) == (2, "")
    assert "scarplan scars" in missing.stderr
    assert "scarplan assess" in missing.stderr

    flat = make_examined(tmp_path, {}, flat_marks="only")
    refused = run("plan", str(flat.root), "--json")
    assert refused.exit_code == 3
    answer = json.loads(refused.stdout)
    assert answer["plan"] is None
    assert "flat marks only" in answer["refused"]["reason"]
    assert "sun protection" in answer["refused"]["do"]

    examine(flat, write_assessment(tmp_path), replace=True)
    done = run("plan", str(flat.root))
    assert done.exit_code == 0
    assert done.stdout.startswith("Estimated from examination; depth was not measured.\nPlan ")
    assert "(11 to 20 rolling)" in done.stdout
    told = run("forecast", str(flat.root))
    assert told.exit_code == 0
    assert told.stdout.startswith("Estimated from examination; depth was not measured.\n")
    assert "mm" not in told.stdout


# --- every examination that can be written ---------------------------------------------------------------------------

counts = st.sampled_from([None, 0, 1, 3, "1-4", "5-10", "11-20", "over 20"])
PLACES = [("cheek", "left"), ("forehead", None), ("neck", None)]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.fixed_dictionaries(dict.fromkeys(KINDS, counts)), max_size=3), st.sampled_from(["some", None]))
def test_every_examination_gives_scars_to_plan_for_or_says_why_not(
    rows: list[dict[str, Any]], flat_marks: str | None
) -> None:
    zones = [
        {"zone": zone, "side": side} | {kind: number for kind, number in row.items() if number is not None}
        for (zone, side), row in zip(PLACES, rows, strict=False)
    ]
    values = {"examiner": "A", "date": datetime.date(2026, 1, 1), "flat_marks": flat_marks, "zone": zones}
    assess = make_plain(describe_assessment(make_assessment(values), today=datetime.date(2026, 1, 2)))
    if not assess["groups"]:
        with pytest.raises((Refused, BadInput), match=r"E-PLAN-01[356]"):
            examination_basis(assess, count=8, seed=0)
        return
    basis = examination_basis(assess, count=8, seed=0)
    scars = basis.scars
    assert scars.depth_mm.shape[1] == sum(row["high"] for row in assess["groups"])
    assert (scars.depth_mm > 0).all()
    for row in assess["groups"]:
        there = scars.present[:, scars.ids == row["id"]].sum(axis=1)
        assert ((row["low"] <= there) & (there <= row["high"])).all()
    assert "neck" not in {zone for zone, _ in scars.places}
    assert bool(basis.not_cleared_because) == (flat_marks is None)
