"""Two pages on A4 and on Letter, from WeasyPrint and from Chromium; nothing scrolls sideways on phone and tablet."""

import re

import leaflet_cases
import pytest

from scarplan.report.leaflet import LANGUAGES

#: As narrow as A4 and as short as Letter: what fits this sheet fits both.
STRICT = "size: 210mm 279.4mm"
LEAST_PT = 9


@pytest.mark.pango
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["scanned", "longest", "wait"])
def test_weasyprint_prints_two_pages(name, language):
    from weasyprint import HTML

    html = leaflet_cases.render(name, language).replace("size: A4", STRICT)
    assert len(HTML(string=html).render().pages) == 2


@pytest.mark.pango
@pytest.mark.parametrize("sheet", ["A4", "letter"])
def test_weasyprint_prints_two_pages_of_each_sheet(sheet):
    from weasyprint import HTML

    html = leaflet_cases.render("blank", "nl").replace("size: A4", f"size: {sheet}")
    assert len(HTML(string=html).render().pages) == 2


@pytest.mark.browser
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", leaflet_cases.CASES)
def test_chromium_prints_two_pages(name, language, page):
    page.set_content(leaflet_cases.render(name, language).replace("size: A4", STRICT))
    assert count_pages(page.pdf(prefer_css_page_size=True)) == 2


@pytest.mark.browser
@pytest.mark.parametrize("sheet", ["A4", "letter"])
def test_chromium_prints_two_pages_of_each_sheet(sheet, page):
    page.set_content(leaflet_cases.render("longest", "nl").replace("size: A4", f"size: {sheet}"))
    assert count_pages(page.pdf(prefer_css_page_size=True)) == 2
    page.set_content(leaflet_cases.render("longest", "nl"))
    assert count_pages(page.pdf(format=sheet)) == 2


def count_pages(pdf):
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", leaflet_cases.CASES)
def test_the_type_is_large_enough_to_read(name, language):
    sizes = [float(size) for size in re.findall(r"--print: ([\d.]+)pt", leaflet_cases.render(name, language))]
    assert len(sizes) == 2
    assert min(sizes) >= LEAST_PT
    if name == "scanned" and language == "en":
        assert sizes[0] >= 11


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 390, 820, 1280])
def test_nothing_scrolls_sideways(width, page):
    page.set_viewport_size({"width": width, "height": 844})
    for language in LANGUAGES:
        page.set_content(leaflet_cases.render("longest", language))
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.browser
def test_the_day_table_tells_its_columns_on_a_phone(page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.set_content(leaflet_cases.render("scanned", "nl"))
    shown = "getComputedStyle(document.querySelector('td[data-label]'), '::before').content"
    assert "Wel doen" in page.evaluate(shown)
