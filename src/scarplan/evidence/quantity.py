"""A number of medical or physical meaning together with where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

Kind = Literal["measured", "derived", "calibrated", "assumed"]
Verification = Literal["full_text", "table", "abstract", "excerpt", "secondary", "derived", "prototype", "memory"]
PriorFamily = Literal["fixed", "normal", "lognormal", "beta", "uniform", "truncated_normal"]

KINDS: tuple[str, ...] = get_args(Kind)
VERIFICATIONS: tuple[str, ...] = get_args(Verification)
PRIOR_FAMILIES: tuple[str, ...] = get_args(PriorFamily)


@dataclass(frozen=True)
class Prior:
    """How sure we are of a quantity, for drawing it.

    `fixed` is not drawn. `normal`, `lognormal`, `truncated_normal`: `center` (median for lognormal) and
    `spread` (sd, or sd of the logarithm). `beta`: mean `center` and sd `spread` on [`low`, `high`].
    `uniform`: on [`low`, `high`]. `low` and `high` also truncate. `level` says what it varies over.
    """

    family: PriorFamily
    center: float | None = None
    spread: float | None = None
    low: float | None = None
    high: float | None = None
    level: Literal["study", "patient"] = "study"


@dataclass(frozen=True)
class Quantity:
    """One value with unit, source, locator, verification and kind."""

    name: str
    value: Any
    unit: str
    kind: Kind
    source: str
    locator: str
    verification: Verification
    meaning: str
    low: float | None = None
    high: float | None = None
    prior: Prior | None = None
    note: str = ""
