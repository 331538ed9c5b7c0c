"""What the leaflet says of a case, in which order, and what it must not say."""

import re

import leaflet_cases
import pytest
from reading import read_sections, read_text

from scarplan.errors import BadInput
from scarplan.examination import NOTICE
from scarplan.report import CaseResults
from scarplan.report.leaflet import LANGUAGES, render_blank_leaflet, render_leaflet


def words_of(results, language="en"):
    return read_text(render_leaflet(CaseResults(**results), language=language))


@pytest.fixture
def scanned():
    return leaflet_cases.make_scanned()


@pytest.fixture
def examined():
    return leaflet_cases.make_examined()


def test_page_one_answers_what_people_ask_first_in_their_order(scanned):
    headings = list(read_sections(render_leaflet(CaseResults(**scanned))))
    assert headings[1:] == [
        "Does it remove scars for good?",
        "Will it help scars like mine?",
        "How many visits, and when will I see it?",
        "What can go wrong?",
        "What do I do this week?",
        "Call the clinic at once if you see:",
        "What happens day by day?",
        "Your own points",
        "What people ask",
    ]


def test_the_first_question_is_answered_with_no(scanned):
    assert "for good? No. It can make them shallower and harder to see." in words_of(scanned)
    assert "voorgoed weg? Nee. Ze kunnen wel ondieper worden" in words_of(scanned, "nl")


def test_the_published_chance_is_told_both_ways(scanned):
    words = words_of(scanned)
    assert "6 of 10 people were helped. 4 of 10 were not." in words
    assert "at least one step better. This comes from studies with 36 people." in words
    assert "scars got 9 to 38 percent better" in words
    page = render_leaflet(CaseResults(**scanned))
    people = re.findall(r'<g transform="translate\(\d+ 0\)" fill="(#\w+)"', page)
    assert people == ["#0b6e75"] * 6 + ["#ffffff"] * 4
    assert 'aria-label="6 of 10 people are filled in."' in page


@pytest.mark.parametrize(
    ("raters", "said"),
    [
        ([], "They may have known who was treated"),
        (["an observer; whether blinded is not stated", "the patients themselves"], "the patients judged themselves"),
        (["an instrument", "an observer who knew the treatment"], "In 1 of 2 studies the judge did not know"),
        (["an instrument", "an observer who did not know the treatment"], "The judges did not know who was treated"),
    ],
)
def test_who_judged_is_told(scanned, raters, said):
    scanned["forecast"]["published"]["responders"] |= {"raters": raters, "studies": ["one", "two"]}
    words = words_of(scanned)
    assert said in words
    assert "2 studies with 36 people" in words


def test_without_a_study_that_fits_no_number_is_made_up(scanned):
    scanned["forecast"]["published"] = {"low_percent": None, "high_percent": None, "responders": None, "studies": []}
    page = render_leaflet(CaseResults(**scanned))
    assert "No study fits you well enough" in page
    assert not re.search(r"of 10\b", read_text(page))
    assert "<svg" not in page


def test_the_kinds_found_stand_from_best_to_least(scanned):
    lines = [
        t for t in read_sections(render_leaflet(CaseResults(**scanned)))["Will it help scars like mine?"] if ":" in t
    ]
    assert [line.split(":")[0].split(", called ")[-1] for line in lines[1:]] == [
        "rolling scars",
        "shallow boxcar scars",
        "deep boxcar scars",
        "ice-pick scars",
        "Raised, firm scars",
    ]
    assert lines[1].endswith("rolling scars: 2. They tend to do best.")
    assert "They do least well." in lines[4]
    assert "No clinician has checked this yet." in words_of(scanned)


def test_counts_by_eye_are_told_as_they_were_given(examined):
    words = words_of(examined)
    assert "Your clinician found:" in words
    assert "rolling scars: 26 or more." in words
    assert "deep boxcar scars: 5 to 10." in words
    assert "ice-pick scars: 3." in words
    assert "shallow boxcar scars: not counted." in words
    assert "You have flat marks too." in words
    assert "firm scars" not in words


def test_nothing_counted_is_not_none(examined):
    examined["assess"]["counts"] = dict.fromkeys(leaflet_cases.KINDS)
    assert "Your scars have not been counted yet." in words_of(examined)
    examined["assess"]["counts"] = {kind: {"low": 0, "high": 0} for kind in leaflet_cases.KINDS}
    assert "No dents were found that this treatment is for." in words_of(examined)


@pytest.mark.parametrize(
    ("language", "notice"),
    [
        ("en", "estimated from examination; depth was not measured"),
        ("nl", "de diepte is niet gemeten"),
    ],
)
def test_an_examination_is_named_on_both_pages_and_a_scan_is_none(examined, scanned, language, notice):
    sides = render_leaflet(CaseResults(**examined), language=language).split('<section class="side"')[1:]
    assert [notice in side for side in sides] == [True, True]
    assert notice not in render_leaflet(CaseResults(**scanned), language=language)


def test_the_english_notice_is_that_of_the_examination(examined):
    assert NOTICE in words_of(examined)


