"""Whether the sampler did its work: split R-hat, effective sample size, divergences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float

from scarplan.calibration.effects import effect_names
from scarplan.calibration.pigment import pigment_names

#: What a posterior must keep to be used.
LARGEST_R_HAT, LEAST_ESS = 1.01, 400


def split_r_hat(draws: Float[np.ndarray, "chain draw"]) -> float:
    """Return how much chains (each cut in two) differ: 1 when they do not."""
    half = draws.shape[1] // 2
    parts = np.concatenate([draws[:, :half], draws[:, -half:]])
    within = parts.var(axis=1, ddof=1).mean()
    between = half * parts.mean(axis=1).var(ddof=1)
    return float(np.sqrt(((half - 1) / half * within + between / half) / within)) if within > 0 else 1.0


def effective_size(draws: Float[np.ndarray, "chain draw"]) -> float:
    """Return how many independent draws tell as much of the mean (Geyer's initial monotone sequence)."""
    chains, length = draws.shape
    centred = draws - draws.mean(axis=1, keepdims=True)
    padded = np.fft.rfft(centred, n=2 * length, axis=1)
    covariance = np.fft.irfft(padded * np.conj(padded), axis=1)[:, :length].mean(axis=0) / length
    within = covariance[0] * length / (length - 1.0)
    between = draws.mean(axis=1).var(ddof=1) if chains > 1 else 0.0
    total = within * (length - 1.0) / length + between
    if total <= 0:
        return float(chains * length)
    correlation = 1.0 - (within - covariance) / total
    correlation[0] = 1.0
    pairs = correlation[: length // 2 * 2].reshape(-1, 2).sum(axis=1)
    ends = np.flatnonzero(pairs < 0)
    pairs = np.minimum.accumulate(pairs[: ends[0]] if ends.size else pairs)
    return float(chains * length / max(2.0 * pairs.sum() - 1.0, 1.0 / np.log10(chains * length)))


def describe_draws(draws: Mapping[str, Float[np.ndarray, "chain draw *shape"]]) -> list[dict[str, Any]]:
    """Return mean, spread, R-hat and effective size of each parameter."""
    rows = []
    for name, values in draws.items():
        if values.ndim == 2:
            rows.append(_describe(name, values))
            continue
        names = effect_names() if name == "effects" else pigment_names()
        rows += [_describe(each, values[:, :, number]) for number, each in enumerate(names)]
    return rows


def _describe(name: str, values: Float[np.ndarray, "chain draw"]) -> dict[str, Any]:
    low, high = np.quantile(values, (0.05, 0.95))
    return {
        "name": name, "mean": float(values.mean()), "sd": float(values.std()), "low": float(low), "high": float(high),
        "r_hat": split_r_hat(values), "effective_size": effective_size(values),
    }  # fmt: skip


def judge_draws(rows: list[dict[str, Any]], *, divergences: int) -> dict[str, Any]:
    """Return the worst of each measure, and whether the posterior may be used."""
    worst_r_hat = max(row["r_hat"] for row in rows)
    least = min(row["effective_size"] for row in rows)
    return {
        "largest_r_hat": worst_r_hat,
        "least_effective_size": least,
        "divergences": divergences,
        "passes": bool(worst_r_hat < LARGEST_R_HAT and least > LEAST_ESS and divergences == 0),
    }
