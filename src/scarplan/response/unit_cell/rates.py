"""Rates of the unit cell: those of the course model for one draw, and what only the cell knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import equinox as eqx

from scarplan.evidence.library import value_of

if TYPE_CHECKING:
    from scarplan.response.draws import ResponseDraws


class CellRates(eqx.Module):
    """Rates of reaction and spread; one number each. Days and mm; growth factor is relative, as in the course model.

    signal_diffusion_mm2_per_day   Dt = reach^2 times clearance
    epidermal_sink_mm_per_day      growth factor lost to the epidermis per its level there; 0: no flux
    fat_sink_mm_per_day            the same towards the fat; Dt / reach: the fat is like the dermis and has no end
    motility_mm2_per_day           random walk of activated fibroblasts (Df); 0: they stay
    chemotaxis_mm2_per_day         their drift up the slope of growth factor (chi_F); 0: none
    """

    clot_clearance_per_day: float
    inflammation_clearance_per_day: float
    signal_clearance_per_day: float
    signal_from_clot_per_day: float
    signal_from_inflammation_per_day: float
    signal_half_activation: float
    fibroblast_activation_per_day: float
    fibroblast_loss_per_day: float
    signal_diffusion_mm2_per_day: float
    epidermal_sink_mm_per_day: float = 0.0
    fat_sink_mm_per_day: float = 0.0
    motility_mm2_per_day: float = 0.0
    chemotaxis_mm2_per_day: float = 0.0


_SHARED = (
    "clot_clearance_per_day",
    "inflammation_clearance_per_day",
    "signal_clearance_per_day",
    "signal_from_clot_per_day",
    "signal_from_inflammation_per_day",
    "signal_half_activation",
    "fibroblast_activation_per_day",
    "fibroblast_loss_per_day",
)


def rates_of(
    draws: ResponseDraws, number: int = 0, *, reach_mm: float | None = None, open_fat: bool = True, moving: bool = False
) -> CellRates:
    """Return the rates of one draw; its reach unless another is given.

    open_fat   growth factor leaves into the fat as `spread.py` lets it; else no flux
    moving     activated fibroblasts walk and drift as the quantities say; else they stay, as in the course model
    """
    shared = {name: float(getattr(draws, name)[number]) for name in _SHARED}
    reach = float(draws.signal_reach_mm[number]) if reach_mm is None else reach_mm
    clearance = shared["signal_clearance_per_day"]
    return CellRates(
        **shared,
        signal_diffusion_mm2_per_day=reach**2 * clearance,
        fat_sink_mm_per_day=reach * clearance if open_fat else 0.0,
        motility_mm2_per_day=value_of("response.fibroblast_motility_mm2_per_day") if moving else 0.0,
        chemotaxis_mm2_per_day=value_of("response.fibroblast_chemotaxis_mm2_per_day") if moving else 0.0,
    )
