"""Simulate one scar: every draw's surface on every day, seen by the scanner and measured as the first scan was."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from scarplan.forecast.many_draws import CourseRows, FloorColumns, write_columns_of, write_rows
from scarplan.forecast.scanner import ScannerModel, draw_noise, turn_of_day
from scarplan.forecast.window import ScarWindow, first_relief, prepare_scar
from scarplan.response import ZoneCourse, prepare_floor
from scarplan.scars.measure import MeasuringWindow, drop_below_rim, measure_drops, measure_windows, skin_around
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


@dataclass(frozen=True, eq=False)
class ScarSimulator:
    """One scar with its floor, tethers, edge and noise, ready for any course with the same draws.

    `seen_as` is the window with the roughness that the fresh noise adds, as measuring takes it off the depth.
    first_drop_mm   how far the first scan lies below the rim [y x 1]; `noise_mm` of the draws, 0 where nothing was seen
    [y x draw]
    """

    scar_id: int
    window: ScarWindow
    seen_as: MeasuringWindow
    floor: FloorColumns
    tethered: Float[np.ndarray, " draw"]
    edged: Float[np.ndarray, " draw"]
    first_drop_mm: Float[np.ndarray, "y x 1"]
    noise_mm: Float[np.ndarray, "y x draw"]

    def simulate(self, course: ZoneCourse | CourseRows, day_indices: tuple[int, ...]) -> SimulatedScar:
        """Return depth and volume on some days of `course`; give its rows where many scars share it."""
        rows = write_rows(course) if isinstance(course, ZoneCourse) else course
        found = [measure_drops(self._drop(rows, index), self.seen_as) for index in day_indices]
        depth, volume = measure_windows(self.window.relief_mm[None], self.window.measuring)
        return SimulatedScar(
            scar_id=self.scar_id,
            present_depth_mm=float(depth[0]),
            present_volume_mm3=float(volume[0]),
            depth_mm=np.stack([depth for depth, _ in found], axis=1),
            volume_mm3=np.stack([volume for _, volume in found], axis=1),
        )

    def _drop(self, course: CourseRows, day_index: int) -> Float[np.ndarray, "y x draw"]:
        """Return how far the surface of every draw lies below the rim on one day, as the scanner sees it."""
        turned = turn_of_day(day_index, self.tethered.size)
        drop = np.empty_like(self.noise_mm)
        np.subtract(self.first_drop_mm, self.noise_mm[:, :, : drop.shape[2] - turned], out=drop[:, :, turned:])
        np.subtract(self.first_drop_mm, self.noise_mm[:, :, drop.shape[2] - turned :], out=drop[:, :, :turned])
        rise = self.floor.rise(course, day_index, tethered=self.tethered, edged=self.edged)
        by_pixel = drop.reshape(-1, drop.shape[2])
        by_pixel[self.floor.place] -= self.window.measuring.sign * rise
        return drop


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
    measuring = ready.measuring
    # As the drop is measured: downwards for a pit, and nothing where nothing was seen.
    below = np.moveaxis(noise.fields_mm, 0, -1) * (measuring.sign * measuring.known[:, :, None]).astype(np.float32)
    return ScarSimulator(
        scar_id=window.scar_id,
        window=ready,
        seen_as=replace(measuring, roughness_mm=_roughness(surface, window, scanner, seed=seed)),
        floor=write_columns_of(prepare_floor(course, ready.depth_mm, pixel_mm=measuring.pixel_mm), measuring.known),
        tethered=tethered,
        edged=edged,
        first_drop_mm=drop_below_rim(ready.relief_mm[None], measuring)[0][:, :, None],
        noise_mm=np.ascontiguousarray(below),
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
