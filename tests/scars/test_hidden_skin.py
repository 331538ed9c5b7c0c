"""The skin hidden under a scar: against dense kriging of a plane, against SciPy, and by how it must behave."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import special

from scarplan.scars.hidden_skin import _bessel_0, _bessel_1, _short_waves_mm4, hidden_skin
from scarplan.scars.skin_spectrum import SkinSpectrum, usual_spectrum


def test_bessel_functions_are_those_of_scipy() -> None:
    x = np.linspace(0, 300, 4001)
    np.testing.assert_allclose(_bessel_0(x), special.j0(x), atol=2e-7)
    np.testing.assert_allclose(_bessel_1(x), special.j1(x), atol=2e-7)


def krige_densely(width_mm: float, spectrum: SkinSpectrum, *, step_mm: float = 0.6, reach_mm: float = 6.0) -> float:
    """Return the deviation of the mean under a disc from the covariance of every two cells of a plane."""
    half = np.arange(step_mm / 2, width_mm / 2 + reach_mm, step_mm)
    side = np.concatenate([-half[::-1], half])
    y, x = (a.ravel() for a in np.meshgrid(side, side, indexing="ij"))
    f = np.geomspace(1 / 150, 1 / 0.6, 400)
    power = spectrum.density_mm4(f) * 2 * np.pi * f * np.gradient(f)
    lags = np.linspace(0, 4 * (width_mm + reach_mm), 2000)
    covariance = special.j0(2 * np.pi * lags[:, None] * f) @ power
    both = np.interp(np.hypot(y[:, None] - y, x[:, None] - x), lags, covariance)
    inside = np.hypot(y, x) < width_mm / 2
    seen = ~inside
    noise = (spectrum.noise_mm4 + _short_waves_mm4(spectrum)) / step_mm**2
    across = both[np.ix_(inside, seen)].mean(axis=0)
    told = across @ np.linalg.solve(both[np.ix_(seen, seen)] + noise * np.eye(seen.sum()), across)
    return float(np.sqrt(both[np.ix_(inside, inside)].mean() - told))


@pytest.mark.parametrize("width_mm", [3.0, 5.0, 7.0])
@pytest.mark.parametrize("waves", [1.0, 2.0])
def test_rings_give_what_dense_kriging_gives(width_mm: float, waves: float) -> None:
    usual = usual_spectrum()
    spectrum = replace(usual, rms_mm=tuple(r * (waves if k > 2 else 1) for k, r in enumerate(usual.rms_mm)))
    assert hidden_skin(width_mm, spectrum).mean_mm == pytest.approx(krige_densely(width_mm, spectrum), rel=0.15)


def test_a_wider_scar_on_wavier_skin_hides_more() -> None:
    usual = usual_spectrum()
    wavy = replace(usual, rms_mm=tuple(2 * r for r in usual.rms_mm))
    told = [hidden_skin(width, usual) for width in (2.5, 4.0, 6.0, 9.0)]
    assert [one.floor_mm for one in told] == sorted(one.floor_mm for one in told)
    assert all(one.mean_mm < one.floor_mm for one in told), "the mean over a scar is surer than its middle"
    for width in (1.0, 4.0, 8.0):
        assert hidden_skin(width, wavy).floor_mm > 1.5 * hidden_skin(width, usual).floor_mm


def test_scaled_skin_hides_in_proportion() -> None:
    usual = usual_spectrum()
    taller = replace(usual, rms_mm=tuple(3 * r for r in usual.rms_mm), noise_mm4=9 * usual.noise_mm4)
    assert hidden_skin(5.0, taller).floor_mm == pytest.approx(3 * hidden_skin(5.0, usual).floor_mm, rel=1e-6)
