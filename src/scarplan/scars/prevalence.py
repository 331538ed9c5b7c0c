"""How sure a find is among the others of its map: where many sure scars are, an unsure find is more likely one too.

The shape of a find tells how many times likelier a scar looks so than chance does. How likely it is depends on how
many scars there are as well: on skin without any, even a fair likeness is chance. The density of the other sure
finds stands for that, drawn to the usual one where little skin is seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from scarplan.evidence.library import value_of

if TYPE_CHECKING:
    from jaxtyping import Float


def with_others(confidence: Sequence[float], area_cm2: float) -> Float[np.ndarray, " n"]:
    """Return the confidences of all finds of one map of judged skin, each with what the others tell."""
    sure = np.asarray(confidence, float)
    usual, weight = value_of("scars.usual_scars_per_cm2"), value_of("scars.usual_scars_weight")
    is_clear = sure >= value_of("scars.clear_confidence")
    others = is_clear.sum() - is_clear
    per_cm2 = (others + weight) / (area_cm2 + weight / usual)
    # Prior odds of a scar go with its density; the shape's own part of the odds stays.
    return sure * per_cm2 / (sure * per_cm2 + (1 - sure) * usual)
