"""The course followed backwards: the values are those of the course, the gradient that of forward mode."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from reference_setting import setting

from scarplan.injury import dermal_layers, needling_of
from scarplan.response.backwards import KEPT_MOVE_BLOCK, integrate_backwards
from scarplan.response.cascade import Debris
from scarplan.response.integrate import integrate
from scarplan.response.spread import spread_over_depth
from scarplan.response.steps import choose_steps

# Wanted days: after a session, a session's own, aside from the steps just after a session and later, at the end.
SESSIONS, DAYS = np.array([0, 29]), np.array([1, 29, 32, 75, 200])
COMPOSED = ("needling", "harms", "heat", "patient_yield")
# Compiled without optimisation, in a third of the time.
QUICKLY = {"xla_backend_optimization_level": 0}


def everything_that_may_change(draws, pen):
    """Return three draws' parameters and what a session of needles and a second kind of debris do to them."""
    few = jax.tree.map(lambda values: values[:3], draws)
    dose = needling_of(setting(), pen).deliver(dermal_layers(12), few.needling)
    arriving = spread_over_depth(dose.injured_fraction, dose.edges_mm, few.signal_reach_mm)
    clearing = few.clot_clearance_per_day
    return few, {
        "parameters": {name: getattr(few, name) for name in few.__dataclass_fields__ if name not in COMPOSED},
        "injured": dose.injured_fraction,
        "kinds": [(clearing, arriving), (0.2 * clearing, 0.3 * arriving)],
        "kept": jnp.array([[0.5, 0.6, 0.7], [0.9, 0.8, 0.7]]),
    }


def course(kind, few, point):
    names = list(point["parameters"])
    drawn = eqx.tree_at(lambda of: [getattr(of, name) for name in names], few, [point["parameters"][n] for n in names])
    return kind(
        drawn,
        injured=point["injured"],
        debris=tuple(Debris(kind[0], drawn.signal_from_clot_per_day, kind[1]) for kind in point["kinds"]),
        rate=drawn.synthesis_per_day,
        start=jnp.stack([drawn.scar_collagen, jnp.ones(3)])[:, :, None],
        kept=point["kept"],
        steps=choose_steps(SESSIONS, DAYS, rows=8, move_block=KEPT_MOVE_BLOCK),
        rows=8,
    )


def test_the_gradient_of_one_number_is_that_of_forward_mode(draws, pen):
    few, point = everything_that_may_change(draws, pen)
    random = np.random.default_rng(3)
    along = jax.tree.map(lambda values: values * random.uniform(-1.0, 1.0, values.shape), point)
    weights = jax.tree.map(
        lambda of: random.normal(size=of.shape), jax.eval_shape(lambda: course(integrate, few, point))
    )

    def weighed(shown):
        return sum(jnp.sum(one * by) for one, by in zip(jax.tree.leaves(shown), jax.tree.leaves(weights), strict=True))

    def back(point):
        shown = course(integrate_backwards, few, point)
        return weighed(shown), shown

    def forward(point):
        return jax.jvp(lambda point: course(integrate, few, point), (point,), (along,))

    (_, shown), slopes = jax.jit(jax.value_and_grad(back, has_aux=True), compiler_options=QUICKLY)(point)
    plain, changes = jax.jit(forward, compiler_options=QUICKLY)(point)
    for one, other in zip(jax.tree.leaves(shown), jax.tree.leaves(plain), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)
    found = sum(jnp.sum(one * by) for one, by in zip(jax.tree.leaves(slopes), jax.tree.leaves(along), strict=True))
    assert float(found) == pytest.approx(float(weighed(changes)), rel=1e-10)
