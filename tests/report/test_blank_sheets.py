"""The blank sheets: every field of the files they are typed into, facts from the evidence, pages, self-contained."""

import re

import pytest

from scarplan.candidacy import history_rules
from scarplan.evidence.library import recording, value_of
from scarplan.examination import list_places
from scarplan.photographs import STANDARD_CLOSE_UPS, STANDARD_VIEWS
from scarplan.records.assessment import KINDS, Assessment, EccaItems, GoodmanBaronRows, Grades, ZoneFindings
from scarplan.records.outcomes import SCALES, Maximum, OutcomeVisit
from scarplan.records.patient import Patient
from scarplan.report.html import render_page
from scarplan.report.sheets.blank import BLANK_SHEETS, INDEX_MARK, render_sheet_index
from scarplan.report.sheets.examination_sheet import render_examination_sheet
from scarplan.report.sheets.outcomes_sheet import render_outcomes_sheet
from scarplan.report.sheets.photo_sheet import DAYS, render_photo_sheet
from scarplan.report.sheets.screening_sheet import list_questions, render_screening_sheet
from scarplan.report.sheets.texts import read_sheet_texts
from scarplan.report.wording import NOTICE

OURS = [sheet for sheet in BLANK_SHEETS if not sheet.name.startswith("leaflet")]
PAGES = {
    "screening_sheet": 2,
    "examination_sheet": 2,
    "photo_sheet": 1,
    "visit_sheet_blank": 1,
    "adverse_event_sheet": 1,
    "outcomes_sheet": 1,
    "leaflet_blank": 2,
    "leaflet_blank_nl": 2,
}


@pytest.fixture(scope="module")
def pages():
    """Return the page of every blank sheet by its name."""
    return {sheet.name: sheet.render() for sheet in BLANK_SHEETS}


def fields_of(page):
    return re.findall(r'data-field="([^"]+)"', page)


def test_every_sheet_has_its_own_name_and_says_what_it_is_for():
    assert set(PAGES) == {sheet.name for sheet in BLANK_SHEETS}
    index = render_sheet_index(pdf=True)
    assert INDEX_MARK in index
    for sheet in BLANK_SHEETS:
        assert f'href="{sheet.name}.html"' in index
        assert f'href="{sheet.name}.pdf"' in index
        assert sheet.purpose.replace("`", "") in index
    assert ".pdf" not in render_sheet_index(pdf=False)


def test_every_sheet_says_that_it_is_no_device_and_loads_nothing(pages):
    for name, page in pages.items():
        assert NOTICE in page or "nl" in name, name
        assert not re.search(r"<script|https?://(?!www\.w3\.org/2000/svg)|@import|url\(|<img", page), name
        assert "default-src 'none'" in page


def test_the_same_sheets_have_the_same_bytes(pages):
    assert {sheet.name: sheet.render() for sheet in BLANK_SHEETS} == pages


def test_the_examination_sheet_has_every_field_of_the_file_once():
    wanted = set(Assessment.model_fields) - {"grades", "zone"}
    wanted |= {f"grades.{name}" for name in set(Grades.model_fields) - {"goodman_baron_rows", "ecca"}}
    wanted |= {f"grades.goodman_baron_rows.{name}" for name in GoodmanBaronRows.model_fields}
    wanted |= {f"grades.ecca.{name}" for name in EccaItems.model_fields}
    wanted |= {f"zone.{name}" for name in set(ZoneFindings.model_fields) - {"zone", "side"}}
    fields = fields_of(render_examination_sheet())
    assert sorted(fields) == sorted(wanted)


def test_the_examination_sheet_begins_with_the_flat_marks_and_has_every_place():
    page = render_examination_sheet()
    numbered = re.findall(r'<span class="n">(\d)</span> ([^<]+)', page)
    assert numbered[0] == ("1", "Is it a dark or red mark rather than a dent?")
    assert [int(number) for number, _ in numbered] == list(range(1, 10))
    rows = re.findall(r'data-zone="([a-z_]+)"(?: data-side="([a-z]+)")?', page)
    assert rows == [(zone, side or "") for zone, side in list_places()]
    assert page.count('class="face-map"') == 1
    assert page.count("Profile of the kind") == len(KINDS)


def test_the_definitions_are_filled_from_quantities():
    with recording() as used:
        page = render_examination_sheet()
    assert {"visit.icepick_most_width_mm", "scars.boxcar_deep_mm", "visit.first_look_distance_cm"} <= used.quantities
    assert {"fabbrocini2010", "goodman_baron_qualitative_2006"} <= used.sources
    assert f"under {value_of('visit.icepick_most_width_mm')} mm wide" in page
    assert page.count(f"from {value_of('visit.first_look_distance_cm')} cm") == 3
    assert "{" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)


def test_the_screening_sheet_asks_every_question_of_the_rules_once():
    fields = fields_of(render_screening_sheet())
    asked = [name.removeprefix("history.") for name in fields if name.startswith("history.")]
    assert sorted(asked) == sorted(rule.id for rule in history_rules())
    person = set(Patient.model_fields) - {"history", "policy", "override", "protect"}
    assert {name for name in fields if not name.startswith("history.")} == person


