from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scarplan.anatomy import all_zones, needle_length_guidance
from scarplan.devices import all_devices, device
from scarplan.errors import BadInput
from scarplan.evidence.library import source, value_of
from scarplan.planning.zones import ZoneOptions, offer_zones
from scarplan.records.clinic_protocol import ClinicProtocol, ClinicZone

ZONES = [zone.id for zone in all_zones()]
DEVICES = [one.id for one in all_devices()]
CEILING_MM = value_of("anatomy.needle_length_ceiling_mm")


def clinic(**zones: ClinicZone) -> ClinicProtocol:
    return ClinicProtocol(name="Clinic", date=date(2026, 1, 1), zones=zones)


def offer(zone: str | None, *, by: str = "skinpen", is_strict: bool = False, protocol: Any = None) -> ZoneOptions:
    (options,) = offer_zones({(zone, None): (1, 2)}, device=device(by), clinic=protocol, is_strict=is_strict)
    return options


def test_the_cheek_has_a_citable_setting_in_the_steps_of_the_device() -> None:
    options = offer("cheek")
    assert options.lengths_mm == (1.0, 1.25, 1.5)
    assert options.set_by_the_clinic == ()
    assert any(not source(name).is_weak for name in options.sources)
    assert options.ids == (1, 2)


@pytest.mark.parametrize("zone", [zone for zone in ZONES if not needle_length_guidance(zone).is_recommendation])
def test_a_zone_without_a_citable_length_is_left_to_the_clinic(zone: str) -> None:
    options = offer(zone)
    assert options.lengths_mm == ()
    assert options.set_by_the_clinic == ("needle_length_mm",)
    assert "set by the clinic" in options.length_basis
    remembered = needle_length_guidance(zone)
    assert f"{remembered.high_mm:g} mm" not in options.length_basis


@pytest.mark.parametrize("by", DEVICES)
@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("is_strict", [True, False])
def test_no_default_goes_beyond_what_a_label_evaluated(zone: str, by: str, is_strict: bool) -> None:
    options = offer(zone, by=by, is_strict=is_strict)
    one = device(by)
    assert all(length <= min(CEILING_MM, one.max_mm) + 1e-9 for length in options.lengths_mm)
    assert all(length in one.lengths_mm for length in options.lengths_mm)
    assert options.ceiling_mm is not None
    assert options.ceiling_mm <= CEILING_MM
    assert not options.off_label


@given(
    zone=st.sampled_from(ZONES),
    by=st.sampled_from(DEVICES),
    length=st.floats(0.1, 5.0).map(lambda x: round(x * 4) / 4).filter(lambda x: x > 0),
    is_strict=st.booleans(),
)
def test_a_clinic_never_gets_beyond_its_device_and_never_unmarked_beyond_the_label(
    zone: str, by: str, length: float, is_strict: bool
) -> None:
    protocol = clinic(**{zone: ClinicZone(needle_length_mm=length)})
    one = device(by)
    if length not in one.lengths_mm:
        with pytest.raises(BadInput, match=f"{length:g} mm"):
            offer(zone, by=by, is_strict=is_strict, protocol=protocol)
        return
    options = offer(zone, by=by, is_strict=is_strict, protocol=protocol)
    (start,) = options.lengths_mm
    assert start <= length <= one.max_mm
    assert options.ceiling_mm is not None
    assert start <= options.ceiling_mm
    assert options.off_label == (length > min(CEILING_MM, one.evaluated_max_mm or one.max_mm) + 1e-9)
    assert ("off-label" in options.ceiling) == options.off_label
    assert not is_strict or start <= value_of("planning.first_session_most_mm")
    assert "Clinic, 2026-01-01" in options.length_basis


def test_a_length_that_the_device_does_not_reach_is_an_error() -> None:
    with pytest.raises(BadInput, match=r"does not reach.*3 mm.*at most 2.5 mm"):
        offer("cheek", protocol=clinic(cheek=ClinicZone(needle_length_mm=3.0)))


def test_a_length_between_the_steps_of_the_device_is_an_error() -> None:
    with pytest.raises(BadInput, match=r"no needle length setting of 1.3 mm"):
        offer("cheek", protocol=clinic(cheek=ClinicZone(needle_length_mm=1.3)))


def test_a_zone_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(BadInput, match="chek"):
        offer("cheek", protocol=clinic(chek=ClinicZone(needle_length_mm=1.0)))


def test_darker_or_unknown_skin_starts_shorter_than_the_clinic_says() -> None:
    protocol = clinic(cheek=ClinicZone(needle_length_mm=2.0))
    options = offer("cheek", is_strict=True, protocol=protocol)
    assert options.lengths_mm == (1.5,)
    assert options.ceiling_mm == 2.0
    assert any("first session starts at 1.5 mm" in warning for warning in options.warnings)
    assert offer("cheek", protocol=protocol).lengths_mm == (2.0,)


def test_the_clinic_fills_passes_mode_and_end_point() -> None:
    protocol = clinic(chin=ClinicZone(needle_length_mm=1.0, passes=5, mode="stamp", end_point="even redness"))
    options = offer("chin", protocol=protocol)
    assert options.passes == (5,)
    assert options.mode == "stamp"
    assert options.end_point_at(1.0) == "even redness"
    assert options.set_by_the_clinic == ()


def test_scars_of_an_unknown_zone_get_no_length() -> None:
    options = offer(None)
    assert options.lengths_mm == ()
    assert options.set_by_the_clinic == ("needle_length_mm",)
    assert "--zone" in options.warnings[0]


def test_over_bone_there_is_no_gliding_and_few_passes() -> None:
    bony = [zone.id for zone in all_zones() if zone.over_bone]
    assert bony
    for zone in bony:
        options = offer(zone)
        assert options.mode == "stamp"
        assert max(options.passes) <= value_of("planning.passes_over_bone")


def test_the_end_point_follows_the_length() -> None:
    options = offer("cheek")
    assert options.end_point_at(1.5) == "uniform pinpoint bleeding, not oozing"
    assert "redness" in options.end_point_at(0.25)
    assert "not oozing" in options.end_point_at(None)


def test_every_zone_and_side_is_planned_once() -> None:
    places = {("chin", None): (0,), ("cheek", "right"): (1, 3), ("cheek", "left"): (2,), (None, None): (4,)}
    found = offer_zones(places, device=device("skinpen"), clinic=None, is_strict=False)
    assert [(z.zone, z.side) for z in found] == [("cheek", "left"), ("cheek", "right"), ("chin", None), (None, None)]
    assert {(z.zone, z.side): z.ids for z in found} == places
