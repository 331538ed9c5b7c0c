"""Scar finding by condition, beside a plain pipeline of library functions, in one run.

    python benchmarks/find_scars.py --seeds 5 [--first 900] [--conditions standard,hard]

The plain pipeline: form by robust Gaussians and by a black top-hat (the one of best F1 is taken: it is told the
truth), h-minima,
watershed (scikit-image). Surfaces come from the generator of the tests; the finder was calibrated on other seeds.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from scipy import ndimage
from skimage.morphology import h_minima
from skimage.segmentation import watershed

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from scarplan.evidence.library import value_of
from scarplan.scars.find import find_scars_in
from scarplan.surface.surface import Surface
from scars.matching import match_regions
from scars.skin_generator import CONDITIONS, GeneratedSkin, SkinOptions, add_scars, make_skin, measure_field

CHEEK = Path(__file__).parents[2] / "shared/data/LeePerrySmith/cheek_right_30mm_100um.npy"
#: label image, then depth, volume and (depth sd, volume sd, kind) or None of each id
Found = tuple[np.ndarray, dict[int, tuple[float, float, tuple[float, float, str] | None]]]


def find_ours(skin: GeneratedSkin) -> Found:
    scarmap = find_scars_in(Surface("map", skin.relief_mm, skin.valid, skin.pixel_mm))
    least = value_of("scars.headline_confidence")
    rows = {
        s.id: (s.depth_mm, s.volume_mm3, (s.depth_sd_mm, s.volume_sd_mm3, s.kind))
        for s in scarmap.scars
        if s.confidence >= least
    }
    return scarmap.labels["map"], rows


def find_plainly(skin: GeneratedSkin) -> Found:
    """Form removal, smoothing, h-minima, watershed: what the libraries give without further ideas."""
    height = np.where(skin.valid, skin.relief_mm, np.nanmedian(skin.relief_mm))
    drops = [_drop_by_gaussian(height, skin.pixel_mm, cutoff) for cutoff in (2.5, 5.0, 8.0)]
    drops.append(_drop_by_top_hat(height, skin.pixel_mm))
    found = [_segment(drop, skin.pixel_mm) for drop in drops]
    truths = [scar.region for scar in skin.scars]
    return max(found, key=lambda one: match_regions(truths, one[0], list(one[1])).f1)


def _drop_by_gaussian(height: np.ndarray, pixel: float, cutoff_mm: float) -> np.ndarray:
    weight, level = np.ones_like(height), height
    for _ in range(3):
        below = cv2.GaussianBlur(weight, (0, 0), cutoff_mm / pixel / 2)
        level = cv2.GaussianBlur(weight * height, (0, 0), cutoff_mm / pixel / 2) / np.maximum(below, 1e-6)
        rest = height - level
        spread = 1.4826 * np.median(np.abs(rest))
        weight = np.clip(1 - (rest / (4.4 * spread)) ** 2, 0, None) ** 2
    return cv2.GaussianBlur(level - height, (0, 0), 0.15 / pixel)


def _drop_by_top_hat(height: np.ndarray, pixel: float) -> np.ndarray:
    smooth = cv2.GaussianBlur(height, (0, 0), 0.15 / pixel)
    small = cv2.resize(smooth, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    size = int(7.5 / pixel / 4) | 1
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
    return cv2.resize(closed, height.shape[::-1], interpolation=cv2.INTER_CUBIC) - smooth


def _segment(drop: np.ndarray, pixel: float) -> Found:
    markers, count = ndimage.label(h_minima(-drop, 0.06))
    basins = watershed(-drop, markers, mask=drop > 0.02)
    labels, rows = np.zeros_like(basins), {}
    for number, window in enumerate(ndimage.find_objects(basins, max_label=count), start=1):
        if window is None:
            continue
        own = np.where(basins[window] == number, drop[window], 0.0)
        told = measure_field(own, pixel)
        if told["depth_mm"] > 0.08 and told["area_mm2"] > 0.08:
            labels[window][told["region"]] = number
            rows[number] = (told["depth_mm"], told["volume_mm3"], None)
    return labels, rows


def evaluate(find: Callable[[GeneratedSkin], Found], skins: list[GeneratedSkin]) -> dict[str, float]:
    truths = pairs = finds = false_on_blank = 0
    depth, volume, covered, kinds, seconds, area = [], [], [], [], [], 0.0
    for skin in skins:
        start = time.perf_counter()
        labels, rows = find(skin)
        seconds.append(time.perf_counter() - start)
        match = match_regions([scar.region for scar in skin.scars], labels, list(rows))
        truths, pairs, finds = truths + match.truths, pairs + len(match.pairs), finds + match.finds
        area += skin.valid.sum() * skin.pixel_mm**2 / 100
        false_on_blank += match.finds - len(match.pairs)
        for index, number in match.pairs:
            truth, (deep, vol, more) = skin.scars[index], rows[number]
            if truth.cut:
                continue
            depth.append(abs(deep) - abs(truth.depth_mm))
            volume.append(abs(vol / truth.volume_mm3 - 1))
            if more:
                covered.append(
                    (abs(deep - truth.depth_mm) < 1.645 * more[0], abs(vol - truth.volume_mm3) < 1.645 * more[1])
                )
                kinds += [] if truth.ambiguous else [more[2] == truth.kind]
    none = float("nan")
    return {
        "recall": pairs / truths if truths else none, "precision": pairs / finds if truths and finds else none,
        "F1": 2 * pairs / (truths + finds) if truths else none,
        "MAE um": 1000 * float(np.mean(np.abs(depth))) if depth else none,
        "bias um": 1000 * float(np.mean(depth)) if depth else none,
        "vol %": 100 * float(np.mean(volume)) if volume else none,
        "cover d": float(np.mean([c[0] for c in covered])) if covered else none,
        "cover v": float(np.mean([c[1] for c in covered])) if covered else none,
        "kind": float(np.mean(kinds)) if kinds else none,
        "false/10cm2": 10 * false_on_blank / area, "s": float(np.mean(seconds)),
    }  # fmt: skip


def skins_of(condition: str, seeds: range) -> list[GeneratedSkin]:
    if condition != "cheek":
        return [make_skin(seed, CONDITIONS[condition]) for seed in seeds]
    cheek = np.load(CHEEK).astype(float)
    options = SkinOptions(pixel_mm=0.1, noise_mm=0.0, counts=(("icepick", 7), ("boxcar", 5), ("rolling", 3)))
    return [add_scars(np.random.default_rng(seed), cheek, options) for seed in seeds]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first", type=int, default=900)
    parser.add_argument("--conditions", default=",".join([*CONDITIONS, *(["cheek"] if CHEEK.is_file() else [])]))
    arguments = parser.parse_args()
    header = True
    for condition in arguments.conditions.split(","):
        skins = skins_of(condition, range(arguments.first, arguments.first + arguments.seeds))
        for name, find in (("scarplan", find_ours), ("plain", find_plainly)):
            row = evaluate(find, skins)
            if header:
                print(f"{'condition':16s} {'finder':9s}" + "".join(f"{key:>12s}" for key in row))
                header = False
            print(f"{condition:16s} {name:9s}" + "".join(f"{value:12.3f}" for value in row.values()), flush=True)


if __name__ == "__main__":
    main()
