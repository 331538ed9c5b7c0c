"""Each stage of measuring beside other programs, on one map in one run: time, ratio and accuracy side by side.

    python benchmarks/measure.py [--repeat 3] [--no-area]

Peers where they do the same step: surfalize (GPL) and Gwyddion's library (GPL, by ctypes; Debian libgwyddion2-0),
SurfaceTopography, scikit-image, SciPy. The map comes from the foreign generator of the tests (form, waves, furrows,
pores, 29 scars, noise; no holes or spikes, which most peers cannot take). One thread each, but for what a library
starts by itself; processor seconds, least of the repeats.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from gwyddion import open_gwyddion
from public_path import ask

from scarplan.scars import scene as scenes
from scarplan.scars.find import find_scars_in
from scarplan.scars.grids import average_cells
from scarplan.scars.search import find_regions
from scarplan.scars.skin_level import crop, make_solver, solve_level
from scarplan.surface.form import remove_robust_form
from scarplan.surface.gaussian_filter import smooth_seen
from scarplan.surface.surface import Surface
from scarplan.texture import height_parameters
from scars.foreign_skin import (
    CONDITIONS,
    GeneratedSkin,
    draw_furrows,
    draw_pores,
    draw_waves,
    make_skin,
    measure_field,
    put_scars,
)
from scars.matching import match_regions

SIGMA_PER_INDEX = float(np.sqrt(np.log(2) / 2) / np.pi)
LONG_MM = 8.0  # longer than the waves under a scar, shorter than the form
CLEAN = replace(CONDITIONS["standard"], holes=0, spikes=0, stubble=0)


@dataclass(frozen=True)
class Case:
    """One map with all that is known of it."""

    skin: GeneratedSkin
    form_mm: np.ndarray
    smooth_mm: np.ndarray  # form and waves: the skin without scars, furrows, pores and noise
    unwavy: GeneratedSkin  # the same form without waves: there the form is known exactly

    @property
    def pixel(self) -> float:
        return self.skin.pixel_mm

    @property
    def in_scars(self) -> np.ndarray:
        return np.any([scar.region for scar in self.skin.scars], axis=0)


def make_case(seed: int) -> Case:
    rng, shape, pixel = np.random.default_rng(seed), (800, 800), 0.05
    y, x = (np.indices(shape) - 399.5) * pixel
    form = -(x**2) / 110 - y**2 / 160 + x * y / 400 + 0.03 * x - 0.02 * y
    waves = draw_waves(rng, shape, pixel)
    fine = draw_furrows(rng, shape, pixel) * CLEAN.furrows_mm - draw_pores(rng, shape, pixel, CLEAN.pores_per_cm2)
    fine -= fine.mean()
    skin, unwavy = (
        put_scars(np.random.default_rng(seed + 1), form + fine + extra, CLEAN, 3.5) for extra in (waves, 0 * waves)
    )
    return Case(skin, form, form + waves, unwavy)


# -- stages: name of the program -> function of the case ----------------------------------------------------------

Stage = dict[str, Callable[[], Any]]


def surfalize_of(heights: np.ndarray, pixel: float) -> Any:
    from surfalize import Surface as Peer

    return Peer(heights, 1000 * pixel, 1000 * pixel)


def topography_of(heights: np.ndarray, pixel: float) -> Any:
    from SurfaceTopography import Topography

    return Topography(heights, tuple(n * pixel for n in heights.shape), unit="mm")


def stage_form(case: Case) -> Stage:
    heights, pixel, gwyddion = case.unwavy.relief_mm, case.pixel, open_gwyddion()

    stage: Stage = {
        "scarplan": lambda: remove_robust_form(heights, case.unwavy.valid, degree=2),
        "surfalize": lambda: surfalize_of(heights, pixel).detrend_polynomial(2).data,
        "SurfaceTopography": lambda: topography_of(heights, pixel).detrend("curvature").heights(),
    }
    return stage | ({"Gwyddion": lambda: gwyddion.remove_polynomial(heights, 2)} if gwyddion else {})


def stage_filter(case: Case) -> Stage:
    heights, valid, gwyddion = case.skin.relief_mm - case.form_mm, case.skin.valid, open_gwyddion()
    index = 2.5 / case.pixel
    sigma = SIGMA_PER_INDEX * index
    stage: Stage = {
        "scarplan": lambda: smooth_seen(heights, valid, index_px=index, order=0),
        "surfalize": lambda: surfalize_of(heights, case.pixel).filter("lowpass", 2500.0).data,
        "SciPy": lambda: ndimage.gaussian_filter(heights, sigma),
    }
    return stage | ({"Gwyddion": lambda: gwyddion.smooth(heights, sigma)} if gwyddion else {})


def robust_gaussian(heights: np.ndarray, pixel: float) -> np.ndarray:
    """Return the robust Gaussian filter (ISO 16610-71, order 0) as it is written down, on every pixel."""
    sigma = SIGMA_PER_INDEX * LONG_MM / pixel
    weight, level = np.ones_like(heights), heights
    for _ in range(8):
        level = ndimage.gaussian_filter(weight * heights, sigma) / ndimage.gaussian_filter(weight, sigma)
        rest = heights - level
        weight = np.clip(1 - (rest / (4.4 * np.median(np.abs(rest)))) ** 2, 1e-6, None) ** 2
    return level


def stage_robust(case: Case) -> Stage:
    heights, pixel, gwyddion = case.skin.relief_mm, case.pixel, open_gwyddion()
    surface = Surface("map", heights, case.skin.valid, pixel)
    flat = heights - case.form_mm  # the form is given to the peers
    stage: Stage = {
        "scarplan (with finding)": lambda: find_regions(surface).level_mm,
        "robust Gaussian (SciPy)": lambda: robust_gaussian(flat, pixel) + case.form_mm,
        "surfalize (not robust)": lambda: (
            surfalize_of(flat, pixel).filter("lowpass", 1000 * LONG_MM).data + case.form_mm
        ),
    }
    if gwyddion:
        small = flat.reshape(200, 4, 200, 4).mean(axis=(1, 3))  # on every pixel it takes minutes
        stage["Gwyddion median (0.2 mm)"] = lambda: (
            ndimage.zoom(gwyddion.median(small, 41), 4, order=1, grid_mode=True, mode="nearest") + case.form_mm
        )
    return stage


def stage_under(case: Case) -> Stage:
    heights, pixel, gwyddion = case.skin.relief_mm, case.pixel, open_gwyddion()
    surface = Surface("map", heights, case.skin.valid, pixel)
    masked = ndimage.binary_dilation(case.in_scars, iterations=round(0.4 / pixel))
    flat = heights - case.form_mm
    holed = np.where(masked, np.nan, flat)

    def ours() -> np.ndarray:
        scene = scenes.prepare_scene(surface)
        fine = average_cells(masked.astype(float), case.skin.valid, pixel_mm=pixel, cell_mm=scenes.FINE_CELL_MM)
        cells = scenes.masked_cells(scene, fine.height_mm > 0)
        solver = make_solver(cells, scene.spectrum)
        return scenes.native_level(scene, crop(solver, solve_level(solver, cells.height_mm, cells.weight)))

    def topography() -> np.ndarray:
        return np.asarray(
            topography_of(np.ma.masked_invalid(holed), pixel)
            .interpolate_undefined_data_with_harmonic_function()
            .heights()
        )

    stage: Stage = {
        "scarplan": ours,
        "surfalize": lambda: surfalize_of(holed, pixel).fill_nonmeasured().data + case.form_mm,
        "SurfaceTopography": lambda: topography() + case.form_mm,
    }
    return stage | ({"Gwyddion": lambda: gwyddion.fill(flat, masked) + case.form_mm} if gwyddion else {})


def _pits(basins: np.ndarray, drop: np.ndarray, pixel: float) -> np.ndarray:
    """Return the basins cut to what is deeper than 10 % of each; shallow and small ones are left out."""
    labels = np.zeros(basins.shape, np.int32)
    for number, window in enumerate(ndimage.find_objects(basins), start=1):
        if window is None:
            continue
        own = np.where(basins[window] == number, drop[window], 0.0)
        if own.max() > 0.06:
            depth, _, area, _, region = measure_field(own, pixel)
            if depth > 0.08 and area > 0.08:
                labels[window][region & (own > 0)] = number
    return labels


def stage_segmentation(case: Case) -> Stage:
    heights, pixel, gwyddion = case.skin.relief_mm, case.pixel, open_gwyddion()
    surface = Surface("map", heights, case.skin.valid, pixel)

    def ours() -> np.ndarray:
        found = find_scars_in(surface)
        labels = found.labels["map"].copy()
        labels[np.isin(labels, [scar.id for scar in found.scars if scar.depth_mm < 0])] = 0
        return labels

    def drop() -> np.ndarray:
        # Each peer starts from the best reference plane the libraries offer: robust Gaussian, form known.
        flat = heights - case.form_mm
        return robust_gaussian(flat, pixel) - ndimage.gaussian_filter(flat, 0.15 / pixel)

    def scikit_image() -> np.ndarray:
        from skimage.morphology import h_minima
        from skimage.segmentation import watershed

        low = drop()
        return _pits(watershed(-low, ndimage.label(h_minima(-low, 0.06))[0], mask=low > 0.02), low, pixel)

    def surfalize() -> np.ndarray:
        from surfalize.feature import FeatureParameters

        low = drop()
        found = FeatureParameters(surfalize_of(-1000 * low, pixel))._segment(
            invert=False, pruning=5.0, exclude_edge=False
        )
        return _pits(found.region_of[found.labels] * (low > 0.02), low, pixel)

    def by_gwyddion() -> np.ndarray:
        low = drop()
        return _pits(ndimage.label(gwyddion.watershed(-low) & (low > 0.02))[0], low, pixel)

    stage: Stage = {"scarplan (with kinds and errors)": ours, "scikit-image": scikit_image, "surfalize": surfalize}
    return stage | ({"Gwyddion": by_gwyddion} if gwyddion else {})


def stage_parameters(case: Case) -> Stage:
    heights, gwyddion = 1000 * (case.skin.relief_mm - case.smooth_mm), open_gwyddion()
    names = ("Sa", "Sq", "Ssk", "Sku")

    def surfalize() -> dict[str, float]:
        surface = surfalize_of(heights - heights.mean(), case.pixel)
        return {name: float(getattr(surface, name)()) for name in names}

    stage: Stage = {"scarplan": lambda: height_parameters(heights.ravel()), "surfalize": surfalize}
    return stage | ({"Gwyddion": lambda: gwyddion.statistics(heights, 1000 * case.pixel)} if gwyddion else {})


# -- accuracy -----------------------------------------------------------------------------------------------------


def rms_um(off: np.ndarray) -> float:
    return 1000 * float(np.sqrt(np.nanmean(off**2)))


def tell_form(case: Case, flat: np.ndarray) -> str:
    off = case.unwavy.relief_mm - flat - case.form_mm
    return f"{rms_um(off - off.mean()):.1f} um off the true form"


def tell_filter(case: Case, level: np.ndarray) -> str:
    sigma = SIGMA_PER_INDEX * 2.5 / case.pixel
    exact = ndimage.gaussian_filter(case.skin.relief_mm - case.form_mm, sigma, truncate=8)
    return f"{rms_um((level - exact)[100:-100, 100:-100].astype(float)):.2g} um off the exact filter"


def tell_level(case: Case, level: np.ndarray) -> str:
    off = level - case.smooth_mm
    outside = rms_um(off[~case.in_scars])
    return f"{rms_um(off[case.in_scars]):.0f} um off the skin under scars, {outside:.0f} um beside them"


def tell_finds(case: Case, labels: np.ndarray) -> str:
    truths = [scar.region for scar in case.skin.scars if scar.kind != "raised"]
    match = match_regions(truths, labels, [int(one) for one in np.unique(labels) if one])
    return f"F1 {match.f1:.2f} (recall {match.recall:.2f}, precision {match.precision:.2f})"


def tell_parameters(case: Case, found: dict[str, float]) -> str:
    z = 1000 * (case.skin.relief_mm - case.smooth_mm).astype(np.longdouble).ravel()
    z = z - z.mean()
    sq = np.sqrt((z**2).mean())
    exact = {"Sa": np.abs(z).mean(), "Sq": sq, "Ssk": (z**3).mean() / sq**3, "Sku": (z**4).mean() / sq**4}
    return f"{max(abs(found[name] / float(value) - 1) for name, value in exact.items()):.0e} relative"


STAGES: dict[str, tuple[Callable[[Case], Stage], Callable[[Case, Any], str]]] = {
    "form removal": (stage_form, tell_form),
    "Gaussian filter, 2.5 mm": (stage_filter, tell_filter),
    "skin level without scars (robust filter)": (stage_robust, tell_level),
    "skin level under given scars": (stage_under, tell_level),
    "segmentation of the raw map": (stage_segmentation, tell_finds),
    "height parameters": (stage_parameters, tell_parameters),
}


def processor_s() -> float:
    """Return the seconds of processor of this process and of all copies of it that have ended."""
    return time.process_time() + sum(os.times()[2:4])


def run_stages(case: Case, *, repeat: int) -> None:
    print("| stage | program | processor s | times ours | accuracy |\n|---|---|---|---|---|")
    for name, (make, tell) in STAGES.items():
        ours = None
        for program, run in make(case).items():
            seconds, result = [], None
            for _ in range(repeat):
                start = processor_s()
                result = run()
                seconds.append(processor_s() - start)
            least = min(seconds)
            ours = ours or least
            print(f"| {name} | {program} | {least:.3f} | {least / ours:.1f} | {tell(case, result)} |", flush=True)


def run_areas() -> None:
    """Print how time and memory grow with the area, by the public commands."""
    print("\n| area | pixels | scan + scars, processor s | per cm2 | peak MB |\n|---|---|---|---|---|")
    for side in (10.0, 20.0, 40.0, 80.0):
        cm2 = side**2 / 100
        counts = tuple((kind, round(n * cm2 / 16)) for kind, n in CONDITIONS["standard"].counts)
        told = ask(make_skin(1, replace(CONDITIONS["standard"], size_mm=(side, side), counts=counts)).relief_mm, 0.05)
        cpu, peak = sum(run.cpu_s for run in told.runs), max(run.peak_mb for run in told.runs)
        size = told.labels.shape
        print(f"| {cm2:.0f} cm2 | {size[0]} x {size[1]} | {cpu:.2f} | {cpu / cm2:.3f} | {peak:.0f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Each stage of measuring beside other programs.")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-area", action="store_true", help="not how time grows with the area")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")  # of the peers
    run_stages(make_case(arguments.seed), repeat=arguments.repeat)
    if not arguments.no_area:
        run_areas()


if __name__ == "__main__":
    main()
