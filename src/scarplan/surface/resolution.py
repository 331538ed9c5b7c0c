"""What a scan can resolve: the smallest width and depth that a scar must have to be shown, and whether that is enough.

Three things limit a scan, and each is looked for:
  sampling    no wave shorter than two pixels, two mesh edges, two texels, or two of the samples that a coarse map was
              upsampled from
  blur        skin has relief at every wavelength; where a scan has much less than a real cheek, it shows nothing there
  noise       what is finer than a scar, noise and texture together, hides a depth below three standard deviations
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from scarplan.evidence.library import value_of
from scarplan.surface.robust import median
from scarplan.surface.spectrum import (
    Spectrum,
    best_window,
    fine_relief_mm,
    height_step_mm,
    measure_spectrum,
    pixel_noise_mm,
    upsampling_period,
)
from scarplan.surface.surface import Scan, Surface

# More charts than this say nothing new about the device; they are taken evenly from all.
_MOST_CHARTS_LOOKED_AT = 9
_BAND_RATIO = np.sqrt(2)
# Waves are recognised when at least this many fit into the window.
_WAVES_IN_WINDOW = 4
# Relief within a band counts when it is at least this share of the noise in it.
_LEAST_OVER_NOISE = 0.5
# A scan that meets a limit to the last digit meets it.
_ROUNDING = 1 + 1e-6


@dataclass(frozen=True)
class Resolution:
    """What a scan resolves.

    noise_mm            standard deviation of the height noise of one pixel
    lateral_mm          shortest wavelength that is shown
    smallest_width_mm   narrowest scar that is shown
    smallest_depth_mm   shallowest scar that is shown
    shows_scars         whether a scar 2 mm wide and 0.2 mm deep is shown
    statement           the same in words
    """

    noise_mm: float
    lateral_mm: float
    smallest_width_mm: float
    smallest_depth_mm: float
    shows_scars: bool
    statement: str


def state_resolution(scan: Scan) -> Resolution:
    """Return what `scan` can resolve: the middle of its charts, or what its scanner is known for where worse."""
    step = max(1, len(scan.charts) // _MOST_CHARTS_LOOKED_AT)
    looked_at = scan.charts[::step][:_MOST_CHARTS_LOOKED_AT]
    rows = [_limits(chart) for chart in looked_at]
    noise, lateral, depth = (median(np.array(column)) for column in zip(*rows, strict=True))
    known = scan.scanner
    noise, lateral = max(noise, known.noise_mm or 0.0), max(lateral, known.lateral_mm or 0.0)
    depth = max(depth, value_of("surface.depth_over_noise") * (known.noise_mm or 0.0))
    width = value_of("surface.widths_per_wavelength") * lateral
    field_mm = float(np.sqrt(max(chart.valid.sum() * chart.pixel_mm**2 for chart in scan.charts)))
    asked_width, asked_depth = value_of("surface.scar_to_show_width_mm"), value_of("surface.scar_to_show_depth_mm")
    reasons = []
    if width > asked_width * _ROUNDING:
        reasons.append(f"it shows nothing narrower than {width:.1f} mm")
    if depth > asked_depth * _ROUNDING:
        reasons.append(f"noise and texture hide every depth below {depth:.2f} mm")
    if field_mm < value_of("surface.smallest_field_mm"):
        reasons.append(f"it shows only {field_mm:.1f} x {field_mm:.1f} mm of skin")
    return Resolution(
        noise_mm=noise,
        lateral_mm=lateral,
        smallest_width_mm=width,
        smallest_depth_mm=depth,
        shows_scars=not reasons,
        statement=_say(reasons, width, depth, asked_width, asked_depth),
    )


def _say(reasons: list[str], width: float, depth: float, asked_width: float, asked_depth: float) -> str:
    if not reasons:
        return (
            f"This scan can show scars that are at least {width:.1f} mm wide and {depth:.2f} mm deep "
            "(visible depth below the surrounding skin). Smaller ones may be there unseen."
        )
    return (
        f"This scan cannot show scars: {' and '.join(reasons)}, and a scar {asked_width:g} mm wide and "
        f"{asked_depth:g} mm deep has to be seen. Scan again from nearer or with a finer device; smoothing or "
        "upsampling this scan does not help."
    )


def _limits(chart: Surface) -> tuple[float, float, float]:
    """Return noise, shortest wavelength shown and smallest depth shown of one chart, mm."""
    window = best_window(chart.valid)  # a large map says no more of its scanner than a part of it
    if chart.valid[window].shape != chart.shape:
        chart = replace(chart, relief_mm=chart.relief_mm[window], valid=chart.valid[window], own=None)
    step = height_step_mm(chart.relief_mm, chart.valid)
    noise = pixel_noise_mm(chart.relief_mm, chart.valid, step_mm=step)
    fine = fine_relief_mm(
        chart.filled_mm,
        chart.valid,
        pixel_mm=chart.pixel_mm,
        cutoff_mm=value_of("surface.finest_scar_scale_mm"),
    )
    depth = max(value_of("surface.depth_over_noise") * max(noise, fine), 2 * step)
    return noise, shortest_wavelength_mm(chart, noise_mm=noise), depth


def shortest_wavelength_mm(chart: Surface, *, noise_mm: float) -> float:
    """Return the shortest wavelength that `chart` shows, mm."""
    sample = max(chart.pixel_mm, chart.sample_mm or 0.0)
    sample = max(sample, upsampling_period(chart.relief_mm, chart.valid) * chart.pixel_mm)
    spectrum = measure_spectrum(chart.relief_mm, chart.valid, pixel_mm=chart.pixel_mm, filled_mm=chart.filled_mm)
    sampled = shortest = 2 * sample
    longest = max(spectrum.side_mm / _WAVES_IN_WINDOW, shortest)
    open_from = None  # the bands before this one hold nothing; from here on noise hides whether they do
    while shortest < longest:
        verdict = _look_for_skin(spectrum, shortest, noise_mm=noise_mm, pixel_mm=chart.pixel_mm)
        if verdict == "shown":
            return open_from or shortest
        open_from = (open_from or shortest) if verdict == "hidden by noise" else None
        shortest *= _BAND_RATIO
    # Noise over every band is stated as noise; the sampling is all that is known of the lateral transfer.
    return sampled if open_from == sampled else shortest


def _look_for_skin(
    spectrum: Spectrum, shortest_mm: float, *, noise_mm: float, pixel_mm: float
) -> Literal["shown", "empty", "hidden by noise"]:
    """Say whether the half octave from this wavelength on holds more than noise, and enough for skin."""
    longest_mm = shortest_mm * _BAND_RATIO
    ring = np.pi * (1 / shortest_mm**2 - 1 / longest_mm**2)
    noise = noise_mm**2 * pixel_mm**2 * ring
    relief = spectrum.band_variance(shortest_mm, longest_mm) - noise
    least = value_of("surface.least_share_of_cheek_relief") ** 2 * cheek_power(np.sqrt(shortest_mm * longest_mm)) * ring
    if relief >= max(least, _LEAST_OVER_NOISE * noise):
        return "shown"
    return "hidden by noise" if least < _LEAST_OVER_NOISE * noise else "empty"


def cheek_power(wavelength_mm: float) -> float:
    """Return the power density of a real cheek's relief at `wavelength_mm`, mm4 (per 1/mm in both directions)."""
    edges = np.array(value_of("surface.cheek_band_edges_mm"))
    rms = np.array(value_of("surface.cheek_band_rms_mm"))
    density = rms**2 / (np.pi * (1 / edges[:-1] ** 2 - 1 / edges[1:] ** 2))
    middle = np.log(np.sqrt(edges[:-1] * edges[1:]))
    # Between the bands and beyond them along straight lines of the logarithms.
    slope_below = (np.log(density[1]) - np.log(density[0])) / (middle[1] - middle[0])
    at = np.log(wavelength_mm)
    if at < middle[0]:
        return float(np.exp(np.log(density[0]) + slope_below * (at - middle[0])))
    return float(np.exp(np.interp(at, middle, np.log(density))))
