"""Follow-up, outcomes and photographs in the report; the fan in per cent."""

import re
from itertools import pairwise

import example_examination
import numpy as np
import pytest
from PIL import Image
from test_report_html import read

from scarplan.photographs import SCAR_KINDS, STANDARD_VIEWS
from scarplan.report import CaseResults
from scarplan.report.case_photographs import read_photographs
from scarplan.report.photograph_days import say_missing, say_warnings
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
def photographed(tmp_path_factory, write_cases_in):
    """Return a case without a scan with two views of two dates, one of them aligned. Never write into it."""
    base = tmp_path_factory.mktemp("photographs")
    case = write_cases_in(base)({"assess": example_examination.make_results()["assess"]}, arrays=False)
    rng = np.random.default_rng(4)
    small = Image.fromarray(rng.integers(60, 220, (30, 40, 3), dtype=np.uint8))
    face = small.resize((1200, 900), Image.Resampling.BICUBIC)
    places = {"outer_eye_left": (900, 250), "inner_eye_left": (700, 255), "nose_tip": (610, 480), "chin": (600, 800)}
    for turn, view in enumerate(("front", "left45")):
        for number, day in enumerate(("2026-01-12", "2026-03-02")):
            path = base / f"{view}{number}.png"
            face.rotate(2 * number + 5 * turn).save(path)
            keep_photos(case.root, path, view=view, date=day)
    head = "what,name,x_px,y_px,edge_x_px,edge_y_px,length_mm"
    for number, day in enumerate(("2026-01-12", "2026-03-02")):
        path = base / f"marks{number}.csv"
        rows = [f"landmark,{name},{x + 6 * number},{y},,," for name, (x, y) in places.items()]
        path.write_text("\n".join([head, *rows]) + "\n")
        keep_photos(case.root, marks=path, photo=f"{day}_front", rater="Dr A")
    path.write_text(f"{head}\nscar,rolling,300,300,,,\nscar,icepick,800,700,,,\n")
    keep_photos(case.root, marks=path, photo="2026-01-12_front", rater="Dr B")
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


def describe_day(case, **changes):
    """Return the first day of the case with what `changes` say of each of its photographs, by view."""
    photo = case.read_result("photo")
    for found in photo["photos"]:
        if found["taken_on"] == "2026-01-12":
            for key, by_view in changes.items():
                old = found[key]
                found[key] = {**old, **by_view[found["view"]]} if isinstance(old, dict) else by_view[found["view"]]
    return read_photographs(case, CaseResults(photo=photo)).days[0]


def test_a_day_tells_its_conditions_and_warnings_once_or_by_view(photographed):
    ring = {"light": "ring lamp", "polarisation": "cross", "distance_cm": 60.0, "make_up": "no"}
    day = describe_day(
        photographed,
        conditions={"front": ring, "left45": ring},
        warnings={"front": ["make-up hides scars and colour"], "left45": ["make-up hides scars and colour"]},
    )
    assert day.conditions == ("Light “ring lamp”, cross polarisation, 60 cm away, no make-up.",)
    assert day.warnings == ("Make-up hides scars and colour.",)
    day = describe_day(
        photographed,
        conditions={"front": ring, "left45": {"polarisation": "none", "days_since_session": 1}},
        warnings={"front": [], "left45": ["swelling hides scars"]},
    )
    assert day.conditions == (
        "Front: light “ring lamp”, cross polarisation, 60 cm away, no make-up.",
        "Left 45°: no polarising filter, 1 day after a session.",
    )
    assert day.warnings == ("Left 45°: swelling hides scars.",)


def test_what_was_not_recorded_of_a_day_is_told_and_no_condition_made_up(photographed):
    day = describe_day(photographed)
    assert day.conditions == ()
    assert "Not recorded: light, polarisation, distance, lens, make-up, expression." in day.warnings
    assert words_of(photographed).count("Not recorded: light") == 2  # once for each day


def test_a_day_tells_how_many_scars_of_which_kind_each_rater_marked(photographed):
    none = dict.fromkeys(SCAR_KINDS, 0)
    some = [
        {"rater": "anna", "total": 3, "counts": {**none, "icepick": 2, "flat_mark": 1}, "scars": []},
        {"rater": "Ben", "total": 0, "counts": none, "scars": []},
    ]
    day = describe_day(photographed, scars={"front": some, "left45": []})
    assert day.marks == ("Front: anna marked 3 scars: 2 ice-pick, 1 flat mark.", "Front: Ben marked no scars.")
    words = words_of(photographed)
    assert "Front: Dr A marked no scars." in words
    assert "Front: Dr B marked 2 scars: 1 ice-pick, 1 rolling." in words


