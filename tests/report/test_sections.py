"""Follow-up, outcomes and photographs in the report; the fan in per cent."""

import re

import example_examination
import numpy as np
import pytest
from PIL import Image
from test_report_html import read

from scarplan.report import CaseResults
from scarplan.report.case_photographs import read_photographs
from scarplan.report.plots_of_case import plot_fans
from scarplan.report.sections import describe_follow_up, describe_outcomes
from scarplan.report.wording import UNKNOWN
from scarplan.workflow.photo import keep_photos
from scarplan.workflow.report import write_report


def words_of(case):
    return " ".join(" ".join(read(case).texts).split())


def test_the_fan_is_in_per_cent_of_today_with_sessions_judge_day_and_assumption(examined):
    fans = plot_fans(CaseResults(**examined))
    assert len(fans) == 2
    for fan in fans:
        for part in ("change of depth, %", "judge here", "assumption", "today"):
            assert part in fan.svg
        assert "mm" not in re.sub(r"<[^>]+>", "", fan.svg)
    assert fans[1].alt == (
        "Without maintenance: today is 0 %; after 24 months the dents are 19 % shallower (90 % interval 4 to 34 %)."
    )


def test_the_fan_falls_back_to_the_total_by_day(examined):
    del examined["forecast"]["maintained"], examined["forecast"]["unmaintained"]
    (fan,) = plot_fans(CaseResults(**examined))
    assert fan.alt.startswith("The course: today is 0 %")


def test_a_change_is_told_beside_what_raters_differ_by():
    part = describe_follow_up(CaseResults(follow_up=example_examination.make_follow_up()))
    total, icepick, rolling = part.rows
    assert (total.first, total.last, total.change, total.tone) == ("14 to 22", "7 to 9", "−15 to −5", "good")
    assert (icepick.says, icepick.tone) == ("No change beyond what two raters differ by.", "")
    assert (rolling.first, rolling.last, rolling.change, rolling.tone) == ("over 20", "–", "–", "care")
    assert [row.of for row in part.disagreements] == ["Goodman and Baron total", "counts", "raters"]
    assert part.examinations[1] == "7 September 2026, 27 weeks after the first: Dr B. Example"


def test_the_follow_up_stands_in_the_report(by_eye):
    words = words_of(by_eye)
    assert "Better by more than raters differ: Goodman and Baron total." in words
    assert "Not the same examiner each time." in words
    assert "Means of 16 to 27 scars" in words


def test_outcomes_show_what_was_asked_and_nothing_else():
    part = describe_outcomes(CaseResults(outcomes=example_examination.make_outcomes()))
    assert not any("FASQoL" in head for head in part.heads)
    assert [head.split(" (")[0] for head in part.heads] == ["DLQI", "SCARS", "Bother", "Avoidance", "Worth it"]
    assert part.rows[1].cells == ("9", "not asked", "6", "6", "5")
    own, dlqi, scars = part.plots
    assert own.alt.startswith("The patient's own answers, 0 to 10, visit by visit. Bother: 8, then 6, then 4;")
    assert "Worth it: 5, then 8" in own.alt
    assert dlqi.alt == "DLQI, total (lower is better), visit by visit. DLQI: 14, then 9, then 5."
    assert "12, then 9" in scars.alt
    assert not part.has_sessions


def test_outcomes_are_plotted_with_the_planned_sessions(by_eye, examined):
    part = describe_outcomes(CaseResults(**examined, outcomes=example_examination.make_outcomes()))
    assert part.has_sessions
    words = words_of(by_eye)
    assert "Triangles: planned sessions, as if the first were on the day of the first visit." in words
    assert "DLQI : 9 points better: at least the 4 points" in words
    assert "The last answer asks for a talk." in words


@pytest.fixture(scope="module")
def photographed(tmp_path_factory):
    """Return a case without a scan with two views of two dates, one of them aligned. Never write into it."""
    from conftest import make_writer

    base = tmp_path_factory.mktemp("photographs")
    case = make_writer(base)({"assess": example_examination.make_results()["assess"]}, arrays=False)
    rng = np.random.default_rng(4)
    small = Image.fromarray(rng.integers(60, 220, (30, 40, 3), dtype=np.uint8))
    face = small.resize((1200, 900), Image.Resampling.BICUBIC)
    places = {"outer_eye_left": (900, 250), "inner_eye_left": (700, 255), "nose_tip": (610, 480), "chin": (600, 800)}
    for turn, view in enumerate(("front", "left45")):
        for number, day in enumerate(("2026-01-12", "2026-03-02")):
            path = base / f"{view}{number}.png"
            face.rotate(2 * number + 5 * turn).save(path)
            keep_photos(case.root, path, view=view, date=day)
    for number, day in enumerate(("2026-01-12", "2026-03-02")):
        path = base / f"marks{number}.csv"
        rows = [f"landmark,{name},{x + 6 * number},{y},,," for name, (x, y) in places.items()]
        path.write_text("\n".join(["what,name,x_px,y_px,edge_x_px,edge_y_px,length_mm", *rows]) + "\n")
        keep_photos(case.root, marks=path, photo=f"{day}_front", rater="Dr A")
    write_report(case.root)
    return case


