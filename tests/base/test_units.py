"""Units: read at the door, converted in one place, never guessed."""

from __future__ import annotations

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scarplan import units
from scarplan.errors import BadInput
from scarplan.units import MM_PER_UNIT, density_per_cm2, density_per_mm2, read_length_unit


@pytest.mark.parametrize(
    ("text", "mm"),
    [
        ("um", 1e-3), ("µm", 1e-3), ("μm", 1e-3), ("mm", 1.0), ("cm", 10.0), ("m", 1000.0), (" mm ", 1.0),
        ("50mm", 50.0), ("0.0215mm", 0.0215), (".5um", 5e-4), ("1.cm", 10.0), ("1e-3m", 1.0), ("2E2um", 0.2),
    ],
)  # fmt: skip
def test_a_unit_is_a_name_or_a_length(text: str, mm: float) -> None:
    assert read_length_unit(text) == pytest.approx(mm, rel=1e-12)


@pytest.mark.parametrize("text", [None, "", "  "])
def test_no_unit_is_told_with_the_option_to_add(text: str | None) -> None:
    with pytest.raises(BadInput, match=r"E-UNIT-001: --displacement-unit is missing.*Do: add --displacement-unit"):
        read_length_unit(text, option="--displacement-unit")


@pytest.mark.parametrize(
    "text",
    ["inch", "MM", "5", "mm5", "0mm", "0.0um", "-1mm", "+1mm", "nanmm", "infmm", "1e999mm", "1e-999mm", "1,5mm", "5 mm",
     "mm\n", "1_0mm", "٣mm", "5mm;", "km"],
)  # fmt: skip
def test_what_is_no_length_is_refused_and_never_guessed(text: str) -> None:
    if text.strip() in MM_PER_UNIT:  # white space around a unit is no fault
        assert read_length_unit(text) == 1.0
        return
    with pytest.raises(BadInput, match=r"E-UNIT-002: --unit is not a unit of length\. Got: .*Allowed: um, mm, cm, m"):
        read_length_unit(text)


@given(st.floats(1e-6, 1e6), st.sampled_from(sorted(MM_PER_UNIT)))
def test_a_scaled_unit_is_the_factor_times_the_unit(factor: float, unit: str) -> None:
    assert read_length_unit(f"{factor!r}{unit}") == pytest.approx(factor * MM_PER_UNIT[unit], rel=1e-12)


@given(st.text(max_size=12))
def test_any_text_is_a_length_or_bad_input(text: str) -> None:
    with contextlib.suppress(BadInput):
        assert 0.0 < read_length_unit(text) < math.inf


@given(st.floats(0, 1e6))
def test_densities_come_back(channels: float) -> None:
    assert density_per_mm2(density_per_cm2(channels)) == pytest.approx(channels)


def test_a_square_centimetre_holds_a_hundred_square_millimetres() -> None:
    assert density_per_cm2(1.0) == 100.0
    assert (units.MM_PER_UNIT["cm"] / units.MM_PER_UNIT["mm"]) ** 2 == units.MM2_PER_CM2
    assert units.DAYS_PER_MONTH * 12 == units.DAYS_PER_YEAR
