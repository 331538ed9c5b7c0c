"""The models behind `scar_fit.*`: weights that explain the truths of the finds, scored on generators left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from fit_scores import PITS, tell_confidence, tell_kinds, tell_listed, tell_measures, tell_prevalence
from scipy import optimize
from training_skin import GENERATORS, generator_of

from scarplan.evidence.library import value_of
from scarplan.scars.certainty import _LEAST_SD_MM, _MOST_LOG_FACTOR
from scarplan.scars.doubt import DOUBTS, doubts
from scarplan.scars.measure import depth_from_means
from scarplan.scars.shape_features import CONFIDENCE_FEATURES, SHAPE_FEATURES, confidence_features, expand

if TYPE_CHECKING:
    from fit_scars import Example, Patch

#: Ridge penalties of the standardised terms, by the generators left out: half or four times as much does alike.
PENALTY = {"confidence": 6.0, "doubt": 1.0, "kind": 10.0, "depth": 400.0, "volume": 2000.0, "sd": 100.0}
#: Finds among folds, stubble and borders weigh so much: there are more of them than scans show.
STRUCTURED_WEIGHS = 0.5
#: What goes on beyond its rim is doubted at least so much: folds are rare on training skin, and common on a neck.
LEAST_DOUBT = {"goes_on": 1.8}
#: Votes for the kinds are divided by this: other generators draw other shapes between the kinds.
KIND_FLATTER = 1.3
#: A correction never changes a measure by more than this.
LIMITS = (0.5, 2.0)
#: Share of the truths of generators left out that the 90 % interval holds.
COVERED = 0.90
#: Standardised features are cut here (`shape_features`).
CUT = 3.0


def print_fit(likely: Sequence[Patch], every: Sequence[Patch]) -> None:
    """Print the TOML of all rows; scores of the patches left out go to standard error."""
    table = _Table([e for p in (*likely, *every) for e in p.examples])
    is_plain = np.array([not e.sort.startswith("structured") for e in table.examples])
    middles, spreads = _robust_scale(table.features[is_plain])
    judged = expand(table.standard(middles, spreads))
    told = np.array([doubts(e.around, width_mm=e.shape.width_mm, sign=e.sign) for e in table.examples])
    true = np.array([e.truth is not None for e in table.examples], float)
    weigh = np.where(is_plain, 1.0, STRUCTURED_WEIGHS)
    sure, confidence = _fit_confidence(np.hstack([judged, -told]), true, weigh, table.folds)
    tell_confidence(sure, true)
    tell_listed(likely, sure, true)
    tell_prevalence(likely, sure, true)

    known = _Table([e for p in likely for e in p.examples if _is_measured(e)])
    standard = known.standard(middles, spreads)[:, : len(SHAPE_FEATURES)]
    terms = expand(standard)
    pits = np.array([e.truth.kind in PITS for e in known.examples])
    votes, kinds = _fit_kinds(terms[pits], [e for e in known.examples if e.truth.kind in PITS], known.folds[pits])
    rows = {"feature_middles": middles, "feature_spreads": spreads}
    rows |= {"confidence_weights": confidence[: -len(DOUBTS)], "doubt_weights": confidence[-len(DOUBTS) :]}
    rows |= {f"kind_weights_{kind}": kinds[k] for k, kind in enumerate(PITS)}
    tell_kinds(votes, [e for e in known.examples if e.truth.kind in PITS])
    rows |= _fit_measures(known, standard, terms)
    _print_rows(rows)


def _is_measured(example: Example) -> bool:
    """Whether a find is a scar seen whole on plain skin."""
    return example.truth is not None and not example.truth.cut and not example.sort.startswith("structured")


class _Table:
    """Examples with their features and the generator that drew them."""

    def __init__(self, examples: list[Example]) -> None:
        self.examples = examples
        self.features = np.array(
            [confidence_features(e.shape, hidden_mm=e.hidden.floor_mm, snr=e.snr, sign=e.sign) for e in examples]
        )
        self.folds = np.array([GENERATORS.index(generator_of(e.sort)) for e in examples])

    def standard(self, middles: np.ndarray, spreads: np.ndarray) -> np.ndarray:
        return np.clip((self.features - middles) / spreads, -CUT, CUT)


def _robust_scale(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    low, middle, high = np.quantile(features, (0.05, 0.5, 0.95), axis=0)
    spreads = np.maximum((high - low) / 3.29, 0.05)
    return _rounded(middle), _rounded(spreads)


def _rounded(values: np.ndarray) -> np.ndarray:
    return np.array([float(f"{v:.5g}") for v in np.ravel(values)])


def _by_folds(fit: Callable[[np.ndarray], np.ndarray], predict: Callable[[np.ndarray], np.ndarray], folds: np.ndarray):
    """Return what is predicted for each generator by a fit on the others, and the fit on all."""
    out = None
    for fold in np.unique(folds):
        told = predict(fit(folds != fold))
        out = np.zeros(told.shape) if out is None else out
        out[folds == fold] = told[folds == fold]
    return out, _rounded_like(fit(np.ones(folds.shape, bool)))


def _rounded_like(weights: np.ndarray) -> np.ndarray:
    return _rounded(weights).reshape(weights.shape)


def _fit_confidence(terms: np.ndarray, true: np.ndarray, weigh: np.ndarray, folds: np.ndarray):
    """Return probabilities (each by a fit without its generator) and weights; those of the doubts only take."""
    count = terms.shape[1] - len(DOUBTS)
    ridge = np.r_[1e-3 * PENALTY["confidence"], np.full(count - 1, PENALTY["confidence"])]
    ridge = np.r_[ridge, np.full(len(DOUBTS), PENALTY["doubt"])]
    bounds = [(None, None)] * count + [(LEAST_DOUBT.get(one, 0.0), None) for one in DOUBTS]

    def fit(rows: np.ndarray) -> np.ndarray:
        x, sign, each = terms[rows], np.where(true[rows] > 0, 1.0, -1.0), weigh[rows]

        def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
            margin = sign * (x @ w)
            slope = -sign * each / (1 + np.exp(np.clip(margin, -500, 500)))
            value = (each * np.logaddexp(0, -margin)).sum() + 0.5 * (ridge * w**2).sum()
            return float(value), x.T @ slope + ridge * w

        start = np.array([low or 0.0 for low, _ in bounds])
        options = {"maxiter": 600}
        return optimize.minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x

    return _by_folds(fit, lambda w: 1 / (1 + np.exp(-np.clip(terms @ w, -40, 40))), folds)


def _fit_kinds(terms: np.ndarray, examples: list[Example], folds: np.ndarray):
    label = np.array([PITS.index(e.truth.kind) for e in examples])
    target = np.eye(3)[label]

    def fit(rows: np.ndarray) -> np.ndarray:
        x, t = terms[rows], target[rows]

        def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
            w = flat.reshape(3, -1)
            z = x @ w.T
            z = z - z.max(axis=1, keepdims=True)
            p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
            value = -np.log((p * t).sum(axis=1)).sum() + 0.5 * PENALTY["kind"] * (w[:, 1:] ** 2).sum()
            slope = (p - t).T @ x
            slope[:, 1:] += PENALTY["kind"] * w[:, 1:]
            return float(value), slope.ravel()

        best = optimize.minimize(loss, np.zeros(3 * terms.shape[1]), jac=True, method="L-BFGS-B").x.reshape(3, -1)
        return best / KIND_FLATTER

    def predict(w: np.ndarray) -> np.ndarray:
        z = terms @ w.T
        p = np.exp(z - z.max(axis=1, keepdims=True))
        doubt = float(value_of("scars.kind_doubt"))
        return (1 - doubt) * p / p.sum(axis=1, keepdims=True) + doubt / 3

    return _by_folds(fit, predict, folds)


def _fit_measures(known: _Table, standard: np.ndarray, terms: np.ndarray) -> dict[str, np.ndarray]:
    examples = known.examples
    rough, floor, mean, area, volume, width = (
        np.array([one(e) for e in examples])
        for one in (
            lambda e: e.shape.roughness_mm, lambda e: e.hidden.floor_mm, lambda e: e.hidden.mean_mm,
            lambda e: e.shape.area_mm2, lambda e: e.shape.volume_mm3, lambda e: e.shape.width_mm,
        )
    )  # fmt: skip
    means = np.array([e.shape.deepest_means_mm for e in examples])
    true_depth, true_volume = (np.abs([getattr(e.truth, one) for e in examples]) for one in ("depth_mm", "volume_mm3"))
    seen = np.array([depth_from_means(m[None], r, w)[0] for m, r, w in zip(means, rough, width, strict=True)])
    seen, volume = np.maximum(seen, 0.01), np.maximum(volume, 0.003)
    rows: dict[str, np.ndarray] = {"correction_limits": np.array(LIMITS)}
    noise = _tempered(np.sqrt((0.6 * rough) ** 2 + (0.6 * floor) ** 2 + (0.04 * true_depth) ** 2 + 0.006**2), 0.2)
    sure_more = _weigh_sure_more(true_depth, noise)
    depth, rows["depth_weights"] = _fit_factor(terms, known.folds, true_depth, seen, sure_more, "depth")
    bulk, rows["volume_weights"] = _fit_factor(terms, known.folds, true_volume, volume, _weigh_alike, "volume")
    shared = np.column_stack([np.ones(len(examples)), standard])
    least = np.full(len(examples), _LEAST_SD_MM)
    depth_sd, rows["depth_sd_parts"], rows["depth_sd_weights"] = _fit_sd(
        [rough, floor, depth], least, shared, depth - true_depth, known.folds
    )
    volume_sd, rows["volume_sd_parts"], rows["volume_sd_weights"] = _fit_sd(
        [mean * area, bulk, rough * area], 1e-6 + 0 * least, shared, bulk - true_volume, known.folds
    )
    tell_measures(examples, depth, true_depth, depth_sd, bulk, true_volume, volume_sd, seen, volume)
    return rows


def _tempered(noise: np.ndarray, power: float) -> np.ndarray:
    """Return noise with its differences tempered: targets count every scar, not only the sure ones."""
    return np.median(noise) * (noise / np.median(noise)) ** power


def _fit_factor(terms, folds, true, seen, weigh: Callable[[np.ndarray, np.ndarray], np.ndarray], name: str):
    """Return corrected measures (each by a fit without its generator), weights; `weigh` is told what logs are off."""
    target = np.clip(np.log(true / seen), *np.log(LIMITS))
    ridge = np.diag(PENALTY[name] * np.r_[1e-3, np.ones(terms.shape[1] - 1)])

    def fit(rows: np.ndarray) -> np.ndarray:
        x, y = terms[rows], target[rows]
        w = weigh(np.zeros(y.shape), rows)
        for _ in range(25):
            weights = np.linalg.solve((x * w[:, None]).T @ x + ridge, (x * w[:, None]).T @ y)
            w = weigh(y - x @ weights, rows)
        return weights

    factor, weights = _by_folds(fit, lambda w: np.exp(np.clip(terms @ w, *np.log(LIMITS))), folds)
    return seen * factor, weights


def _weigh_sure_more(true: np.ndarray, noise: np.ndarray) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Return weights of least absolute errors, by how sure the truth of each scar can be known."""
    weight, spread = (true / noise) ** 2 / np.mean((true / noise) ** 2), noise / true
    return lambda off, rows: weight[rows] / np.maximum(np.abs(off) / spread[rows], 0.3)


