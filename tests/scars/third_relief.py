"""Healthy skin of the third generator, and the scanner that sees it: sums of waves, phase lines, stamps.

Undulation has the band rms measured on a cheek and the density joins from band to band; its strength wanders over the
skin. Lines are the zeros of wandering phases. Everything is drawn from the words of the definitions alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import fft, ndimage, special

from .scarred_skin import frequencies

#: Shortest and longest wave (mm), rms (mm), and the power of 1/f that lets the density join the next band. The rms of
#: the first is no measured one: it goes on as the second does, so that no gap of the spectrum gives a scar away.
UNDULATION = ((2.0, 4.0, 0.0059, 5.5), (4.0, 8.0, 0.020, 5.5), (8.0, 16.0, 0.068, 5.5), (16.0, 40.0, 0.150, 2.7))
_ENVELOPE = 0.4  # sd of the logarithm of the strength of the waves over the skin
RADII_MM = (45.0, 140.0)
LONGEST_LINE_WAVE_MM = 3.0


def band_noise(
    rng: np.random.Generator,
    shape: tuple[int, int],
    pixel: float,
    band_mm: tuple[float, float],
    *,
    slope: float = 0.0,
    envelope: float = 0.0,
) -> np.ndarray:
    """Return noise [y x] of rms 1 with waves within `band_mm` only, power density ~ f^-slope.

    It is cut from a field at least three long waves wide, of which the rms is 1: one patch may be calmer or wilder.
    """
    short, long = band_mm
    coarse = short / 6
    sides = [fft.next_fast_len(round(max(1.2 * n * pixel, 3 * long) / coarse), real=True) for n in shape]
    f = frequencies((sides[0], sides[1]), coarse)
    inside = (f >= 1 / long) & (f < 1 / short)
    gain = np.where(inside, np.maximum(f, 1e-9) ** (-slope / 2), 0.0)
    field = fft.ifft2(gain * fft.fft2(rng.standard_normal(f.shape))).real
    if envelope:
        wander = fft.ifft2(np.exp(-((f * long) ** 2)) * fft.fft2(rng.standard_normal(f.shape))).real
        field = field * np.exp(envelope * wander / wander.std())
        field = fft.ifft2(inside * fft.fft2(field)).real
    y, x = (np.arange(n) * pixel / coarse + 2 + rng.uniform(0, 1) for n in shape)
    return ndimage.map_coordinates(field / field.std(), np.meshgrid(y, x, indexing="ij"), order=3, mode="grid-wrap")


def draw_undulation(rng: np.random.Generator, shape: tuple[int, int], pixel: float) -> np.ndarray:
    """Return the waves of the skin (mm), each band with its stated rms on average."""
    bands = [
        rms * band_noise(rng, shape, pixel, (short, long), slope=slope, envelope=_ENVELOPE)
        for short, long, rms, slope in UNDULATION
    ]
    return np.sum(bands, axis=0)


def undulation_density(per_mm: np.ndarray) -> np.ndarray:
    """Return the power density (mm4) that `draw_undulation` has by construction."""
    result = np.zeros_like(per_mm)
    for short, long, rms, slope in UNDULATION:
        low, high, k = 1 / long, 1 / short, 2 - slope
        level = rms**2 * k / (2 * np.pi * (high**k - low**k))
        inside = (per_mm >= low) & (per_mm < high)
        result[inside] = level * per_mm[inside] ** -slope
    return result


def draw_cheek_form(rng: np.random.Generator, shape: tuple[int, int], pixel: float) -> np.ndarray:
    """Return a bent, tilted form (mm) of two different radii; three in ten have a saddle at one side, as at a nose."""
    y, x = (np.arange(n) * pixel - n * pixel / 2 for n in shape)
    turn = rng.uniform(0, np.pi)
    u = x[None, :] * np.cos(turn) + y[:, None] * np.sin(turn)
    v = y[:, None] * np.cos(turn) - x[None, :] * np.sin(turn)
    first, second = rng.uniform(*RADII_MM, 2)
    bent = np.ones_like(u)
    if rng.uniform() < 0.3:
        bent -= 1.4 * special.expit((u - rng.uniform(8, 16)) / 6.0)
    tilt = np.tan(np.radians(rng.uniform(-5, 5, 2)))
    return -(u**2) / (2 * first) - bent * v**2 / (2 * second) + tilt[0] * u + tilt[1] * v


def draw_lines(rng: np.random.Generator, shape: tuple[int, int], pixel: float) -> np.ndarray:
    """Return the lines of the skin, rms 1: deep primary lines that cross, finer secondary ones between them."""
    y, x = np.meshgrid(*(np.arange(n) * pixel for n in shape), indexing="ij")
    main, half_angle = rng.uniform(0, np.pi), np.radians(rng.uniform(28, 45))
    spacing = rng.uniform(0.6, 1.1)
    relief = np.zeros(shape)
    for turn, share, strength in (
        (main + half_angle, 1.0, 1.0),
        (main - half_angle, rng.uniform(0.85, 1.2), 0.8),
        (main + rng.uniform(-0.2, 0.2), 0.5, 0.45),
        (main + np.pi / 2 + rng.uniform(-0.3, 0.3), 0.45, 0.4),
    ):
        wander = 1.5 * band_noise(rng, shape, pixel, (2.2, 9.0), slope=2.0)
        phase = np.pi * (x * np.cos(turn) + y * np.sin(turn)) / (share * spacing) + wander
        way = np.abs(np.sin(phase))
        # A line is a narrow furrow between domed fields; it fades in and out along its way.
        present = special.expit(1.2 + 1.8 * band_noise(rng, shape, pixel, (1.2, 6.0), slope=1.0))
        relief = np.minimum(relief, -strength * present * (np.exp(-((way / 0.32) ** 2)) + 0.35 * (1 - way)))
    relief -= ndimage.gaussian_filter(relief, LONGEST_LINE_WAVE_MM / 3.4 / pixel)
    return relief / relief.std()


def draw_pores(rng: np.random.Generator, shape: tuple[int, int], pixel: float, per_cm2: float) -> np.ndarray:
    """Return pores (mm): pits 0.1-0.35 mm wide and up to 0.1 mm deep with a faint rim, denser to one side."""
    relief = np.zeros(shape)
    extent = np.array(shape) * pixel
    gradient = rng.uniform(-0.8, 0.8, 2)
    for _ in range(rng.poisson(per_cm2 * extent.prod() / 100)):
        at = rng.uniform(size=2)
        if rng.uniform() * 1.8 > 1 + gradient @ (at - 0.5):
            continue
        radius = rng.uniform(0.05, 0.175)
        depth = rng.uniform(0.15, 0.6) * radius
        _stamp(relief, at * extent, 3.2 * radius, pixel, lambda d, r=radius, h=depth: h * _pore((d / r) ** 2))
    return relief


def _pore(s: np.ndarray) -> np.ndarray:
    return -np.exp(-s) + 0.18 * np.exp(-((np.sqrt(s) - 1.7) ** 2) / 0.25)


def _stamp(relief: np.ndarray, at_mm: np.ndarray, reach_mm: float, pixel: float, shape_of) -> None:
    """Add `shape_of(distance in mm)` around a place."""
    low = np.maximum(np.floor((at_mm - reach_mm) / pixel).astype(int), 0)
    high = np.minimum(np.ceil((at_mm + reach_mm) / pixel).astype(int) + 1, relief.shape)
    y, x = (np.arange(a, b) * pixel - c for a, b, c in zip(low, high, at_mm, strict=True))
    if len(y) and len(x):
        relief[low[0] : high[0], low[1] : high[1]] += shape_of(np.hypot(y[:, None], x[None, :]))


def draw_stubble(rng: np.random.Generator, shape: tuple[int, int], pixel: float, count: int) -> np.ndarray:
    """Return short ridges (mm), 0.3-0.9 mm long, 0.1 mm wide, that lie nearly one way."""
    relief = np.zeros(shape)
    grain = rng.uniform(0, np.pi)
    for _ in range(count):
        turn = grain + 0.3 * rng.standard_normal()
        length, height = rng.uniform(0.3, 0.9), rng.uniform(0.04, 0.2)
        at = rng.uniform(size=2) * np.array(shape) * pixel
        for step in np.arange(-length / 2, length / 2, 0.06):
            place = at + step * np.array([np.sin(turn), np.cos(turn)])
            _stamp(relief, place, 0.15, pixel, lambda d, h=height: 0.55 * h * np.exp(-((d / 0.055) ** 2)))
    return relief


# -- the scanner --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Transfer:
    """The lateral transfer of a scanner: its blur ("none", "gauss" or "disc") and the frequency of half contrast."""

    form: str
    half_contrast_per_mm: float = np.inf

    def contrast(self, per_mm: np.ndarray) -> np.ndarray:
        """Return the contrast (1 = full) of waves."""
        if self.form == "none":
            return np.ones_like(per_mm)
        share = per_mm / self.half_contrast_per_mm
        if self.form == "gauss":
            return 0.5 ** (share**2)
        # A disc of blur: 2 J1(z)/z is one half at z = 2.2151.
        z = np.maximum(2.2151 * share, 1e-9)
        return 2 * special.j1(z) / z

    def apply(self, relief: np.ndarray, pixel: float) -> np.ndarray:
        """Return `relief` as the scanner shows it; it is thought to go on beyond its edges as it ends."""
        if self.form == "none":
            return relief
        pad = int(np.ceil(2.0 / self.half_contrast_per_mm / pixel))
        wide = np.pad(relief, pad, mode="edge")
        seen = fft.ifft2(fft.fft2(wide) * self.contrast(frequencies(wide.shape, pixel))).real
        return seen[pad : pad + relief.shape[0], pad : pad + relief.shape[1]]


def draw_transfer(rng: np.random.Generator, half_contrast_per_mm: tuple[float, float]) -> Transfer:
    """Return no blur in three of ten scanners, else one of two kinds."""
    form = rng.choice(["none", "gauss", "disc"], p=[0.3, 0.35, 0.35])
    return Transfer(str(form), rng.uniform(*half_contrast_per_mm))


#: Parts of the variance of the device: white, grain of 0.25-0.8 mm, stripes of projected light, drift over the map.
NOISE_PARTS = {"white": 0.4, "grain": 0.3, "stripes": 0.2, "drift": 0.1}
_GRAIN_MM, _STRIPE_MM, _DRIFT_MM = (0.25, 0.8), (0.7, 2.0), (25.0, 60.0)


def draw_device_noise(rng: np.random.Generator, shape: tuple[int, int], pixel: float, rms_mm: float) -> np.ndarray:
    """Return the noise of a structured-light scanner (mm) of this rms."""
    y, x = np.meshgrid(*(np.arange(n) * pixel for n in shape), indexing="ij")
    turn = rng.choice([0.0, np.pi / 2]) + np.radians(rng.uniform(-12, 12))
    phase = 2 * np.pi * ((x * np.cos(turn) + y * np.sin(turn)) / rng.uniform(*_STRIPE_MM) + rng.uniform())
    strength = np.exp(0.4 * band_noise(rng, shape, pixel, (8.0, 40.0), slope=2.0))
    stripes = strength * np.sin(phase)
    parts = {
        "white": rng.standard_normal(shape),
        "grain": band_noise(rng, shape, pixel, _GRAIN_MM),
        "stripes": stripes / stripes.std(),
        "drift": band_noise(rng, shape, pixel, _DRIFT_MM),
    }
    return rms_mm * np.sum([np.sqrt(NOISE_PARTS[name]) * part for name, part in parts.items()], axis=0)


def device_density(per_mm: np.ndarray, pixel: float, rms_mm: float) -> np.ndarray:
    """Return the power density (mm4) of `draw_device_noise`, stripes spread over their range and all directions."""
    result = np.full_like(per_mm, NOISE_PARTS["white"] * pixel**2)
    for name, (short, long) in (("grain", _GRAIN_MM), ("stripes", _STRIPE_MM), ("drift", _DRIFT_MM)):
        inside = (per_mm >= 1 / long) & (per_mm < 1 / short)
        result[inside] += NOISE_PARTS[name] / (np.pi * (short**-2 - long**-2))
    return rms_mm**2 * result


def add_spikes(rng: np.random.Generator, relief: np.ndarray, count: int) -> None:
    """Put single wrong pixels into `relief`, up to 1.5 mm off either way."""
    at = tuple(rng.integers(0, n, count) for n in relief.shape)
    relief[at] += rng.choice([-1.0, 1.0], count) * rng.uniform(0.2, 1.5, count)


def draw_unseen(rng: np.random.Generator, shape: tuple[int, int], pixel: float, blobs: int, hairs: int) -> np.ndarray:
    """Return where nothing is measured: ragged blobs, and shadows behind raised hairs."""
    unseen = np.zeros(shape, bool)
    extent = np.array(shape) * pixel
    y, x = np.meshgrid(*(np.arange(n) * pixel for n in shape), indexing="ij")
    for _ in range(blobs):
        at, radius = rng.uniform(size=2) * extent, rng.uniform(0.2, 0.7)
        ragged = 0.25 * band_noise(rng, shape, pixel, (0.5, 3.0), slope=1.0)
        unseen |= np.hypot(y - at[0], x - at[1]) / radius + ragged < 1
    for _ in range(hairs):
        at, turn, bend = rng.uniform(size=2) * extent, rng.uniform(0, 2 * np.pi), rng.uniform(-0.15, 0.15)
        along = (x - at[1]) * np.cos(turn) + (y - at[0]) * np.sin(turn)
        across = (y - at[0]) * np.cos(turn) - (x - at[1]) * np.sin(turn) - bend * along**2
        length = rng.uniform(3, 8)
        shadow = rng.uniform(0.1, 0.28) * np.clip(1 - along / length, 0, 1)
        unseen |= (along > 0) & (along < length) & (np.abs(across) < shadow / 2)
    return unseen
