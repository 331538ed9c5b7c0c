"""The whole course at a glance, its pictures, and what it says where nothing is known."""

from __future__ import annotations

import dataclasses
import datetime
import re
import shutil
from pathlib import Path
from typing import Any

import example_case
import example_course
import example_examination
import pytest

import scarplan
from course.course_case import write_session
from scarplan.errors import BadInput
from scarplan.records import Case
from scarplan.report import CaseResults
from scarplan.report.boxes.do import describe_what_to_do
from scarplan.report.boxes.expect import describe_expectation
from scarplan.report.boxes.risks import describe_risks
from scarplan.report.case_course import CaseCourse, read_band, read_case_course
from scarplan.report.plots_of_course import plot_front, plot_narrowing, plot_on_track, plot_timeline
from scarplan.report.sections import describe_course_part
from scarplan.workflow.report import write_report


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory, write_cases_in: Any) -> Case:
    """Return the example with a course, a calendar and a report. Read it, never write into it."""
    folder = tmp_path_factory.mktemp("course")
    plan = example_course.course_plan()
    results = example_case.make_results()
    results["plan"] |= {"plan": plan.content_hash, "front": example_course.make_front()}
    results["forecast"]["plan"] = plan.content_hash
    results["outcomes"] = example_examination.make_outcomes()
    for number, visit in enumerate(results["outcomes"]["visits"]):
        visit["date"] = f"2026-0{3 + number}-01"
        visit["downtime_days"] = 6 if number == 1 else None
    case = write_cases_in(folder)(results)
    case.write_files({"patient.toml": b'patient_id = "EX-017"\nbirth_year = 1995\nskin_type = 4\n'})
    results["screen"]["manifest"]["inputs"] = case.hashes("patient.toml")
    case.write_result("screen", results["screen"])
    example_course.add_course(case, folder, plan)
    scarplan.schedule_course(case.root, start="2026-08-10", date=example_course.TODAY)
    write_report(case.root)
    return case


def page_of(case: Case) -> str:
    return case.path("report.html").read_text("utf-8")


def text_of(case: Case) -> str:
    page = page_of(case)
    section = page[page.index('<section class="part" id="course"') : page.index('<section class="part" id="plan"')]
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"<svg.*?</svg>", " ", section, flags=re.DOTALL)).split())


def course_of(case: Case) -> CaseCourse:
    course = read_case_course(case)
    assert course is not None
    return course


def test_the_course_stands_in_the_report_at_a_glance(reported: Case) -> None:
    words = text_of(reported)
    for part in (
        "2 sessions of 3 planned given since 2 March 2026.",
        "Of 5 scars found again, 3 shallower, 2 without measurable change.",
        "6 days lived",
        "expected of 2 sessions:",
        "1 adverse event",
        "Go on as planned (15 June 2026, proposed by the program)",
        "On track (61 of 100).",
        "Inside",
    ):
        assert part.casefold() in words.casefold(), part


def test_planned_and_delivered_stand_beside_each_other_with_the_cause(reported: Case) -> None:
    part = describe_course_part(CaseResults(), course_of(reported))
    assert part is not None
    assert [(row.session, row.length, row.passes) for row in part.delivered] == [
        ("1", "1.5 mm", "3"),
        ("1", "1.5 mm", "3"),
        ("2", "1.5 mm", "3"),
        ("2", "1.5 → 1 mm", "3"),
    ]
    assert part.delivered[0].says == "As planned."
    assert part.delivered[3].says == "Not as planned: redness was still there."
    assert any("redness was still there" in row.why for row in part.deviations)
    assert part.events[0].what.startswith("Prolonged erythema")


def test_a_deviation_of_density_alone_is_not_as_planned(reported: Case) -> None:
    course = course_of(reported)
    row = dict(course.told["planned_delivered"][0])
    deviation = {key: row[key] for key in ("session", "zone", "side", "part")} | {
        "words": "300 channels per cm2 instead of 3000",
        "cause": "not stated",
        "is_loud": False,
    }
    told = {**course.told, "planned_delivered": [row], "deviations": [deviation]}
    part = describe_course_part(CaseResults(), CaseCourse(told=told))
    assert part is not None
    assert (part.delivered[0].says, part.delivered[0].tone) == ("Not as planned.", "care")


