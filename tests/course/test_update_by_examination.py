"""A course without a scanner: examined again, learned from, replayed; changes within disagreement move little."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import scarplan
from course.course_case import write_session
from course.examined_case import COUNTS, examined_case, write_examination
from planning.example_plan import make_plan, make_zone
from scarplan.cli.replan import show_replan
from scarplan.cli.update import show_update
from scarplan.course import make_course, read_ledger
from scarplan.course.coordinates import coordinates_of
from scarplan.course.delivered import CourseSession
from scarplan.course.examined import ExaminedFollowUp, figure_of, rater_sd
from scarplan.course.own_response import learn_response
from scarplan.course.predictor import CoursePredictor
from scarplan.course.severity import Faces, points_of
from scarplan.devices import device
from scarplan.errors import BadInput, MissingStep, Refused
from scarplan.evidence.library import value_of
from scarplan.evidence.lineage import list_unexplained
from scarplan.examination import DEPRESSED_KINDS
from scarplan.forecast import ZoneHealer, measured_scars
from scarplan.population.raters import grade_face
from scarplan.records import Case
from scarplan.records.plan_file import write_plan
from scarplan.records.protocol import ZoneSetting
from scarplan.response import ResponsePatient
from scarplan.workflow.own_course import prepare_own_course

LATER = "2026-09-01"
#: What is left of every kind when the course did very well.
FEW = {"icepick": 1, "boxcar_shallow": 2, "boxcar_deep": 0, "rolling": 1}
SETTING = ZoneSetting(zone="cheek", needle_length_mm=1.5, channels_per_cm2=600.0, passes=4)


@pytest.fixture(scope="module")
def predictor() -> CoursePredictor:
    healer = ZoneHealer(device("skinpen"), ResponsePatient(age_years=30.0, skin_type=3, smoker=False), 128, 4)
    rows = [
        {"id": number, "kind": "boxcar", "zone": "cheek", "side": "right", "depth_mm": 0.06 + 0.02 * number,
         "width_mm": 3.0, "kind_probability": {"icepick": 0.0, "boxcar": 1.0, "rolling": 0.0}}
        for number in range(1, 13)
    ]  # fmt: skip
    return CoursePredictor(coordinates_of(healer, "cheek"), measured_scars(rows, count=1, seed=0))


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("examined")
    return examined_case(folder / "case", folder)


def _updated(begun: Path, folder: Path, **counts: int) -> tuple[Path, dict[str, Any]]:
    case = Path(shutil.copytree(begun, folder / "case"))
    scarplan.assess_patient(case, write_examination(folder, LATER, examiner="Dr B", **counts), follow_up=True)
    return case, scarplan.update_course(case)


@pytest.fixture(scope="module")
def same(begun: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    return _updated(begun, tmp_path_factory.mktemp("same"), boxcar_shallow=COUNTS["boxcar_shallow"] - 1)


@pytest.fixture(scope="module")
def better(begun: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    return _updated(begun, tmp_path_factory.mktemp("better"), **FEW)


def test_it_tells_what_an_update_tells_in_percent(better: tuple[Path, dict[str, Any]]) -> None:
    case, result = better
    assert result == json.loads((case / "results/update.json").read_text())
    assert sum(result["on_track"][name] for name in ("ahead", "on", "behind")) == pytest.approx(1.0, abs=2e-4)
    assert result["follow_up"] | {"by": "examination", "scans": 0, "examinations": 1} == result["follow_up"]
    assert result["changes"]["basis"] == result["forecast"]["basis"] == "examination"
    assert "mm" not in json.dumps([result["decision"], result["on_track"], result["response"]])
    assert result["decision"]["action"] in {"continue", "change", "stop", "maintain"}  # not too early to judge
    assert not list(list_unexplained("update", result))
    total = result["forecast"]["total"]["percent_change"]
    assert 100 + total["q50"] == pytest.approx(result["response"]["left_percent"]["q50"], abs=1.5)


def test_a_change_inside_disagreement_moves_little_and_a_larger_one_more(
    same: tuple[Path, dict[str, Any]], better: tuple[Path, dict[str, Any]]
) -> None:
    before = same[1]["response"]["left_before_percent"]
    assert before == better[1]["response"]["left_before_percent"]
    spread = before["q95"] - before["q05"]
    moved = [abs(one["response"]["left_percent"]["q50"] - before["q50"]) for _, one in (same, better)]
    assert moved[0] < 0.1 * spread
    assert better[1]["response"]["left_percent"]["q50"] < before["q50"] < same[1]["response"]["left_percent"]["q50"]
    assert [one["examined"][0]["judgement"] for _, one in (same, better)] == ["none", "better"]
    assert "moves the forecast little" in same[1]["examined"][0]["says"]
    assert better[1]["on_track"]["behind"] < same[1]["on_track"]["behind"]


def test_it_is_kept_judged_and_comes_out_again(better: tuple[Path, dict[str, Any]]) -> None:
    case, result = better
    course = make_course(read_ledger(Case(case)))
    (taken,) = course.examinations
    assert (taken.by.name, taken.content["changes"]["basis"]) == ("Dr B", "examination")
    assert course.decisions[-1].content["action"] == result["decision"]["action"]
    assert result["scoreboard"]["totals"]["judged"] == 1
    (row,) = result["scoreboard"]["rows"]
    assert row["hit"] == (row["seen_low"] <= row["high"] and row["seen_high"] >= row["low"])
    assert (case / "scoreboard.csv").read_text().count("\n") == 2
    assert scarplan.replay_forecasts(case)["different"] == 0


def test_a_mended_examination_corrects_the_entry(
    begun: Path, better: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    from scarplan.workflow.examination_entries import examination_entries

    case = Path(shutil.copytree(better[0], tmp_path / "case"))
    ledger = read_ledger(Case(case))
    assert examination_entries(Case(case), ledger, make_course(ledger)) == ()
    scarplan.assess_patient(case, write_examination(tmp_path, LATER, rolling=2), follow_up=True, replace=True)
    (entry,) = examination_entries(Case(case), ledger, make_course(ledger))
    assert (entry.kind, entry.content["corrects"]) == ("correction", make_course(ledger).examinations[0].number)
    assert entry.previous == ledger.head.hash


def test_an_event_told_after_the_last_follow_up_holds_the_course_back(
    better: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    case, file = Path(shutil.copytree(better[0], tmp_path / "case")), tmp_path / "event.toml"
    assert better[1]["decision"]["action"] != "wait"
    file.write_text(
        'kind = "adverse_event"\ndate = 2026-09-20\ntype = "infection_bacterial"\ngrade = 3\noutcome = "ongoing"\n'
        '[reporter]\nname = "N. Nurse"\n'
    )
    scarplan.add_session(case, file, date="2026-09-20")
    decision = scarplan.update_course(case)["decision"]
    assert (decision["action"], decision["on_days"]) == ("wait", [])
    assert "infection bacterial, grade 3 of 2026-09-20" in decision["reasons"][0]
    with pytest.raises(Refused, match="nothing is planned anew, the decision is to wait"):
        scarplan.replan_course(case)


def test_what_a_session_does_not_tell_is_that_of_its_own_plan(begun: Path, tmp_path: Path) -> None:
    case = Path(shutil.copytree(begun, tmp_path / "case"))
    zone = '[[zone]]\nzone = "cheek"\nside = "left"\npasses = 2\n'
    scarplan.add_session(case, write_session(tmp_path, "2026-06-15", zone=zone), date="2026-06-15")
    zones = tuple(make_zone("cheek", side, needle_length_mm=0.5) for side in ("left", "right"))
    later = make_plan(basis="examination", zones=zones)
    Case(case).write_files(write_plan(later))
    result = {"plan": later.content_hash, "status": "draft", "manifest": {"verb": "plan", "inputs": {}}}
    Case(case).write_result("plan", result)
    scarplan.approve_plan(case, name="A. Doctor", role="dermatologist", date="2026-07-01")
    own = prepare_own_course(Case(case), make_course(read_ledger(Case(case))))
    ((place, given),) = own.given[3].settings
    assert (own.plan, place) == (later, ("cheek", "left"))
    assert (given.needle_length_mm, given.passes) == (1.5, 2)
    assert len([name for name in own.inputs if name.startswith("plans/")]) == 2


def test_what_cannot_be_learned_from_is_named(begun: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingStep, match="no follow-up examination"):
        scarplan.update_course(begun)
    with pytest.raises(BadInput, match="made from an examination"):
        scarplan.update_course(begun, scan=tmp_path)
    case = Path(shutil.copytree(begun, tmp_path / "case"))
    scarplan.assess_patient(case, write_examination(tmp_path, "2026-05-14"), follow_up=True)
    before = (case / "ledger.jsonl").read_bytes()
    with pytest.raises(MissingStep, match="swelling"):
        scarplan.update_course(case)
    assert (case / "ledger.jsonl").read_bytes() == before


def test_points_of_many_draws_are_those_of_the_scale() -> None:
    rng = np.random.default_rng(4)
    kinds, there = rng.integers(0, 4, (40, 30)), rng.random((40, 30)) < 0.8
    depth, width = rng.uniform(0.02, 0.9, (40, 30)), rng.uniform(0.5, 7.0, (40, 30))
    depth[0] = 0.01  # nothing is seen
    found = points_of(Faces(kinds, width, there), depth)
    one_by_one = [
        grade_face(depth[row, there[row]], width[row, there[row]], kinds[row, there[row]])["goodman_baron_quantitative"]
        for row in range(40)
    ]
    assert found.tolist() == one_by_one
    assert found[0] == 0
    assert len(DEPRESSED_KINDS) == 4


def test_the_closer_figure_speaks_and_nothing_counted_says_nothing() -> None:
    def row(name: str, first: tuple[float, float | None], last: tuple[float, float | None]) -> dict[str, Any]:
        ends = [{"low": low, "high": high} for low, high in (first, last)]
        return {"id": name, "first": ends[0], "last": ends[1], "judgement": "none"}

    total, count = row("goodman_baron_quantitative", (12, 14), (10, 10)), row("count.depressed", (20, 20), (10, None))
    wide = row("goodman_baron_quantitative", (11, 21), (10, 10))
    points = figure_of([total, count], whole=True)
    assert points is not None
    assert (points.name, points.low, points.high) == ("points", -4.5, -1.5)
    for rows, whole in (([wide, count], True), ([total, count], False)):
        counted = figure_of(rows, whole=whole)
        assert counted is not None
        assert (counted.name, counted.high) == ("count", np.inf)
        assert np.exp(counted.low) == pytest.approx(10 / 21)
    assert figure_of([], whole=True) is None
    assert ExaminedFollowUp(90, None).figure is None


def test_the_chance_of_what_was_seen_is_that_of_drawn_raters() -> None:
    rows = [{"id": "count.depressed", "first": {"low": 20, "high": 20}, "last": {"low": 11, "high": 20},
             "judgement": "unknown"}]  # fmt: skip
    figure = figure_of(rows, whole=True)
    assert figure is not None
    rng = np.random.default_rng(0)
    levels, expected = np.array([[0.7, -0.4]]), np.array([-0.2])
    drawn = expected + figure.bias(levels[:, 1]) - figure.rater * 0.7 + figure.rater * rng.standard_normal(200_000)
    share = np.mean((drawn > figure.low) & (drawn < figure.high))
    assert np.exp(figure.log_chance(expected, levels))[0] == pytest.approx(share, abs=0.005)
    far = figure.log_chance(np.array([-60.0, 60.0]), np.zeros((2, 2)))
    assert np.isfinite(far).all()


def test_disagreement_is_that_of_the_publications() -> None:
    rng = np.random.default_rng(1)
    points = rng.normal(0.0, rater_sd("points"), (100_000, 4))
    assert np.mean(np.ptp(points, axis=1) <= 4) == pytest.approx(19 / 21, abs=0.005)
    counts = rng.normal(0.0, rater_sd("count"), (100_000, 3))
    assert np.median(np.exp(np.ptp(counts, axis=1))) == pytest.approx(40.25 / 15.75, rel=0.02)


def test_the_command_tells_it_in_words(better: tuple[Path, dict[str, Any]]) -> None:
    said = show_update(better[1])
    assert "by examination" in said
    assert "36 at first, 8 now: better by more than examiners differ" in said
    assert "% of the present depth (90 %:" in said
    assert " mm" not in said


def test_a_count_speaks_for_a_scanned_course_too(predictor: CoursePredictor) -> None:
    sessions = (CourseSession(0, ((("cheek", "right"), SETTING),)), CourseSession(30, ((("cheek", "right"), SETTING),)))
    rolling = np.zeros(len(predictor.scars.ids))

    def left(last: int) -> float:
        rows = [{"id": "count.depressed", "first": {"low": 40, "high": 40}, "last": {"low": last, "high": last},
                 "judgement": "none"}]  # fmt: skip
        seen = ExaminedFollowUp(150, figure_of(rows, whole=False))
        own = learn_response(predictor, sessions, (), rolling=rolling, count=256, seed=1, examined=(seen,))
        return float(own.left(predictor, sessions, (150,)).mean())

    before = learn_response(predictor, sessions, (), rolling=rolling, count=256, seed=1)
    prior = float(before.left(predictor, sessions, (150,)).mean())
    few, same, more = left(4), left(40), left(150)
    assert few < same < more
    assert abs(same - prior) < abs(more - few)


@pytest.mark.slow
def test_the_rest_is_offered_side_by_side(better: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    case = Path(shutil.copytree(better[0], tmp_path / "case"))
    assert better[1]["decision"]["action"] == "change"
    plan = scarplan.replan_course(case)
    offers = {row["offer"]: row for row in plan["offers"]}
    assert {"stop_now", "recommended"} <= set(offers)
    assert set(offers) & {"fewer_sessions", "more_sessions", "other_interval"}
    most = int(value_of("planning.sessions_most"))
    assert all(row["in_all"] == row["sessions"] + 3 <= most for row in offers.values())
    assert offers["stop_now"]["sessions"] == offers["stop_now"]["gain_percent"] == 0
    best = offers["recommended"]
    assert (best["sessions"], len(best["session_days"])) == (plan["sessions"], plan["sessions"])
    assert best["keeps_limits"]
    assert best["left_percent"]["q50"] < offers["stop_now"]["left_percent"]["q50"]
    assert len({row["judge_day"] for row in offers.values()}) == 1
    by_sessions = sorted(offers.values(), key=lambda row: row["sessions"])
    assert by_sessions[-1]["left_percent"]["q50"] <= by_sessions[0]["left_percent"]["q50"]
    assert plan["interval_days"] in {28, 42}
    assert not list(list_unexplained("replan", plan))
    said = show_replan(plan)
    assert "stop now" in said
    assert "depth left, %" in said
    with pytest.raises(BadInput, match="cannot be forecast by itself"):
        scarplan.forecast_course(case)
    scarplan.approve_plan(case, name="A. Doctor", role="dermatologist", date="2026-09-05")
    course = make_course(read_ledger(Case(case)))
    assert course.plan_in_force == plan["plan"]
    due = prepare_own_course(Case(case), course).due
    assert [each.day for each in due] == best["session_days"]
