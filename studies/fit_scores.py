"""How well the models behind `scar_fit.*` do on generators left out, told on standard error."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize
from training_skin import GENERATORS, generator_of

from scarplan.evidence.library import value_of
from scarplan.scars.prevalence import with_others

if TYPE_CHECKING:
    from fit_scars import Example, Patch

PITS = ("icepick", "boxcar", "rolling")
#: Limits of the list that are told of.
LIMITS_OF_LIST = (0.4, 0.5, 0.6)


def _tell(*words: object) -> None:
    print(*words, file=sys.stderr)


def tell_confidence(sure: np.ndarray, true: np.ndarray) -> None:
    _tell(f"confidence: {int(true.sum())} scars among {true.size} finds, log score "
          f"{-np.mean(np.log(np.where(true > 0, sure, 1 - sure))):.3f}")  # fmt: skip
    for low, high in zip((0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95), (0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1.01), strict=True):
        here = (sure >= low) & (sure < high)
        _tell(f"  told {low:.2f}-{min(high, 1):.2f}: {int(here.sum()):5d} finds, {true[here].mean():.2f} scars")


def tell_listed(likely: Sequence[Patch], sure: np.ndarray, true: np.ndarray) -> None:
    """Tell what would be listed of each sort, each map weighed by its own clear finds, at some limits of the list."""
    found: dict[str, dict[float, list[int]]] = {}
    counts: dict[str, tuple[int, float]] = {}
    ends = np.cumsum([len(p.examples) for p in likely])
    for patch, end in zip(likely, ends, strict=True):
        own = slice(end - len(patch.examples), end)
        among, is_scar = with_others(sure[own], patch.area_cm2), true[own] > 0
        for name in (patch.sort, f"all of {generator_of(patch.sort)}"):
            if not (patch.sort.startswith("structured") and name.startswith("all")):
                before = counts.get(name, (0, 0.0))
                counts[name] = before[0] + patch.scars, before[1] + patch.area_cm2
                by_limit = found.setdefault(name, {limit: [0, 0] for limit in LIMITS_OF_LIST})
                for limit, listed in by_limit.items():
                    listed[0] += int((among >= limit).sum())
                    listed[1] += int(((among >= limit) & is_scar).sum())
    for name, by_limit in found.items():
        scars, area = counts[name]
        words = [
            f"{limit:.2f}: {right / scars:.3f} {right / max(count, 1):.3f} {2 * right / (count + scars):.3f}"
            if scars else f"{limit:.2f}: {10 * count / area:.2f} per 10 cm2"
            for limit, (count, right) in by_limit.items()
        ]  # fmt: skip
        _tell(f"  {name:20s} recall, precision, F1 from", "; ".join(words))


def tell_prevalence(likely: Sequence[Patch], sure: np.ndarray, true: np.ndarray) -> None:
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


def tell_kinds(votes: np.ndarray, examples: list[Example]) -> None:
    label = np.array([PITS.index(e.truth.kind) for e in examples])
    clear = np.array([not e.truth.ambiguous for e in examples])
    right = votes.argmax(axis=1) == label
    score = -np.log(np.maximum(votes[np.arange(label.size), label], 1e-6))
    by = np.array([generator_of(e.sort) for e in examples])
    for name in ("", *GENERATORS):
        here = (by == name) | (name == "")
        if here.any():
            _tell(f"kinds, {name or 'all'}: right {right[clear & here].mean():.3f} of the clear, "
                  f"{right[here].mean():.3f} of all; log score {score[here].mean():.3f}")  # fmt: skip
    best = votes.max(axis=1)
    for low, high in ((0.3, 0.6), (0.6, 0.8), (0.8, 0.95), (0.95, 1.01)):
        here = (best >= low) & (best < high)
        _tell(f"  told {low:.2f}-{min(high, 1):.2f}: {int(here.sum())} scars, {right[here].mean():.2f} right")


def tell_measures(examples, depth, true_depth, depth_sd, bulk, true_volume, volume_sd, seen, volume) -> None:
    error, part = 1000 * (depth - true_depth), 100 * (bulk / true_volume - 1)
    inside = np.abs(depth - true_depth) < 1.645 * depth_sd
    inside_volume = np.abs(bulk - true_volume) < 1.645 * volume_sd
    _tell("depth MAE um (before), bias, covered; volume error % (before), bias, covered; kinds: depth MAE/bias, volume")
    sorts = np.array([e.sort for e in examples])
    by = np.array([f"all of {generator_of(sort)}" for sort in sorts])
    kinds = np.array([e.truth.kind for e in examples])
    for sort in ["", *dict.fromkeys(by), *dict.fromkeys(sorts)]:
        here = (sorts == sort) | (by == sort) | (sort == "")
        before, before_part = 1000 * np.abs(seen - true_depth)[here], 100 * np.abs(volume / true_volume - 1)[here]
        words = [
            f"{sort or 'all':20s} {np.abs(error[here]).mean():5.1f} ({before.mean():5.1f}) {error[here].mean():+5.1f}",
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
