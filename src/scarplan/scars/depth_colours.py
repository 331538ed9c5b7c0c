"""Depth as colour for meshes that other programs show: skin is grey, dents go to blue, raised places to orange."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, UInt8

from scarplan.evidence.library import value_of

#: From the highest place to the deepest; grey is the level of the skin. Told apart by colour-blind eyes too.
_RAISED, _SKIN, _DEEP = np.array([213.0, 94, 0]), np.array([225.0, 220, 214]), np.array([0.0, 50, 130])


def colour_depths(drop_mm: Float[np.ndarray, "y x"]) -> UInt8[np.ndarray, "y x 3"]:
    """Return a colour for each place by how far it lies below the level of the skin (above it: negative), mm.

    Full colour stands at `scars.full_colour_depth_mm`; what is not seen gets the colour of skin.
    """
    part = np.clip(np.nan_to_num(drop_mm) / value_of("scars.full_colour_depth_mm"), -1, 1)[..., None]
    colours = _SKIN + np.where(part > 0, part * (_DEEP - _SKIN), -part * (_RAISED - _SKIN))
    return np.rint(colours).astype(np.uint8)
