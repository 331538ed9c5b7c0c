"""Fitting: the figures of trials to a posterior, by NUTS; what is tuned is tuned anew in every fit."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from numpyro import handlers
from numpyro.infer.hmc import hmc
from numpyro.infer.util import ParamInfo, constrain_fn, potential_energy

from scarplan.calibration.data_of_fit import Figures, FitData, Held, hold
from scarplan.calibration.effects import RATING_SLOPE, effect_names, spread_names
from scarplan.calibration.marginal import SHARED, draw_coefficients
from scarplan.calibration.model import joint_model

# As many draws as a posterior keeps.
CHAINS, WARMUP, DRAWS = 4, 120, 250
# What is left to draw is all but standard normal: 15 long steps give draws that are all but independent, 7 halve the
# time where many fits are made and no single parameter is reported, and while the sampler is tuned.
_TARGET_ACCEPTANCE = 0.65
DEEPEST_TREE, DEEPEST_TREE_OF_MANY = 4, 3
# Chains start about the middle of what is left to draw, half a spread apart.
_START_SPREAD = 0.5
# Steps of one call of the compiled program, so that runs of every length share it: compiling is half of a fit.
_STRIDE = 10
# The time of a step goes to LAPACK, which LLVM's costly passes do not touch: without them compiling takes half as long.
_COMPILING = {"xla_llvm_disable_expensive_passes": True}
_SAMPLED = (
    "log_yield_mean",
    "log_yield_study_sd",
    RATING_SLOPE,
    *spread_names(),
    "pigment_effects",
    "pigment_study_sd",
)


@dataclass(frozen=True, eq=False)
class Sampled:
    """Draws of each parameter that all studies share [chain draw ...], and how often the sampler diverged."""

    draws: dict[str, Float[np.ndarray, "chain draw *shape"]]
    divergences: int
    mean_steps: float


class Fitter:
    """Fits one set of data, whole or without some of its rows; compiled once.

    Steps and mass matrix are tuned on the whole data in `fit_all`; `fit_without` starts from there and lets go of its
    first draws. Every fit of the same data with the same seed gives the same draws on one machine.
    """

    def __init__(
        self,
        data: FitData,
        *,
        seed: int,
        chains: int = CHAINS,
        warmup: int = WARMUP,
        draws: int = DRAWS,
        deepest_tree: int = DEEPEST_TREE,
    ) -> None:
        self.data, self._seed, self._chains = data, seed, chains
        self._warmup, self._draws, self._deepest_tree = warmup, draws, deepest_tree
        self._model = partial(joint_model, data)
        # NumPyro's own loop runs the model operation by operation first and compiles three programs for one fit.
        self._begin, self._sample = hmc(potential_fn_gen=self._energy_of, algo="NUTS")
        self._energies = jax.jit(
            lambda arguments, z: jax.vmap(jax.value_and_grad(self._energy_of(*arguments)))(z),
            compiler_options=_COMPILING,
        )
        self._walk = jax.jit(self._stride, compiler_options=_COMPILING)
        self._coefficients = jax.jit(partial(draw_coefficients, data))
        self._tuned: Any = None

    def fit_all(self) -> Sampled:
        """Return draws of the posterior of the whole data."""
        held, figures = hold(self.data), self.data.figures
        arguments = (*held.arrays, figures)
        self._tuned, (found, diverging, steps) = self._go(self._start(arguments), arguments, self._warmup + self._draws)
        kept = {name: values[:, self._warmup :] for name, values in found.items()}
        diverging, steps = diverging[:, self._warmup :], steps[:, self._warmup :]
        return self._collect(kept, held, figures, diverging=diverging, steps=steps, stream=(self._seed,))

    def fit_without(self, study_id: str, *, draws: int, let_go: int) -> Sampled:
        """Return draws without one study: of each chain `draws`, less the first `let_go`."""
        held = hold(self.data, without=study_id)
        return self._go_on(study_id, held, self.data.figures, draws=draws, let_go=let_go, stream=(self._seed,))

    def fit_figures(self, figures: Figures, *, number: int, draws: int, let_go: int) -> Sampled:
        """Return draws of the posterior of other figures in the place of the published ones, as simulated ones."""
        # Random numbers of its own: the same ones in every fit, and ranks would tell the gaps between those numbers.
        stream = (self._seed, number)
        return self._go_on(f"figures {number}", hold(self.data), figures, draws=draws, let_go=let_go, stream=stream)

    def _go_on(
        self, name: str, held: Held, figures: Figures, *, draws: int, let_go: int, stream: tuple[int, ...]
    ) -> Sampled:
        """Draw from the tuned state on, with random numbers of this name; compiled once for all names."""
        if self._tuned is None:
            raise ValueError("fit_all comes first: it tunes the sampler")
        arguments = (*held.arrays, figures)
        key = jax.random.fold_in(jax.random.PRNGKey(self._seed), zlib.crc32(name.encode()))
        # A state carries the energy of the figures that it was tuned on: of other figures every step would be refused.
        energy, slope = self._energies(arguments, self._tuned.z)
        state = self._tuned._replace(rng_key=jax.random.split(key, self._chains), potential_energy=energy, z_grad=slope)
        _, (found, diverging, steps) = self._go(state, arguments, draws)
        kept = {name: values[:, let_go:] for name, values in found.items()}
        return self._collect(kept, held, figures, diverging=diverging[:, let_go:], steps=steps, stream=stream)

    def _energy_of(self, *arguments: Any) -> Any:
        return partial(potential_energy, self._model, arguments, {})

    def _start(self, arguments: tuple[Any, ...]) -> Any:
        """Return a state of each chain that nothing is tuned in."""

        def free_sites() -> dict[str, Any]:
            sites = handlers.trace(handlers.seed(self._model, jax.random.PRNGKey(0))).get_trace(*arguments)
            return {n: s["value"] for n, s in sites.items() if s["type"] == "sample" and not s["is_observed"]}

        place, stepping = jax.random.split(jax.random.PRNGKey(self._seed))
        shapes = jax.eval_shape(free_sites)
        keys = dict(zip(shapes, jax.random.split(place, len(shapes)), strict=True))
        z = {n: _START_SPREAD * jax.random.normal(keys[n], (self._chains, *s.shape)) for n, s in shapes.items()}

        def begin(at: Any, energy: Any, slope: Any, key: Any) -> Any:
            return self._begin(
                ParamInfo(at, energy, slope),
                self._warmup,
                trajectory_length=None,
                target_accept_prob=_TARGET_ACCEPTANCE,
                max_tree_depth=(min(DEEPEST_TREE_OF_MANY, self._deepest_tree), self._deepest_tree),
                model_args=arguments,
                rng_key=key,
            )

        return jax.jit(jax.vmap(begin))(z, *self._energies(arguments, z), jax.random.split(stepping, self._chains))

    def _go(self, state: Any, arguments: tuple[Any, ...], steps: int) -> tuple[Any, Any]:
        """Return the state after so many steps, and parameters, divergences and lengths of all of them [chain step]."""
        parts = []
        for _ in range(-(-steps // _STRIDE)):
            state, part = self._walk(state, arguments)
            parts.append(jax.tree.map(np.asarray, part))
        return state, jax.tree.map(lambda *values: np.concatenate(values, axis=1)[:, :steps], *parts)

    def _stride(self, state: Any, arguments: tuple[Any, ...]) -> tuple[Any, Any]:
        def step(at: Any, _: None) -> tuple[Any, Any]:
            after = jax.vmap(lambda chain: self._sample(chain, arguments))(at)
            return after, (after.z, after.diverging, after.num_steps)

        state, (z, diverging, steps) = jax.lax.scan(step, state, None, length=_STRIDE)
        parameters = jax.vmap(jax.vmap(partial(constrain_fn, self._model, arguments, {}, return_deterministic=True)))
        return state, jax.tree.map(lambda values: jnp.swapaxes(values, 0, 1), (parameters(z), diverging, steps))

    def _collect(
        self, found: Any, held: Held, figures: Figures, *, diverging: Any, steps: Any, stream: tuple[int, ...]
    ) -> Sampled:
        found = {name: np.asarray(values) for name, values in found.items()}
        return Sampled(
            draws={name: found[name] for name in _SAMPLED} | self._draw_back(found, held, figures, stream),
            divergences=int(np.sum(np.asarray(diverging))),
            mean_steps=float(np.mean(np.asarray(steps))),
        )

    def _draw_back(
        self, found: dict[str, np.ndarray], held: Held, figures: Figures, stream: tuple[int, ...]
    ) -> dict[str, np.ndarray]:
        """Draw the effects and what else was integrated out, with the random numbers of `stream`."""
        chains, draws = found["log_yield_mean"].shape
        size = len(effect_names()) + len(SHARED)
        normal = np.random.default_rng(stream).standard_normal((chains * draws, size))
        flat = {name: values.reshape(chains * draws, *values.shape[2:]) for name, values in found.items()}
        needed = {
            name: flat[name]
            for name in ("log_yield_mean", "latent", "log_yield_study_sd", RATING_SLOPE, *spread_names())
        }
        drawn = np.asarray(self._coefficients(needed, normal, held=held.percent, improvement=figures.improvement))
        drawn = drawn.reshape(chains, draws, size)
        effects = len(effect_names())
        rest = {name: drawn[:, :, effects + number] for number, name in enumerate(SHARED)}
        return {"effects": drawn[:, :, :effects], **rest}
