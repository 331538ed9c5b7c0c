"""Skin without scars, and the scanner, of the fourth generator.

Undulation is made of wave packets (sparse Gabor noise), skin lines of the borders of irregular cells with finer lines
across them, pores of funnels strewn at least their own distance apart, furrows of random walks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import fft, ndimage, signal, stats
from scipy.interpolate import CubicSpline
from scipy.spatial import cKDTree

from .scarred_skin import Density

#: Shortest and longest wave, mm, and rms, mm, of the undulation of a cheek.
BANDS = ((4.0, 8.0, 0.020), (8.0, 16.0, 0.068), (16.0, 40.0, 0.150))
RADII_MM = (45.0, 140.0)
_PACKET_WAVES_MM = np.geomspace(1.9, 38.0, 29)
_FINEST_FALL = 0.6  # of the fall between the two finest bands: how steeply the power goes on falling below them
_PACKETS_PER_SQUARE_WAVE = 2.0
_PACKETS_AT_ONCE = 2000  # The packets of a whole face at once would fill the memory.
_SPREAD_WAVES = 0.9  # standard deviation of the envelope of a packet, in waves
_CELL_WAVES_MM = 4.0  # beyond this skin lines hold little
#: Share of the variance of the device's noise: single pixels, patches of some pixels, whole rows.
NOISE_PARTS = {"pixels": 0.45, "patches": 0.45, "rows": 0.10}
_PATCH_MEMORY = 0.75  # of a pixel's noise that the next one has


# -- form and undulation -------------------------------------------------------------------------------------------


def draw_form(rng: np.random.Generator, shape: tuple[int, int], pixel: float) -> np.ndarray:
    """Return the form of a cheek: two radii in any direction, one of which changes along the patch; a tilt."""
    y, x = _axes(shape, pixel)
    turn = rng.uniform(0, np.pi)
    u, v = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    bend_u, bend_v = (1 / np.exp(rng.uniform(*np.log(RADII_MM))) for _ in range(2))
    change = rng.uniform(-0.3, 0.3) * bend_u / max(shape) / pixel
    slope = rng.normal(0, 0.05, 2)
    return -(bend_u * u**2 + bend_v * v**2 + change * u**3) / 2 + slope[0] * u + slope[1] * v


def draw_undulation(rng: np.random.Generator, shape: tuple[int, int], pixel: float) -> np.ndarray:
    """Return waves of the rms of `BANDS`: packets of one length and direction each, thinner here and denser there."""
    total = np.zeros(shape)
    grain = rng.uniform(0, np.pi)
    size = np.array(shape) * pixel
    for wave, variance in zip(_PACKET_WAVES_MM, _packet_variances(), strict=True):
        spread = _SPREAD_WAVES * wave
        around = size + 6 * spread
        number = rng.poisson(_PACKETS_PER_SQUARE_WAVE * around.prod() / wave**2)
        centre = rng.uniform(-3 * spread, size + 3 * spread, (number, 2))
        # Some directions are likelier than others, as skin has its lines of tension.
        angle = grain + rng.uniform(0, np.pi, number)
        angle = np.where(rng.random(number) < 0.25, grain + rng.normal(0, 0.4, number), angle)
        tall = rng.normal(size=number) * np.sqrt(
            variance * 2 / (np.pi * spread**2 * _PACKETS_PER_SQUARE_WAVE / wave**2)
        )
        step = max(1, int(wave / 12 / pixel))
        ends = [np.arange(0, n + step, step) * pixel for n in shape]
        turns = 2 * np.pi / wave * np.stack([np.sin(angle), np.cos(angle)], axis=1)
        tall = tall * np.exp(2j * np.pi * rng.random(number))
        coarse = np.zeros([len(axis) for axis in ends])
        for first in range(0, number, _PACKETS_AT_ONCE):
            some = slice(first, first + _PACKETS_AT_ONCE)
            rows, columns = (
                np.exp(-(((axis - centre[some, k, None]) / spread) ** 2) / 2 + 1j * turns[some, k, None] * axis)
                for k, axis in enumerate(ends)
            )
            coarse += ((rows * tall[some, None]).T @ columns).real
        total += _refine(coarse, step, shape)
    return total


def undulation_density(per_mm: np.ndarray) -> np.ndarray:
    """Return the power density, mm4, of `draw_undulation`."""
    return _packet_rings(per_mm) @ _packet_variances() / (2 * np.pi * per_mm)


def _packet_rings(per_mm: np.ndarray) -> np.ndarray:
    """Return for each kind of packet (column) how its power lies over the length of the wave vector: a Rice law."""
    width = 1 / (2 * np.sqrt(2) * np.pi * _SPREAD_WAVES * _PACKET_WAVES_MM)
    return stats.rice.pdf(per_mm[:, None], 1 / _PACKET_WAVES_MM / width, scale=width)


@cache
def _packet_variances() -> np.ndarray:
    """Return the variance of each kind of packet such that the bands together hold what they should."""
    bands = [np.linspace(1 / long, 1 / short, 400) for short, long, _ in BANDS]
    powers = np.array([np.trapezoid(_packet_rings(f), f, axis=0) for f in bands])
    asked = np.array([rms**2 for *_, rms in BANDS])
    middles = np.log([np.sqrt(short * long) for short, long, _ in BANDS])
    level = np.log(asked / 8)
    slope = (level[1] - level[0]) / (middles[1] - middles[0])
    for _ in range(200):  # Packets of one band reach into the next: lower or raise the levels until all hold.
        waves = np.log(_PACKET_WAVES_MM)
        logs = np.interp(waves, middles, level) + np.minimum(waves - middles[0], 0) * _FINEST_FALL * slope
        level = level + 0.5 * np.log(asked / (powers @ np.exp(logs)))
    return np.exp(logs)


# -- skin lines, pores, furrows, hair -------------------------------------------------------------------------------


def draw_lines(rng: np.random.Generator, shape: tuple[int, int], pixel: float) -> np.ndarray:
    """Return skin lines of rms 1: borders between cells of about 0.9 mm, longer one way, with finer lines in them."""
    y, x = _axes(shape, pixel)
    turn, stretch, spacing = rng.uniform(0, np.pi), rng.uniform(1.1, 1.6), rng.uniform(0.7, 1.05)
    bend_y, bend_x = (0.5 * _smooth_noise(rng, shape, 5.0 / pixel) for _ in range(2))
    u = ((x + bend_x) * np.cos(turn) + (y + bend_y) * np.sin(turn)) / stretch
    v = (y + bend_y) * np.cos(turn) - (x + bend_x) * np.sin(turn)
    half = 0.5 * np.hypot(*shape) * pixel + 3
    rows, columns = np.meshgrid(*(np.arange(-half, half, spacing * k) for k in (0.87, 1.0)), indexing="ij")
    columns = columns + 0.5 * spacing * (np.arange(len(rows))[:, None] % 2)
    cells = np.stack([rows, columns], axis=-1).reshape(-1, 2)
    cells += rng.normal(0, 0.24 * spacing, cells.shape)
    near, which = cKDTree(cells).query(np.stack([v, u], axis=-1), k=2)
    border = near[..., 1] - near[..., 0]
    lines = (
        -np.exp(-(np.abs(border / rng.uniform(0.08, 0.16)) ** 1.5)) + 0.12 * rng.normal(size=len(cells))[which[..., 0]]
    )
    for _ in range(2):
        lines += 0.10 * _fine_lines(rng, shape, pixel)
    lines -= ndimage.gaussian_filter(lines, 0.15 * _CELL_WAVES_MM / pixel)
    return lines / lines.std()


def _fine_lines(rng: np.random.Generator, shape: tuple[int, int], pixel: float) -> np.ndarray:
    """Return packets of short waves of one direction, rms 1."""
    wave, angle, spread = rng.uniform(0.28, 0.5), rng.uniform(0, np.pi), 0.35
    side = np.arange(-int(3 * spread / pixel), int(3 * spread / pixel) + 1) * pixel
    along = side[None, :] * np.cos(angle) + side[:, None] * np.sin(angle)
    kernel = np.exp(-(side[None, :] ** 2 + side[:, None] ** 2) / spread**2 / 2) * np.cos(2 * np.pi * along / wave)
    seeds = (rng.random(shape) < 4 * pixel**2) * rng.normal(size=shape)
    fine = signal.oaconvolve(seeds, kernel - kernel.mean(), mode="same")
    return fine / fine.std()


def draw_pores(rng: np.random.Generator, shape: tuple[int, int], pixel: float, per_cm2: float) -> np.ndarray:
    """Return funnels (negative) of 0.15 to 0.5 mm, some of them merged with another, denser in some places."""
    relief = np.zeros(shape)
    number = rng.poisson(2 * per_cm2 * shape[0] * shape[1] * pixel**2 / 100)
    places = rng.uniform(0, 1, (number, 2)) * np.array(shape)
    dense = _smooth_noise(rng, shape, 4.0 / pixel)[tuple(places.astype(int).T)]
    places = places[rng.random(number) < 1 / (1 + np.exp(-1.5 * dense))]
    too_near = (
        cKDTree(places).query_pairs(0.45 / pixel, output_type="ndarray") if len(places) else np.empty((0, 2), int)
    )
    places = np.delete(places, np.unique(too_near[:, 1]), axis=0)
    for place in places:
        radius = rng.uniform(0.08, 0.22)
        depth = min(rng.gamma(3.0, 0.016), 0.14)
        _sink(rng, relief, place, radius / pixel, depth)
        if rng.random() < 0.08:
            aside = 1j ** rng.uniform(0, 4) * rng.uniform(0.8, 1.4) * radius / pixel
            _sink(rng, relief, place + np.array([aside.imag, aside.real]), radius / pixel, depth)
    return relief


def _sink(rng: np.random.Generator, relief: np.ndarray, place: np.ndarray, radius: float, depth: float) -> None:
    """Press one slightly oval funnel into `relief`."""
    oval = np.exp(rng.normal(0, 0.12))
    where = _window(relief.shape, place, 1.5 * radius + 1)
    y, x = np.ogrid[where]
    r2 = ((y - place[0]) * oval) ** 2 + ((x - place[1]) / oval) ** 2
    relief[where] = np.minimum(relief[where], -depth * np.clip(1 - r2 / radius**2, 0, None) ** 1.5)


def draw_furrows(rng: np.random.Generator, shape: tuple[int, int], pixel: float, mean_number: float) -> np.ndarray:
    """Return natural furrows (negative): winding, 6 to 15 mm long, 0.4 to 0.9 mm wide, 30 to 80 um deep."""
    relief = np.zeros(shape)
    for _ in range(rng.poisson(mean_number)):
        length = rng.uniform(6, 15)
        heading = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, 0.035, int(length / pixel)))
        path = np.cumsum(np.stack([np.sin(heading), np.cos(heading)], axis=1), axis=0)
        path += rng.uniform(0, 1, 2) * np.array(shape) - path.mean(axis=0)
        width, depth = rng.uniform(0.4, 0.9) / pixel, rng.uniform(0.03, 0.08)
        where = _window(shape, path.mean(axis=0), np.abs(path - path.mean(axis=0)).max() + 2 * width)
        rows, columns = np.mgrid[where]
        off, which = cKDTree(path).query(np.stack([rows, columns], axis=-1), distance_upper_bound=1.5 * width)
        which = np.minimum(which, len(path) - 1)
        part = np.sin(np.pi * (which + 0.5) / len(path)) ** 0.6
        relief[where] = np.minimum(relief[where], -depth * part * np.exp(-8 * np.minimum(off / width, 3) ** 2))
    return relief


def draw_stubble(rng: np.random.Generator, shape: tuple[int, int], pixel: float, per_cm2: float) -> np.ndarray:
    """Return short cut hairs that lie on the skin, 0.3 to 1 mm long, where the beard grows: on a part of the patch."""
    relief = np.zeros(shape)
    beard = _smooth_noise(rng, shape, 8.0 / pixel) > rng.uniform(-0.5, 1.0)
    across = rng.uniform(0, 2 * np.pi)
    for place in rng.uniform(0, 1, (rng.poisson(per_cm2 * shape[0] * shape[1] * pixel**2 / 100), 2)) * np.array(shape):
        angle, length = across + rng.normal(0, 0.4), rng.uniform(0.3, 1.0) / pixel
        radius, tall = rng.uniform(0.05, 0.09) / pixel, rng.uniform(0.03, 0.12)
        if not beard[tuple(place.astype(int))]:
            continue
        where = _window(shape, place, length / 2 + radius + 1)
        y, x = np.ogrid[where]
        dy, dx = y - place[0], x - place[1]
        along = np.clip(dx * np.cos(angle) + dy * np.sin(angle), -length / 2, length / 2)
        off2 = (dx - along * np.cos(angle)) ** 2 + (dy - along * np.sin(angle)) ** 2
        relief[where] = np.maximum(relief[where], tall * np.sqrt(np.clip(1 - off2 / radius**2, 0, None)))
    return relief


# -- scanner --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lens:
    """Lateral transfer: a narrow and a wide Gaussian, finer one way than the other; contrast 1/2 at this wave."""

    half_contrast_per_mm: float
    stretch: float = 1.0
    halo: float = 0.0  # part of the wide Gaussian, which is three times as wide

    def contrast(self, f: np.ndarray) -> np.ndarray:
        """Return the contrast of waves of this many per mm, without the stretch."""
        return (1 - self.halo) * np.exp(-self._fall * f**2) + self.halo * np.exp(-9 * self._fall * f**2)

    @property
    def _fall(self) -> float:
        # At the half contrast the halo is dark already (below 1 % of itself).
        return float(np.log(2 * (1 - self.halo)) / self.half_contrast_per_mm**2)

    def apply(self, relief: np.ndarray, pixel: float) -> np.ndarray:
        """Return what an error-free scan shows."""
        margin = int(np.ceil(1.0 / pixel))
        padded = np.pad(relief, margin, mode="reflect", reflect_type="odd")
        size = [fft.next_fast_len(n, real=True) for n in padded.shape]
        padded = np.pad(padded, [(0, n - m) for n, m in zip(size, padded.shape, strict=True)], mode="edge")
        f = np.hypot(
            fft.fftfreq(size[0], pixel)[:, None] * self.stretch, fft.rfftfreq(size[1], pixel)[None, :] / self.stretch
        )
        seen = fft.irfft2(fft.rfft2(padded) * self.contrast(f), size)
        return seen[margin : margin + relief.shape[0], margin : margin + relief.shape[1]]


def draw_lens(rng: np.random.Generator, half_contrast_per_mm: tuple[float, float]) -> Lens:
    """Return one of the scanners that are in use."""
    return Lens(rng.uniform(*half_contrast_per_mm), np.exp(rng.uniform(-0.12, 0.12)), rng.uniform(0, 0.12))


def draw_noise(rng: np.random.Generator, shape: tuple[int, int], rms: float) -> np.ndarray:
    """Return the device's noise: of pixels, of patches of some pixels, and of the rows that it reads at once."""
    parts = {
        "pixels": rng.normal(size=shape),
        "patches": rng.normal(size=(shape[0] + 40, shape[1] + 40)),
        "rows": np.repeat(rng.normal(size=(shape[0], 1)), shape[1], axis=1),
    }
    for axis in (0, 1):
        parts["patches"] = signal.lfilter(
            [np.sqrt(1 - _PATCH_MEMORY**2)], [1, -_PATCH_MEMORY], parts["patches"], axis=axis
        )
    parts["patches"] = parts["patches"][40:, 40:]
    return rms * np.sum([np.sqrt(share) * parts[name] for name, share in NOISE_PARTS.items()], axis=0)


