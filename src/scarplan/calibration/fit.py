"""Fitting: the figures of trials to a posterior, by NUTS; what is tuned is tuned anew in every fit."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import numpy as np
from jaxtyping import Float
from numpyro.infer import MCMC, NUTS, init_to_median
from numpyro.infer.util import potential_energy

from scarplan.calibration.data_of_fit import Figures, FitData, Held, hold
from scarplan.calibration.effects import RATING_SLOPE, effect_names, spread_names
from scarplan.calibration.marginal import SHARED, draw_coefficients
from scarplan.calibration.model import joint_model

CHAINS, WARMUP, DRAWS = 4, 200, 300
# What is left to draw is all but standard normal: 15 long steps give draws that are all but independent, 7 halve the
# time where many fits are made and no single parameter is reported.
_TARGET_ACCEPTANCE = 0.65
DEEPEST_TREE, DEEPEST_TREE_OF_MANY = 4, 3
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
        self.data, self._seed = data, seed
        kernel = NUTS(
            partial(joint_model, data),
            target_accept_prob=_TARGET_ACCEPTANCE,
            max_tree_depth=deepest_tree,
            init_strategy=init_to_median(num_samples=5),
        )
        self._sampler = MCMC(
            kernel,
            num_warmup=warmup,
            num_samples=draws,
            num_chains=chains,
            chain_method="vectorized",
            progress_bar=False,
            jit_model_args=True,
        )
        self._coefficients = jax.jit(partial(draw_coefficients, data))
        self._walk = jax.jit(self._steps, static_argnums=2)
        self._tuned: Any = None

    def fit_all(self) -> Sampled:
        """Return draws of the posterior of the whole data."""
        held, figures = hold(self.data), self.data.figures
        arguments = (*held.arrays, figures)
        self._sampler.run(jax.random.PRNGKey(self._seed), *arguments, extra_fields=("diverging", "num_steps"))
        self._tuned = self._sampler.last_state
        found = self._sampler.get_samples(group_by_chain=True)
        fields = self._sampler.get_extra_fields(group_by_chain=True)
        return self._collect(
            found, held, figures, diverging=fields["diverging"], steps=fields["num_steps"], stream=(self._seed,)
        )

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
        key = jax.random.fold_in(jax.random.PRNGKey(self._seed), zlib.crc32(name.encode()))
        # With a tuned state, the keys of the chains stand in that state.
        state = self._tuned._replace(rng_key=jax.random.split(key, self._sampler.num_chains))
        found, diverging, steps = self._walk(state, (*held.arrays, figures), draws)
        kept = {name: values[:, let_go:] for name, values in found.items()}
        return self._collect(kept, held, figures, diverging=diverging[:, let_go:], steps=steps, stream=stream)

    def _steps(self, state: Any, arguments: Any, draws: int) -> tuple[dict[str, Any], Any, Any]:
        # The sampler's own loop is compiled anew in every run: its start is a constant of the program.
        kernel = self._sampler.sampler
        # A state carries the energy of the figures that it was tuned on: of other figures every step would be refused.
        energy = partial(potential_energy, partial(joint_model, self.data), arguments, {})
        potential, slope = jax.vmap(jax.value_and_grad(energy))(state.z)
        state = state._replace(potential_energy=potential, z_grad=slope)

        def step(at: Any, _: None) -> tuple[Any, Any]:
            after = kernel.sample(at, arguments, {})
            return after, (after.z, after.diverging, after.num_steps)

        _, (z, diverging, steps) = jax.lax.scan(step, state, None, length=draws)
        found = jax.vmap(jax.vmap(kernel.postprocess_fn(arguments, {})))(z)
        return jax.tree.map(lambda values: jax.numpy.swapaxes(values, 0, 1), (found, diverging, steps))

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