def test_every_picture_of_the_course_is_there_with_its_words(reported: Case) -> None:
    course = course_of(reported)
    timeline, track, narrowing = plot_timeline(course), plot_on_track(course), plot_narrowing(course)
    assert timeline is not None
    assert track is not None
    assert narrowing is not None
    assert "sessions: 2 times done, 1 planned" in timeline.alt
    assert "adverse events: 1 time done" in timeline.alt
    assert "scans and photographs: 1 time done" in timeline.alt
    seen = plot_timeline(dataclasses.replace(course, examined_dates=("2026-05-18", "2026-07-06")))
    assert seen is not None
    assert "scans and examinations: 3 times done" in seen.alt
    for words in ("sessions", "adverse events", "maintenance, to be decided", "told up to here"):
        assert words in timeline.svg
    assert track.alt == "Chances of 100 against the first forecast: ahead 31, on track 61, behind 8."
    widths = [int(width) for width in re.findall(r"(\d+) µm", narrowing.alt)]
    assert len(widths) == 2
    assert widths[1] < widths[0]
    assert widths[1] / widths[0] == pytest.approx(0.18 / 0.30, abs=0.01)
    assert "day 105: 0.31 mm" in narrowing.alt


def test_the_front_names_its_plans_and_leaves_cost_out_where_it_is_not_known(reported: Case) -> None:
    results = CaseResults(plan=reported.read_result("plan"))
    plots = plot_front(results)
    assert [plot.alt.partition(",")[0] for plot in plots] == ["Depth left and downtime", "Depth left and dark patches"]
    for name in ("gentle", "standard", "intensive"):
        assert f">{name}<" in plots[0].svg
        assert name in plots[0].alt
    assert "standard (chosen)" in plots[0].alt
    assert plot_front(CaseResults(plan={"front": []})) == ()
    priced = [{**row, "cost": 100.0 * row["sessions"]} for row in example_course.make_front()]
    assert len(plot_front(CaseResults(plan={"front": priced}))) == 3


def test_a_result_older_than_the_ledger_is_left_out_and_named(reported: Case, tmp_path: Path) -> None:
    case = Case(shutil.copytree(reported.root, tmp_path / "later"))
    scarplan.add_session(case.root, write_session(tmp_path, "2026-05-18"), date=example_course.TODAY)
    course = course_of(case)
    assert course.schedule is None
    assert "schedule" in course.outdated
    part = describe_course_part(CaseResults(), course)
    assert part is not None
    assert any("run `scarplan schedule` again" in note for note in part.notes)
    write_report(case.root)
    assert "schedule is older than the ledger" in text_of(case)


def test_beside_a_plan_for_the_rest_stands_the_forecast_of_the_update(reported: Case, tmp_path: Path) -> None:
    case = Case(shutil.copytree(reported.root, tmp_path / "rest"))
    case.write_result("plan", case.read_result("plan") | {"continues": "0000"})
    forecast = case.read_result("forecast", allow_stale=True)
    for own in ({}, {"forecast": forecast}):
        case.write_result("update", example_course.make_update() | own)
        write_report(case.root)
        page = page_of(case)
        section = page[page.index('<section class="part" id="forecast"') :].partition("</section>")[0]
        assert ("The last update foretells" in section) is bool(own)
        assert ("<svg" in section) is bool(own)
        assert "By kind of scar" not in section  # what the plan before expected is not told of this one


def test_a_course_without_a_scan_is_told_by_examinations(tmp_path: Path, write_cases_in: Any) -> None:
    plan = example_course.course_plan()
    results = example_examination.make_results()
    results["follow_up"] = example_examination.make_follow_up()
    results["plan"]["plan"] = results["forecast"]["plan"] = plan.content_hash
    case = write_cases_in(tmp_path)(results, arrays=False)
    case.write_files({"patient.toml": b'patient_id = "EX-017"\nbirth_year = 1995\nskin_type = 4\n'})
    results["screen"]["manifest"]["inputs"] = case.hashes("patient.toml")
    case.write_result("screen", results["screen"])
    from scarplan.records.plan_file import write_plan

    case.write_files(write_plan(plan))
    scarplan.approve_plan(case.root, name="Dr A. Example", role="dermatologist", date=example_course.APPROVED)
    write_report(case.root)
    words = text_of(case)
    assert "The course has not begun" in words
    assert "Seen by examination Better by more than raters differ" in words
    assert "Not asked at two visits yet." in words
    assert "Measured on scans" not in words


def test_without_a_ledger_there_is_no_course(finished: Case) -> None:
    assert read_case_course(finished) is None
    assert 'id="course"' not in page_of(finished)