def test_two_photographs_of_one_view_and_day_are_told_apart():
    one = {"id": "2026-01-12_cheek_left", "view": "cheek_left", "warnings": []}
    two = {"id": "2026-01-12_cheek_left-2", "view": "cheek_left", "warnings": ["make-up hides scars"]}
    assert say_warnings([one, two]) == ("Left cheek 2: make-up hides scars.",)


def test_missing_views_are_told_in_short():
    assert say_missing(STANDARD_VIEWS) == "None of the 5 standard views was taken."
    assert say_missing(["left45", "right90"]) == "Standard views not taken: left 45° and right profile."
    assert say_missing([]) == ""


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


@pytest.mark.browser
class TestPhotographsOnScreen:
    @pytest.fixture
    def opened(self, photographed, page):
        page.goto(photographed.path("report.html").as_uri())
        return page

    def boxes(self, page, selector):
        return page.evaluate(
            "s => [...document.querySelectorAll(s)].map(e => e.getBoundingClientRect().toJSON())", selector
        )

    def test_days_stand_side_by_side_where_there_is_room(self, opened):
        for width, is_row in ((1280, True), (1000, True), (820, False), (390, False)):
            opened.set_viewport_size({"width": width, "height": 844})
            first, second = self.boxes(opened, ".timeline > li")
            assert (second["left"] >= first["right"]) is is_row
            assert (second["top"] >= first["bottom"]) is not is_row

    def test_the_words_of_a_day_stand_beside_few_pictures(self, opened):
        opened.set_viewport_size({"width": 1280, "height": 844})
        pictures, words = (self.boxes(opened, f".timeline .day > {part}") for part in (".thumbs", ".day-words"))
        assert len(pictures) == len(words) == 2
        for picture, said in zip(pictures, words, strict=True):
            assert said["left"] >= picture["right"]
            assert said["top"] == picture["top"]

    def test_the_agreement_of_raters_is_read_without_scrolling_on_a_phone(self, opened):
        opened.set_viewport_size({"width": 390, "height": 844})
        assert opened.evaluate("document.documentElement.scrollWidth") <= 390
        cells = self.boxes(opened, "#photographs table.stacked td")
        assert len(cells) == 5
        assert all(cell["left"] >= 0 and cell["right"] <= 390 for cell in cells)
        assert all(above["bottom"] <= below["top"] + 0.5 for above, below in pairwise(cells))
        shown = opened.evaluate(
            "[...document.querySelectorAll('#photographs table.stacked td')]"
            ".map(e => getComputedStyle(e, '::before').content)"
        )
        heads = opened.eval_on_selector_all("#photographs table.stacked thead th", "all => all.map(e => e.textContent)")
        assert [words.strip('"') for words in shown] == heads[1:]

    def test_a_day_stays_together_on_paper(self, opened):
        opened.emulate_media(media="print")
        kept = opened.eval_on_selector_all(
            ".timeline > li", "all => all.map(e => [getComputedStyle(e).breakInside, e.parentElement.offsetWidth > 0])"
        )
        assert kept == [["avoid", True]] * 2


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
    sure["redness_give_or_take"] = 1.4
    none = {**patch, "ita_deg": None, "give_or_take_deg": None, "ita_class": None, "classes_possible": []}
    photo["photos"][0]["colour"] = {"note": "read with the chart", "skin": [sure, unsure, none]}
    rows = read_photographs(photographed, CaseResults(photo=photo)).colours
    assert [row.angle for row in rows] == ["23° ± 4°, tan", "23° ± 44°, very light to brown", UNKNOWN]
    assert [row.redness for row in rows] == ["5.9 ± 1.4", "5.9", "5.9"]


def test_without_results_nothing_is_shown(finished):
    words = words_of(finished)
    for title in ("Follow-up", "Outcomes: what", "Photographs", "By eye and from relief"):
        assert title not in words


def test_a_change_from_the_open_class_prints_no_assumed_end(examined):
    found = example_examination.make_follow_up()
    found["changes"][1] |= {
        "first": {"low": 42, "high": None},
        "first_words": "over 41",
        "change": None,
    }
    row = describe_follow_up(CaseResults(**examined, follow_up=found)).rows[1]
    assert (row.first, row.change) == ("over 41", UNKNOWN)
