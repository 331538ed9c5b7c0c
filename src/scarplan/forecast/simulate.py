"""Simulate one scar: every draw's surface on every day, seen by the scanner and measured as the first scan was."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from scarplan.forecast.scanner import NoiseFields, ScannerModel, draw_noise
from scarplan.forecast.window import ScarWindow, first_relief, prepare_scar
from scarplan.response import FloorWindow, ZoneCourse, prepare_floor, relief_change
from scarplan.scars.measure import MeasuringWindow, drop_below_rim, measure_windows, skin_around
from scarplan.surface.surface import Surface

# So many noisy surfaces tell the roughness that the scanner's noise adds to the skin around a scar.
_ROUGHNESS_DRAWS = 4


@dataclass(frozen=True)
class SimulatedScar:
    """Depth and volume of one scar on the days of a course [draw t]; `present_*` is the first scan, measured alike."""

    scar_id: int
    present_depth_mm: float
    present_volume_mm3: float
    depth_mm: Float[np.ndarray, "draw t"]
    volume_mm3: Float[np.ndarray, "draw t"]


@dataclass(frozen=True)
class ScarSimulator:
    """One scar with its floor, tethers, edge and noise, ready for any course with the same draws.

    `seen_as` is the window with the roughness that the fresh noise adds, as measuring takes it off the depth.
    """

    scar_id: int
    window: ScarWindow
    seen_as: MeasuringWindow
    floor: FloorWindow
    tethered: Float[np.ndarray, " draw"]
    edged: Float[np.ndarray, " draw"]
    noise: NoiseFields

    def simulate(self, course: ZoneCourse, day_indices: tuple[int, ...]) -> SimulatedScar:
        """Return depth and volume on some days of `course`."""
        found = [self._measure(course, index) for index in day_indices]
        depth, volume = measure_windows(self.window.relief_mm[None], self.window.measuring)
        return SimulatedScar(
            scar_id=self.scar_id,
            present_depth_mm=float(depth[0]),
            present_volume_mm3=float(volume[0]),
            depth_mm=np.stack([depth for depth, _ in found], axis=1),
            volume_mm3=np.stack([volume for _, volume in found], axis=1),
        )

    def surfaces(self, course: ZoneCourse, day_index: int) -> Float[np.ndarray, "draw y x"]:
        """Return the surface of every draw on one day without noise, mm."""
        share = np.asarray(course.tether_share) * self.tethered
        pixel_mm = self.window.measuring.pixel_mm
        surfaces = relief_change(course, self.floor, share, pixel_mm, day_index, edge_fraction=self.edged)
        surfaces += self.window.relief_mm
        return surfaces

    def _measure(self, course: ZoneCourse, day_index: int) -> tuple[np.ndarray, np.ndarray]:
        seen = self.surfaces(course, day_index)
        seen += self.noise.on_day(day_index)
        return measure_windows(seen, self.seen_as)


def prepare_simulation(
    surface: Surface,
    window: MeasuringWindow,
    course: ZoneCourse,
    *,
    tethered: Float[np.ndarray, " draw"],
    edged: Float[np.ndarray, " draw"],
    scanner: ScannerModel,
    seed: int,
) -> ScarSimulator:
    """Return one scar ready for simulation; `course` gives the draws' lateral smoothing, seen through the scanner."""
    ready = prepare_scar(surface, window)
    noise = draw_noise(
        scanner,
        ready.relief_mm.shape,
        count=tethered.size,
        pixels_averaged=ready.pixels_averaged,
        seed=seed,
        scar_id=window.scar_id,
    )
    return ScarSimulator(
        scar_id=window.scar_id,
        window=ready,
        seen_as=replace(ready.measuring, roughness_mm=_roughness(surface, window, scanner, seed=seed)),
        floor=prepare_floor(course, ready.depth_mm, pixel_mm=ready.measuring.pixel_mm),
        tethered=tethered,
        edged=edged,
        noise=noise,
    )


def _roughness(surface: Surface, window: MeasuringWindow, scanner: ScannerModel, *, seed: int) -> float:
    """Return the roughness of the skin around the scar with fresh noise on top of that of the first scan."""
    if scanner.noise_mm == 0:
        return window.roughness_mm
    relief = first_relief(surface, window)
    noise = draw_noise(
        scanner, relief.shape, count=_ROUGHNESS_DRAWS, pixels_averaged=1, seed=seed, scar_id=window.scar_id
    )
    around = [skin_around(drop, window) for drop in drop_below_rim(relief + noise.fields_mm, window)]
    return float(np.mean([1.4826 * np.median(np.abs(skin - np.median(skin))) for skin in around]))
