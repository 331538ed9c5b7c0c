"""The models behind `scar_fit.*`: which weights explain the truths of the finds, and how well on patches left out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize

from scarplan.evidence.library import value_of
from scarplan.scars.certainty import _LEAST_SD_MM, _MOST_LOG_FACTOR
from scarplan.scars.doubt import DOUBTS, doubts
from scarplan.scars.measure import depth_from_means
from scarplan.scars.shape_features import CONFIDENCE_FEATURES, SHAPE_FEATURES, confidence_features, expand

if TYPE_CHECKING:
    from fit_scars import Example, Patch

FOLDS = 5
PITS = ("icepick", "boxcar", "rolling")
#: Ridge penalties of the standardised terms: of depth and volume by fits on one training generator judged on the other,
#: where 80 to 300 do alike, and 500 less badly on the foreign generators; the rest by the patches left out.
PENALTY = {"confidence": 6.0, "doubt": 1.0, "kind": 15.0, "depth": 400.0, "volume": 400.0, "sd": 20.0}
#: Finds among folds, stubble and borders weigh so much: there are more of them than scans show.
STRUCTURED_WEIGHS = 0.5
#: What goes on beyond its rim is doubted at least so much: folds are rare on training skin, and common on a neck.
LEAST_DOUBT = {"goes_on": 1.8}
#: Votes for the kinds are divided by this: other generators draw other shapes between the kinds.
KIND_FLATTER = 1.7
#: A correction never changes a measure by more than this.
LIMITS = (0.5, 2.0)
#: Share of the truths that the 90 % interval holds on patches left out: skin of another origin is harder.
COVERED = 0.93
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
    _tell_confidence(table, sure, true, kept=len([e for p in likely for e in p.examples]))
    _tell_prevalence(likely, sure, true)

    known = _Table([e for p in likely for e in p.examples if _is_measured(e)])
    standard = known.standard(middles, spreads)[:, : len(SHAPE_FEATURES)]
    terms = expand(standard)
    pits = np.array([e.truth.kind in PITS for e in known.examples])
    votes, kinds = _fit_kinds(terms[pits], [e for e in known.examples if e.truth.kind in PITS], known.folds[pits])
    rows = {"feature_middles": middles, "feature_spreads": spreads}
    rows |= {"confidence_weights": confidence[: -len(DOUBTS)], "doubt_weights": confidence[-len(DOUBTS) :]}
    rows |= {f"kind_weights_{kind}": kinds[k] for k, kind in enumerate(PITS)}
    _tell_kinds(votes, [e for e in known.examples if e.truth.kind in PITS])
    rows |= _fit_measures(known, standard, terms)
    _print_rows(rows)


def _is_measured(example: Example) -> bool:
    """Whether a find is a scar seen whole on plain skin."""
    return example.truth is not None and not example.truth.cut and not example.sort.startswith("structured")


class _Table:
    """Examples with their features and the fold of their patch."""

    def __init__(self, examples: list[Example]) -> None:
        self.examples = examples
        self.features = np.array(
            [confidence_features(e.shape, hidden_mm=e.hidden.floor_mm, snr=e.snr, sign=e.sign) for e in examples]
        )
        patches = sorted({(e.sort, e.seed) for e in examples})
        order = np.random.default_rng(0).permutation(len(patches))
        fold = {patch: int(order[k]) % FOLDS for k, patch in enumerate(patches)}
        self.folds = np.array([fold[e.sort, e.seed] for e in examples])

    def standard(self, middles: np.ndarray, spreads: np.ndarray) -> np.ndarray:
        return np.clip((self.features - middles) / spreads, -CUT, CUT)


def _robust_scale(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    low, middle, high = np.quantile(features, (0.05, 0.5, 0.95), axis=0)
    spreads = np.maximum((high - low) / 3.29, 0.05)
    return _rounded(middle), _rounded(spreads)


def _rounded(values: np.ndarray) -> np.ndarray:
    return np.array([float(f"{v:.5g}") for v in np.ravel(values)])


def _by_folds(fit: Callable[[np.ndarray], np.ndarray], predict: Callable[[np.ndarray], np.ndarray], folds: np.ndarray):
    """Return what is predicted for each fold by a fit on the others, and the fit on all."""
    out = None
    for fold in range(FOLDS):
        told = predict(fit(folds != fold))
        out = np.zeros(told.shape) if out is None else out
        out[folds == fold] = told[folds == fold]
    return out, _rounded_like(fit(np.ones(folds.shape, bool)))


def _rounded_like(weights: np.ndarray) -> np.ndarray:
    return _rounded(weights).reshape(weights.shape)


def _fit_confidence(terms: np.ndarray, true: np.ndarray, weigh: np.ndarray, folds: np.ndarray):
    """Return probabilities (each by a fit without its patch) and weights; the last ones, of the doubts, only take."""
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
    depth, rows["depth_weights"] = _fit_factor(terms, known.folds, true_depth, seen, noise, "depth")
    noise = true_volume * _tempered(np.sqrt((mean * area / true_volume) ** 2 + 0.05**2), 0.5)
    bulk, rows["volume_weights"] = _fit_factor(terms, known.folds, true_volume, volume, noise, "volume")
    shared = np.column_stack([np.ones(len(examples)), standard])
    least = np.full(len(examples), _LEAST_SD_MM)
    depth_sd, rows["depth_sd_parts"], rows["depth_sd_weights"] = _fit_sd(
        [rough, floor, depth], least, shared, depth - true_depth, known.folds
    )
    volume_sd, rows["volume_sd_parts"], rows["volume_sd_weights"] = _fit_sd(
        [mean * area, bulk, rough * area], 1e-6 + 0 * least, shared, bulk - true_volume, known.folds
    )
    _tell_measures(examples, depth, true_depth, depth_sd, bulk, true_volume, volume_sd, seen, volume)
    return rows


def _tempered(noise: np.ndarray, power: float) -> np.ndarray:
    """Return noise with its differences tempered: targets count every scar, not only the sure ones."""
    return np.median(noise) * (noise / np.median(noise)) ** power


def _fit_factor(terms, folds, true, seen, noise, name: str):
    """Return corrected measures (each by a fit without its patch) and weights; least absolute deviations, ridged."""
    target = np.clip(np.log(true / seen), *np.log(LIMITS))
    weight = (true / noise) ** 2
    weight = weight / weight.mean()

    def fit(rows: np.ndarray) -> np.ndarray:
        x, y, w0 = terms[rows], target[rows], weight[rows]
        spread = noise[rows] / true[rows]
        ridge = np.diag(PENALTY[name] * np.r_[1e-3, np.ones(terms.shape[1] - 1)])
        w = w0
        for _ in range(12):
            weights = np.linalg.solve((x * w[:, None]).T @ x + ridge, (x * w[:, None]).T @ y)
            w = w0 / np.maximum(np.abs(y - x @ weights) / spread, 0.3)
        return weights

    factor, weights = _by_folds(fit, lambda w: np.exp(np.clip(terms @ w, *np.log(LIMITS))), folds)
    return seen * factor, weights


def _fit_sd(parts, least, shared, error, folds):
    """Return deviations (each by a fit without its patch), the weights of their parts and of their factor."""
    stack = np.stack(parts)

    def base(logs: np.ndarray) -> np.ndarray:
        return np.sqrt((np.exp(2 * logs)[:, None] * stack**2).sum(axis=0) + least**2)

    def factor(w: np.ndarray) -> np.ndarray:
        return np.exp(np.clip(shared @ w, -_MOST_LOG_FACTOR, _MOST_LOG_FACTOR))

    def fit(rows: np.ndarray) -> np.ndarray:
        def loss(x: np.ndarray) -> float:  # of Student's t with few degrees of freedom: a few misses do not rule
            sd = (base(x[:3]) * factor(x[3:]))[rows]
            z = error[rows] / sd
            return float((np.log(sd) + 3.0 * np.log1p(z**2 / 5)).sum() + 0.5 * PENALTY["sd"] * (x[4:] ** 2).sum()
                         + 0.5 * ((x[:3] + 1.5) ** 2).sum())  # fmt: skip

        x = optimize.minimize(loss, np.r_[np.log([0.6, 0.6, 0.05]), np.zeros(shared.shape[1])], method="L-BFGS-B").x
        size = np.abs(error[rows]) / (base(x[:3]) * factor(x[3:]))[rows]
        x[3] += np.log(np.quantile(size, COVERED) / 1.645)
        return x

    sd, x = _by_folds(fit, lambda x: base(x[:3]) * factor(x[3:]), folds)
    return sd, _rounded(np.exp(x[:3])), _rounded(x[3:])


def _tell(*words: object, end: str = "\n") -> None:
    print(*words, file=sys.stderr, end=end)


def _tell_confidence(table: _Table, sure: np.ndarray, true: np.ndarray, *, kept: int) -> None:
    _tell(f"confidence: {int(true.sum())} scars among {true.size} finds, log score "
          f"{-np.mean(np.log(np.where(true > 0, sure, 1 - sure))):.3f}")  # fmt: skip
    for low, high in zip((0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95), (0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1.01), strict=True):
        here = (sure >= low) & (sure < high)
        _tell(f"  told {low:.2f}-{min(high, 1):.2f}: {int(here.sum()):5d} finds, {true[here].mean():.2f} scars")
    likely = np.arange(true.size) < kept
    for sort in dict.fromkeys(e.sort for e in table.examples):
        here = np.array([e.sort == sort for e in table.examples]) & likely
        listed = here & (sure > value_of("scars.listed_confidence"))
        right = int((listed & (true > 0)).sum())
        _tell(f"  {sort:16s} listed {int(listed.sum())}: {right} of {int(true[here].sum())} scars")


def _tell_prevalence(likely: Sequence[Patch], sure: np.ndarray, true: np.ndarray) -> None:
    """Tell by how much the log odds of a find go with the logarithm of the density of the other clear ones."""
    sizes = np.cumsum([0, *(len(p.examples) for p in likely)])
    usual, weight = value_of("scars.usual_scars_per_cm2"), value_of("scars.usual_scars_weight")
    density = np.zeros(sizes[-1])
    for patch, first, last in zip(likely, sizes[:-1], sizes[1:], strict=True):
        is_clear = sure[first:last] >= value_of("scars.clear_confidence")
        density[first:last] = (is_clear.sum() - is_clear + weight) / (patch.area_cm2 + weight / usual)
    p = np.clip(sure[: sizes[-1]], 1e-3, 1 - 1e-3)
    odds, log_density = np.log(p / (1 - p)), np.log(density / usual)
    sign = np.where(true[: sizes[-1]] > 0, 1.0, -1.0)

    def loss(x: np.ndarray) -> float:
        return float(np.logaddexp(0, -sign * (odds + x[0] + x[1] * log_density)).mean())

    constant, slope = optimize.minimize(loss, np.zeros(2)).x
    _tell(f"density of clear finds: slope {slope:.2f}, constant {constant:+.2f}; log score "
          f"{loss(np.zeros(2)):.3f}, with slope 1 {loss(np.array([0.0, 1.0])):.3f}")  # fmt: skip


def _tell_kinds(votes: np.ndarray, examples: list[Example]) -> None:
    label = np.array([PITS.index(e.truth.kind) for e in examples])
    clear = np.array([not e.truth.ambiguous for e in examples])
    right = votes.argmax(axis=1) == label
    score = -np.log(np.maximum(votes[np.arange(label.size), label], 1e-6))
    _tell(f"kinds: right {right[clear].mean():.3f} of the clear, {right.mean():.3f} of all;", end=" ")
    _tell(f"log score {score.mean():.3f}")
    best = votes.max(axis=1)
    for low, high in ((0.3, 0.6), (0.6, 0.8), (0.8, 0.95), (0.95, 1.01)):
        here = (best >= low) & (best < high)
        _tell(f"  told {low:.2f}-{min(high, 1):.2f}: {int(here.sum())} scars, {right[here].mean():.2f} right")


def _tell_measures(examples, depth, true_depth, depth_sd, bulk, true_volume, volume_sd, seen, volume) -> None:
    error, part = 1000 * (depth - true_depth), 100 * (bulk / true_volume - 1)
    inside = np.abs(depth - true_depth) < 1.645 * depth_sd
    inside_volume = np.abs(bulk - true_volume) < 1.645 * volume_sd
    _tell("depth MAE um (before), bias, covered; volume error % (before), bias, covered; kinds: depth MAE/bias, volume")
    sorts = np.array([e.sort for e in examples])
    kinds = np.array([e.truth.kind for e in examples])
    for sort in ["", *dict.fromkeys(sorts)]:
        here = (sorts == sort) | (sort == "")
        before, before_part = 1000 * np.abs(seen - true_depth)[here], 100 * np.abs(volume / true_volume - 1)[here]
        words = [
            f"{sort or 'all':16s} {np.abs(error[here]).mean():5.1f} ({before.mean():5.1f}) {error[here].mean():+5.1f}",
            f"{inside[here].mean():.2f}; {np.abs(part[here]).mean():5.1f} ({before_part.mean():5.1f})",
            f"{part[here].mean():+5.1f} {inside_volume[here].mean():.2f};",
        ]
        for kind in (*PITS, "raised"):
            one = here & (kinds == kind)
            if one.any():
                words.append(
                    f"{kind} {np.abs(error[one]).mean():.0f}/{error[one].mean():+.0f} {inside[one].mean():.2f} "
                    f"{np.abs(part[one]).mean():.0f}% {inside_volume[one].mean():.2f};"
                )
        _tell(*words)


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
    print("# products of two of them, each standardised.")
    for name, values in rows.items():
        unit, meaning = _MEANINGS[name]
        numbers = ", ".join(f"{v:.5g}" if "e" in f"{v:.5g}" or "." in f"{v:.5g}" else f"{v:.1f}" for v in values)
        print(f'\n[{name}]\nvalue = [{numbers}]\nunit = "{unit}"\nkind = "calibrated"\nsource = "scarplan_prototype"')
        print(f'locator = "studies/fit_scars.py"\nverification = "prototype"\nmeaning = "{meaning}"')
        if name.startswith("kind"):
            print(f'note = "{_NOTE}"')
