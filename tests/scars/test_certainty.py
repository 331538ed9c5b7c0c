"""What widens a deviation, what a correction may do, and that simulated surfaces are measured like the scan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scarplan.evidence.library import value_of
from scarplan.scars.certainty import confidence, depth_sd_mm, volume_sd_mm3
from scarplan.scars.correction import correction
from scarplan.scars.describe import Description
from scarplan.scars.hidden_skin import HiddenSkin
from scarplan.scars.kind import kind_probability
from scarplan.scars.shape_features import CONFIDENCE_FEATURES, SHAPE_FEATURES, expand, shape_features, standardise
from scarplan.surface.surface import Scanner

BOXCAR = Description(
    width_mm=2.5, area_mm2=4.9, volume_mm3=1.2, fullness=0.72, wall_angle_deg=35.0, roughness_mm=0.012, ring_mm=0.001,
    solidity=0.97, elongation=1.1, unseen_rim=0.0, uneven_rim_mm=0.008, rim_volume_part=0.01,
    deepest_means_mm=(0.35, 0.345, 0.34, 0.33, 0.30), steady_depths_mm=(0.345, 0.34),
)  # fmt: skip
HIDDEN = HiddenSkin(floor_mm=0.021, mean_mm=0.014)

shapes = st.builds(
    replace,
    st.just(BOXCAR),
    width_mm=st.floats(0.2, 20), fullness=st.floats(-1, 3), wall_angle_deg=st.floats(0, 90),
    roughness_mm=st.floats(0, 1), ring_mm=st.floats(-1, 1), solidity=st.floats(0, 1), elongation=st.floats(1, 50),
    uneven_rim_mm=st.floats(0, 2), rim_volume_part=st.floats(-1e9, 1), unseen_rim=st.floats(0, 1),
    deepest_means_mm=st.lists(st.floats(-0.5, 5), min_size=5, max_size=5).map(lambda v: tuple(sorted(v)[::-1])),
    steady_depths_mm=st.tuples(st.floats(-0.5, 5), st.floats(-0.5, 5)),
)  # fmt: skip


@given(shape=shapes, raised=st.booleans(), snr=st.floats(0.5, 1e4))
def test_no_shape_upsets_the_judgement(shape: Description, raised: bool, snr: float) -> None:
    sign = -1 if raised else 1
    low, high = value_of("scar_fit.correction_limits")
    assert all(low <= factor <= high for factor in correction(shape, HIDDEN, sign=sign))
    assert 0 <= confidence(shape, HIDDEN, snr=snr, sign=sign) <= 1
    assert sum(kind_probability(shape, HIDDEN, depth_mm=0.3 * sign).values()) == pytest.approx(1, abs=1e-5)
    assert np.isfinite(depth_sd_mm(shape, HIDDEN, depth_mm=0.3 * sign))
    assert volume_sd_mm3(shape, HIDDEN, volume_mm3=0.4 * sign) > 0


def test_features_are_ratios_but_for_the_width() -> None:
    """Half the relief in half the roughness is judged alike."""
    half = replace(
        BOXCAR, roughness_mm=0.006, ring_mm=0.0005, uneven_rim_mm=0.004,
        wall_angle_deg=float(np.degrees(np.arctan(0.5 * np.tan(np.radians(35))))),
        deepest_means_mm=tuple(m / 2 for m in BOXCAR.deepest_means_mm),
        steady_depths_mm=tuple(m / 2 for m in BOXCAR.steady_depths_mm),
    )  # fmt: skip
    whole, halved = (
        dict(zip(SHAPE_FEATURES, shape_features(s, hidden_mm=h, sign=1), strict=True))
        for s, h in ((BOXCAR, 0.02), (half, 0.01))
    )
    assert halved.pop("log_aspect") == pytest.approx(whole.pop("log_aspect") - np.log(2))
    assert halved == pytest.approx(whole)


def test_terms_are_one_each_feature_and_every_product() -> None:
    x = np.array([2.0, 3.0, 5.0])
    assert expand(x).tolist() == [1, 2, 3, 5, 4, 6, 10, 9, 15, 25]
    assert expand(np.stack([x, 2 * x])).shape == (2, 10)


def test_features_far_from_all_that_was_fitted_on_are_cut() -> None:
    far = standardise([1e9] * len(CONFIDENCE_FEATURES))
    assert far.max() == far.min() == 3.0


def test_the_scanner_adds_its_variance_once() -> None:
    scanner = Scanner(bias_sd_mm=0.010, repeatability_mm=0.006, depth_gain_sd=0.05)
    alone, more = (depth_sd_mm(BOXCAR, HIDDEN, depth_mm=0.3, scanner=one) for one in (None, scanner))
    assert more**2 - alone**2 == pytest.approx(0.010**2 + 0.006**2 + (0.05 * 0.3) ** 2)
    alone, more = (volume_sd_mm3(BOXCAR, HIDDEN, volume_mm3=1.2, scanner=one) for one in (None, scanner))
    area = BOXCAR.area_mm2
    assert more**2 - alone**2 == pytest.approx(area**2 * (0.010**2 + 0.006**2) + (0.05 * 1.2) ** 2)


def test_an_unknown_scanner_adds_nothing() -> None:
    for scanner in (None, Scanner(), Scanner(noise_mm=0.02, lateral_mm=0.1)):
        assert depth_sd_mm(BOXCAR, HIDDEN, depth_mm=0.3, scanner=scanner) == depth_sd_mm(BOXCAR, HIDDEN, depth_mm=0.3)


@pytest.mark.parametrize(("what", "worse"), [("rougher skin", {"roughness_mm": 0.05}), ("deeper", {})])
def test_what_is_less_sure_is_told_so(what: str, worse: dict) -> None:
    wavier = HiddenSkin(floor_mm=0.06, mean_mm=0.04)
    base = depth_sd_mm(BOXCAR, HIDDEN, depth_mm=0.3)
    assert depth_sd_mm(replace(BOXCAR, **worse), wavier, depth_mm=0.3) > 1.3 * base, what


def test_photographs_are_unsure_of_the_floor_of_steep_pits() -> None:
    pit = replace(BOXCAR, width_mm=0.6, area_mm2=0.25)
    photometric, laser = Scanner(capture="photometric"), Scanner(capture="laser")
    for shape, depth, share in [(pit, 0.54, 0.45), (pit, 0.27, 0.0), (BOXCAR, 0.54, 0.0)]:
        known, unsure = (depth_sd_mm(shape, HIDDEN, depth_mm=depth, scanner=one) for one in (laser, photometric))
        assert unsure == pytest.approx(np.hypot(known, share * depth)), (shape.width_mm, depth)
    # What a profile promises does not reach into the shadow.
    vouched = replace(photometric, resolves_0_1_mm=True, bias_mm=0.0, depth_gain=1.0)
    assert depth_sd_mm(pit, HIDDEN, depth_mm=0.54, scanner=vouched) > 0.24
