"""Patients, skin and scans of hidden courses, made without any part of the program: the law of healing is another one.

    share gained of scar s on day t = G k_s r_s (1 - exp(-w(t) / 2)) / (1 - exp(-2))
    w(t) = sum over sessions before t of reach * (0.6 + 0.1 passes) * rise(t - day) * fade(t - day)

G is the patient's (between patients lognormal about 25 %; about one in eight answers hardly at all), k_s of the kind
of scar, r_s of the scar alone (lognormal); reach saturates with the needle over the depth of the scar; rise begins 25
to 60 days after a session and goes on for months; what was gained fades by 1 to 5 % a year. All numbers are choices of
this benchmark, none is evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

#: Grid on which skin is drawn, its side, the grid of a scan and its side, mm.
FINE_MM, CANVAS_MM, PIXEL_MM, SIDE_MM = 0.05, 44.0, 0.1, 30.0
#: Kinds, how often, least and greatest half width and depth (mm), and how well the kind answers.
KINDS = {
    "rolling": (0.45, (1.4, 2.4), (0.18, 0.45), 1.0),
    "boxcar": (0.35, (0.9, 1.7), (0.2, 0.55), 0.9),
    "icepick": (0.2, (0.5, 0.8), (0.35, 0.8), 0.6),
}
#: Lateral transfer of the scanner (sd, pixels), and how much smoother the floor of a scar is than skin.
_TRANSFER_PIXELS, _SMOOTHER = 0.5, 0.7
_MOST_GAINED = 0.85
_MIDDLE = CANVAS_MM / 2

Grid = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Session:
    """One session as delivered: day, length of the needles, passes."""

    day: int
    length_mm: float
    passes: int


@dataclass(frozen=True)
class Scar:
    """One scar: place and half width (mm), depth of its form, how oval and how turned, how well it answers."""

    kind: str
    x_mm: float
    y_mm: float
    half_mm: float
    depth_mm: float
    oval: float
    turn: float
    own: float

    def form(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return its depth at places on the skin, as a share of the deepest."""
        along = (x - self.x_mm) * np.cos(self.turn) + (y - self.y_mm) * np.sin(self.turn)
        across = (y - self.y_mm) * np.cos(self.turn) - (x - self.x_mm) * np.sin(self.turn)
        out = np.hypot(along / self.oval, across * self.oval) / self.half_mm
        if self.kind == "rolling":
            return 0.5 * (1.0 + np.cos(np.pi * np.minimum(out, 1.0)))
        if self.kind == "boxcar":
            return 1.0 / (1.0 + np.exp((out - 0.85) / 0.07))
        return np.exp(-((out / 0.62) ** 2))


@dataclass(frozen=True)
class Patient:
    """A patient whose answer to needling is known."""

    seed: int
    gain: float
    answers: bool
    lag_days: float
    rise_days: float
    fade_per_year: float
    scars: tuple[Scar, ...]

    def left(self, sessions: Sequence[Session], day: int) -> np.ndarray:
        """Return which share of its depth every scar still has on a day."""
        return np.array([1.0 - self._gained(scar, sessions, day) for scar in self.scars])

    def _gained(self, scar: Scar, sessions: Sequence[Session], day: int) -> float:
        work = 0.0
        for each in sessions:
            since = day - each.day
            if since <= 0:
                continue
            reach = (1 - np.exp(-each.length_mm / (0.5 + 0.8 * scar.depth_mm))) / (1 - np.exp(-1.5 / 0.74))
            rise = 1 - np.exp(-max(since - self.lag_days, 0.0) / self.rise_days)
            fade = 1 - self.fade_per_year * max(since - 180, 0) / 365
            work += reach * (0.6 + 0.1 * min(each.passes, 6)) * rise * fade
        whole = self.gain * KINDS[scar.kind][3] * scar.own
        return min(whole * (1 - np.exp(-work / 2)) / (1 - np.exp(-2.0)), _MOST_GAINED)


def draw_patient(seed: int) -> Patient:
    """Return a patient with 6 to 10 scars on one cheek."""
    rng = np.random.default_rng([seed, 4242])
    answers = bool(rng.random() > 0.12)
    gain = min(0.25 * np.exp(0.45 * rng.standard_normal()), 0.7) if answers else 0.025
    lag, rise, fade = rng.uniform(25, 60), 60 * np.exp(0.3 * rng.standard_normal()), rng.uniform(0.01, 0.05)
    scars: list[Scar] = []
    wanted = int(rng.integers(6, 11))
    edge = 0.5 * (CANVAS_MM - SIDE_MM) + 4.5
    for _ in range(4000):
        if len(scars) == wanted:
            break
        kind = str(rng.choice(list(KINDS), p=[row[0] for row in KINDS.values()]))
        _, halves, depths, _ = KINDS[kind]
        half, depth = float(rng.uniform(*halves)), float(rng.uniform(*depths))
        x, y = rng.uniform(edge, CANVAS_MM - edge, 2)
        if all(np.hypot(x - s.x_mm, y - s.y_mm) > half + s.half_mm + 1.6 for s in scars):
            oval, own = np.exp(0.12 * rng.standard_normal()), np.exp(0.3 * rng.standard_normal())
            scars.append(Scar(kind, x, y, half, depth, float(oval), float(rng.uniform(0, np.pi)), float(own)))
    return Patient(seed, float(gain), answers, float(lag), float(rise), float(fade), tuple(scars))


