"""Dark patches in trials: log odds = needling + procedure + skin type + study. Counts differ far beyond chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Float, Int

from scarplan.calibration.queries import Queries, RowQuery, arm_of
from scarplan.evidence.library import quantities_of, quantity, value_of

#: Skin type that the log odds are counted from.
BASE_SKIN_TYPE = 4.0
_LOG_ODDS = "log odds"


@dataclass(frozen=True, eq=False)
class PigmentDesign:
    """Arrays of n rows: effects [n effect] and the number of the study [n]."""

    rows: tuple[RowQuery, ...]
    effects: Float[np.ndarray, "n effect"]
    study: Int[np.ndarray, " n"]


@cache
def pigment_names() -> tuple[str, ...]:
    """Return the names of the effects on dark patches, in the order of the columns."""
    rows = quantities_of("calibration")
    return tuple(
        name.removeprefix("calibration.")
        for name, row in rows.items()
        if row.unit == _LOG_ODDS and row.prior is not None and row.prior.family == "normal"
    )


def pigment_prior(name: str) -> tuple[float, float]:
    """Return mean and sd of the prior of an effect, log odds."""
    prior = quantity(f"calibration.{name}").prior
    if prior is None or prior.center is None or prior.spread is None:
        raise ValueError(f"effect {name} has no normal prior")
    return prior.center, prior.spread


def make_pigment_design(queries: Queries, rows: Sequence[RowQuery]) -> PigmentDesign:
    """Return the design of `rows`, each a pih row of `queries`."""
    names = pigment_names()
    effects = np.zeros((len(rows), len(names)))
    studies: dict[str, int] = {}
    for number, row in enumerate(rows):
        study = queries.study(row.study)
        arm, _ = arm_of(row, study)
        effects[number, names.index("pigment_needling")] = 1.0
        if arm.procedure != "microneedling":
            name = f"pigment_{arm.procedure}"
            effects[number, names.index(name if name in names else "pigment_other")] = 1.0
        told = study.fitzpatrick or (value_of("calibration.unstated_skin_type"),)
        effects[number, names.index("pigment_per_skin_type")] = float(np.mean(told)) - BASE_SKIN_TYPE
        studies.setdefault(row.study, len(studies))
    return PigmentDesign(tuple(rows), effects, np.array([studies[row.study] for row in rows], dtype=int))
