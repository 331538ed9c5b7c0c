"""The expected field is differentiable: gradients against finite differences, and none is undefined at nothing."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scarplan.anatomy import SkinLayers
from scarplan.injury import (
    FractionalColumns,
    MechanicalNeedling,
    RfNeedling,
    Sampler,
    dermal_layers,
    draw_needling,
)

LAYERS = SkinLayers("cheek", 0.1, 0.03, 1.5, 0.3, sources=())
# Central differences of a smooth function in double precision: the best step leaves about 1e-9 of the value.
STEP, CLOSE = 1e-5, 1e-6
PART = jnp.linspace(1.0, 2.0, 24)


def way(kind, length, density, width):
    length, density, width = map(jnp.asarray, (length, density, width))
    if kind == "pen":
        return MechanicalNeedling(length, density, width, jnp.asarray(1.0))
    if kind == "fractional_rf":
        return RfNeedling(length, density, width, jnp.asarray(0.3))
    return FractionalColumns(length, density, jnp.asarray(1.0), column_radius_mm=width)


PARTS = ("injured_fraction", "thermal_fraction", "removed_fraction")


@pytest.mark.parametrize("kind", ["pen", "fractional_rf", "fractional_co2"])
def test_gradients_in_length_density_width_and_reach(kind):
    draws = draw_needling(Sampler(6, 1), device_class=kind, layers=LAYERS)

    @jax.jit
    def weighed(numbers):
        length, density, width, reach = numbers
        drawn = dataclasses.replace(draws, reached_fraction=draws.reached_fraction * reach)
        found = way(kind, length, density, width).deliver(dermal_layers(), drawn)
        return jnp.stack([jnp.sum(getattr(found, part) * PART) for part in PARTS])

    at = np.array([1.5, 2.5, 0.25 if kind != "fractional_co2" else 0.09, 0.95])
    gradients = jax.jit(jax.jacfwd(weighed), compiler_options={"xla_backend_optimization_level": 0})
    found = np.asarray(gradients(at))
    steps = np.diag(STEP * at)
    differences = np.stack([(weighed(at + step) - weighed(at - step)) / (2.0 * step.sum()) for step in steps], axis=1)
    assert found == pytest.approx(differences, rel=CLOSE, abs=1e-8)
    made = {"pen": [True, False, False], "fractional_rf": [True, True, False], "fractional_co2": [True, True, True]}
    assert list(np.all(found != 0.0, axis=1)) == made[kind]
    for length, density in ((0.0, 2.5), (1.5, 0.0), (0.0, 0.0)):
        at_nothing = np.array([length, density, *at[2:]])
        assert np.all(np.asarray(weighed(at_nothing)) == 0.0)
        assert np.all(np.isfinite(np.asarray(gradients(at_nothing))))
