"""Statements on practice: sourced, and without a drug's amount."""

from dataclasses import replace

import pytest

from scarplan.evidence.integrity import check_statement
from scarplan.evidence.library import recording
from scarplan.evidence.practice import list_concepts, list_statements


def test_statements_note_their_sources():
    with recording() as used:
        uses = {row.id: row for row in list_statements("regulation")}
    assert "fda_mn_page" in used.sources
    assert "22 years" in uses["us_uses"].text


def test_what_memory_or_weak_pages_say_is_no_recommendation():
    technique = {row.id: row.is_recommendation for row in list_statements("technique")}
    assert technique["single_use"]
    assert technique["glide"]
    assert not technique["stretch"]  # a review, but remembered only
    assert not technique["visit"]  # a clinic page
    assert not any(row.is_recommendation for row in list_statements("antisepsis"))


def test_an_unknown_concept_names_the_concepts():
    with pytest.raises(KeyError, match="no statements on 'cooking'; there are technique"):
        list_statements("cooking")


@pytest.mark.parametrize("amount", ["50 % acid", "valaciclovir 500 mg", "2 g per area", "40mg", "10 units"])
def test_an_amount_of_a_drug_is_a_fault(amount):
    row = list_statements("adjuncts")[0]
    assert check_statement(row) == []
    assert any("prescriber decides" in fault for fault in check_statement(replace(row, text=amount)))
    assert any("kind is assumed" in fault for fault in check_statement(replace(row, verification="memory")))


def test_every_concept_has_statements_with_unlike_ids():
    for concept in list_concepts():
        ids = [row.id for row in list_statements(concept)]
        assert ids
        assert len(ids) == len(set(ids))
