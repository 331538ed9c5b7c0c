"""Depth error of photometric stereo on rendered skin: `uv run python benchmarks/photometric.py`.

A phantom cheek with known scars is rendered as a camera would see it (matte reflection, shine, cast shadows, noise of
the sensor, 8 bit sRGB, a lens that blurs by a pixel) under a ring of lights, and its relief made by `scarplan.capture`.
The depth of each scar is read in the relief and in the true heights in the same way (rim against the deepest 1 %), so
that the table shows the capture's error alone. Light that spreads in skin, or is thrown back by it, is not rendered:
a real capture is worse, which is what `scarplan commission` is for.
"""

from __future__ import annotations

import argparse
import time

import cv2
import numpy as np
from scipy import ndimage

from scarplan.capture import Light, LitSkin, encode_levels, far_light, make_relief, render_light
from scarplan.capture.relief import remove_form
from scarplan.surface.phantom import Phantom, make_phantom

PIXEL_MM = 0.05
COUNTS = {"icepick": 10, "boxcar": 6, "rolling": 4, "raised": 2}
#: Condition -> lights, shine, directions wrong by so many degrees (each light another way).
CONDITIONS = {
    "8 lights, crossed polarisers": (8, 0.0, 0.0),
    "4 lights, crossed polarisers": (4, 0.0, 0.0),
    "8 lights, skin that shines": (8, 0.1, 0.0),
    "4 lights, skin that shines": (4, 0.1, 0.0),
    "8 lights, each told wrong by 2 degrees": (8, 0.0, 2.0),
    "4 lights, each told wrong by 2 degrees": (4, 0.0, 2.0),
}
CLASSES = (("icepick", 0.0, 1.0), ("icepick", 1.0, 9.0), ("boxcar", 0.0, 9.0), ("rolling", 0.0, 9.0), ("raised", 0, 9))


def ring(count: int) -> list[Light]:
    angles = 2 * np.pi * np.arange(count) / count
    return [far_light((float(np.cos(angle)), float(np.sin(angle)), 1.0)) for angle in angles]


def mistake(light: Light, degrees: float, rng: np.random.Generator) -> Light:
    """Return the light as it would be told with a mistake of so many degrees."""
    aside = np.cross(light.direction, rng.standard_normal(3))
    aside *= np.tan(np.radians(degrees)) / np.linalg.norm(aside)
    right, up, towards = np.array(light.direction) + aside
    return far_light((float(right), float(up), float(towards)))


def capture(heights: np.ndarray, lights: list[Light], *, shine: float, rng: np.random.Generator) -> np.ndarray:
    """Return the photographs as linear light [light y x], rounded as 8 bit sRGB rounds them."""
    spots = ndimage.gaussian_filter(rng.standard_normal(heights.shape), 20)
    albedo = 0.5 * np.exp(0.1 * spots / spots.std())
    pictures = []
    for light in lights:
        seen = render_light(heights, light, pixel_mm=PIXEL_MM, albedo=albedo, shine=shine, noise=0.004, rng=rng)
        share = encode_levels(seen, encoding="srgb", bits=8) / 255
        pictures.append(np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4))
    return np.stack(pictures).astype(np.float32)


def read_depths(phantom: Phantom, relief: np.ndarray) -> np.ndarray:
    """Return the depth of each scar: the median around it less the mean of its deepest 1 %; NaN where it is lost."""
    depths = []
    for number, scar in enumerate(phantom.scars, start=1):
        inside = phantom.labels == number
        window = tuple(
            slice(max(0, part.start - 12), part.stop + 12) for part in ndimage.find_objects(inside.astype(np.int32))[0]
        )
        inside, part = inside[window], relief[window]
        rim = ndimage.binary_dilation(inside, iterations=8) & ~ndimage.binary_dilation(inside, iterations=3)
        seen = np.sort(part[inside & np.isfinite(part)])
        if seen.size < 0.5 * inside.sum():
            depths.append(np.nan)
            continue
        count = max(3, inside.sum() // 100)
        deepest = seen[:count] if scar.apex_mm > 0 else seen[-count:]
        depths.append(np.nanmedian(part[rim & (phantom.labels[window] == 0)]) - deepest.mean())
    return np.array(depths)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    print("| condition | scars | number | mean depth um | bias um | MAE um | lost |\n|---|---|---|---|---|---|---|")
    for condition, (count, shine, degrees) in CONDITIONS.items():
        rows, seconds = [], 0.0
        for seed in range(options.seeds):
            phantom = make_phantom(900 + seed, counts=COUNTS, noise_mm=0)
            heights = cv2.GaussianBlur(phantom.surface.relief_mm, (0, 0), 1.0)
            rng = np.random.default_rng(seed)
            lights = ring(count)
            light = capture(heights, lights, shine=shine, rng=rng)
            told = tuple(mistake(one, degrees, rng) for one in lights)
            whole = np.ones(heights.shape, bool)
            start = time.process_time()
            found = make_relief(LitSkin(light, light >= 0.99, whole, told, PIXEL_MM)).heights_mm
            seconds += time.process_time() - start
            true = remove_form(heights, whole, beyond_px=40 / PIXEL_MM)
            pairs = zip(phantom.scars, read_depths(phantom, true), read_depths(phantom, found), strict=True)
            rows += [(scar.kind, scar.width_mm, *depths) for scar, *depths in pairs]
        for kind, narrow, wide in CLASSES:
            chosen = np.array([row[2:] for row in rows if row[0] == kind and narrow <= row[1] < wide])
            name = kind if wide - narrow == 9 else f"{kind} {'under' if narrow == 0 else 'over'} 1 mm"
            error = 1000 * np.sign(chosen[:, 0]) * (chosen[:, 1] - chosen[:, 0])
            lost = int(np.isnan(error).sum())
            print(
                f"| {condition} | {name} | {len(error)} | {1000 * np.abs(chosen[:, 0]).mean():.0f} | "
                f"{np.nanmean(error):+.0f} | {np.nanmean(np.abs(error)):.0f} | {lost} |"
            )
        print(f"| | | | | | {seconds / options.seeds:.1f} s CPU each | |", flush=True)


if __name__ == "__main__":
    main()
