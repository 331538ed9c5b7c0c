"""No number of a leaflet is made up: each stands in the case's results, in a quantity, or in the published trials."""

import json
import re

import leaflet_cases
import pytest
from reading import read_text

from scarplan.evidence.library import all_quantities
from scarplan.evidence.published import published_range
from scarplan.report.leaflet import LANGUAGES
from scarplan.units import DAYS_PER_MONTH

NUMBER = re.compile(r"\d+(?:[.,]\d+)?")


def numbers_in(value):
    """Return every number inside a result, those in its texts too."""
    if isinstance(value, bool) or value is None:
        return set()
    if isinstance(value, int | float):
        return {float(value)}
    if isinstance(value, str):
        return {float(found) for found in re.findall(r"\d+(?:\.\d+)?", value)}
    parts = value.values() if isinstance(value, dict) else value
    return set().union(*map(numbers_in, parts))


def known_numbers(results, used):
    """Return the numbers that may be printed: known ones, rounded, of a hundred, and days as weeks or months."""
    known = numbers_in(json.loads(json.dumps(results))) | numbers_in(published_range().to_result())
    for row in (all_quantities()[name] for name in used):
        known |= numbers_in(row.value) | numbers_in([row.low, row.high])
    whole = {float(round(n)) for n in known} | {float(round(100 * n)) for n in known if 0 < n < 1}
    spans = {n / 7 for n in known if n % 7 == 0} | {float(round(n / DAYS_PER_MONTH)) for n in known}
    # An icon array is of ten people, a frequency of a hundred; who was not helped is the rest of the ten.
    of_ten = {float(n) for n in (10, 100)} | {10 - n for n in known if 0 <= n <= 10}
    dates = {
        float(int(part)) for text in re.findall(r"\d{4}-\d\d-\d\d", json.dumps(results)) for part in text.split("-")
    }
    return known | whole | spans | of_ten | dates


#: The quantities that the leaflet asks for, and no others.
USED = (
    "planning.sessions_usual", "planning.interval_usual_days", "planning.judge_after_days", "planning.maintenance_days",
    "planning.review_after_sessions", "planning.co2_pigment_percent", "planning.needling_pigment_percent",
    "planning.numbing_from_mm", "candidacy.isotretinoin_recent_old_rule_wait_days", "candidacy.cleared_age_years",
    "examination.most_over_20",
)  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", leaflet_cases.CASES)
def test_every_number_comes_from_somewhere(name, language):
    results = leaflet_cases.CASES[name]() or {}
    used = [*USED, *(name for name in all_quantities() if name.startswith("leaflet."))]
    known = known_numbers(results, used)
    words = read_text(leaflet_cases.render(name, language))
    words = words.replace((results.get("plan") or {}).get("phone") or "-", "-")
    words = words.replace((results.get("screen") or {}).get("patient_id") or "-", "-")
    if name in ("blank", "screened only", "stop", "wait", "open"):  # no plan is told, so the usual days are
        known |= numbers_in(leaflet_cases.usual_aftercare())
    found = {float(number.replace(",", ".")) for number in NUMBER.findall(words)}
    assert found - known == set()


@pytest.mark.parametrize("name", leaflet_cases.CASES)
def test_both_languages_print_the_same_numbers(name):
    english, dutch = (NUMBER.findall(read_text(leaflet_cases.render(name, language))) for language in LANGUAGES)
    dutch = [number.replace(",", ".") for number in dutch]
    assert sorted(english) == sorted(dutch)


def test_a_number_that_changes_in_the_case_changes_on_the_page():
    results = leaflet_cases.make_scanned()
    results["forecast"]["published"]["responders"]["of_ten"] = 3
    results["plan"] |= {"sessions": 5, "interval_days": 35, "maintenance_days": 365}
    words = " ".join(leaflet_cases.render_results(results, "en", "Will it help scars like mine?"))
    assert "3 of 10 people were helped. 7 of 10 were not." in words
    visits = " ".join(leaflet_cases.render_results(results, "en", "How many visits, and when will I see it?"))
    assert "Your plan has 5 visits, about 5 weeks apart." in visits
    assert "about every 12 months" in " ".join(leaflet_cases.render_results(results, "en", "What people ask"))


def test_the_dutch_page_writes_days_and_decimals_the_dutch_way():
    words = read_text(leaflet_cases.render("wait", "nl"))
    assert "Wacht tot 30 september 2026." in words
    settings = read_text(leaflet_cases.render("longest", "nl"))
    assert "Uw naalden staan op 0,25 tot 2,5 millimeter." in settings
    assert not re.search(r"\d\.\d", settings)
