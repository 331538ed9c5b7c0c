"""The uncertain inputs of a forecast in plain words, and the draws that hold them.

An input is a field of the response model's draws, or something about the scars themselves. `words` go on after "hangs
mostly on ...", `low` and `high` say what its small and its large value mean.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from jaxtyping import Float

from scarplan.response import ResponseDraws


@dataclass(frozen=True)
class Input:
    """One uncertain input in words. `low` and `high` are what stands at the ends of its bar."""

    words: str
    low: str
    high: str


def _less(words: str) -> Input:
    return Input(words, "less", "more")


def _slow(words: str) -> Input:
    return Input(words, "slower", "faster")


def _brief(words: str) -> Input:
    return Input(words, "briefer", "longer")


#: Of the scars, not of the model's draws.
TETHERED, DEPTH_ERROR, DEPTHS, WIDTHS = "tethered", "depth_error", "depths", "widths"
_OF_SCARS = {
    TETHERED: Input("which of the scars are held down by bands", "fewer", "more"),
    DEPTH_ERROR: Input("the scanner's error in today's depth", "read too shallow", "read too deep"),
    DEPTHS: Input("how deep the scars are now, which was not measured", "shallower", "deeper"),
    WIDTHS: Input("how wide the scars are now, which was not measured", "narrower", "wider"),
}

_OF_HEALING = {
    "clot_clearance_per_day": _slow("how fast the clot in the channels is cleared"),
    "inflammation_clearance_per_day": _slow("how fast inflammation settles"),
    "signal_clearance_per_day": _slow("how fast the signals of healing fade"),
    "signal_from_clot_per_day": _less("how much signal of healing the clot gives off"),
    "signal_from_inflammation_per_day": _less("how much signal of healing inflammation gives off"),
    "signal_reach_mm": Input("how far the signals of healing spread", "less far", "farther"),
    "signal_half_activation": Input("how much signal it takes to wake the cells that build collagen", "little", "much"),
    "fibroblast_activation_per_day": _slow("how fast the cells that build collagen wake"),
    "fibroblast_loss_per_day": _slow("how fast the cells that build collagen come to rest"),
    "synthesis_per_day": _less("how much collagen these cells build"),
    "thickness_gain": _less("how much the skin thickens with its collagen"),
    "type_iii_share": _less("how much of new collagen is of the early kind"),
    "type_iii_to_i_half_days": _brief("how long early collagen takes to ripen"),
    "cross_linking_half_days": _brief("how long new collagen takes to set"),
    "immature_loss_half_days": _brief("how long new collagen lasts"),
    "mature_loss_half_years": _brief("how long set collagen lasts"),
    "ageing_loss_per_year": _slow("how fast the skin ages"),
    "ageing_deepening_per_year": _slow("how fast dents deepen with age"),
    "reference_outline_mm": Input("how wide the channels of the trials were", "narrower", "wider"),
    "destroyed_share": _less("how much new collagen the next session destroys"),
    "fragment_removal_per_day": _slow("how fast broken collagen is cleared"),
    "collagen_ceiling": _less("how much collagen the skin can hold"),
    "scar_collagen": _less("how much collagen the scars hold now"),
    "surface_lag_days": _brief("how long the surface takes to follow"),
    "tether_release_per_injury": _less("how well needling loosens the bands under a scar"),
    "tether_depth_mm": Input("how deep these bands lie", "shallower", "deeper"),
    "tether_share_rolling": _less("how much of a rolling scar's depth these bands hold"),
    "lateral_smoothing_mm": _less("how stiff the skin is around a scar"),
    "yield_between_studies": Input("how well needling works in this clinic, set beside others", "worse", "better"),
    "yield_between_patients": Input("how well this person's skin answers, set beside others", "worse", "better"),
    "patient_yield": _less("how much collagen age and smoking leave"),
}
_OF_NEEDLING = {
    "reached_fraction": Input("how deep the needles really reach", "shallower", "deeper"),
    "reached_depth_cv": _less("how much the depth varies from channel to channel"),
    "recoil_ratio": Input("how far the channels stay open", "narrower", "wider"),
    "channel_taper_mm": _less("how pointed the channels are"),
    "crush_margin_mm": _less("how much tissue is crushed around a channel"),
    "delivered_density_ratio": Input("how many channels are really made", "fewer", "more"),
    "drag_mm": _less("how much the needles drag"),
    "epidermis_mm": Input("how thick the outermost skin is", "thinner", "thicker"),
    "dermis_mm": Input("how thick the skin is under the scars", "thinner", "thicker"),
}
_OF_PIGMENT = {
    "pigment_log_odds": _less("how often needling is followed by dark patches at all"),
    "pigment_between_studies": Input("how often this clinic sees dark patches, set beside others", "rarely", "often"),
    "pigment_per_skin_type": _less("how much the skin type matters for dark patches"),
    "pigment_per_log_density": _less("how much the number of channels matters for dark patches"),
    "pigment_per_log_length": _less("how much the needle length matters for dark patches"),
    "pigment_reference_sessions": _less("how many sessions the trials of dark patches had"),
    "pigment_sun": _less("how much the sun matters for dark patches"),
    "delivered_density_ratio": _OF_NEEDLING["delivered_density_ratio"],
}
#: Fields of the draws that neither the depth when it is judged nor the risk of dark patches depends on.
ELSEWHERE = {
    "response": ("adjunct_prp_yield", "adjunct_topical_yield", "adjunct_other_yield", "adjunct_subcision_release"),
    "needling": (
        "bleeding_depth_below_epidermis_mm",
        "scar_threshold_depth_mm",
        "scar_threshold_share",
        "wide_patch_mm",
    ),
}

INPUTS: dict[str, Input] = {**_OF_PIGMENT, **_OF_NEEDLING, **_OF_HEALING, **_OF_SCARS}


def inputs_of_depth(draws: ResponseDraws) -> dict[str, Float[np.ndarray, " draw"]]:
    """Return the draws of every input that the depth left may hang on, by name; without those that do not vary."""
    return _varying(draws, _OF_HEALING) | _varying(draws.needling, _OF_NEEDLING)


def inputs_of_pigment(draws: ResponseDraws) -> dict[str, Float[np.ndarray, " draw"]]:
    """Return the draws of every input that the risk of dark patches may hang on, by name."""
    own = _varying(draws.harms, _OF_PIGMENT)
    return own | _varying(draws.needling, {"delivered_density_ratio": INPUTS["delivered_density_ratio"]})


def _varying(module: Any, named: dict[str, Input]) -> dict[str, Float[np.ndarray, " draw"]]:
    held = {field.name for field in fields(module)}
    found = {name: np.asarray(getattr(module, name)) for name in named if name in held}
    return {name: values for name, values in found.items() if np.ptp(values) > 0}
