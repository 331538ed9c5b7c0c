"""The library: names, what a run used, one id for one document."""

import pytest

from scarplan.evidence.library import all_quantities, all_sources, quantity, recording, source, value_of
from scarplan.evidence.source import SOURCE_RANKS


def test_a_quantity_is_found_by_its_dotted_name():
    row = quantity("anatomy.needle_length_ceiling_mm")
    assert (row.value, row.unit, row.source) == (1.5, "mm", "ifu_skinpen_us")
    assert value_of("anatomy.needle_length_ceiling_mm") == 1.5


def test_an_unknown_name_offers_the_nearest():
    with pytest.raises(KeyError, match=r"did you mean 'anatomy\.needle_length_ceiling_mm'"):
        quantity("anatomy.needle_length_ceilng_mm")
    with pytest.raises(KeyError, match="no source is called 'haris2015'; did you mean 'harris2015'"):
        source("haris2015")


def test_recording_notes_what_was_asked_inside_the_block_only():
    quantity("anatomy.needle_length_ceiling_mm")
    with recording() as outer:
        value_of("anatomy.needle_length_acne_scars_typical_mm")
        with recording() as inner:
            source("chu2021")
    quantity("devices.exceed_needles")
    assert outer.quantities == {"anatomy.needle_length_acne_scars_typical_mm"}
    assert outer.sources == {"harris2015", "chu2021"}
    assert (inner.quantities, inner.sources) == (set(), {"chu2021"})


def test_two_ids_of_one_document_are_noted_once():
    with recording() as used:
        source("label")
        source("ifu_skinpen_us")
        source("trial_nct02646917")
    assert used.sources == {"ifu_skinpen_us", "nct02646917"}


def test_ranks_say_what_is_weak():
    weak = {rank for rank in SOURCE_RANKS if any(s.is_weak for s in all_sources().values() if s.rank == rank)}
    assert weak == {"practice", "machine", "memory"}
    assert not source("harris2015").is_weak
    assert source("droracle").is_weak


def test_every_rank_and_more_than_two_hundred_sources_are_there():
    assert {s.rank for s in all_sources().values()} == set(SOURCE_RANKS)
    assert len(all_sources()) > 200
    assert len(all_quantities()) > 100
