"""The kind of a scar as probabilities: ice-pick, boxcar, rolling, raised; boxcars also shallow or deep.

Jacob 2001 gives widths and words but no wall angle: the weights are fitted on generated scars and published with them.
"""

from __future__ import annotations

import numpy as np

from scarplan.evidence.library import value_of
from scarplan.scars.describe import Description
from scarplan.scars.hidden_skin import HiddenSkin
from scarplan.scars.scarmap import SCAR_KINDS, Scar, ScarKind
from scarplan.scars.shape_features import expand, shape_features, standardise, weigh

#: Kinds by which scars are counted and advised: boxcars split by depth.
COUNTED_KINDS = ("icepick", "boxcar_shallow", "boxcar_deep", "rolling", "raised")
_PITS = ("icepick", "boxcar", "rolling")


def kind_probability(shape: Description, hidden: HiddenSkin, *, depth_mm: float) -> dict[str, float]:
    """Return the probability of each kind; they sum to 1. A bump is raised."""
    if depth_mm < 0:
        return {kind: float(kind == "raised") for kind in SCAR_KINDS}
    terms = expand(standardise(shape_features(shape, hidden_mm=hidden.floor_mm, sign=1)))
    votes = np.array([weigh(terms, f"scar_fit.kind_weights_{kind}") for kind in _PITS])
    parts = np.exp(votes - votes.max())
    # Whoever names a kind in another way than the scars fitted on is allowed for.
    doubt = float(value_of("scars.kind_doubt"))
    parts = (1 - doubt) * parts / parts.sum() + doubt / len(_PITS)
    return {kind: round(float(p), 6) for kind, p in zip(_PITS, parts, strict=True)} | {"raised": 0.0}


def most_likely(probability: dict[str, float]) -> ScarKind:
    """Return the kind of the highest probability."""
    return max(SCAR_KINDS, key=lambda kind: probability[kind])


def counted_kind(scar: Scar) -> str:
    """Return the kind a scar is counted as: boxcars by depth, shallow below the limit of Jacob."""
    if scar.kind != "boxcar":
        return scar.kind
    return "boxcar_deep" if scar.depth_mm >= value_of("scars.boxcar_deep_mm") else "boxcar_shallow"
