"""The yield table: recomputed nodes, its interpolation, and the density correction that reads it."""

import dataclasses
import json

import equinox as eqx
import independent_model
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_setting import setting
from scipy.interpolate import PchipInterpolator

from scarplan.anatomy import layers_of
from scarplan.canonical import hash_bytes
from scarplan.errors import BadInput
from scarplan.evidence import value_of
from scarplan.injury import needling_of
from scarplan.injury.profile import tapered
from scarplan.response import ResponsePatient, central_parameters, yield_table
from scarplan.response.density import density_yield
from scarplan.response.monotone import monotone_cubic
from scarplan.response.unit_cell import COARSE, node_yield, strength_of
from scarplan.response.yield_table import read_yield_table


@pytest.fixture(scope="module")
def table():
    return read_yield_table()


@eqx.filter_jit
def correction(density, outline, draws):
    return density_yield(density, outline, draws)


def outline_of(radius_mm, draws):
    rim = 0.4 * radius_mm
    return tapered(radius_mm - rim, taper_mm=draws.needling.channel_taper_mm, margin_mm=rim)


# ---- the table -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("reach", "radius", "density"), [(3, 1, 9), (5, 3, 11)])
def test_a_node_made_again_is_that_of_the_table(table, reach, radius, density):
    """If this fails after a change of rates or of the cell: uv run python studies/yield_table.py."""
    assert table.about["grid"]["name"] == "coarse"
    draws = central_parameters(device_class="stamp", layers=layers_of("cheek"), patient=ResponsePatient(25, 4))
    node = node_yield(
        channels_per_cm2=float(table.channels_per_cm2[density]),
        radius_mm=float(table.radius_mm[radius]),
        reach_mm=float(table.reach_mm[reach]),
        strengths=table.strength_days,
        draws=draws,
        resolution=COARSE,
        seed=table.about["seed"],
    )
    assert node.ratio == pytest.approx(table.ratio[:, reach, radius, density], rel=2e-3)


def test_the_table_was_made_with_the_rates_of_today(table):
    for name, value in table.about["reference"].items():
        assert value == pytest.approx(value_of(f"response.{name}")), f"{name}: run studies/yield_table.py"


def test_the_table_tells_its_errors_and_they_are_small(table):
    about = table.about
    assert about["interpolation_error"]["places"] >= 12
    assert about["interpolation_error"]["median"] < 0.005
    assert about["interpolation_error"]["largest"] < 0.05
    assert about["placement_error"]["median"] < 0.005
    assert about["placement_error"]["largest"] < 0.05
    assert about["grid_error"]["largest"] < 0.005
    assert np.abs(table.rising / table.ratio - 1.0).max() < 0.015


def test_the_table_is_what_the_theory_says(table):
    """Between 0 and 1; less heterogeneity with longer reach; wide density: as well mixed."""
    assert table.ratio.min() > 0.0
    assert table.ratio.max() < 1.01
    assert np.all(np.diff(table.ratio[..., 1:], axis=1) > -0.02)
    assert np.all(table.ratio[..., -1] > 0.9)
    assert np.all(np.diff(table.ratio[..., 0], axis=0) < 0.0)


def test_a_changed_table_is_not_read(monkeypatch, tmp_path, table):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / yield_table.ARRAYS).write_bytes(b"other")
    monkeypatch.setattr(yield_table, "files", lambda _: tmp_path)
    read = read_yield_table.__wrapped__
    with pytest.raises(BadInput, match="E-RESP-023"):
        read()
    (tmp_path / "data" / yield_table.ABOUT).write_text(json.dumps(table.about), "utf-8")
    with pytest.raises(BadInput, match=r"E-RESP-024.*hash differs"):
        read()
    about = {**table.about, "sha256": {yield_table.ARRAYS: hash_bytes(b"other")}}
    assert about["sha256"] != table.about["sha256"]


# ---- interpolation ---------------------------------------------------------------------------------------------


NODES = np.cumsum(np.linspace(0.5, 1.5, 6))


@jax.jit
def curve(at, values):
    return monotone_cubic(at, NODES, values[None])


@given(
    values=st.lists(st.floats(-3.0, 3.0), min_size=6, max_size=6),
    at=st.lists(st.floats(-1.0, 12.0), min_size=4, max_size=4),
)
@settings(max_examples=60, deadline=None)
def test_the_curve_is_that_of_scipy(values, at):
    nodes = NODES
    found = curve(jnp.asarray(at), jnp.asarray(values))
    expected = PchipInterpolator(nodes, values)(np.clip(at, nodes[0], nodes[-1]))
    assert np.asarray(found) == pytest.approx(expected, abs=1e-10)


def test_the_correction_agrees_with_scipy_and_can_be_differentiated(draws):
    density = np.linspace(0.05, 12.0, draws.count)
    radius = np.linspace(0.06, 0.2, draws.count)
    outline = outline_of(radius, draws)
    found = np.asarray(correction(density, outline, draws))
    for number in range(0, draws.count, 17):
        p = {f.name: getattr(draws, f.name) for f in dataclasses.fields(draws)}
        p = {name: float(v[number]) for name, v in p.items() if getattr(v, "ndim", 0) == 1}
        expected = independent_model.density_yield(
            p, 100.0 * density[number], radius_mm=radius[number],
            reference_per_cm2=float(draws.harms.reference_channels_per_cm2[number]),
        )  # fmt: skip
        assert found[number] == pytest.approx(expected, rel=1e-10)

    def total(density, reach):
        return jnp.sum(density_yield(density, outline, dataclasses.replace(draws, signal_reach_mm=reach)))

    reach = np.asarray(draws.signal_reach_mm)
    by_density, by_reach = jax.jit(jax.grad(total, argnums=(0, 1)))(jnp.asarray(density), jnp.asarray(reach))
    assert np.all(np.isfinite(by_density))
    assert np.all(by_density >= -1e-12)
    step = 1e-6
    change = (
        np.asarray(correction(density, outline, dataclasses.replace(draws, signal_reach_mm=reach + step)))
        - np.asarray(correction(density, outline, dataclasses.replace(draws, signal_reach_mm=reach - step)))
    ) / (2.0 * step)
    assert np.asarray(by_reach) == pytest.approx(change, rel=1e-3, abs=1e-5)


# ---- the correction --------------------------------------------------------------------------------------------


def test_the_correction_is_1_at_the_reference_and_never_falls_with_density(draws):
    outline = outline_of(np.asarray(draws.reference_outline_mm), draws)
    density = np.concatenate([[0.0], np.geomspace(0.005, 30.0, 60)])
    eps = np.stack([np.asarray(correction(np.full(128, rho), outline, draws)) for rho in density])
    assert np.asarray(correction(np.full(128, 2.5), outline, draws)) == pytest.approx(np.ones(128), rel=1e-12)
    assert np.all(np.diff(eps, axis=0) >= -1e-12)
    assert np.all(eps[0] > 0.0)


def test_the_reference_outline_is_that_of_the_reference_needle(central, pen):
    outline = needling_of(setting(), pen).outline(central.needling)
    assert float(outline.above_mm[0, -1]) == pytest.approx(value_of("response.reference_outline_mm"), abs=1e-4)


def test_strength_is_the_growth_factor_released_relative_to_its_half_activation(central):
    assert np.asarray(strength_of(central)) == pytest.approx([(0.3 / 1.0 + 1.0 / 0.25) / (1.0 * 0.02)])
