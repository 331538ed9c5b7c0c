"""The shipped evidence is whole, and the check finds every kind of fault."""

from dataclasses import replace

import pytest

from scarplan.evidence.integrity import check_evidence, check_quantity, check_source, check_trial
from scarplan.evidence.library import all_quantities, all_sources, quantity, recording, source
from scarplan.evidence.quantity import Prior
from scarplan.evidence.trials import all_trials

GOOD = "anatomy.needle_length_acne_scars_typical_mm"


def test_the_shipped_evidence_has_no_fault():
    assert check_evidence() == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"unit": ""}, "has no unit"),
        ({"locator": " "}, "has no locator"),
        ({"locator": "-"}, "is measured but has no locator"),
        ({"meaning": ""}, "has no meaning"),
        ({"kind": "guess"}, "kind 'guess' is none of"),
        ({"verification": "heard"}, "verification 'heard' is none of"),
        ({"verification": "memory"}, "is from memory, so its kind is assumed"),
        ({"source": "nobody1999"}, "source 'nobody1999' does not exist"),
        ({"source": "assumption"}, "was never read"),
        ({"low": 2.0, "high": 1.0}, "low 2.0 is above high 1.0"),
        ({"low": 1.6, "high": 2.0}, "value 1.5 is below low 1.6"),
        ({"low": 0.1, "high": 1.0}, "value 1.5 is above high 1.0"),
        ({"value": float("nan")}, "value is not finite"),
        ({"value": [1.0, float("inf")]}, "value is not finite"),
        ({"prior": Prior("cauchy", 1.5, 1.0)}, "prior family 'cauchy' is none of"),
        ({"prior": Prior("normal", 1.5, 0.0)}, "a normal prior needs a spread above 0"),
        ({"prior": Prior("normal", None, 0.2)}, "a normal prior needs a center"),
        ({"prior": Prior("uniform", low=1.0)}, "a uniform prior needs low and high"),
        ({"prior": Prior("normal", 1.5, 0.2, low=2.0, high=1.0)}, "prior low 2.0 is not below high 1.0"),
        ({"prior": Prior("normal", 1.5, 0.2, low=2.0)}, "prior center 1.5 lies outside its bounds"),
        ({"prior": Prior("normal", 1.5, 0.2, level="clinic")}, "prior level 'clinic' is none of"),
    ],
)
def test_a_fault_of_a_quantity_is_found(change, fault):
    assert check_quantity(quantity(GOOD), all_sources()) == []
    faults = check_quantity(replace(quantity(GOOD), **change), all_sources())
    assert any(fault in each and GOOD in each for each in faults), faults


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"title": ""}, "has no title"),
        ({"rank": "blog"}, "rank 'blog' is none of"),
        ({"verification": "heard"}, "verification 'heard' is none of"),
        ({"verification": "memory"}, "was not read"),
        ({"same_as": "nobody1999"}, "is not the main id"),
        ({"same_as": "label"}, "is not the main id"),
    ],
)
def test_a_fault_of_a_source_is_found(change, fault):
    harris = all_sources()["harris2015"]
    assert check_source(harris, all_sources()) == []
    assert any(fault in each for each in check_source(replace(harris, **change), all_sources()))


def test_a_fault_of_a_trial_is_found():
    dogra = all_trials()["dogra2014"]
    assert check_trial(dogra, all_sources()) == []
    change, reached, harm = dogra.changes[0], dogra.responders[0], dogra.harms[0]
    faults = check_trial(
        replace(
            dogra,
            id="nobody1999",
            changes=(replace(change, improvement=44.59),),
            responders=(replace(reached, arm="laser"), replace(reached, at_least="superb")),
            harms=(replace(harm, count=31),),
        ),
        all_sources(),
    )
    for fault in ("is not a source", "44.59", "arm 'laser'", "'superb'", "counts 31 of 30"):
        assert any(fault in each for each in faults), fault


def test_what_memory_carries_is_called_assumed():
    rows = [row for row in all_quantities().values() if row.verification == "memory"]
    assert rows
    assert {row.kind for row in rows} == {"assumed"}


def test_every_source_is_noted_under_its_main_id() -> None:
    for one in all_sources().values():
        with recording() as used:
            source(one.id)
        assert used.sources == {one.same_as or one.id}
