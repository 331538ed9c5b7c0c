"""The time grid of the box: short steps after a session, ever longer ones later, frozen before the run."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

#: By then growth factor has faded to a few parts in 1e5 of its peak, and the rest of the yield is known in closed form.
HORIZON_DAYS = 48.0
#: Halving these steps changes the yield of a session by less than 1e-4 (tests/response/test_unit_cell.py).
STEP_COUNT = 16
# How much longer the last step is than the first.
_GROWTH = 40.0


def session_steps(count: int = STEP_COUNT, *, horizon_days: float = HORIZON_DAYS) -> Float[np.ndarray, " step"]:
    """Return the lengths of `count` steps after a session, days; each longer than the one before by the same factor."""
    lengths = _GROWTH ** (np.arange(count) / max(count - 1, 1))
    return horizon_days * lengths / lengths.sum()