def test_photographs_have_a_timeline_and_pairs_of_dates(photographed):
    part = read_photographs(photographed, CaseResults(photo=photographed.read_result("photo")))
    assert [(day.taken_on, len(day.photos)) for day in part.days] == [("12 January 2026", 2), ("2 March 2026", 2)]
    assert "left profile" in part.days[0].missing
    front, left = part.pairs
    assert front.title == "Whole face from the front: 12 January 2026 and 2 March 2026"
    assert len(front.pictures) == 3  # earlier, later, and the one laid over the other
    assert len({(picture.width, picture.height) for picture in front.pictures}) == 1
    assert "aligned on 4 landmarks" in front.notes[0].lower()
    assert len(left.pictures) == 2
    assert "landmarks in common" in left.notes[0]
    pictures = [*front.pictures, *left.pictures, *(photo for day in part.days for photo in day.photos)]
    assert all(picture.width <= 900 and picture.src.startswith("data:image/jpeg;base64,") for picture in pictures)


def test_photographs_stand_in_the_report_with_words_and_no_hidden_data(photographed):
    words = words_of(photographed)
    assert "A photograph shows no depth." in words
    assert "12 January 2026, brought onto the later one" in words
    assert photographed.path("report.html").stat().st_size < 6_000_000
    images = [a for tag, a in read(photographed).tags if tag == "img"]
    assert len(images) == 9
    assert all(a["alt"] and a["width"] and a["height"] for a in images)
    inputs = photographed.read_result("report")["manifest"]["inputs"]
    assert "photos/2026-01-12_front.jpg" in inputs


def test_what_no_longer_fits_on_the_page_is_named(photographed, monkeypatch):
    from scarplan.report import case_photographs

    monkeypatch.setattr(case_photographs, "_MOST_BYTES", 30_000)
    part = read_photographs(photographed, CaseResults(photo=photographed.read_result("photo")))
    assert "Whole face from the front: 12 January 2026 and 2 March 2026" in part.left_out
    assert sum(picture.size_bytes for day in part.days for picture in day.photos) <= 30_000


def test_pairs_for_which_there_is_no_time_are_named(photographed, monkeypatch):
    from scarplan.report import case_photographs

    monkeypatch.setattr(case_photographs, "_MOST_PAIRS", 1)
    part = read_photographs(photographed, CaseResults(photo=photographed.read_result("photo")))
    assert [pair.title[:10] for pair in part.pairs] == ["Whole face"]
    assert part.left_out == ("Left half of the face, turned 45 degrees: 12 January 2026 and 2 March 2026",)


def test_an_unsure_colour_is_not_told_as_one_class(photographed):
    photo = photographed.read_result("photo")
    patch = {"name": "patch_1", "ita_deg": 23.0, "ita_class": "tan", "redness_difference": 5.9, "note": ""}
    sure, unsure = (
        {**patch, "give_or_take_deg": give, "classes_possible": classes}
        for give, classes in ((4.0, ["tan"]), (44.0, ["very_light", "light", "intermediate", "tan", "brown"]))
    )
    none = {**patch, "ita_deg": None, "give_or_take_deg": None, "ita_class": None, "classes_possible": []}
    photo["photos"][0]["colour"] = {"note": "read with the chart", "skin": [sure, unsure, none]}
    rows = read_photographs(photographed, CaseResults(photo=photo)).colours
    assert [row.angle for row in rows] == ["23° ± 4°, tan", "23° ± 44°, very light to brown", UNKNOWN]
    assert rows[0].redness == "5.9"


def test_without_results_nothing_is_shown(finished):
    words = words_of(finished)
    for title in ("Follow-up", "Outcomes: what", "Photographs", "By eye and from relief"):
        assert title not in words


def test_a_change_from_the_open_class_prints_no_assumed_end(examined):
    found = example_examination.make_follow_up()
    found["changes"][1] |= {
        "first": {"low": 42, "high": 120},
        "first_words": "over 41",
        "change": {"low": -111, "high": -30},
    }
    row = describe_follow_up(CaseResults(**examined, follow_up=found)).rows[1]
    assert (row.first, row.change) == ("over 41", UNKNOWN)
