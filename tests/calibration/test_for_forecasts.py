"""Forecasts of single patients draw what the shipped posterior leaves, and nothing else."""

import tomllib
from importlib.resources import files

import numpy as np
import pytest

from scarplan.anatomy import layers_of
from scarplan.calibration.for_forecasts import FILE, fitted_quantities, write_fitted
from scarplan.calibration.posterior import read_posterior
from scarplan.evidence.library import value_of
from scarplan.response import ResponsePatient, draw_parameters
from scarplan.response.draws import FITTED


def test_the_shipped_quantities_are_those_of_the_shipped_posterior():
    shipped = files("scarplan.evidence").joinpath("data", "quantities", FILE).read_text("utf-8")
    assert shipped == write_fitted(read_posterior().draws)
    assert tuple(tomllib.loads(shipped)) == FITTED


def test_a_patient_is_drawn_with_the_spread_between_studies_and_what_the_fit_leaves_open():
    draws = read_posterior().draws
    stream = np.random.default_rng(0)
    between = draws["log_yield_study_sd"] * stream.standard_normal(len(draws["log_yield_mean"]))
    fitted = {each.name: each for each in fitted_quantities(draws)}
    assert fitted["yield_between_studies"].spread == pytest.approx(np.std(draws["log_yield_mean"] + between), rel=0.06)
    lag = value_of("response.surface_lag_days") * np.exp(np.median(draws["log_surface_lag"]))
    assert fitted["surface_lag_days"].median == pytest.approx(lag, rel=0.03)


def test_the_posterior_is_close_to_what_the_quantities_say():
    """Lognormal and hardly correlated: else a median and a spread each would leave something out."""
    draws = read_posterior().draws
    names = ("log_yield_mean", "log_surface_lag", "log_tether_release")
    logs = np.stack([draws[name] for name in names])
    assert np.abs(np.corrcoef(logs) - np.eye(3)).max() < 0.15
    skew = ((logs - logs.mean(axis=1, keepdims=True)) ** 3).mean(axis=1) / logs.std(axis=1) ** 3
    assert np.abs(skew).max() < 0.5


def test_forecasts_draw_them_and_the_fit_does_not():
    told = {"seed": 3, "device_class": "pen", "layers": layers_of("cheek"), "patient": ResponsePatient()}
    fitted, before = draw_parameters(4000, **told), draw_parameters(4000, fitted=False, **told)
    for name in FITTED:
        assert np.median(getattr(fitted, name)) == pytest.approx(float(value_of(f"response_fit.{name}")), rel=0.03)
        assert np.median(getattr(before, name)) == pytest.approx(float(value_of(f"response.{name}")), rel=0.03)