def noise_density(shape: tuple[int, int], pixel: float, rms: float) -> Density:
    """Return the power density of `draw_noise`, the mean over all directions."""
    f = np.geomspace(1 / (max(shape) * pixel), 0.7 / pixel, 200)
    angle = np.linspace(0, np.pi / 2, 91)
    memory = [
        (1 - _PATCH_MEMORY**2)
        / (1 - 2 * _PATCH_MEMORY * np.cos(2 * np.pi * f[:, None] * way * pixel) + _PATCH_MEMORY**2)
        for way in (np.cos(angle), np.sin(angle))
    ]
    patches = (memory[0] * memory[1]).mean(axis=1)
    rows = 2 / (2 * np.pi * f * pixel)  # all of it on one line through the origin
    mean = NOISE_PARTS["pixels"] + NOISE_PARTS["patches"] * patches + NOISE_PARTS["rows"] * rows
    return Density(f, rms**2 * pixel**2 * mean)


def draw_unseen(rng: np.random.Generator, relief: np.ndarray, pixel: float, holes: int) -> np.ndarray:
    """Return where the scanner saw nothing: ragged holes, single pixels, some pixels of steep walls."""
    slope = np.hypot(*np.gradient(relief - ndimage.uniform_filter(relief, round(4 / pixel)), pixel))
    unseen = rng.random(relief.shape) < 0.0003 + 0.05 * (slope > 1.2)
    for _ in range(holes):
        centre = rng.uniform(0, 1, 2) * np.array(relief.shape)
        where = _window(relief.shape, centre, 1.2 / pixel)
        y, x = np.ogrid[where]
        ragged = 0.25 * _smooth_noise(rng, unseen[where].shape, 0.2 / pixel)
        unseen[where] |= np.hypot(y - centre[0], x - centre[1]) * pixel < rng.uniform(0.15, 0.7) * (1 + ragged)
    return unseen


