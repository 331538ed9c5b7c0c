"""How much of what is seen along the line of sight is upright to the skin.

A chart of a mesh is seen in a direction that was chosen, not given: what is measured there must not hang on it. Along
the line of sight a scar on leaning skin is deeper, and its outline smaller, than upright to that skin; its volume is
the same. A height map is measured as its scanner gave it.
"""

from __future__ import annotations

import numpy as np

from scarplan.scars.measure import MeasuringWindow
from scarplan.surface.surface import Surface


def upright_part(surface: Surface, window: MeasuringWindow) -> float:
    """Return the cosine between the skin under a scar and the line of sight; 1 on a plain height map."""
    if surface.frame is None or not window.region.any():
        return 1.0
    rows, columns = (slice(int(at.min()), int(at.max()) + 2) for at in np.nonzero(window.region))
    rim = np.asarray(window.rim_mm, np.float64)[rows, columns]
    down, right = (float(np.diff(rim, axis=axis).mean()) if rim.shape[axis] > 1 else 0.0 for axis in (0, 1))
    return float(1 / np.sqrt(1 + (np.hypot(down, right) / window.pixel_mm) ** 2))
