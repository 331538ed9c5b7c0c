"""What the waves of a height map tell: noise of a pixel, relief by wavelength, and traces of upsampling."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from scarplan.surface.filling import fill_about_middle
from scarplan.surface.robust import median, robust_deviation, robust_size, thin_out
from scarplan.surface.waves import frequencies_per_mm, sum_of_products, times_counted, to_waves

# The spectrum of this many pixels tells enough; larger maps are sampled by one window.
_LARGEST_WINDOW = 1024
# So many heights tell the step of a rounded map.
_MOST_HEIGHTS = 60_000
# So many lines across tell a pattern of the grid.
_MOST_LINES = 400
# The kernel [1 -2 1] in both directions is blind to slopes and bends; white noise comes through 6 times as large.
_NOISE_KERNEL = np.outer([1.0, -2.0, 1.0], [1.0, -2.0, 1.0])
_KERNEL_GAIN = 6.0
# Gaussian weight whose amplitude is halved at a wavelength of 1 (ISO 16610-21).
_SIGMA_PER_CUTOFF = np.sqrt(np.log(2) / 2) / np.pi
# A periodic pattern of kinks counts when its line stands this far above the median line, with this share of the mean.
_LINE_OVER_MEDIAN, _LEAST_MODULATION = 12.0, 0.10


def pixel_noise_mm(relief_mm: np.ndarray, valid: np.ndarray, *, step_mm: float | None = None) -> float:
    """Return the standard deviation of the white noise of one pixel, mm; includes the rounding of coarse steps.

    `step_mm` is what `height_step_mm` has told, when it has been asked already.
    """
    if min(relief_mm.shape) < 3:
        return 0.0
    response = cv2.filter2D(np.where(valid, relief_mm, 0.0), -1, _NOISE_KERNEL, borderType=cv2.BORDER_REPLICATE)
    around = np.ones((3, 3), np.uint8)
    whole = cv2.erode(valid.astype(np.uint8), around, borderType=cv2.BORDER_CONSTANT, borderValue=0).view(bool)
    noise = robust_size(thin_out(response[whole])) / _KERNEL_GAIN if whole.any() else 0.0
    step_mm = height_step_mm(relief_mm, valid) if step_mm is None else step_mm
    return float(np.hypot(noise, step_mm / np.sqrt(12)))


def height_step_mm(relief_mm: np.ndarray, valid: np.ndarray) -> float:
    """Return the step between neighbouring heights of a coarsely rounded map, mm; 0 when it is not rounded."""
    heights = relief_mm[valid]
    if heights.size < 1000:
        return 0.0
    sample = np.sort(np.round(heights[:: max(1, heights.size // _MOST_HEIGHTS)], 9))
    steps = np.diff(sample)
    steps = steps[steps > 0]
    # A map that uses few different heights is rounded; the common distance between them is the step.
    return median(steps) if 0 < steps.size < sample.size / 20 else 0.0


def fine_relief_mm(filled_mm: np.ndarray, valid: np.ndarray, *, pixel_mm: float, cutoff_mm: float) -> float:
    """Return the robust standard deviation of what is finer than `cutoff_mm`: noise and texture together, mm.

    `filled_mm` is the map with its holes filled (`Surface.filled_mm`).
    """
    sigma = _SIGMA_PER_CUTOFF * max(cutoff_mm, 4 * pixel_mm) / pixel_mm
    seen = filled_mm - cv2.GaussianBlur(filled_mm, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    return robust_deviation(thin_out(seen[valid]))


@dataclass(frozen=True)
class Spectrum:
    """Power of relief over two-dimensional frequency, of the best seen window of a map.

    `power` sums to the variance of the relief (mm2); `frequency` is in 1/mm; both packed as `waves` are.
    """

    frequency: np.ndarray
    power: np.ndarray
    side_mm: float

    def band_variance(self, shortest_mm: float, longest_mm: float) -> float:
        """Return the variance of the relief in wavelengths from `shortest_mm` to `longest_mm`, mm2."""
        inside = (self.frequency > 1 / longest_mm) & (self.frequency <= 1 / shortest_mm)
        return float(self.power[inside].sum())


def measure_spectrum(
    relief_mm: np.ndarray, valid: np.ndarray, *, pixel_mm: float, filled_mm: np.ndarray | None = None
) -> Spectrum:
    """Return the spectrum of the best seen window of at most 1024 x 1024 pixels, its form removed.

    `filled_mm` is the map with its holes filled (`Surface.filled_mm`), when it is there already.
    """
    window = best_window(valid)
    seen = valid[window]
    heights = fill_about_middle(relief_mm[window], seen) if filled_mm is None else filled_mm[window]
    rows, columns = heights.shape
    heights = heights - _bend(heights)
    # The taper keeps borders and holes from ringing.
    taper = np.outer(_hann(rows), _hann(columns))
    if not seen.all():
        framed = np.pad(seen, 1).view(np.uint8)
        distance = cv2.distanceTransform(framed, cv2.DIST_L2, cv2.DIST_MASK_5)[1:-1, 1:-1]
        taper = taper * np.clip(distance / max(4, 0.02 * min(seen.shape)), 0, 1)
    heights -= sum_of_products(heights, taper) / float(taper.sum(dtype=np.float64))
    power = to_waves(heights * taper)
    power *= power
    power *= times_counted((rows, columns)) / (heights.size**2 * np.mean(taper**2, dtype=np.float64))
    return Spectrum(frequencies_per_mm((rows, columns), pixel_mm), power, min(rows, columns) * pixel_mm)


def _hann(length: int) -> np.ndarray:
    return np.hanning(length + 2)[1:-1].astype(np.float32)


def upsampling_period(relief_mm: np.ndarray, valid: np.ndarray) -> float:
    """Return after how many pixels the map repeats its kinks: the factor it was upsampled by; 1 when it was not.

    Interpolation between coarse samples leaves second differences that rise and fall with the period of those
    samples (Gallagher 2005); steps of repeated pixels do so too.
    """
    window = best_window(valid)
    heights, seen = relief_mm[window], valid[window]
    return max(_kink_period(heights, seen), _kink_period(heights.T, seen.T))


def _kink_period(heights: np.ndarray, seen: np.ndarray) -> float:
    apart = max(1, len(heights) // _MOST_LINES)
    lines = np.ascontiguousarray(np.where(seen[::apart], heights[::apart], np.nan))
    kinks = np.abs(lines[:, 2:] - 2 * lines[:, 1:-1] + lines[:, :-2])
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
    strong = np.nonzero(usable >= max(_LINE_OVER_MEDIAN * median(usable), 0.5 * usable.max()))[0]
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
    y, x = (np.linspace(-1, 1, length, dtype=np.float32) for length in heights.shape)
    # Every 4th pixel tells a form of six numbers well enough.
    down, along = (values.ravel().astype(np.float64) for values in np.meshgrid(y[::4], x[::4], indexing="ij"))
    terms = np.stack([np.ones_like(down), along, down, along**2, along * down, down**2])
    right = terms * heights[::4, ::4].ravel()
    products = np.array([[sum_of_products(one[None], other[None]) for other in terms] for one in terms])
    a, b, c, d, e, f = (np.float32(weight) for weight in np.linalg.lstsq(products, right.sum(1), rcond=None)[0])
    return ((a + c * y + f * y * y)[:, None] + x * (b + d * x)) + (e * y)[:, None] * x


def best_window(valid: np.ndarray) -> tuple[slice, slice]:
    """Return the window of at most 1024 x 1024 pixels in which the most was seen, nearest to the middle."""
    rows, columns = (min(size, _LARGEST_WINDOW) for size in valid.shape)
    if (rows, columns) == valid.shape:
        return slice(0, rows), slice(0, columns)
    total = np.pad(np.cumsum(np.cumsum(valid, axis=0, dtype=np.int64), axis=1), ((1, 0), (1, 0)))
    tops, lefts = (
        sorted(set(np.linspace(0, length - taken, 9).astype(int).tolist()))
        for length, taken in zip(valid.shape, (rows, columns), strict=True)
    )

    def seen(top: int, left: int) -> int:
        inside = total[top : top + rows + 1 : rows, left : left + columns + 1 : columns]
        return int(inside[1, 1] - inside[0, 1] - inside[1, 0] + inside[0, 0])

    middle = np.array([valid.shape[0] - rows, valid.shape[1] - columns]) / 2
    places = [(int(top), int(left)) for top in tops for left in lefts]
    top, left = max(places, key=lambda place: (seen(*place), -float(np.hypot(*(np.array(place) - middle)))))
    return slice(top, top + rows), slice(left, left + columns)
