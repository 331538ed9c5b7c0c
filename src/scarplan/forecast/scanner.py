"""The scanner model: what a follow-up scan by the same scanner would make of a simulated surface."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import numpy as np
from jaxtyping import Float

from scarplan.response import ZoneCourse

# A Gaussian that halves the smallest wavelength that the capture still shows: exp(-2 (pi sigma / wavelength)^2) = 1/2.
_SIGMA_PER_WAVELENGTH = float(np.sqrt(np.log(2) / 2) / np.pi)
#: Purpose of the random stream of scanner noise, so that no two parts of a forecast share one.
_STREAM = 11
# Days take the noise fields of other draws: a stride without a common factor with usual numbers of draws.
_STRIDE = 37


@dataclass(frozen=True)
class ScannerModel:
    """Noise of one pixel (sd, mm) and lateral transfer (sd of a Gaussian, mm); 0 where the scan does not tell."""

    noise_mm: float
    transfer_mm: float

    def blur(self, course: ZoneCourse) -> ZoneCourse:
        """Return `course` seen through the scanner: its lateral smoothing widened by the lateral transfer.

        The first scan has gone through this scanner already, so only the change has to; it is smooth, and one Gaussian
        after another is a wider one. What is bound to the measured depth itself (tether, clipping) has passed too.
        """
        if self.transfer_mm == 0:
            return course
        wider = np.hypot(np.asarray(course.lateral_sigma_mm), self.transfer_mm)
        return eqx.tree_at(lambda c: c.lateral_sigma_mm, course, wider)


def model_scanner(resolves: Mapping[str, Any]) -> ScannerModel:
    """Return the scanner model from what the first scan resolves."""
    return ScannerModel(
        noise_mm=float(resolves.get("noise_mm") or 0.0),
        transfer_mm=_SIGMA_PER_WAVELENGTH * float(resolves.get("lateral_mm") or 0.0),
    )


@dataclass(frozen=True)
class NoiseFields:
    """Fresh scanner noise for one window: one field per draw, taken in another order on every day."""

    fields_mm: Float[np.ndarray, "draw y x"]

    def on_day(self, number: int) -> Float[np.ndarray, "draw y x"]:
        """Return the noise of every draw on the day `number`; no draw meets the same field twice in a row."""
        return np.roll(self.fields_mm, turn_of_day(number, len(self.fields_mm)), axis=0)


def turn_of_day(number: int, count: int) -> int:
    """Return by how many of `count` places the noise fields are turned on the day `number`."""
    return number * _STRIDE % count


def draw_noise(
    scanner: ScannerModel, shape: tuple[int, int], *, count: int, pixels_averaged: int, seed: int, scar_id: int
) -> NoiseFields:
    """Return noise for the window of one scar whose pixels are means of `pixels_averaged` x `pixels_averaged`."""
    rng = np.random.default_rng([seed, _STREAM, scar_id])
    fields = rng.standard_normal((count, *shape), dtype=np.float32)
    return NoiseFields(fields * np.float32(scanner.noise_mm / pixels_averaged))
