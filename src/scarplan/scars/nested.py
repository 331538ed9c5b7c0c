"""The rim of a pit within a wider scar is the wider scar's floor: depth is counted from there, not from the skin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scarplan.scars.label_boxes import label_boxes
from scarplan.scars.measure import grow_region, rim_margin_mm

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int

#: A pit lies within another scar when this part of what surrounds it is that scar; the surroundings are a ring so wide.
_SURROUNDED_PART, _RING_MM = 0.7, 0.4
#: Fewer pixels say nothing of the slope of a floor.
_FEWEST_PIXELS = 12


def level_within_scars(
    level_mm: Float[np.ndarray, "y x"],
    height_mm: Float[np.ndarray, "y x"],
    labels: Int[np.ndarray, "y x"],
    skin: Bool[np.ndarray, "y x"],
    *,
    pixel_mm: float,
) -> Float[np.ndarray, "y x"]:
    """Return `level_mm` with the floor of the wider scar, continued, under every pit that lies within one."""
    level = level_mm.copy()
    sizes = np.bincount(labels.ravel())
    for number, box in enumerate(label_boxes(labels, sizes.size - 1), start=1):
        if box is None:
            continue
        margin = rim_margin_mm(2 * np.sqrt(sizes[number] / np.pi) * pixel_mm)
        reach = int(np.ceil((margin + _RING_MM) / pixel_mm)) + 1
        window = tuple(slice(max(0, side.start - reach), side.stop + reach) for side in box)
        own = labels[window] == number
        ring = grow_region(own, margin + _RING_MM, pixel_mm=pixel_mm)
        ring &= ~grow_region(own, margin, pixel_mm=pixel_mm) & skin[window]
        around = np.bincount(labels[window][ring], minlength=1)
        wide = int(around[1:].argmax()) + 1 if around.size > 1 else 0
        if wide and sizes[wide] > sizes[number] and around[wide] > max(_SURROUNDED_PART * ring.sum(), _FEWEST_PIXELS):
            level[window][own] = _continue_floor(height_mm[window], ring & (labels[window] == wide), own)
    return level


def _continue_floor(height_mm: np.ndarray, seen: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return a plane through the seen heights, at the wanted pixels."""
    middle = [float(at.mean()) for at in np.nonzero(wanted)]
    scale = max(float(np.sqrt(wanted.sum())), 1.0)

    def terms(where: np.ndarray) -> np.ndarray:
        y, x = ((at - m) / scale for at, m in zip(np.nonzero(where), middle, strict=True))
        return np.stack([np.ones_like(y), y, x], axis=1)

    return terms(wanted) @ np.linalg.lstsq(terms(seen), height_mm[seen], rcond=None)[0]
