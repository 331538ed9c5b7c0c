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

from scarplan.calibration.data_of_fit import FitData, Held, hold
from scarplan.calibration.effects import effect_names, spread_names
from scarplan.calibration.marginal import SHARED, draw_coefficients
from scarplan.calibration.model import joint_model

CHAINS, WARMUP, DRAWS = 4, 200, 300
# What is left to draw is all but standard normal: few long steps are enough.
_TARGET_ACCEPTANCE = 0.65
_DEEPEST_TREE = 3
_SAMPLED = ("log_yield_mean", "log_yield_study_sd", *spread_names(), "pigment_effects", "pigment_study_sd")


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
        self, data: FitData, *, seed: int, chains: int = CHAINS, warmup: int = WARMUP, draws: int = DRAWS
    ) -> None:
        self.data, self._seed, self._draws = data, seed, draws
        kernel = NUTS(
            partial(joint_model, data),
            target_accept_prob=_TARGET_ACCEPTANCE,
            max_tree_depth=_DEEPEST_TREE,
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
        self._tuned: Any = None

    def fit_all(self) -> Sampled:
        """Return draws of the posterior of the whole data."""
        self._sampler.post_warmup_state = None
        self._sampler.num_samples = self._draws
        found = self._run(jax.random.PRNGKey(self._seed), hold(self.data), let_go=0)
        self._tuned = self._sampler.last_state
        return found

    def fit_without(self, study_id: str, *, draws: int, let_go: int) -> Sampled:
        """Return draws without one study: of each chain `draws`, less the first `let_go`."""
        if self._tuned is None:
            raise ValueError("fit_all comes before fit_without")
        # With a tuned state, the keys of the chains stand in that state.
        keys = jax.random.split(jax.random.PRNGKey(zlib.crc32(study_id.encode())), self._sampler.num_chains)
        self._sampler.post_warmup_state = self._tuned._replace(rng_key=keys)
        self._sampler.num_samples = draws
        return self._run(keys[0], hold(self.data, without=study_id), let_go=let_go)

    def _run(self, key: Any, held: Held, *, let_go: int) -> Sampled:
        self._sampler.run(key, *held.arrays, extra_fields=("diverging", "num_steps"))
        found = {name: np.asarray(values) for name, values in self._sampler.get_samples(group_by_chain=True).items()}
        fields = self._sampler.get_extra_fields(group_by_chain=True)
        found = {name: values[:, let_go:] for name, values in found.items()}
        return Sampled(
            draws={name: found[name] for name in _SAMPLED} | self._draw_back(found, held),
            divergences=int(np.sum(np.asarray(fields["diverging"])[:, let_go:])),
            mean_steps=float(np.mean(fields["num_steps"])),
        )

    def _draw_back(self, found: dict[str, np.ndarray], held: Held) -> dict[str, np.ndarray]:
        """Draw the effects and what else was integrated out."""
        chains, draws = found["log_yield_mean"].shape
        size = len(effect_names()) + len(SHARED)
        normal = np.random.default_rng(self._seed).standard_normal((chains * draws, size))
        flat = {name: values.reshape(chains * draws, *values.shape[2:]) for name, values in found.items()}
        needed = {name: flat[name] for name in ("log_yield_mean", "latent", "log_yield_study_sd", *spread_names())}
        drawn = np.asarray(self._coefficients(needed, normal, held=held.percent)).reshape(chains, draws, size)
        effects = len(effect_names())
        rest = {name: drawn[:, :, effects + number] for number, name in enumerate(SHARED)}
        return {"effects": drawn[:, :, :effects], **rest}
