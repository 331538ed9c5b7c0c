"""Zones, layers and needle length guidance."""

import math

import pytest

from scarplan.anatomy import all_zones, layers_of, needle_length_guidance, zone
from scarplan.errors import BadInput
from scarplan.evidence import library
from scarplan.evidence.library import all_quantities, quantity, source, value_of

ZONES = (
    *("forehead", "temple", "periorbital", "nasal_bridge", "nose_tip", "cheek"),
    *("malar", "upper_lip", "chin", "jawline", "neck", "trunk"),
)


def test_the_zones_are_the_agreed_ones():
    assert [z.id for z in all_zones()] == list(ZONES)
    assert [z.id for z in all_zones() if not z.on_face] == ["neck", "trunk"]
    assert {z.id for z in all_zones() if z.over_bone} >= {"forehead", "malar", "jawline"}


@pytest.mark.parametrize(
    ("name", "zone_id"),
    [
        ("cheek_medial_lateral", "cheek"),
        ("periorbital_outside_rim", "periorbital"),
        ("nasal_tip_ala", "nose_tip"),
        ("malar_prominence", "malar"),
        ("perioral_upper_lip", "upper_lip"),
        ("jawline_mandible", "jawline"),
        ("trunk_back_shoulder", "trunk"),
        ("Upper lip", "upper_lip"),
        ("nasal-bridge", "nasal_bridge"),
    ],
)
def test_a_zone_is_found_by_its_other_names(name, zone_id):
    assert zone(name).id == zone_id


def test_no_name_belongs_to_two_zones():
    names = [name for z in all_zones() for name in (z.id, *z.aliases)]
    assert len(names) == len(set(names))


def test_an_unknown_zone_offers_the_nearest():
    with pytest.raises(BadInput, match=r"E-ANAT-001.*did you mean 'cheek'.*forehead"):
        zone("chek")
    with pytest.raises(BadInput, match="E-ANAT-001"):
        layers_of("elbow")


def test_a_man_at_the_forehead_lies_in_the_middle_of_two_methods():
    layers = layers_of("forehead", sex="male")
    ratio = value_of("anatomy.full_thickness_ratio")
    centre = 1.17 * math.sqrt(ratio)
    assert layers.dermis_mm == pytest.approx(centre)
    assert layers.dermis_sd_mm == pytest.approx(math.hypot(0.28 * math.sqrt(ratio), centre * math.log(ratio) / 2))
    # the other method prints 2.14 to 2.45 mm for the whole skin, this one 1.39 mm
    assert 1.39 < layers.skin_mm < 2.3


def test_the_cheek_agrees_with_a_third_measurement():
    layers = layers_of("cheek")
    beside_scars = value_of("anatomy.dermis_acne_scar_mm")
    assert abs(layers.dermis_mm - beside_scars) < layers.dermis_sd_mm / 2


def test_unknown_sex_is_the_mix_of_both():
    man, woman, either = (layers_of("temple", sex=sex) for sex in ("male", "female", None))
    assert either.dermis_mm == pytest.approx((man.dermis_mm + woman.dermis_mm) / 2)
    assert woman.dermis_mm < either.dermis_mm < man.dermis_mm
    assert either.dermis_sd_mm > min(man.dermis_sd_mm, woman.dermis_sd_mm)


def test_age_changes_the_dermis_only_and_unknown_age_is_the_mean():
    young, old, unknown = (layers_of("cheek", sex="male", age_years=age) for age in (25, 48, None))
    assert young.dermis_mm > unknown.dermis_mm > old.dermis_mm
    assert young.epidermis_mm == old.epidermis_mm == unknown.epidermis_mm
    assert layers_of("cheek", sex="male", age_years=80) == old
    assert layers_of("cheek", sex="male", age_years=16) == young


@pytest.mark.parametrize("zone_id", ZONES)
def test_layers_are_those_of_skin(zone_id):
    layers = layers_of(zone_id)
    assert 0.05 < layers.epidermis_mm < 0.3
    assert 0.5 < layers.dermis_mm < 3.0
    assert 0 < layers.epidermis_sd_mm < layers.epidermis_mm
    assert 0 < layers.dermis_sd_mm < layers.dermis_mm
    assert all(source(each) for each in layers.sources)
    assert layers_of("periorbital").dermis_mm <= layers.dermis_mm


def test_the_cheek_has_a_citable_length():
    guidance = needle_length_guidance("cheek")
    assert guidance.is_recommendation
    assert (guidance.typical_mm, guidance.ceiling_mm, guidance.high_mm) == (1.5, 1.5, 1.5)
    assert guidance.sources == ("harris2015", "nct02646917", "ifu_skinpen_us")
    assert not any(source(each).is_weak for each in guidance.sources)


@pytest.mark.parametrize("zone_id", [z for z in ZONES if z != "cheek"])
def test_every_other_zone_is_set_by_the_clinic(zone_id):
    guidance = needle_length_guidance(zone_id)
    assert not guidance.is_recommendation
    assert guidance.typical_mm is None
    assert "set by the clinic" in guidance.note
    assert guidance.high_mm <= guidance.ceiling_mm == 1.5


def test_a_length_that_rests_on_a_weak_source_is_no_recommendation(monkeypatch):
    weak = dict(all_quantities())
    name = "anatomy.needle_length_acne_scars_typical_mm"
    weak[name] = type(quantity(name))(**{**vars(quantity(name)), "source": "drpen_guide"})
    monkeypatch.setattr(library, "_look_up", lambda asked: (weak[asked], weak[asked].source))
    assert not needle_length_guidance("cheek").is_recommendation


def test_every_zone_length_from_memory_is_marked_as_assumed():
    rows = [row for name, row in all_quantities().items() if name.startswith("anatomy.needle_length_")]
    remembered = [row for row in rows if row.verification == "memory"]
    assert len(remembered) == len(ZONES)
    assert {row.kind for row in remembered} == {"assumed"}
