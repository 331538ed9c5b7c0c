import re

import pytest

from scarplan.report import CaseResults, render_leaflet


def words_of(results):
    page = render_leaflet(CaseResults(**results))
    page = re.sub(r"<style>.*?</style>", " ", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_it_answers_the_first_question_honestly(results):
    assert "for good? No. It can make scars shallower and harder to see." in words_of(results)


def test_it_gives_the_published_chance_both_ways(results):
    words = words_of(results)
    assert "About 6 of 10 people" in words
    assert "About 4 of 10 did not." in words
    assert "better by 9 to 38 % on average" in words


def test_it_holds_no_number_of_the_model(results):
    words = words_of(results)
    assert "0.40" not in words
    assert "in 100" not in words


def test_visits_days_and_red_flags_come_from_the_plan(results):
    words = words_of(results)
    assert "3 treatment visits, about 6 weeks apart" in words
    assert "Day 2-4 fine flaking" in words
    assert "Fever, spreading redness or pus." in words


def test_the_phone_is_the_clinics_or_ask_your_clinic(results):
    assert "Phone: ask your clinic" in words_of(results)
    results["plan"]["phone"] = "+00 123"
    assert "Phone: +00 123" in words_of(results)


def test_a_draft_is_called_a_draft(results):
    assert "A draft: your clinician has not signed it yet." in words_of(results)
    results["plan"]["status"] = "approved"
    assert "Your clinician has signed this plan." in words_of(results)


@pytest.mark.parametrize(("decision", "said"), [("stop", "Do not needle."), ("open", "still open")])
def test_a_patient_who_may_not_be_treated_yet_is_told(results, decision, said):
    results["screen"]["decision"] = decision
    assert said in words_of(results)


def test_it_works_with_a_screening_alone(results):
    words = words_of({"screen": results["screen"]})
    assert "Your scars have not been measured yet." in words
    assert "No published study fits your case well enough" in words