def test_a_kept_forecast_that_was_damaged_is_left_out(reported: Case, tmp_path: Path) -> None:
    case = Case(shutil.copytree(reported.root, tmp_path / "case"))
    assert course_of(case).bands
    for file in case.path("kept").iterdir():
        file.write_bytes(file.read_bytes()[:-9])
    assert course_of(case).bands == ()


def test_a_kept_forecast_told_otherwise_is_left_out() -> None:
    told = {"days": [0, 10], "total": {"depth_mm": {"q05": [1, 1], "q50": [2, 2], "q95": [3, 3]}}, "judge_day": 10}
    about = {"made_on": datetime.date(2026, 3, 1), "scans_known": 1}
    band = read_band({"forecast": told}, **about)
    assert band is not None
    assert (band.days, band.depth_mm["q95"], band.scans_known) == ((0, 10), (3, 3), 1)
    assert read_band({"total": told["total"]}, **about) is None
    assert read_band(told | {"total": {"depth_mm": {"median": [2, 2]}}}, **about) is None
    assert read_band(told | {"total": {"depth_mm": None}}, **about) is None


@pytest.mark.parametrize(
    ("verb", "spoil"),
    [
        ("schedule", lambda told: told["events"][0].pop("kind")),
        ("update", lambda told: told["scoreboard"].update(rows=[{"scar": "total", "day": 3}])),
        ("plan", lambda told: told.pop("zones")),
    ],
)
def test_a_result_that_lacks_what_is_read_of_it_is_named(
    reported: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str, spoil: Any
) -> None:
    for name in ("read_chart_views", "read_comparisons"):  # pictures of skin take longer than all the rest
        monkeypatch.setattr(f"scarplan.workflow.report.{name}", lambda *_: ())
    case = Case(shutil.copytree(reported.root, tmp_path / "case"))
    told = case.read_result(verb)
    spoil(told)
    case.write_result(verb, told)
    before = page_of(case)
    with pytest.raises(BadInput, match=rf"E-REPORT-011.*{verb}\.json is damaged.*run `scarplan {verb} ") as refusal:
        write_report(case.root)
    assert isinstance(refusal.value.__cause__, Exception)
    assert page_of(case) == before


def test_a_fault_that_is_of_no_result_stays_what_it_is(reported: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    def is_wrong(*_: object) -> None:
        raise KeyError("a fault of the program")

    monkeypatch.setattr("scarplan.workflow.report.read_chart_views", is_wrong)
    with pytest.raises(KeyError, match="a fault of the program"):
        write_report(reported.root)


def test_no_measurable_change_is_no_change(reported: Case) -> None:
    course = course_of(reported)
    pairs = [{"depth_change_mm": change, "detectable": False} for change in (-0.03, 0.02)]
    still = CaseCourse(told=course.told, update={"changes": {"pairs": pairs}})
    part = describe_course_part(CaseResults(), still)
    assert part is not None
    (line,) = (line for line in part.glance if line.name == "Measured on scans")
    assert (line.says, line.tone) == ("of 2 scars found again, 2 without measurable change", "")


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1200])
def test_the_course_fits_the_page(reported: Case, browser: Any, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(reported.path("report.html").as_uri())
    section = page.locator("#course")
    assert section.locator("svg").count() == 3
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for place in range(3):
        box = section.locator("svg").nth(place).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["height"] > 40
    assert page.locator("#plan .settings-face svg").count() == 1
    page.close()


def test_page_one_of_a_plan_for_the_rest_tells_what_the_patients_own_forecast_expects() -> None:
    offers = [
        {"offer": name, "left_percent": {"q05": middle - 3, "q50": middle, "q95": middle + 4}, **harms}
        for name, middle, harms in (
            ("stop_now", 90.0, {"redness_days": None, "pigment_percent": None}),
            ("recommended", 80.0, {"redness_days": 3.2, "pigment_percent": 9.1}),
        )
    ]
    plan = {"plan": "ab", "zones": [], "continues": "cd", "after_sessions": 3, "sessions": 1, "judge_after_days": 91}
    results = CaseResults(plan=plan, replan={"plan": "ab", "offers": offers})
    box = describe_expectation(results)
    assert "80 % of the depth before the course is left (90 % interval 77 to 84 %), against 90 %" in box.sentence
    assert describe_risks(results).effects[:2] == (("Redness", "3 days on average"), ("Dark patches", "9 in 100"))
    assert "1 more session" in describe_what_to_do(results).headline