def _weigh_alike(off: np.ndarray, _rows: np.ndarray) -> np.ndarray:
    """Return weights of least absolute errors in parts of the truth: each scar counts alike."""
    return 0.1 * np.minimum(np.exp(-off), 4.0) / np.maximum(np.abs(off), 0.03)


def _fit_sd(parts, least, shared, error, folds):
    """Return deviations (each by a fit without its generator), the weights of their parts and of their factor."""
    stack = np.stack(parts)

    def base(logs: np.ndarray) -> np.ndarray:
        return np.sqrt((np.exp(2 * logs)[:, None] * stack**2).sum(axis=0) + least**2)

    def factor(w: np.ndarray) -> np.ndarray:
        return np.exp(np.clip(shared @ w, -_MOST_LOG_FACTOR, _MOST_LOG_FACTOR))

    def fit(rows: np.ndarray) -> np.ndarray:
        x0, s0 = shared[rows], stack[:, rows] ** 2

        def loss(x: np.ndarray) -> tuple[float, np.ndarray]:  # of Student's t: a few misses do not rule
            each = np.exp(2 * x[:3])[:, None] * s0
            square = each.sum(axis=0) + least[rows] ** 2
            log = x0 @ x[3:]
            sd = np.sqrt(square) * np.exp(np.clip(log, -_MOST_LOG_FACTOR, _MOST_LOG_FACTOR))
            z2 = (error[rows] / sd) ** 2 / 5
            value = (np.log(sd) + 3.0 * np.log1p(z2)).sum()
            value += 0.5 * PENALTY["sd"] * (x[4:] ** 2).sum() + 0.5 * ((x[:3] + 1.5) ** 2).sum()
            by_log = 1 - 6 * z2 / (1 + z2)
            slope = np.r_[(by_log * each / square).sum(axis=1), x0.T @ (by_log * (np.abs(log) < _MOST_LOG_FACTOR))]
            slope[:3] += x[:3] + 1.5
            slope[4:] += PENALTY["sd"] * x[4:]
            return float(value), slope

        start = np.r_[np.log([0.6, 0.6, 0.05]), np.zeros(shared.shape[1])]
        x = optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 600}).x
        size = np.abs(error[rows]) / (base(x[:3]) * factor(x[3:]))[rows]
        x[3] += np.log(np.quantile(size, COVERED) / 1.645)
        return x

    sd, x = _by_folds(fit, lambda x: base(x[:3]) * factor(x[3:]), folds)
    return sd, _rounded(np.exp(x[:3])), _rounded(x[3:])


