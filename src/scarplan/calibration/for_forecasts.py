"""What the fit leaves for the forecasts of single patients: quantities `response_fit.*`, as text of their file.

The posterior of yield, lag of the surface and release of tethers is close to independent lognormals (no correlation
above .1), so a median and a spread each say it. Whoever forecasts one patient does not know which setting of care the
patient is in, so the spread of the yield holds that between studies too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from scarplan.evidence.library import quantity, value_of

FILE = "response_fit.toml"


@dataclass(frozen=True)
class FittedQuantity:
    """A lognormal: median and sd of the logarithm."""

    name: str
    median: float
    spread: float


def fitted_quantities(draws: Mapping[str, np.ndarray]) -> tuple[FittedQuantity, ...]:
    """Return what the posterior leaves of the quantities `response.<name>` that trials tell of."""
    between = float(np.sqrt(np.var(draws["log_yield_mean"]) + np.mean(np.square(draws["log_yield_study_sd"]))))
    found = [FittedQuantity("yield_between_studies", float(np.exp(np.mean(draws["log_yield_mean"]))), between)]
    for name, of in (("surface_lag_days", "log_surface_lag"), ("tether_release_per_injury", "log_tether_release")):
        start = float(value_of(f"response.{name}"))
        found.append(FittedQuantity(name, start * float(np.exp(np.mean(draws[of]))), float(np.std(draws[of]))))
    return tuple(found)


def write_fitted(draws: Mapping[str, np.ndarray]) -> str:
    """Return the file of the quantities `response_fit.*`; units, meanings and ends are those of `response.*`."""
    parts = ["# What the published trials leave of three quantities of `response`: written by `scarplan calibrate`.\n"]
    for each in fitted_quantities(draws):
        start = quantity(f"response.{each.name}")
        prior = start.prior
        low, high = (prior.low, prior.high) if prior else (None, None)
        parts.append(
            f"[{each.name}]\n"
            f"value = {each.median:.4g}\n"
            f'unit = "{start.unit}"\n'
            'kind = "calibrated"\n'
            'source = "scarplan_calibration"\n'
            'locator = "scarplan calibrate"\n'
            'verification = "derived"\n'
            f'meaning = "{start.meaning}"\n'
            f'prior = {{ family = "lognormal", center = {each.median:.4g}, spread = {each.spread:.4g}, '
            f'low = {low}, high = {high}, level = "study" }}\n'
        )
    return "\n".join(parts)
