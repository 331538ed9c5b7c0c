"""What the surroundings of a find take from its confidence.

Each doubt is nothing for a scar seen whole, on skin that faces the scanner, that ends at its rim and stands out of its
own place. Weights are fitted together with those of the confidence, on generated skin with folds, stubble and borders
too (`studies/fit_scars.py`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scarplan.evidence.library import value_of
from scarplan.scars.hidden_skin import hidden_skin
from scarplan.scars.scarmap import Scar
from scarplan.scars.skin_spectrum import SkinSpectrum
from scarplan.scars.surroundings import Surroundings

DOUBTS = ("unseen", "goes_on", "rough_around", "steep", "small_bump", "bends_nowhere")
#: Reasons told of finds that fall below the list, by the doubt that took most.
REASON_OF = {
    "unseen": "cut by the edge", "goes_on": "fold", "rough_around": "rough or hairy", "steep": "steep",
    "small_bump": "small bump", "bends_nowhere": "bent skin",
}  # fmt: skip
#: No find is surer than this, however it looks, before its surroundings are looked at.
_LEAST_SURE = 1e-3
#: No doubt counts for more than this many of its units.
_MOST = 2.0


def doubts(around: Surroundings, *, width_mm: float, sign: int) -> np.ndarray:
    """Return the size of each of `DOUBTS`, 0 or more."""
    gone = max(0.0, np.log(value_of("scar_doubt.stands_out_enough") / max(around.stands_out, 0.2)))
    usual = value_of("scar_doubt.gentle_slope_deg")
    lean = max(0.0, np.degrees(np.arctan(around.slope)) - usual) / usual
    small = max(0.0, np.log(value_of("scar_doubt.usual_bump_mm") / width_mm)) if sign < 0 else 0.0
    # Hair and follicles are narrow; what is as wide as a rolling scar is the form of the face.
    narrow, wide = value_of("scar_doubt.hair_to_form_mm")
    fine = min(max((wide - width_mm) / (wide - narrow), 0.0), 1.0)
    enough = value_of("scar_doubt.bends_enough")
    flat = max(0.0, enough - around.bends) / enough
    each = (around.unseen_part, around.goes_on, gone * fine, lean, small, flat)
    return np.minimum(np.array(each), _MOST)


def with_doubt(sure: float, told: np.ndarray) -> tuple[float, str | None]:
    """Return the probability `sure` less what the doubts take from its log odds, and why, where they take much."""
    sure = min(max(sure, _LEAST_SURE), 1 - _LEAST_SURE)
    least, enough = value_of("scar_doubt.rim_to_see")
    enclosed = min(max((1 - told[DOUBTS.index("unseen")] - least) / (enough - least), 0.0), 1.0)
    takes = np.array(value_of("scar_fit.doubt_weights")) * told
    odds = float(np.log(sure / (1 - sure)) - takes.sum())
    reason = REASON_OF[DOUBTS[int(np.argmax(takes))]] if takes.sum() >= value_of("scar_doubt.told_from") else None
    # Skin that is seen on one side only is continued, not known: whatever lies there may be the border itself.
    reason = REASON_OF["unseen"] if enclosed < 1 else reason
    return enclosed * float(1 / (1 + np.exp(-np.clip(odds, -40, 40)))), reason


def widen(scar: Scar, around: Surroundings, spectrum: SkinSpectrum) -> Scar:
    """Return `scar` with deviations that count what is not known of the skin under it where its rim is not seen.

    Skin hidden as far from what is seen as under a wider scar is as uncertain as there, and more so from one side.
    """
    if around.unseen_part <= 0:
        return scar
    reach_mm = scar.width_mm * max(around.stretch, 1.0) * (1 + around.unseen_part)
    wide, own = (hidden_skin(width, spectrum) for width in (reach_mm, scar.width_mm))
    floor, mean = (np.sqrt(max(one**2 - other**2, 0.0)) for one, other in
                   ((wide.floor_mm, own.floor_mm), (wide.mean_mm, own.mean_mm)))  # fmt: skip
    return replace(
        scar,
        depth_sd_mm=float(np.hypot(scar.depth_sd_mm, floor)),
        volume_sd_mm3=float(np.hypot(scar.volume_sd_mm3, mean * scar.area_mm2)),
    )