_MEANINGS = {
    "feature_middles": ("1", "middle of each feature (shape_features.CONFIDENCE_FEATURES) of the finds fitted on"),
    "feature_spreads": ("1", "deviation of each feature of the finds fitted on"),
    "confidence_weights": ("1", "logistic weights of the terms of a find for being a scar"),
    "doubt_weights": ("1", "what each doubt (doubt.DOUBTS) takes from the log odds of a find, fitted with them"),
    "kind_weights_icepick": ("1", "multinomial logistic weights of the terms of a scar for being icepick"),
    "kind_weights_boxcar": ("1", "multinomial logistic weights of the terms of a scar for being boxcar"),
    "kind_weights_rolling": ("1", "multinomial logistic weights of the terms of a scar for being rolling"),
    "correction_limits": ("1", "the correction of a depth or a volume never goes beyond these factors"),
    "depth_weights": ("1", "weights of the terms of a scar for the logarithm of true over measured depth"),
    "volume_weights": ("1", "weights of the terms of a scar for the logarithm of true over measured volume"),
    "depth_sd_parts": ("1", "deviation of the depth: part of the roughness, of the hidden skin, of the depth"),
    "depth_sd_weights": ("1", "factor on it: logarithm as weighted sum of 1 and the features"),
    "volume_sd_parts": ("1", "deviation of the volume: part of hidden skin x area, of it, of roughness x area"),
    "volume_sd_weights": ("1", "factor on it: logarithm as weighted sum of 1 and the features"),
}
_NOTE = "Jacob 2001 gives no wall angle and no depth to width ratio: these cut-offs are ours."


def _print_rows(rows: dict[str, np.ndarray]) -> None:
    print("# Weights fitted on generated scars by studies/fit_scars.py, written by it and not by hand.")
    print(f"# Terms: 1, the {len(SHAPE_FEATURES)} shape features (confidence: {len(CONFIDENCE_FEATURES)}), and all")
    print("# products of two of them, each standardised; of deviations no products.")
    for name, values in rows.items():
        unit, meaning = _MEANINGS[name]
        numbers = ", ".join(f"{v:.5g}" if "e" in f"{v:.5g}" or "." in f"{v:.5g}" else f"{v:.1f}" for v in values)
        print(f'\n[{name}]\nvalue = [{numbers}]\nunit = "{unit}"\nkind = "calibrated"\nsource = "scarplan_prototype"')
        print(f'locator = "studies/fit_scars.py"\nverification = "prototype"\nmeaning = "{meaning}"')
        if name.startswith("kind"):
            print(f'note = "{_NOTE}"')
