"""The phantom: its closed forms against quadrature and against its own pixels; same seed, same phantom."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from scarplan.errors import BadInput
from scarplan.evidence.library import value_of
from scarplan.surface.phantom import DEFAULT_COUNTS, make_phantom
from scarplan.surface.profiles import PhantomKind, PhantomScar, height, mean_height, region_radius, volume_factor

KINDS = get_args(PhantomKind)
FLOORS = st.floats(0.05, 0.95)


@given(kind=st.sampled_from(KINDS), floor=FLOORS)
def test_the_volume_is_the_integral_of_the_profile(kind: PhantomKind, floor: float) -> None:
    # The bend of a boxcar at its floor is told to the quadrature.
    integral = quad(
        lambda r: 2 * np.pi * r * float(height(kind, np.array(r), floor)), 0, 1, points=[floor], epsabs=1e-12
    )
    assert volume_factor(kind, floor) == pytest.approx(integral[0], rel=1e-9)


@given(kind=st.sampled_from(KINDS), floor=FLOORS, radius=st.floats(0.05, 1.0))
def test_the_mean_depth_is_the_integral_of_the_profile(kind: PhantomKind, floor: float, radius: float) -> None:
    corner = [floor] if floor < radius else None
    integral = quad(lambda r: 2 * r * float(height(kind, np.array(r), floor)), 0, radius, points=corner, epsabs=1e-12)
    assert mean_height(kind, radius, floor) == pytest.approx(integral[0] / radius**2, rel=1e-8)


@given(kind=st.sampled_from(KINDS), floor=FLOORS)
def test_the_region_ends_where_a_tenth_of_the_depth_is_left(kind: PhantomKind, floor: float) -> None:
    assert float(height(kind, np.array(region_radius(kind, floor)), floor)) == pytest.approx(0.1)
    assert float(height(kind, np.array(1.0), floor)) == pytest.approx(0.0, abs=1e-12)
    assert float(height(kind, np.array(0.0), floor)) == pytest.approx(1.0)


@settings(max_examples=30, deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    semi_axes=st.tuples(st.floats(0.5, 3.0), st.floats(0.5, 3.0)),
    angle=st.floats(0, np.pi),
    shift=st.tuples(st.floats(0, 0.02), st.floats(0, 0.02)),
)
def test_the_pixels_of_a_scar_add_up_to_its_closed_forms(kind, semi_axes, angle, shift) -> None:
    pixel = 0.02
    scar = PhantomScar(kind, 4 + shift[0], 4 + shift[1], semi_axes, angle, 0.5, 0.7 if kind == "boxcar" else 0.0, pixel)
    y, x = np.mgrid[:401, :401] * pixel
    depth = scar.depth_at(x, y)
    region = depth > 0.05
    assert depth.sum() * pixel**2 == pytest.approx(scar.volume_mm3, rel=0.003)
    assert region.sum() * pixel**2 == pytest.approx(scar.area_mm2, rel=0.02)
    deepest = np.sort(depth[region])[::-1][: max(3, round(0.01 * region.sum()))]
    assert deepest.mean() == pytest.approx(scar.depth_mm, rel=0.02)
    assert scar.width_mm == pytest.approx(2 * np.sqrt(scar.area_mm2 / np.pi))


def test_a_raised_scar_has_negative_measures() -> None:
    scar = PhantomScar("raised", 2, 2, (1.5, 1.0), 0.3, -0.4, 0.0, 0.05)
    assert scar.depth_mm < 0
    assert scar.volume_mm3 == pytest.approx(-0.4 * 1.5 * np.pi / 2)


@pytest.fixture(scope="module")
def phantom():
    return make_phantom(3)


def test_a_phantom_holds_the_scars_asked_for_within_their_priors(phantom) -> None:
    counts = {kind: sum(scar.kind == kind for scar in phantom.scars) for kind in KINDS}
    assert counts == dict(DEFAULT_COUNTS)
    for scar in phantom.scars:
        low, high = value_of(f"surface.{scar.kind}_{'height' if scar.kind == 'raised' else 'depth'}_mm")
        assert low <= abs(scar.apex_mm) <= high
        low, high = value_of(f"surface.{scar.kind}_width_mm")
        assert low <= 2 * np.sqrt(np.prod(scar.semi_axes_mm)) <= high + 1e-9


def test_scars_of_a_phantom_keep_apart_and_inside(phantom) -> None:
    rows, columns = phantom.surface.shape
    for number, scar in enumerate(phantom.scars):
        reach = max(scar.semi_axes_mm)
        assert reach < scar.x_mm < columns * phantom.surface.pixel_mm - reach
        assert reach < scar.y_mm < rows * phantom.surface.pixel_mm - reach
        for other in phantom.scars[:number]:
            distance = np.hypot(scar.x_mm - other.x_mm, scar.y_mm - other.y_mm)
            assert distance > reach + max(other.semi_axes_mm)


def test_labels_lie_where_the_scars_are(phantom) -> None:
    pixel = phantom.surface.pixel_mm
    for number, scar in enumerate(phantom.scars, start=1):
        rows, columns = np.nonzero(phantom.labels == number)
        assert rows.size * pixel**2 == pytest.approx(scar.area_mm2, rel=0.08)
        assert columns.mean() * pixel == pytest.approx(scar.x_mm, abs=pixel)
        assert rows.mean() * pixel == pytest.approx(scar.y_mm, abs=pixel)


def test_what_is_carved_is_the_volume_of_all_scars() -> None:
    phantom = make_phantom(5, noise_mm=0.0)
    carved = (phantom.skin_mm - phantom.surface.relief_mm).sum() * phantom.surface.pixel_mm**2
    assert carved == pytest.approx(sum(scar.volume_mm3 for scar in phantom.scars), rel=0.005)


def test_the_same_seed_gives_the_same_phantom_and_another_another(phantom) -> None:
    np.testing.assert_array_equal(make_phantom(3).surface.relief_mm, phantom.surface.relief_mm)
    assert make_phantom(3).scars == phantom.scars
    assert not np.array_equal(make_phantom(4).surface.relief_mm, phantom.surface.relief_mm)


def test_the_depth_factor_scales_depths_and_nothing_else(phantom) -> None:
    half = make_phantom(3, depth_factor=0.5)
    np.testing.assert_array_equal(half.skin_mm, phantom.skin_mm)
    np.testing.assert_array_equal(half.labels, phantom.labels)
    for scar, other in zip(phantom.scars, half.scars, strict=True):
        assert other.volume_mm3 == pytest.approx(scar.volume_mm3 / 2)
        assert (other.x_mm, other.y_mm, other.semi_axes_mm) == (scar.x_mm, scar.y_mm, scar.semi_axes_mm)


def test_noise_and_microrelief_have_the_rms_asked_for() -> None:
    quiet, loud = (make_phantom(2, noise_mm=noise).surface.relief_mm for noise in (0.0, 0.03))
    assert (loud - quiet).std() == pytest.approx(0.03, rel=0.02)
    smooth, rough = (make_phantom(2, noise_mm=0.0, microrelief_mm=rms).surface.relief_mm for rms in (0.0, 0.035))
    assert (rough - smooth).std() == pytest.approx(0.035, rel=0.02)


def test_the_undulation_has_the_rms_of_a_cheek_in_its_bands() -> None:
    bare = {
        "counts": {"icepick": 0},
        "noise_mm": 0.0,
        "microrelief_mm": 0.0,
        "rows": 200,
        "columns": 200,
        "pixel_mm": 0.2,
    }
    squares = [
        (make_phantom(seed, **bare).skin_mm - make_phantom(seed, undulation=0.0, **bare).skin_mm).var()
        for seed in range(12)
    ]
    edges, rms = value_of("surface.cheek_band_edges_mm"), value_of("surface.cheek_band_rms_mm")
    inside = [value for edge, value in zip(edges[1:], rms[1:], strict=False) if edge <= 8]
    # Long waves lose part of their variance on a patch of 40 mm, because its mean is taken off.
    least = sum(value**2 for value in inside)
    assert least < np.mean(squares) < least + value_of("surface.undulation_16_40_mm") ** 2 * 1.5


def test_too_many_scars_are_refused_in_words() -> None:
    with pytest.raises(BadInput, match=r"E-SURF-080: the scars do not fit on the phantom.*fewer scars"):
        make_phantom(0, rows=200, columns=200, counts={"rolling": 9})