@dataclass(frozen=True)
class Skin:
    """Skin of a patient without the hollows of its scars: form and fine relief on the fine grid, mm."""

    form_mm: np.ndarray
    fine_mm: np.ndarray


def draw_skin(patient: Patient) -> Skin:
    """Return a cheek: its curve, waves, furrows and pores."""
    rng = np.random.default_rng([patient.seed, 77])
    x, y = _grid()
    form = -((x - _MIDDLE) ** 2 / 140 + (y - _MIDDLE) ** 2 / 220) + 0.12 * _waves(rng, 6.0)
    fine = 0.012 * _waves(rng, 0.5) + 0.012 * _waves(rng, 0.15)
    for _ in range(900):
        _add_pore(fine, x, y, rng)
    for scar in patient.scars:
        fine *= 1 - _SMOOTHER * np.clip(scar.form(x, y), 0, 1)
    return Skin(form, fine)


def true_depths(patient: Patient, skin: Skin, left: np.ndarray) -> np.ndarray:
    """Return the depth (mm) of every scar as an error-free scan would show it: the deepest 1 % below the scar's rim."""
    x, y = (axis[::2, ::2] for axis in _grid())
    relief = gaussian_filter(_hollowed(patient, skin.fine_mm, left), _TRANSFER_PIXELS * PIXEL_MM / FINE_MM)[::2, ::2]
    depths = []
    for scar in patient.scars:
        out = np.hypot(x - scar.x_mm, y - scar.y_mm)
        rim = (out > 1.3 * scar.half_mm) & (out < 1.3 * scar.half_mm + 0.8)
        below = np.median(relief[rim]) - relief[out < 1.3 * scar.half_mm]
        region = np.sort(below[below > 0.1 * below.max()])[::-1]
        depths.append(region[: max(3, round(0.01 * region.size))].mean())
    return np.array(depths)


def scan(
    patient: Patient, skin: Skin, left: np.ndarray, *, visit: int, noise_mm: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the height map of a visit (mm, 300 x 300) and where the scars lie on it (mm) [scar, 2].

    From the second visit on the head lies otherwise: another place and turn, another expression, some new fine relief.
    """
    rng = np.random.default_rng([patient.seed, 900 + visit])
    surface = _hollowed(patient, skin.form_mm + skin.fine_mm, left)
    turn, shift = 0.0, np.zeros(2)
    if visit:
        surface += 0.05 * _waves(rng, 9.0) + 0.004 * _waves(rng, 0.2)
        turn, shift = np.deg2rad(rng.uniform(-3, 3)), rng.uniform(-1.5, 1.5, 2)
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    axis = np.arange(round(SIDE_MM / PIXEL_MM)) * PIXEL_MM
    centred = np.stack(np.meshgrid(axis, axis)) - axis.mean()
    places = np.einsum("ij,jyx->iyx", turned, centred) + (_MIDDLE + shift)[:, None, None]
    heights = gaussian_filter(map_coordinates(surface, places[::-1] / FINE_MM, order=3), _TRANSFER_PIXELS)
    heights += noise_mm * rng.standard_normal(heights.shape)
    grain = gaussian_filter(rng.standard_normal(heights.shape), 4)
    heights += 0.5 * noise_mm * grain / grain.std()
    at = np.array([[scar.x_mm, scar.y_mm] for scar in patient.scars]) - _MIDDLE - shift
    return heights.astype(np.float32), at @ turned + axis.mean()


def _grid() -> Grid:
    axis = np.arange(0, CANVAS_MM, FINE_MM)
    x, y = np.meshgrid(axis, axis)
    return x, y


def _hollowed(patient: Patient, surface: np.ndarray, left: np.ndarray) -> np.ndarray:
    x, y = _grid()
    hollows = [scar.depth_mm * part * scar.form(x, y) for scar, part in zip(patient.scars, left, strict=True)]
    return surface - np.sum(hollows, axis=0)


def _waves(rng: np.random.Generator, length_mm: float) -> np.ndarray:
    size = len(np.arange(0, CANVAS_MM, FINE_MM))
    waves = gaussian_filter(rng.standard_normal((size, size)), length_mm / FINE_MM, mode="wrap")
    return (waves - waves.mean()) / waves.std()


def _add_pore(fine: np.ndarray, x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> None:
    (px, py), depth, width = rng.uniform(0, CANVAS_MM, 2), rng.uniform(0.02, 0.07), rng.uniform(0.08, 0.16)
    row, column = int(py / FINE_MM), int(px / FINE_MM)
    part = slice(max(row - 10, 0), row + 11), slice(max(column - 10, 0), column + 11)
    fine[part] -= depth * np.exp(-((x[part] - px) ** 2 + (y[part] - py) ** 2) / (2 * width**2))