def test_a_question_carries_its_finer_answers_its_number_and_its_day():
    questions = {question.rule: question for group in list_questions() for question in group.questions}
    assert questions["acne_active_inflammatory"].blanks == ("inflamed spots", "day")
    assert len(questions["acne_active_inflammatory"].grades) == 3
    assert questions["tan_or_sunburn"].blanks == ("day",)
    assert questions["tan_or_sunburn"].is_blocking
    assert questions["hsv_history"].blanks == ()
    assert not questions["hsv_history"].is_blocking


def test_the_photo_sheet_has_every_standard_view_and_the_days_of_the_evidence():
    with recording() as used:
        page = render_photo_sheet()
    assert re.findall(r'data-view="([a-z0-9_]+)"', page) == [*STANDARD_VIEWS, *STANDARD_CLOSE_UPS]
    assert page.count('data-label="Date 1"') == page.count(f'data-label="Date {DAYS}"')
    assert "1, 3, 6 and 12 months after the last session." in page
    assert f"Not within {value_of('scars.healing_days')} days after a session" in page
    assert {"visit.photo_months_after", "photographs.lens_equivalent_mm"} <= used.quantities


def test_the_outcomes_sheet_has_every_field_of_the_file_and_no_licensed_question():
    page = render_outcomes_sheet()
    wanted = {"patient_id", *(f"visit.{name}" for name in OutcomeVisit.model_fields)}
    wanted |= {f"maximum.{name}" for name in Maximum.model_fields}
    assert set(fields_of(page)) == wanted
    for scale in SCALES.values():
        assert (scale.question in page) if scale.question else (scale.name in page)
    assert page.count("<span>10</span>") == sum(not scale.is_licensed for scale in SCALES.values())


def test_the_adverse_event_sheet_has_every_event_and_what_makes_one_serious(pages):
    texts = read_sheet_texts("adverse_events")
    page = pages["adverse_event_sheet"]
    for event in texts["event"]:
        assert event["words"] in page
    for criterion in texts["serious"]["criteria"]:
        assert criterion in page
    assert len({event["id"] for event in texts["event"]}) == len(texts["event"])


def test_no_template_holds_a_figure_of_medicine():
    """Lengths, waits, amounts and strengths come from plan, rules and quantities, never from a template."""
    import importlib.resources

    folder = importlib.resources.files("scarplan.report").joinpath("templates")
    names = [path.name for path in folder.iterdir() if path.name.startswith(("sheet_", "visit_sheet"))]
    html = [name for name in names if name.endswith(".html")]
    assert len(html) >= 8
    figure = re.compile(r"\d[\d.,]*\s*(mm|cm|mg|kg|ml|%|days?|weeks?|months?|minutes?|hours?|h|g)\b")
    for name in html:
        text = re.sub(r"\{[%{].*?[%}]\}|<[^>]*>", " ", folder.joinpath(name).read_text("utf-8"))
        assert figure.search(text) is None, name


def test_a_template_that_is_missing_a_value_does_not_print_a_hole():
    page = render_page("sheet_index.html", sheets=BLANK_SHEETS, pdf=False, notice=NOTICE)
    assert "Undefined" not in page


@pytest.mark.pango
@pytest.mark.parametrize("name", [sheet.name for sheet in OURS if sheet.name != "visit_sheet_blank"])
def test_pages_in_weasyprint(pages, name):
    from weasyprint import HTML

    # As narrow as A4 and as low as Letter: what fits here fits both.
    page = pages[name].replace("size: A4", "size: 210mm 279.4mm")
    assert len(HTML(string=page).render().pages) == PAGES[name]


@pytest.mark.browser
@pytest.mark.parametrize("name", list(PAGES))
def test_pages_in_the_browser(pages, page, name):
    page.set_content(pages[name])
    for paper in ("A4", "Letter"):
        page.add_style_tag(content=f"@page {{ size: {paper} }}")
        data = page.pdf(prefer_css_page_size=True)
        assert len(re.findall(rb"/Type\s*/Page\b(?!s)", data)) == PAGES[name], paper


@pytest.mark.browser
def test_print_is_not_shrunk_and_legible(pages, page):
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 733, "height": 1000})  # 194 mm, the paper less its margins
    for sheet in OURS:
        page.set_content(pages[sheet.name])
        assert page.evaluate("document.documentElement.scrollWidth") <= 733, sheet.name
        smallest = page.evaluate(
            "Math.min(...[...document.querySelectorAll('main *')]"
            ".filter(e => !e.closest('svg') && e.textContent.trim())"
            ".map(e => parseFloat(getComputedStyle(e).fontSize)))"
        )
        assert smallest * 72 / 96 >= 7.49, sheet.name


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 390, 820])
def test_nothing_scrolls_sideways(pages, page, width):
    page.set_viewport_size({"width": width, "height": 844})
    for sheet in OURS:
        page.set_content(pages[sheet.name])
        assert page.evaluate("document.documentElement.scrollWidth") <= width, sheet.name