def add_spikes(rng: np.random.Generator, relief: np.ndarray, number: int) -> None:
    """Put single pixels and squares of four far off, up or down."""
    for _ in range(number):
        y, x = (rng.integers(0, n - 1) for n in relief.shape)
        wide = 1 + int(rng.random() < 0.2)
        relief[y : y + wide, x : x + wide] += rng.choice([-1, 1]) * min(rng.gamma(2.0, 0.12) + 0.05, 1.0)


# -- small things ---------------------------------------------------------------------------------------------------


def _axes(shape: tuple[int, int], pixel: float) -> tuple[np.ndarray, np.ndarray]:
    y, x = (pixel * (np.arange(n) - (n - 1) / 2) for n in shape)
    return y[:, None], x[None, :]


def _window(shape: tuple[int, ...], centre: np.ndarray, half: float) -> tuple[slice, slice]:
    y, x = (slice(max(int(c - half), 0), max(min(int(c + half) + 2, n), 1)) for c, n in zip(centre, shape, strict=True))
    return y, x


def _refine(coarse: np.ndarray, step: int, shape: tuple[int, int]) -> np.ndarray:
    """Return values at every pixel of those at every `step`-th pixel."""
    if step == 1:
        return coarse[: shape[0], : shape[1]]
    for axis in (0, 1):
        knots = np.arange(coarse.shape[axis])
        weights = _spline_weights(len(knots), step, shape[axis])
        coarse = np.moveaxis(np.tensordot(weights, coarse, axes=(1, axis)), 0, axis)
    return coarse


@cache
def _spline_weights(knots: int, step: int, number: int) -> np.ndarray:
    """Return the matrix that takes values at knots to a cubic spline at pixels."""
    return CubicSpline(np.arange(knots), np.eye(knots))(np.arange(number) / step)


def _smooth_noise(rng: np.random.Generator, shape: tuple[int, int], length: float) -> np.ndarray:
    """Return a random field of rms about 1 that changes over `length` pixels."""
    step = max(1, int(length / 3))
    small = rng.normal(size=[n // step + 14 for n in shape])
    small = ndimage.gaussian_filter(small, length / step / 2) * np.sqrt(np.pi) * length / step
    rows, columns = (np.arange(n) / step + 6 for n in shape)
    return ndimage.map_coordinates(small, np.meshgrid(rows, columns, indexing="ij"), order=1)
