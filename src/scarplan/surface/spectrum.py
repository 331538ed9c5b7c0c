"""What the waves of a height map tell: noise of a pixel, relief by wavelength, and traces of upsampling."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from scarplan.surface.filling import fill_nearest

# A robust standard deviation from a median absolute deviation.
_MAD_TO_SD = 1.4826
# The spectrum of this many pixels tells enough; larger maps are sampled by one window.
_LARGEST_WINDOW = 1024
# The kernel [1 -2 1] in both directions is blind to slopes and bends; white noise comes through 6 times as large.
_NOISE_KERNEL = np.outer([1.0, -2.0, 1.0], [1.0, -2.0, 1.0])
_KERNEL_GAIN = 6.0
# Gaussian weight whose amplitude is halved at a wavelength of 1 (ISO 16610-21).
_SIGMA_PER_CUTOFF = np.sqrt(np.log(2) / 2) / np.pi
# A periodic pattern of kinks counts when its line stands this far above the median line, with this share of the mean.
_LINE_OVER_MEDIAN, _LEAST_MODULATION = 12.0, 0.10


def pixel_noise_mm(relief_mm: np.ndarray, valid: np.ndarray) -> float:
    """Return the standard deviation of the white noise of one pixel, mm; includes the rounding of coarse steps."""
    if min(relief_mm.shape) < 3:
        return 0.0
    filled = fill_nearest(relief_mm, valid)
    response = cv2.filter2D(filled, -1, _NOISE_KERNEL, borderType=cv2.BORDER_REPLICATE)
    around = np.ones((3, 3), np.uint8)
    whole = cv2.erode(valid.astype(np.uint8), around, borderType=cv2.BORDER_CONSTANT, borderValue=0).view(bool)
    noise = _MAD_TO_SD * np.median(np.abs(response[whole])) / _KERNEL_GAIN if whole.any() else 0.0
    return float(np.hypot(noise, height_step_mm(relief_mm, valid) / np.sqrt(12)))


def height_step_mm(relief_mm: np.ndarray, valid: np.ndarray) -> float:
    """Return the step between neighbouring heights of a coarsely rounded map, mm; 0 when it is not rounded."""
    heights = relief_mm[valid]
    if heights.size < 1000:
        return 0.0
    sample = heights[:: max(1, heights.size // 200_000)]
    steps = np.diff(np.unique(np.round(sample, 9)))
    # A map that uses few different heights is rounded; the common distance between them is the step.
    return float(np.median(steps)) if 0 < steps.size < sample.size / 20 else 0.0


def fine_relief_mm(relief_mm: np.ndarray, valid: np.ndarray, *, pixel_mm: float, cutoff_mm: float) -> float:
    """Return the robust standard deviation of what is finer than `cutoff_mm`: noise and texture together, mm."""
    sigma = _SIGMA_PER_CUTOFF * max(cutoff_mm, 4 * pixel_mm) / pixel_mm
    filled = fill_nearest(relief_mm, valid)
    seen = (filled - cv2.GaussianBlur(filled, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE))[valid]
    return float(_MAD_TO_SD * np.median(np.abs(seen - np.median(seen))))


@dataclass(frozen=True)
class Spectrum:
    """Power of relief over two-dimensional frequency, of the best seen window of a map.

    `power` sums to the variance of the relief (mm2); `frequency` is in 1/mm.
    """

    frequency: np.ndarray
    power: np.ndarray
    side_mm: float

    def band_variance(self, shortest_mm: float, longest_mm: float) -> float:
        """Return the variance of the relief in wavelengths from `shortest_mm` to `longest_mm`, mm2."""
        inside = (self.frequency > 1 / longest_mm) & (self.frequency <= 1 / shortest_mm)
        return float(self.power[inside].sum())


def measure_spectrum(relief_mm: np.ndarray, valid: np.ndarray, *, pixel_mm: float) -> Spectrum:
    """Return the spectrum of the best seen window of at most 1024 x 1024 pixels, its form removed."""
    window = best_window(valid)
    heights, seen = fill_nearest(relief_mm[window], valid[window]), valid[window]
    side_mm = min(heights.shape) * pixel_mm
    heights = heights - _bend(heights)
    # The taper keeps borders and holes from ringing.
    taper = np.outer(np.hanning(heights.shape[0] + 2)[1:-1], np.hanning(heights.shape[1] + 2)[1:-1])
    if not seen.all():
        framed = np.pad(seen, 1).view(np.uint8)
        distance = cv2.distanceTransform(framed, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
        taper = taper * np.clip(distance / max(4, 0.02 * min(seen.shape)), 0, 1)
    heights = (heights - np.average(heights, weights=taper)) * taper
    transform = np.fft.rfft2(heights)
    power = np.abs(transform) ** 2 / heights.size**2 / np.mean(taper**2)
    power[:, 1 : (heights.shape[1] + 1) // 2] *= 2
    rows, columns = heights.shape
    frequency = np.hypot(np.fft.fftfreq(rows, pixel_mm)[:, None], np.fft.rfftfreq(columns, pixel_mm)[None, :])
    return Spectrum(frequency=frequency, power=power, side_mm=side_mm)


def upsampling_period(relief_mm: np.ndarray, valid: np.ndarray) -> float:
    """Return after how many pixels the map repeats its kinks: the factor it was upsampled by; 1 when it was not.

    Interpolation between coarse samples leaves second differences that rise and fall with the period of those
    samples (Gallagher 2005); steps of repeated pixels do so too.
    """
    window = best_window(valid)
    heights, seen = relief_mm[window], valid[window]
    return max(_kink_period(heights, seen), _kink_period(heights.T, seen.T))


def _kink_period(heights: np.ndarray, seen: np.ndarray) -> float:
    kinks = np.abs(np.diff(np.where(seen, heights, np.nan), n=2, axis=1))
    known = ~np.isnan(kinks)
    if known.sum() < 1000 or kinks.shape[1] < 48:
        return 1.0
    mean = np.mean(kinks[known])
    # A few walls of scars must not decide.
    total = np.where(known, np.minimum(kinks, 4 * mean), 0.0).sum(axis=0)
    count = known.sum(axis=0)
    profile = np.where(count > 0, total / np.maximum(count, 1), mean)
    lines = _lines(profile)
    lowest = 8  # fewer repetitions than this across the map are no pattern
    usable = lines[lowest:]
    strong = np.nonzero(usable >= max(_LINE_OVER_MEDIAN * np.median(usable), 0.5 * usable.max()))[0]
    if not strong.size or usable.max() == 0:
        return 1.0
    first = int(strong[0])
    repeats = lowest + first + int(np.argmax(usable[first : first + 3]))
    # A pattern of the grid goes through all of the map; a wall of a scar stands in one place.
    thirds = np.array_split(profile, 3)
    is_everywhere = all(_modulation(third, repeats / profile.size) >= _LEAST_MODULATION for third in thirds)
    return profile.size / repeats if is_everywhere else 1.0


def _lines(profile: np.ndarray) -> np.ndarray:
    """Return the amplitude of each whole number of repetitions across `profile`."""
    sigma = profile.size / 16
    smooth = cv2.GaussianBlur(profile[None], (0, 1), sigma, borderType=cv2.BORDER_REPLICATE)[0]
    taper = np.hanning(profile.size + 2)[1:-1]
    return np.abs(np.fft.rfft((profile - smooth) * taper)) / taper.sum() * 2


def _modulation(part: np.ndarray, frequency: float) -> float:
    """Return how strongly `part` rises and falls with `frequency` (1/pixel), relative to its mean."""
    taper = np.hanning(part.size + 2)[1:-1]
    level = np.average(part, weights=taper)
    wave = np.exp(-2j * np.pi * frequency * np.arange(part.size))
    return float(2 * np.abs(np.sum((part - level) * taper * wave)) / taper.sum() / level) if level > 0 else 0.0


def _bend(heights: np.ndarray) -> np.ndarray:
    """Return the plane with bends of second degree that fits best."""
    y, x = np.meshgrid(np.linspace(-1, 1, heights.shape[0]), np.linspace(-1, 1, heights.shape[1]), indexing="ij")
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y])
    # Every 4th pixel tells a form of six numbers well enough.
    thin = terms[:, ::4, ::4].reshape(6, -1)
    weights = np.linalg.lstsq(thin.T, heights[::4, ::4].ravel(), rcond=None)[0]
    return np.tensordot(weights, terms, axes=1)


def best_window(valid: np.ndarray) -> tuple[slice, slice]:
    """Return the window of at most 1024 x 1024 pixels in which the most was seen, nearest to the middle."""
    rows, columns = (min(size, _LARGEST_WINDOW) for size in valid.shape)
    if (rows, columns) == valid.shape:
        return slice(0, rows), slice(0, columns)
    total = np.pad(np.cumsum(np.cumsum(valid, axis=0, dtype=np.int64), axis=1), ((1, 0), (1, 0)))
    tops = np.unique(np.linspace(0, valid.shape[0] - rows, 9).astype(int))
    lefts = np.unique(np.linspace(0, valid.shape[1] - columns, 9).astype(int))

    def seen(top: int, left: int) -> int:
        inside = total[top : top + rows + 1 : rows, left : left + columns + 1 : columns]
        return int(inside[1, 1] - inside[0, 1] - inside[1, 0] + inside[0, 0])

    middle = np.array([valid.shape[0] - rows, valid.shape[1] - columns]) / 2
    places = [(int(top), int(left)) for top in tops for left in lefts]
    top, left = max(places, key=lambda place: (seen(*place), -float(np.hypot(*(np.array(place) - middle)))))
    return slice(top, top + rows), slice(left, left + columns)
