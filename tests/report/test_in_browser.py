"""The report in Chromium. The `page` fixture has no network and fails on any script error or console error."""

import re

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture
def opened(finished, page):
    page.goto(finished.path("report.html").as_uri())
    return page


def test_page_one_is_one_screen(opened):
    opened.set_viewport_size({"width": 1280, "height": 800})
    assert opened.evaluate("document.querySelector('main').getBoundingClientRect().bottom") <= 800


def test_the_slider_works_by_keyboard(opened):
    slider = opened.get_by_role("slider")
    before = opened.evaluate("getComputedStyle(document.querySelector('.wipe')).clipPath")
    slider.focus()
    for _ in range(10):
        opened.keyboard.press("ArrowRight")
    assert slider.input_value() == "60"
    after = opened.evaluate("getComputedStyle(document.querySelector('.wipe')).clipPath")
    assert before != after
    opened.keyboard.press("Home")
    assert slider.get_attribute("aria-valuetext").startswith("0 percent today")


def test_the_three_outcomes_have_equal_size(opened):
    sizes = opened.evaluate(
        "[...document.querySelectorAll('.outcome:not(.today) .stage')].map(e => e.offsetWidth + 'x' + e.offsetHeight)"
    )
    assert len(sizes) == 3
    assert len(set(sizes)) == 1
    assert not sizes[0].startswith("0")


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_scrolls_sideways(opened, width):
    opened.set_viewport_size({"width": width, "height": 844})
    assert opened.evaluate("document.documentElement.scrollWidth") <= width


def test_print_shows_today_beside_the_three_outcomes(opened):
    opened.emulate_media(media="print")
    shown = opened.evaluate("[...document.querySelectorAll('.outcome')].filter(e => e.offsetWidth > 0).length")
    assert shown == 4
    assert not opened.locator(".slider").is_visible()


def test_without_script_everything_is_there(finished, browser):
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(finished.path("report.html").as_uri())
    assert page.locator(".outcome").count() == 4
    assert page.locator(".outcome.today").is_visible()
    assert not page.locator(".slider").is_visible()
    context.close()


def test_text_stands_out_from_its_ground(opened):
    faults = opened.evaluate(_CONTRAST)
    assert faults == []


def test_page_one_without_a_scan_is_one_screen_and_has_the_notice_on_top(by_eye, page):
    page.goto(by_eye.path("report.html").as_uri())
    page.set_viewport_size({"width": 1280, "height": 800})
    assert page.evaluate("document.querySelector('main').getBoundingClientRect().bottom") <= 800
    notice = page.locator(".by-eye")
    assert notice.inner_text() == "Estimated from examination; depth was not measured."
    assert notice.bounding_box()["y"] < 120


@pytest.mark.parametrize("width", [320, 390, 820, 1280])
def test_a_report_without_a_scan_never_scrolls_sideways(by_eye, page, width):
    page.goto(by_eye.path("report.html").as_uri())
    page.set_viewport_size({"width": width, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_text_of_a_report_without_a_scan_stands_out_from_its_ground(by_eye, page):
    page.goto(by_eye.path("report.html").as_uri())
    assert page.evaluate(_CONTRAST) == []


def test_chromium_prints_page_one_on_one_sheet_with_the_notice_in_its_margin(by_eye, page):
    text = by_eye.path("report.html").read_text("utf-8")
    page.set_content(text[: text.index('<div class="appendix"')] + "</body></html>")
    assert count_pages(page.pdf(prefer_css_page_size=True)) == 1
    margins = page.evaluate(
        "[...document.styleSheets].flatMap(s => [...s.cssRules]).filter(r => r instanceof CSSPageRule)"
        ".flatMap(r => [...(r.cssRules || [])]).map(r => [r.name, r.style.content])"
    )
    assert ["top-left", '"Estimated from examination; depth was not measured."'] in margins


def test_chromium_prints_page_one_of_a_scan_on_one_sheet_too(finished, page):
    text = finished.path("report.html").read_text("utf-8")
    page.set_content(text[: text.index('<div class="appendix"')] + "</body></html>")
    assert count_pages(page.pdf(prefer_css_page_size=True)) == 1


def count_pages(pdf):
    """Return how many pages a PDF has."""
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def test_the_leaflet_fits_a_phone(finished, page):
    page.goto(finished.path("leaflet.html").as_uri())
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


#: Every text against the nearest opaque ground behind it; the ratio as the accessibility guidelines define it.
_CONTRAST = """
(() => {
  const linear = x => x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
  const light = c => { const v = c.map(x => linear(x / 255)); return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; };
  const read = s => s.match(/[\\d.]+/g).map(Number);
  const ground = e => {
    for (; e; e = e.parentElement) {
      const b = read(getComputedStyle(e).backgroundColor);
      if (b.length === 3 || b[3] > 0.99) return b.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const faults = [];
  for (const e of document.querySelectorAll('body *')) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || e.closest('svg') || !e.offsetWidth) continue;
    const pair = [light(read(getComputedStyle(e).color).slice(0, 3)), light(ground(e))];
    const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    if (ratio < 4.5) faults.push([e.tagName, e.className, e.textContent.trim().slice(0, 30), ratio]);
  }
  return faults;
})()
"""
