"""What a fit sees: the figures of trials as arrays, and which of them are held."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from scarplan.calibration.design import Design, make_design
from scarplan.calibration.emulator import Emulator
from scarplan.calibration.pigment import PigmentDesign, make_pigment_design
from scarplan.calibration.targets import Target, is_fitted, queries_of, rises, targets_of
from scarplan.evidence.library import quantity
from scarplan.evidence.trials import Trial


class Figures(NamedTuple):
    """What was published: improvement of percent rows [p], responders [f], patients with dark patches [d]."""

    improvement: Any
    count: Any
    pigment_count: Any


@dataclass(frozen=True, eq=False)
class FitData:
    """Everything that the sampler sees, as arrays; `percent` and `fraction` index the rows of the design.

    improvement, error  published improvement and its standard error, points
    count, of           responders and patients; the same for dark patches
    """

    design: Design
    percent: Int[np.ndarray, " p"]
    improvement: Float[np.ndarray, " p"]
    error: Float[np.ndarray, " p"]
    fraction: Int[np.ndarray, " f"]
    count: Int[np.ndarray, " f"]
    of: Int[np.ndarray, " f"]
    pigment: PigmentDesign
    pigment_count: Int[np.ndarray, " d"]
    pigment_of: Int[np.ndarray, " d"]

    @property
    def figures(self) -> Figures:
        """What was published, apart from how it was asked."""
        return Figures(self.improvement, self.count, self.pigment_count)


@dataclass(frozen=True, eq=False)
class Held:
    """Which rows are seen by a fit. What is not held tells the fit nothing."""

    percent: Bool[np.ndarray, " p"]
    fraction: Bool[np.ndarray, " f"]
    pigment: Bool[np.ndarray, " d"]

    @property
    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The three of them."""
        return self.percent, self.fraction, self.pigment


def hold(data: FitData, *, without: str | None = None) -> Held:
    """Return which rows are held when the study `without` is left out; all of them for None."""
    scored = np.array([row.study != without for row in data.design.rows], dtype=bool)
    pigment = np.array([row.study != without for row in data.pigment.rows], dtype=bool)
    return Held(scored[data.percent], scored[data.fraction], pigment)


def make_fit_data(trials: Iterable[Trial], emulator: Emulator) -> FitData:
    """Return the figures of `trials` as arrays. Of tissue only the collagen of scars is fitted, of counts none."""
    listed = tuple(trials)
    queries = queries_of(listed)
    targets = [target for trial in listed for target in targets_of(trial) if is_fitted(target.query, queries)]
    scored = [target for target in targets if target.query.group in ("percent", "fraction")]
    pigment = [target for target in targets if target.query.group == "pih"]
    percent = [number for number, target in enumerate(scored) if target.query.group == "percent"]
    fraction = [number for number, target in enumerate(scored) if target.query.group == "fraction"]
    seen = [_improvement(scored[number]) for number in percent]
    counted = [scored[number] for number in fraction]
    return FitData(
        design=make_design(queries, [target.query for target in scored], emulator),
        percent=np.array(percent, dtype=int),
        improvement=np.array([value for value, _ in seen]),
        error=np.array([error for _, error in seen]),
        fraction=np.array(fraction, dtype=int),
        count=_counts(counted),
        of=_patients(counted),
        pigment=make_pigment_design(queries, [target.query for target in pigment]),
        pigment_count=_counts(pigment),
        pigment_of=_patients(pigment),
    )


def _improvement(target: Target) -> tuple[float, float]:
    """Return improvement (or rise of collagen) and its standard error in points, positive = better."""
    row = target.query
    sign = 1.0 if rises(row) else -1.0
    value, error = sign * target.observed * target.points, (target.standard_error or 0.0) * target.points
    if row.quantity == "change_mean":
        # The baseline that a raw change is related to is uncertain too.
        prior = quantity(f"calibration.reference_{row.instrument}").prior
        error = float(np.hypot(error, value * (prior.spread if prior and prior.spread else 0.0)))
    return value, error


def _counts(targets: Sequence[Target]) -> Int[np.ndarray, " n"]:
    return np.array([target.count for target in targets], dtype=int)


def _patients(targets: Sequence[Target]) -> Int[np.ndarray, " n"]:
    return np.array([target.query.of for target in targets], dtype=int)
