"""Scar finding by condition, beside a plain pipeline of library functions, in one run.

    python benchmarks/find_scars.py --seeds 5 [--first 900] [--conditions standard,hard] [--alone] [--sure]

All listed scars count; with --sure those of the headline. Scars of which less than half was seen (a hole lies over
them) are no truths, and finds on them no faults. On the cheek, what is found on the untouched cheek too is left out.
"cover" is the share of truths inside the 90 % interval; "kind" is right where the truth is clear; "log" is the mean
log score of the kind over all measured scars.

The plain pipeline: form by robust Gaussians and by a black top-hat (the one of best F1 is taken: it is told the
truth), h-minima,
watershed (scikit-image). Surfaces come from the generator of the tests; the finder was calibrated on other seeds.
"""

from __future__ import annotations

import argparse
import functools
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
from scarplan.scars.scarmap import Scar
from scarplan.surface.surface import Surface
from scars.matching import match_regions
from scars.skin_generator import CONDITIONS, GeneratedSkin, SkinOptions, TrueScar, add_scars, make_skin, measure_field

CHEEK = Path(__file__).parents[2] / "shared/data/LeePerrySmith/cheek_right_30mm_100um.npy"
#: label image, then depth, volume and the whole scar (None for the peer) of each id
Found = tuple[np.ndarray, dict[int, tuple[float, float, Scar | None]]]
Z90 = 1.645


def find_ours(skin: GeneratedSkin, *, least: float) -> Found:
    scarmap = find_scars_in(Surface("map", skin.relief_mm, skin.valid, skin.pixel_mm))
    rows = {s.id: (s.depth_mm, s.volume_mm3, s) for s in scarmap.scars if s.confidence >= least}
    return scarmap.labels["map"], rows


def find_plainly(skin: GeneratedSkin) -> Found:
    """Form removal, smoothing, h-minima, watershed: what the libraries give without further ideas."""
    height = np.where(skin.valid, skin.relief_mm, np.nanmedian(skin.relief_mm))
    drops = [_drop_by_gaussian(height, skin.pixel_mm, cutoff) for cutoff in (2.5, 5.0, 8.0)]
    drops.append(_drop_by_top_hat(height, skin.pixel_mm))
    found = [_segment(drop, skin.pixel_mm) for drop in drops]
    truths = [scar.region for scar in skin.scars]
    return max(found, key=lambda one: match_regions(truths, one[0], list(one[1])).f1 if truths else -len(one[1]))


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


def evaluate(
    find: Callable[[GeneratedSkin], Found], skins: list[GeneratedSkin], *, natural: np.ndarray | None = None
) -> dict[str, float]:
    truths = pairs = finds = 0
    measured: list[tuple[TrueScar, float, float, Scar | None]] = []
    seconds, area = [], 0.0
    for skin in skins:
        start = time.perf_counter()
        labels, rows = find(skin)
        seconds.append(time.perf_counter() - start)
        seen = [scar for scar in skin.scars if skin.valid[scar.region].mean() >= 0.5]
        excused = np.zeros(labels.shape, bool) if natural is None else natural.copy()
        for scar in skin.scars:
            if skin.valid[scar.region].mean() < 0.5:
                excused |= scar.region
        true = np.any([scar.region for scar in seen], axis=0) if seen else np.zeros(labels.shape, bool)
        ids = [n for n in rows if not (excused[labels == n].mean() > 0.3 and not true[labels == n].any())]
        match = match_regions([scar.region for scar in seen], labels, ids)
        truths, pairs, finds = truths + match.truths, pairs + len(match.pairs), finds + match.finds
        area += skin.valid.sum() * skin.pixel_mm**2 / 100
        measured += [(seen[index], *rows[number]) for index, number in match.pairs if not seen[index].cut]
    none = float("nan")
    return {
        "recall": pairs / truths if truths else none, "precision": pairs / finds if truths and finds else none,
        "F1": 2 * pairs / (truths + finds) if truths else none,
        **_judge_measures(measured),
        "false/10cm2": 10 * (finds - pairs) / area, "s": float(np.mean(seconds)),
    }  # fmt: skip


def _judge_measures(measured: list[tuple[TrueScar, float, float, Scar | None]]) -> dict[str, float]:
    none = [float("nan")]
    depth = [1000 * (abs(deep) - abs(truth.depth_mm)) for truth, deep, _, _ in measured]
    volume = [100 * (abs(bulk / truth.volume_mm3) - 1) for truth, _, bulk, _ in measured]
    told = [(truth, scar) for truth, _, _, scar in measured if scar is not None]
    inside = [abs(s.depth_mm - t.depth_mm) < Z90 * s.depth_sd_mm for t, s in told]
    inside_volume = [abs(s.volume_mm3 - t.volume_mm3) < Z90 * s.volume_sd_mm3 for t, s in told]
    clear = [s.kind == t.kind for t, s in told if not t.ambiguous]
    logs = [-np.log(max(s.kind_probability[t.kind], 1e-6)) for t, s in told]
    return {
        "MAE um": float(np.mean(np.abs(depth or none))), "bias um": float(np.mean(depth or none)),
        "vol %": float(np.mean(np.abs(volume or none))), "vbias %": float(np.mean(volume or none)),
        "cover d": float(np.mean(inside or none)), "cover v": float(np.mean(inside_volume or none)),
        "kind": float(np.mean(clear or none)), "log": float(np.mean(logs or none)),
    }  # fmt: skip


def skins_of(condition: str, seeds: range) -> list[GeneratedSkin]:
    if condition != "cheek":
        return [make_skin(seed, CONDITIONS[condition]) for seed in seeds]
    cheek = np.load(CHEEK).astype(float)
    options = SkinOptions(pixel_mm=0.1, noise_mm=0.0, counts=(("icepick", 7), ("boxcar", 5), ("rolling", 3)))
    return [add_scars(np.random.default_rng(seed), cheek, options) for seed in seeds]


def _natural_pits(find: Callable[[GeneratedSkin], Found]) -> np.ndarray:
    """Return where something is found on the cheek without scars put in."""
    cheek = np.load(CHEEK).astype(float)
    labels, rows = find(GeneratedSkin(cheek, np.ones(cheek.shape, bool), 0.1))
    return np.isin(labels, list(rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first", type=int, default=900)
    parser.add_argument("--conditions", default=",".join([*CONDITIONS, *(["cheek"] if CHEEK.is_file() else [])]))
    parser.add_argument("--alone", action="store_true", help="without the plain pipeline")
    parser.add_argument("--sure", action="store_true", help="only scars of the headline")
    arguments = parser.parse_args()
    least = float(value_of("scars.headline_confidence")) if arguments.sure else 0.0
    finders = {"scarplan": functools.partial(find_ours, least=least), "plain": find_plainly}
    header = True
    for condition in arguments.conditions.split(","):
        skins = skins_of(condition, range(arguments.first, arguments.first + arguments.seeds))
        for name, find in list(finders.items())[: 1 if arguments.alone else None]:
            row = evaluate(find, skins, natural=_natural_pits(find) if condition == "cheek" else None)
            if header:
                print(f"{'condition':16s} {'finder':8s}" + "".join(f"{key:>9s}" for key in row))
                header = False
            print(f"{condition:16s} {name:8s}" + "".join(f"{value:9.3f}" for value in row.values()), flush=True)


if __name__ == "__main__":
    main()