@pytest.mark.parametrize("name", leaflet_cases.CASES)
def test_both_pages_say_that_this_is_no_cleared_device(name):
    for language, notice in (
        ("en", "Research and education; not a cleared medical device"),
        ("nl", "geen goedgekeurd medisch hulpmiddel"),
    ):
        sides = leaflet_cases.render(name, language).split('<section class="side"')[1:]
        assert [notice in side for side in sides] == [True, True]


def test_visits_come_from_the_plan(scanned):
    words = words_of(scanned)
    assert "Your plan has 3 visits, about 6 weeks apart." in words
    assert "These places are treated: right cheek and right cheekbone." in words
    assert "6 months after the last visit" in words
    scanned["plan"]["sessions"] = 1
    assert "Your plan has one visit." in words_of(scanned)


def test_a_known_skin_type_gets_a_number_of_100_and_an_unknown_one_that_of_studies(scanned):
    assert "about 7 of 100 people with your skin type" in words_of(scanned)
    scanned["screen"]["skin_type"] = None
    words = words_of(scanned)
    assert "In studies, about 3 of 100 people" in words
    assert "Your skin type is not known." in words


def test_no_depth_of_the_model_is_printed(scanned):
    assert "0.4" not in words_of(scanned)


def test_the_phone_is_the_clinics_or_ask_your_clinic(scanned):
    assert "Phone: +31 70 000 0000" in words_of(scanned)
    scanned["plan"]["phone"] = None
    assert "Phone: ask your clinic" in words_of(scanned)
    scanned["plan"] |= {"phone": "+00 123", "clinic_protocol": {"name": "x", "date": "2026-01-01", "example": True}}
    assert "Phone: +00 123 This number is only an example." in words_of(scanned)


def test_a_draft_is_called_a_draft(scanned):
    assert "Your clinician has signed this plan." in words_of(scanned)
    scanned["plan"]["status"] = "draft"
    assert "a draft: not signed yet" in words_of(scanned)
    assert "een concept: nog niet ondertekend" in words_of(scanned, "nl")


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("stop", "No needling for you now."),
        ("wait", "Please wait until 30 September 2026."),
        ("open", "Not decided yet."),
    ],
)
def test_a_barred_patient_is_told_so_first_and_given_no_settings(name, first):
    page = leaflet_cases.render(name, "en")
    assert list(read_sections(page))[1] == first
    words = read_text(page)
    assert "needles are set to" not in words
    assert "Your plan has" not in words
    assert "The device is" not in words
    assert "with your skin type" not in words
    assert "It is not a plan for you." in words


def test_without_screening_nothing_is_decided(scanned):
    del scanned["screen"]
    words = words_of(scanned)
    assert "Nobody has asked about your health yet." in words
    assert "needles are set to" not in words


def test_flat_marks_alone_are_no_case_for_needling(examined):
    examined["assess"]["flat_marks"] = "only"
    words = words_of(examined)
    assert "Your marks are flat, not dents." in words
    assert "Your plan has" not in words


def test_a_setting_is_told_only_where_there_is_one(scanned):
    assert "Your needles are set to 1.5 millimetres." in words_of(scanned)
    assert "Uw naalden staan op 1,5 millimeter." in words_of(scanned, "nl")
    for zone in scanned["plan"]["zones"]:
        zone["needle_length_mm"] = None
    assert "Your clinic sets the needle length for each place." in words_of(scanned)


def test_own_points_are_plain_and_dated():
    words = words_of(leaflet_cases.make_longest())
    assert "Cold sores in the past. Ask if you need tablets to keep them away." in words
    assert "This is over, but you still need to wait. Please wait until 30 September 2026." in words
    assert "Your clinic goes through your other points with you." in words


def test_an_override_is_told_instead_of_the_rule(scanned):
    words = words_of(scanned)
    assert "Diabetes. Your clinician knows this and goes on all the same." in words


def test_a_screening_alone_gives_general_words(scanned):
    words = words_of({"screen": scanned["screen"]})
    assert "There is no plan for you yet." in words
    assert "Your scars have not been counted yet." in words
    assert "Most studies had 3 visits, about 4 weeks apart." in words


def test_the_blank_leaflet_has_a_line_for_the_name_and_no_patient():
    words = read_text(render_blank_leaflet("en"))
    assert "Name:" in words
    assert "unknown" not in words
    assert "draft" not in words
    assert "Naam:" in read_text(render_blank_leaflet("nl"))


def test_the_page_names_its_language():
    assert '<html lang="nl">' in render_blank_leaflet("nl")
    assert '<html lang="en">' in render_blank_leaflet("en")
    with pytest.raises(BadInput, match="not written in this language"):
        render_blank_leaflet("fr")
    assert LANGUAGES == ("en", "nl")


def test_the_same_case_gives_the_same_page():
    assert leaflet_cases.render("longest", "nl") == leaflet_cases.render("longest", "nl")


@pytest.mark.parametrize("name", leaflet_cases.CASES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_there_is_no_slider_and_nothing_from_outside(name, language):
    page = leaflet_cases.render(name, language)
    assert "<script" not in page
    assert "<input" not in page
    assert "<img" not in page
    assert not re.search(r"https?://|url\(", page)
